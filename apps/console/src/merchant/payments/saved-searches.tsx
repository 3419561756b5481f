import { Button } from "@jinqiao/ui";
import { X } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { PortalSearch } from "../app/navigation.tsx";
import { useT } from "../text.ts";
import { loadSearches, sameSearch, storeSearches } from "./payment-search.ts";

/** Searches this person keeps under a name, on this device. */
export function SavedSearches(props: { search: PortalSearch; onSearch: (search: PortalSearch) => void }) {
  const t = useT();
  const [saved, setSaved] = useState(() => loadSearches(localStorage));
  const [naming, setNaming] = useState(false);
  const isPlain = Object.keys(props.search).length === 0;
  const isSaved = saved.some((one) => sameSearch(one.search, props.search));
  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get("filterName")).trim();
    if (name === "") return;
    const others = saved.filter((one) => one.name !== name);
    setSaved(storeSearches(localStorage, [...others, { name, search: props.search }]));
    setNaming(false);
  };
  return (
    <div className="flex flex-wrap items-center gap-2">
      {saved.map((one) => {
        const current = sameSearch(one.search, props.search);
        return (
          <span
            key={one.name}
            className={`inline-flex items-center rounded-full border text-sm ${current ? "border-jade bg-jade-soft" : "border-line-strong"}`}
          >
            <button
              type="button"
              aria-pressed={current}
              onClick={() => props.onSearch(current ? {} : one.search)}
              className="max-w-40 truncate rounded-l-full py-1 pr-1 pl-3"
            >
              {one.name}
            </button>
            <button
              type="button"
              aria-label={t("filters.remove", { name: one.name })}
              onClick={() =>
                setSaved(
                  storeSearches(
                    localStorage,
                    saved.filter((other) => other !== one),
                  ),
                )
              }
              className="rounded-r-full py-1.5 pr-2 pl-1 text-ink-muted hover:text-ink"
            >
              <X aria-hidden className="size-3.5" />
            </button>
          </span>
        );
      })}
      {!isPlain && !isSaved && !naming && (
        <Button variant="ghost" size="small" onClick={() => setNaming(true)}>
          {t("filters.save")}
        </Button>
      )}
      {naming && (
        <form onSubmit={save} className="flex items-center gap-2">
          <label>
            <span className="sr-only">{t("filters.name")}</span>
            <input
              name="filterName"
              // biome-ignore lint/a11y/noAutofocus: the person has just asked to name the search
              autoFocus
              required
              maxLength={40}
              placeholder={t("filters.name")}
              onKeyDown={(event) => event.key === "Escape" && setNaming(false)}
              className="h-9 w-40 rounded-xl border border-line-strong bg-surface px-3 text-sm placeholder:text-ink-muted"
            />
          </label>
          <Button type="submit" variant="secondary" size="small">
            {t("filters.keep")}
          </Button>
        </form>
      )}
    </div>
  );
}

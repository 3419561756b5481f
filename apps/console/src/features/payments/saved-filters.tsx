import { Button } from "@jinqiao/ui";
import { X } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { PaymentFilter } from "../../api.ts";
import { useT } from "../../i18n.ts";
import { loadSavedFilters, removeFilter, sameFilter, saveFilter } from "./payment-filters.ts";

/** Filters this person keeps under a name, on this device. */
export function SavedFilters(props: { filter: PaymentFilter; onFilter: (filter: PaymentFilter) => void }) {
  const t = useT();
  const [saved, setSaved] = useState(() => loadSavedFilters(localStorage));
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState("");
  const [said, setSaid] = useState("");
  const isPlain = sameFilter(props.filter, {});
  const isSaved = saved.some((item) => sameFilter(item.filter, props.filter));

  const save = (event: FormEvent) => {
    event.preventDefault();
    const trimmed = name.trim();
    if (trimmed === "") return;
    setSaved(saveFilter(localStorage, { name: trimmed, filter: props.filter }));
    setSaid(t("filters.saved", { name: trimmed }));
    setNaming(false);
    setName("");
  };

  return (
    <div className="flex flex-wrap items-center gap-2">
      <span role="status" className="sr-only">
        {said}
      </span>
      {saved.map((item) => {
        const current = sameFilter(item.filter, props.filter);
        return (
          <span
            key={item.name}
            className={`inline-flex items-center rounded-full border text-sm ${current ? "border-jade bg-jade-soft" : "border-line-strong"}`}
          >
            <button
              type="button"
              aria-pressed={current}
              onClick={() => props.onFilter(current ? {} : item.filter)}
              className="max-w-40 truncate rounded-l-full py-1 pl-3 pr-1"
            >
              {item.name}
            </button>
            <button
              type="button"
              aria-label={t("filters.remove", { name: item.name })}
              onClick={() => {
                setSaved(removeFilter(localStorage, item.name));
                setSaid(t("filters.removed", { name: item.name }));
              }}
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
              // biome-ignore lint/a11y/noAutofocus: the person has just asked to name the filter
              autoFocus
              required
              maxLength={40}
              placeholder={t("filters.name")}
              value={name}
              onChange={(event) => setName(event.target.value)}
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

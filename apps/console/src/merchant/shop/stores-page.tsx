import type { Store } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import {
  Badge,
  Button,
  EmptyState,
  Field,
  Problem,
  SkeletonList,
  useAction,
  useFieldErrors,
  useLocalText,
} from "@jinqiao/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Store as StoreIcon } from "lucide-react";
import { useRef } from "react";
import { Section } from "../../components/page.tsx";
import { api, scopedKey } from "../app/api.ts";
import { useAttempt } from "../app/attempt.ts";
import { useMay } from "../app/session.ts";
import { PortalHeader } from "../components/portal-page.tsx";
import { storesQuery } from "../queries.ts";
import { useT } from "../text.ts";

/** Where payments are taken: stores with their tills. */
export function StoresPage() {
  const t = useT();
  const may = useMay("stores.write");
  const query = useQuery(storesQuery());
  return (
    <>
      <PortalHeader title={t("portal.nav.stores")} lead={t("stores.lead")} />
      <div className="grid gap-4">
        {query.isPending ? (
          <SkeletonList rows={3} />
        ) : query.isError ? (
          <Problem error={query.error} onRetry={() => query.refetch()} />
        ) : query.data.items.length === 0 ? (
          <EmptyState icon={StoreIcon} title={t("stores.none")}>
            {t("stores.none_hint")}
          </EmptyState>
        ) : (
          query.data.items.map((store) => <StoreItem key={store.id} store={store} may={may} />)
        )}
        {may && <NewStore />}
      </div>
    </>
  );
}

function StoreItem({ store, may }: { store: Store; may: boolean }) {
  const t = useT();
  const say = useLocalText();
  const queryClient = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const refresh = () => queryClient.invalidateQueries({ queryKey: scopedKey("stores") });
  const path = { storeId: store.id };
  const add = useAttempt(async (header, name: string) => {
    await unwrap(api.POST("/v1/stores/{storeId}/tills", { params: { header, path }, body: { name } }));
    form.current?.reset();
    await refresh();
  });
  const turn = useAction(async (status: "active" | "closed") => {
    await unwrap(api.PATCH("/v1/stores/{storeId}", { params: { path }, body: { status } }));
    await refresh();
  });
  const turnTill = useAction(async (tillId: string, status: "active" | "closed") => {
    await unwrap(
      api.PATCH("/v1/stores/{storeId}/tills/{tillId}", {
        params: { path: { ...path, tillId } },
        body: { status },
      }),
    );
    await refresh();
  });
  const closed = store.status === "closed";
  const errorOf = useFieldErrors(add.error);
  return (
    <section data-testid="store" className="@container min-w-0 rounded-2xl border border-line bg-surface p-4">
      <div className="mb-2 flex flex-wrap items-baseline justify-between gap-2">
        <h2 translate="no" className="text-base font-semibold">
          {say(store.name)}
        </h2>
        <span className="flex items-center gap-2">
          {closed && <Badge tone="neutral">{t("stores.closed")}</Badge>}
          {may && (
            <Button
              variant="ghost"
              size="small"
              pending={turn.pending}
              onClick={() => turn.run(closed ? "active" : "closed")}
            >
              {t(closed ? "stores.reopen" : "stores.close")}
            </Button>
          )}
        </span>
      </div>
      {store.address && (
        <p translate="no" className="mb-2 text-sm text-ink-muted">
          {[store.address.line1, store.address.postalCode, store.address.city].filter(Boolean).join(", ")}
        </p>
      )}
      <ul className="flex flex-wrap gap-2">
        {store.tills.map((till) => (
          <li key={till.id} className="inline-flex items-center rounded-full bg-sunken pl-3 text-sm">
            <span translate="no">{till.name}</span>
            {till.status === "closed" && (
              <span className="ml-1 text-xs text-ink-muted">({t("stores.closed")})</span>
            )}
            {may && !closed ? (
              <button
                type="button"
                aria-label={t(till.status === "closed" ? "stores.till.reopen" : "stores.till.close", {
                  name: till.name,
                })}
                onClick={() => turnTill.run(till.id, till.status === "closed" ? "active" : "closed")}
                className="min-h-9 px-3 text-xs text-jade underline"
              >
                {t(till.status === "closed" ? "stores.reopen" : "stores.close")}
              </button>
            ) : (
              <span className="py-1.5 pr-3" />
            )}
          </li>
        ))}
      </ul>
      {may && !closed && (
        <form
          ref={form}
          noValidate
          className="mt-3 flex flex-wrap items-end gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            void add.run(String(new FormData(event.currentTarget).get("till")).trim());
          }}
        >
          <div className="w-56">
            <Field name="till" label={t("stores.till.name")} maxLength={60} error={errorOf("name")} />
          </div>
          <Button type="submit" variant="secondary" size="small" className="mb-1.5" pending={add.pending}>
            {t("stores.till.add")}
          </Button>
        </form>
      )}
      <Problem error={add.error ?? turn.error ?? turnTill.error} />
    </section>
  );
}

function NewStore() {
  const t = useT();
  const queryClient = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const { run, pending, error } = useAttempt(
    async (header, body: { name: { en: string; zh: string }; tills?: string[] }) => {
      await unwrap(api.POST("/v1/stores", { params: { header }, body }));
      form.current?.reset();
      await queryClient.invalidateQueries({ queryKey: scopedKey("stores") });
    },
  );
  const errorOf = useFieldErrors(error);
  return (
    <Section title={t("stores.new")}>
      <form
        ref={form}
        noValidate
        className="grid max-w-lg gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const data = new FormData(event.currentTarget);
          const text = (name: string): string => String(data.get(name) ?? "").trim();
          const till = text("first-till");
          void run({
            name: {
              en: text("store-en") || text("store-zh"),
              zh: text("store-zh") || text("store-en"),
            },
            ...(till !== "" && { tills: [till] }),
          });
        }}
      >
        <Field name="store-en" label={t("stores.name_en")} maxLength={60} error={errorOf("name")} />
        <Field name="store-zh" label={t("stores.name_zh")} maxLength={60} optional />
        <Field name="first-till" label={t("stores.first_till")} maxLength={60} optional />
        <Problem error={error} />
        <div>
          <Button type="submit" size="small" data-testid="create-store" pending={pending}>
            {t("stores.new")}
          </Button>
        </div>
      </form>
    </Section>
  );
}

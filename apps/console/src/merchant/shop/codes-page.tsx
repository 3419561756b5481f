import type { paths } from "@jinqiao/contract/client";
import { unwrap } from "@jinqiao/contract/client";
import {
  Badge,
  Button,
  buttonClasses,
  CopyText,
  EmptyState,
  Field,
  Problem,
  SelectField,
  SkeletonList,
  useFormatMoney,
  useLocalText,
} from "@jinqiao/ui";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { QrCode } from "lucide-react";
import { useRef, useState } from "react";
import { LoadMore } from "../../components/load-more.tsx";
import { Section } from "../../components/page.tsx";
import { api, scopedKey } from "../app/api.ts";
import { useAttempt } from "../app/attempt.ts";
import { PortalLink } from "../app/navigation.tsx";
import { useMay } from "../app/session.ts";
import { PortalHeader } from "../components/portal-page.tsx";
import { FileButton } from "../components/save-file.tsx";
import { codesQuery, storesQuery } from "../queries.ts";
import { useT } from "../text.ts";

type Code = paths["/v1/codes/{codeId}"]["get"]["responses"]["200"]["content"]["application/json"];

/** Codes to print and hang up: the payer types the amount. */
export function CodesPage() {
  const t = useT();
  const may = useMay("codes.write");
  const query = useInfiniteQuery(codesQuery());
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <PortalHeader title={t("portal.nav.codes")} lead={t("codes.lead")} />
      <div className="grid gap-4">
        {may && <NewCode />}
        {query.isPending ? (
          <SkeletonList rows={3} />
        ) : query.isError ? (
          <Problem error={query.error} onRetry={() => query.refetch()} />
        ) : items.length === 0 ? (
          <EmptyState icon={QrCode} title={t("codes.none")}>
            {t("codes.none_hint")}
          </EmptyState>
        ) : (
          <div className="grid gap-4 md:grid-cols-[repeat(2,minmax(0,1fr))]">
            {items.map((code) => (
              <CodeItem key={code.id} code={code} may={may} />
            ))}
          </div>
        )}
        <LoadMore query={query} />
      </div>
    </>
  );
}

function CodeItem({ code, may }: { code: Code; may: boolean }) {
  const t = useT();
  const say = useLocalText();
  const format = useFormatMoney();
  const queryClient = useQueryClient();
  const [sure, setSure] = useState(false);
  const path = { codeId: code.id };
  const { run, pending, error } = useAttempt(async (header, what: "revoke" | "replace") => {
    const params = { header, path };
    await (what === "revoke"
      ? unwrap(api.POST("/v1/codes/{codeId}/revoke", { params }))
      : unwrap(api.POST("/v1/codes/{codeId}/replace", { params })));
    setSure(false);
    await queryClient.invalidateQueries({ queryKey: scopedKey("codes") });
  });
  const active = code.status === "active";
  const file = (kind: "svg" | "pdf") => ({
    fileName: `code-${code.id}.${kind}`,
    get: () =>
      api.GET("/v1/codes/{codeId}/file", { params: { path, query: { format: kind } }, parseAs: "blob" }),
  });
  return (
    <section data-testid="code" className="min-w-0 rounded-2xl border border-line bg-surface p-4">
      <div className="mb-2 flex flex-wrap items-baseline justify-between gap-2">
        <h2 translate="no" className="text-base font-semibold">
          {code.label ?? say(code.storeName)}
        </h2>
        <Badge tone={active ? "positive" : "neutral"}>{t(`codes.status.${code.status}`)}</Badge>
      </div>
      <p translate="no" className="text-sm text-ink-muted">
        {say(code.merchantName)} · {say(code.storeName)} · {code.currency}
      </p>
      {code.limits.perPayment && (
        <p className="mt-1 text-sm">
          {t("codes.limit", { amount: format(code.limits.perPayment) })}{" "}
          <span className="text-xs text-ink-muted">{say(code.limits.source)}</span>
        </p>
      )}
      {active && (
        <>
          <div className="mt-2 min-w-0">
            <p className="text-xs text-ink-muted">{t("codes.link")}</p>
            <CopyText text={code.link} />
          </div>
          <div className="mt-3 flex flex-wrap gap-2">
            <FileButton {...file("pdf")}>{t("codes.pdf")}</FileButton>
            <FileButton {...file("svg")}>SVG</FileButton>
            {/* Tags are written by a phone: the wallet's page says where the browser cannot. */}
            <a
              href={`/tap?write=${encodeURIComponent(code.link)}`}
              target="_blank"
              rel="noopener"
              className={buttonClasses("secondary", "small")}
              data-testid="write-tag"
            >
              {t("codes.tag")}
            </a>
            {may && (
              <>
                <Button variant="secondary" size="small" pending={pending} onClick={() => run("replace")}>
                  {t("codes.replace")}
                </Button>
                <Button
                  variant={sure ? "danger" : "ghost"}
                  size="small"
                  data-testid="revoke-code"
                  pending={pending}
                  onClick={() => (sure ? run("revoke") : setSure(true))}
                >
                  {t(sure ? "codes.revoke.sure" : "codes.revoke")}
                </Button>
              </>
            )}
          </div>
          {sure && (
            <p role="status" className="mt-2 text-sm text-ink-muted">
              {t("codes.revoke.means")}
            </p>
          )}
        </>
      )}
      <Problem error={error} />
    </section>
  );
}

function NewCode() {
  const t = useT();
  const say = useLocalText();
  const queryClient = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const stores = useQuery(storesQuery());
  const { run, pending, error } = useAttempt(
    async (header, body: { storeId: string; tillId?: string; label?: string }) => {
      await unwrap(api.POST("/v1/codes", { params: { header }, body }));
      form.current?.reset();
      await queryClient.invalidateQueries({ queryKey: scopedKey("codes") });
    },
  );
  const open = (stores.data?.items ?? []).filter((store) => store.status === "active");
  return (
    <Section title={t("codes.new")} lead={t("codes.new.lead")}>
      {stores.isSuccess && open.length === 0 ? (
        <p className="text-sm">
          {t("codes.store_first")}{" "}
          <PortalLink to="/stores" className="font-semibold text-jade underline">
            {t("portal.nav.stores")}
          </PortalLink>
        </p>
      ) : (
        <form
          ref={form}
          noValidate
          className="grid max-w-lg gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            const data = new FormData(event.currentTarget);
            const [storeId = "", tillId] = String(data.get("place")).split(" ");
            const label = String(data.get("label")).trim();
            void run({ storeId, ...(tillId && { tillId }), ...(label && { label }) });
          }}
        >
          <SelectField name="place" label={t("payment.store")}>
            {open.flatMap((store) => [
              <option key={store.id} value={store.id} translate="no">
                {say(store.name)}
              </option>,
              ...store.tills.map((till) => (
                <option key={till.id} value={`${store.id} ${till.id}`} translate="no">
                  {say(store.name)} · {till.name}
                </option>
              )),
            ])}
          </SelectField>
          <Field name="label" label={t("codes.label")} hint={t("codes.label.hint")} maxLength={60} optional />
          <Problem error={error} />
          <div>
            <Button type="submit" size="small" data-testid="create-code" pending={pending}>
              {t("codes.new")}
            </Button>
          </div>
        </form>
      )}
    </Section>
  );
}

import type { PaymentIntent } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import { Button, buttonClasses, DateText, EmptyState, MoneyText, Problem, SkeletonList } from "@jinqiao/ui";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { HandCoins, Search, SearchX } from "lucide-react";
import { type FormEvent, type RefObject, useEffect, useRef, useState } from "react";
import { searchFieldAttribute } from "../../app/keyboard.ts";
import { LoadMore } from "../../components/load-more.tsx";
import { Cell, type Column, Row, Table } from "../../components/table.tsx";
import { useNarrow } from "../../components/use-narrow.ts";
import { api } from "../app/api.ts";
import { PortalLink, type PortalSearch, usePortalNavigate, usePortalSearch } from "../app/navigation.tsx";
import { ExportCsv } from "../components/export-csv.tsx";
import { IntentBadge } from "../components/intent-badge.tsx";
import { PortalHeader } from "../components/portal-page.tsx";
import { PortalRowLink } from "../components/portal-row.tsx";
import { PortalTabs } from "../components/portal-tabs.tsx";
import { type PaymentFilter, paymentsQuery, profileQuery } from "../queries.ts";
import { useT } from "../text.ts";
import { filterOf, isDay, paymentTabs, tabOf } from "./payment-search.ts";
import { SavedSearches } from "./saved-searches.tsx";

/** Payments of the merchant: a tab per state, a search, days; what is looked for stands in the address. */
export function PaymentsPage() {
  const t = useT();
  const search = usePortalSearch();
  const navigate = usePortalNavigate();
  const profile = useQuery(profileQuery());
  // Set by a search, so that its first result takes the focus: one more Enter opens it.
  const searched = useRef(false);
  const change = (next: PortalSearch) => {
    searched.current = next.q !== undefined && next.q !== search.q;
    void navigate("/payments", next, { replace: true });
  };
  if (profile.isError) return <Problem error={profile.error} onRetry={() => profile.refetch()} />;
  if (profile.isPending) return <SkeletonList rows={8} />;
  const filter = filterOf(search, profile.data.profile.timeZone);
  const { tab: _, ...rest } = search;
  return (
    <>
      <PortalHeader
        title={t("portal.nav.payments")}
        lead={t("payments.portal.lead")}
        actions={<ExportPayments filter={filter} />}
      />
      <PortalTabs
        label={t("payments.portal.tabs")}
        current={tabOf(search)}
        tabs={paymentTabs.map((tab) => ({
          id: tab,
          label: t(`payments.tab.${tab}`),
          to: "/payments",
          search: tab === "all" ? rest : { ...rest, tab },
        }))}
      />
      <div className="mb-3 flex flex-wrap items-end gap-2">
        <SearchForm search={search} onSearch={change} />
        <SavedSearches search={search} onSearch={change} />
      </div>
      <PaymentList filter={filter} filtered={Object.keys(search).length > 0} searched={searched} />
    </>
  );
}

type SearchProps = { search: PortalSearch; onSearch: (search: PortalSearch) => void };

function SearchForm({ search, onSearch }: SearchProps) {
  const t = useT();
  const [text, setText] = useState(search.q ?? "");
  // A saved search or the way back changes it from outside.
  useEffect(() => setText(search.q ?? ""), [search.q]);
  const without = (name: string): PortalSearch =>
    Object.fromEntries(Object.entries(search).filter(([key]) => key !== name));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const q = text.trim();
    onSearch(q === "" ? without("q") : { ...search, q });
  };
  const day = (name: "from" | "to") => (
    <label className="grid gap-1 text-xs text-ink-muted">
      {t(`payments.portal.${name}`)}
      <input
        type="date"
        name={name}
        value={isDay(search[name]) ? search[name] : ""}
        onChange={(event) =>
          onSearch(isDay(event.target.value) ? { ...search, [name]: event.target.value } : without(name))
        }
        className="h-9 rounded-xl border border-line-strong bg-surface px-2 text-sm text-ink"
      />
    </label>
  );
  return (
    <>
      <form onSubmit={submit} className="flex min-w-0 grow gap-2 sm:max-w-md">
        <label className="relative min-w-0 grow">
          <span className="sr-only">{t("payments.portal.search")}</span>
          <Search aria-hidden className="pointer-events-none absolute top-2.5 left-3 size-4 text-ink-muted" />
          <input
            {...searchFieldAttribute}
            name="q"
            type="search"
            maxLength={64}
            autoComplete="off"
            spellCheck={false}
            placeholder={t("payments.portal.search_hint")}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              // The field's own clear button gives no submit.
              if (event.target.value === "" && search.q !== undefined) onSearch(without("q"));
            }}
            className="h-9 w-full rounded-xl border border-line-strong bg-surface pr-2 pl-9 text-sm placeholder:text-ink-muted"
          />
        </label>
        <Button type="submit" variant="secondary" size="small">
          {t("payments.portal.search_action")}
        </Button>
      </form>
      {day("from")}
      {day("to")}
    </>
  );
}

function PaymentList(props: { filter: PaymentFilter; filtered: boolean; searched: RefObject<boolean> }) {
  const t = useT();
  const { filter, searched } = props;
  const narrow = useNarrow();
  const query = useInfiniteQuery({ ...paymentsQuery(filter), placeholderData: keepPreviousData });
  const settled = query.isSuccess && !query.isPlaceholderData;
  useEffect(() => {
    if (!settled || !searched.current) return;
    searched.current = false;
    document.querySelector<HTMLElement>("[data-row-link]")?.focus();
  }, [settled, searched]);

  if (query.isPending) return <SkeletonList rows={8} />;
  if (query.isError) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  const items = query.data.pages.flatMap((page) => page.items);
  if (items.length === 0)
    return props.filtered ? (
      <EmptyState icon={SearchX} title={t("payments.portal.none_found")}>
        {t("payments.portal.none_found_hint")}
      </EmptyState>
    ) : (
      <EmptyState
        icon={HandCoins}
        title={t("payments.portal.none")}
        action={
          <PortalLink to="/till" className={buttonClasses("secondary", "small")}>
            {t("portal.nav.till")}
          </PortalLink>
        }
      >
        {t("payments.portal.none_hint")}
      </EmptyState>
    );
  const columns: Column[] = [
    { id: "payment", head: t("payments.portal.for_column") },
    { id: "payer", head: t("payments.portal.payer_column"), from: "md" },
    { id: "created", head: t("payments.portal.created_column"), from: "sm" },
    { id: "status", head: t("payments.portal.status_column"), from: "sm" },
    { id: "amount", head: t("payments.portal.amount_column"), align: "right" },
  ];
  return (
    <div className="rounded-2xl border border-line bg-surface px-2" aria-busy={query.isPlaceholderData}>
      <Table caption={t("portal.nav.payments")} columns={columns}>
        {items.map((item) => (
          <PaymentRow key={item.id} item={item} columns={columns} narrow={narrow} />
        ))}
      </Table>
      <LoadMore query={query} />
    </div>
  );
}

function PaymentRow({ item, columns, narrow }: { item: PaymentIntent; columns: Column[]; narrow: boolean }) {
  const t = useT();
  return (
    <Row testId={`payment-row-${item.id}`}>
      <Cell column={columns[0]}>
        <PortalRowLink to={`/payments/${item.id}`}>
          <span
            data-foreign={item.reference === null && item.description === null ? undefined : true}
            translate={item.reference === null && item.description === null ? "yes" : "no"}
          >
            {item.reference ?? item.description ?? t(`origin.${item.origin.kind}`)}
          </span>
        </PortalRowLink>
        <div className="hidden font-mono text-xs text-ink-muted sm:block">{item.id.slice(0, 12)}…</div>
        {narrow && (
          <div className="grid gap-1 text-xs text-ink-muted">
            <DateText value={item.createdAt} />
            <IntentBadge payment={item} />
          </div>
        )}
      </Cell>
      <Cell column={columns[1]}>
        {item.payer && <span translate="no">{item.payer.maskedName}</span>}
        {item.paymentMethod && (
          <div className="text-xs text-ink-muted">{t(`method.${item.paymentMethod.type}`)}</div>
        )}
      </Cell>
      <Cell column={columns[2]} className="whitespace-nowrap text-ink-muted">
        <DateText value={item.createdAt} />
      </Cell>
      <Cell column={columns[3]}>{!narrow && <IntentBadge payment={item} />}</Cell>
      <Cell column={columns[4]} className="whitespace-nowrap font-semibold">
        <MoneyText money={item.amount} />
        <span className="block text-xs font-normal text-ink-muted">{item.amount.currency}</span>
      </Cell>
    </Row>
  );
}

/** The names of columns are those of the API: the file is for programs as much as for people. */
const exportHeader = [
  "id",
  "created_at",
  "status",
  "currency",
  "amount",
  "amount_received",
  "amount_refunded",
  "fee",
  "reference",
  "description",
  "method",
  "origin",
  "payer",
  "store",
  "livemode",
] as const;

function ExportPayments({ filter }: { filter: PaymentFilter }) {
  return (
    <ExportCsv
      fileName={`payments-${new Date().toISOString().slice(0, 10)}.csv`}
      header={exportHeader}
      read={async (cursor) => {
        const page = await unwrap(
          api.GET("/v1/payment_intents", {
            params: { query: { ...filter, limit: 100, ...(cursor && { cursor }) } },
          }),
        );
        return { rows: page.items.map(exportRow), nextCursor: page.nextCursor };
      }}
    />
  );
}

function exportRow(item: PaymentIntent): string[] {
  return [
    item.id,
    item.createdAt,
    item.status,
    item.amount.currency,
    item.amount.amount,
    item.amountReceived.amount,
    item.amountRefunded.amount,
    item.fee?.amount ?? "",
    item.reference ?? "",
    item.description ?? "",
    item.paymentMethod?.type ?? "",
    item.origin.kind,
    item.payer?.maskedName ?? "",
    item.storeId ?? "",
    String(item.livemode),
  ];
}

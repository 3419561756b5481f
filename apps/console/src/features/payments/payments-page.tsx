import { Button, DateText, EmptyState, MoneyText, Problem, SkeletonList, StatusBadge } from "@jinqiao/ui";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Search, SearchX } from "lucide-react";
import { type FormEvent, type RefObject, useEffect, useRef, useState } from "react";
import type { PaymentFilter } from "../../api.ts";
import { paymentsQuery } from "../../api.ts";
import { searchFieldAttribute } from "../../app/keyboard.ts";
import { LoadMore } from "../../components/load-more.tsx";
import { PageHeader } from "../../components/page.tsx";
import { Cell, type Column, Row, RowLink, Table } from "../../components/table.tsx";
import { Tabs } from "../../components/tabs.tsx";
import { useNarrow } from "../../components/use-narrow.ts";
import { useT } from "../../i18n.ts";
import { kinds, statuses } from "./payment-filters.ts";
import { SavedFilters } from "./saved-filters.tsx";

const route = getRouteApi("/staff/payments");

/** Payments of all customers: a tab per status, a kind, a search; the filter stands in the address. */
export function PaymentsPage() {
  const t = useT();
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  // Set by a search, so that its first result takes the focus: one more Enter opens it.
  const searched = useRef(false);
  const setFilter = (next: PaymentFilter) => void navigate({ search: next, replace: true });
  return (
    <>
      <PageHeader title={t("payments.title")} lead={t("payments.lead")} />
      <div className="mb-3 grid gap-3">
        <StatusTabs filter={filter} />
        <div className="flex flex-wrap items-center gap-2">
          <SearchField
            filter={filter}
            onFilter={(next) => {
              searched.current = next.q !== undefined;
              setFilter(next);
            }}
          />
          <KindSelect filter={filter} onFilter={setFilter} />
          <SavedFilters filter={filter} onFilter={setFilter} />
        </div>
      </div>
      <PaymentList filter={filter} searched={searched} />
    </>
  );
}

function StatusTabs({ filter }: { filter: PaymentFilter }) {
  const t = useT();
  return (
    <Tabs
      label={t("payments.tabs")}
      current={filter.status ?? "all"}
      tabs={[
        { id: "all", label: t("payments.all"), to: "/payments", search: { ...filter, status: undefined } },
        ...statuses.map((status) => ({
          id: status,
          label: t(`status.${status}`),
          to: "/payments" as const,
          search: { ...filter, status },
        })),
      ]}
    />
  );
}

type FilterProps = { filter: PaymentFilter; onFilter: (filter: PaymentFilter) => void };

function SearchField({ filter, onFilter }: FilterProps) {
  const t = useT();
  const [text, setText] = useState(filter.q ?? "");
  // A saved filter or the way back changes the search from outside.
  useEffect(() => setText(filter.q ?? ""), [filter.q]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onFilter({ ...filter, q: text.trim() || undefined });
  };
  return (
    <form onSubmit={submit} className="flex min-w-0 grow gap-2 sm:max-w-md">
      <label className="relative min-w-0 grow">
        <span className="sr-only">{t("payments.search")}</span>
        <Search aria-hidden className="pointer-events-none absolute top-2.5 left-3 size-4 text-ink-muted" />
        <input
          {...searchFieldAttribute}
          name="q"
          type="search"
          maxLength={100}
          autoComplete="off"
          spellCheck={false}
          placeholder={t("payments.search_hint")}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            // The field's own clear button gives no submit.
            if (event.target.value === "" && filter.q !== undefined) onFilter({ ...filter, q: undefined });
          }}
          className="h-9 w-full rounded-xl border border-line-strong bg-surface pr-2 pl-9 text-sm placeholder:text-ink-muted"
        />
      </label>
      <Button type="submit" variant="secondary" size="small">
        {t("payments.search_action")}
      </Button>
    </form>
  );
}

function KindSelect({ filter, onFilter }: FilterProps) {
  const t = useT();
  return (
    <label className="flex items-center gap-2 text-sm">
      <span className="text-ink-muted">{t("payments.kind")}</span>
      <select
        name="kind"
        value={filter.kind ?? ""}
        onChange={(event) => onFilter({ ...filter, kind: kinds.find((kind) => kind === event.target.value) })}
        className="h-9 rounded-xl border border-line-strong bg-surface px-2 text-sm text-ink"
      >
        <option value="">{t("payments.all_kinds")}</option>
        {kinds.map((kind) => (
          <option key={kind} value={kind}>
            {t(`kind.${kind}`)}
          </option>
        ))}
      </select>
    </label>
  );
}

function PaymentList({ filter, searched }: { filter: PaymentFilter; searched: RefObject<boolean> }) {
  const t = useT();
  const query = useInfiniteQuery({ ...paymentsQuery(filter), placeholderData: keepPreviousData });
  const narrow = useNarrow();
  const columns: Column[] = [
    { id: "payment", head: t("payments.column.payment") },
    { id: "customer", head: t("payments.column.customer"), from: "sm" },
    { id: "counterparty", head: t("payments.column.counterparty"), from: "md" },
    { id: "reference", head: t("payments.column.reference"), from: "lg" },
    { id: "created", head: t("payments.column.created"), from: "sm" },
    ...(narrow ? [] : [{ id: "status", head: t("payments.column.status") }]),
    { id: "amount", head: t("payments.column.amount"), align: "right" },
  ];
  const [payment, customer, counterparty, reference, created] = columns;
  const [status, amount] = [narrow ? undefined : columns.at(-2), columns.at(-1)];

  const settled = query.isSuccess && !query.isPlaceholderData;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new search must be heeded though both may be settled
  useEffect(() => {
    if (!settled || !searched.current) return;
    searched.current = false;
    document.querySelector<HTMLElement>("[data-row-link]")?.focus();
  }, [settled, searched, filter.q]);

  if (query.isPending) return <SkeletonList rows={8} />;
  if (query.isError) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  const items = query.data.pages.flatMap((page) => page.items);
  if (items.length === 0) {
    const filtered = filter.status !== undefined || filter.kind !== undefined || filter.q !== undefined;
    return (
      <EmptyState icon={SearchX} title={t(filtered ? "payments.none_found" : "payments.none")}>
        {t(filtered ? "payments.none_found_hint" : "payments.none_hint")}
      </EmptyState>
    );
  }
  return (
    <div className="rounded-2xl border border-line bg-surface px-2" aria-busy={query.isPlaceholderData}>
      <Table caption={t("payments.title")} columns={columns}>
        {items.map((item) => (
          <Row key={item.payment.id} testId={`payment-row-${item.payment.id}`}>
            <Cell column={payment}>
              <RowLink to="/payments/$paymentId" params={{ paymentId: item.payment.id }}>
                {t(`kind.${item.payment.kind}`)}
              </RowLink>
              <div className="text-xs text-ink-muted sm:hidden">
                {item.customerName} · <DateText value={item.payment.createdAt} />
              </div>
              {narrow && <StatusBadge status={item.payment.status} />}
              <div className="hidden font-mono text-xs text-ink-muted sm:block">
                {item.payment.id.slice(0, 12)}…
              </div>
            </Cell>
            <Cell column={customer}>{item.customerName}</Cell>
            <Cell column={counterparty}>
              {item.payment.counterparty.name}
              {item.payment.counterparty.detail !== null && (
                <div className="text-xs text-ink-muted">{item.payment.counterparty.detail}</div>
              )}
            </Cell>
            <Cell column={reference} className="font-mono text-xs">
              {item.payment.reference}
            </Cell>
            <Cell column={created} className="whitespace-nowrap text-ink-muted">
              <DateText value={item.payment.createdAt} />
            </Cell>
            {!narrow && (
              <Cell column={status}>
                <StatusBadge status={item.payment.status} />
              </Cell>
            )}
            <Cell column={amount} className="whitespace-nowrap font-semibold">
              <MoneyText money={item.payment.amount} />
              <span className="block text-xs font-normal text-ink-muted">{item.payment.amount.currency}</span>
            </Cell>
          </Row>
        ))}
      </Table>
      <LoadMore query={query} />
    </div>
  );
}

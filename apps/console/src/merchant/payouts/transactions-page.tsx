import type { BalanceTransaction } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import { DateText, EmptyState, MoneyText, Problem, SkeletonList } from "@jinqiao/ui";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { ArrowLeftRight } from "lucide-react";
import { LoadMore } from "../../components/load-more.tsx";
import { Cell, type Column, Table } from "../../components/table.tsx";
import { api } from "../app/api.ts";
import { PortalLink, type PortalPath, usePortalNavigate, usePortalSearch } from "../app/navigation.tsx";
import { ExportCsv } from "../components/export-csv.tsx";
import { PortalHeader } from "../components/portal-page.tsx";
import { type TransactionFilter, transactionsQuery } from "../queries.ts";
import { useT } from "../text.ts";

const types = [
  "charge",
  "refund",
  "fee",
  "dispute",
  "dispute_reversal",
  "reserve_hold",
  "reserve_release",
  "payout",
  "payout_failure",
  "recovery",
  "adjustment",
] as const satisfies readonly BalanceTransaction["type"][];

/** Every movement of the merchant's balance. */
export function TransactionsPage() {
  const t = useT();
  const search = usePortalSearch();
  const navigate = usePortalNavigate();
  const type = types.find((one) => one === search.type);
  const filter: TransactionFilter = type === undefined ? {} : { type };
  return (
    <>
      <PortalHeader
        title={t("portal.nav.transactions")}
        lead={t("transactions.lead")}
        actions={
          <ExportCsv
            fileName={`balance-transactions-${new Date().toISOString().slice(0, 10)}.csv`}
            header={exportHeader}
            read={async (cursor) => {
              const page = await unwrap(
                api.GET("/v1/balance_transactions", {
                  params: { query: { ...filter, limit: 100, ...(cursor && { cursor }) } },
                }),
              );
              return { rows: page.items.map(exportRow), nextCursor: page.nextCursor };
            }}
          />
        }
      />
      <label className="mb-3 flex w-max max-w-full items-center gap-2 text-sm">
        <span className="text-ink-muted">{t("transactions.column.type")}</span>
        <select
          name="type"
          value={type ?? ""}
          onChange={(event) =>
            navigate("/transactions", event.target.value === "" ? {} : { type: event.target.value }, {
              replace: true,
            })
          }
          className="h-9 min-w-0 rounded-xl border border-line-strong bg-surface px-2 text-sm text-ink"
        >
          <option value="">{t("transactions.all")}</option>
          {types.map((one) => (
            <option key={one} value={one}>
              {t(`transaction.${one}`)}
            </option>
          ))}
        </select>
      </label>
      <TransactionList filter={filter} />
    </>
  );
}

function TransactionList({ filter }: { filter: TransactionFilter }) {
  const t = useT();
  const query = useInfiniteQuery({ ...transactionsQuery(filter), placeholderData: keepPreviousData });
  if (query.isPending) return <SkeletonList rows={8} />;
  if (query.isError) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  const items = query.data.pages.flatMap((page) => page.items);
  if (items.length === 0)
    return (
      <EmptyState icon={ArrowLeftRight} title={t("transactions.none")}>
        {t("transactions.none_hint")}
      </EmptyState>
    );
  const columns: Column[] = [
    { id: "at", head: t("transactions.column.at") },
    { id: "type", head: t("transactions.column.type"), from: "sm" },
    { id: "amount", head: t("transactions.column.amount"), align: "right", from: "sm" },
    { id: "fee", head: t("transactions.column.fee"), align: "right", from: "sm" },
    { id: "net", head: t("transactions.column.net"), align: "right" },
    { id: "available", head: t("transactions.column.available"), from: "lg" },
  ];
  return (
    <div className="rounded-2xl border border-line bg-surface px-2" aria-busy={query.isPlaceholderData}>
      <Table caption={t("portal.nav.transactions")} columns={columns}>
        {items.map((item) => (
          <tr key={item.id} data-testid="transaction" className="border-b border-line last:border-0">
            <Cell column={columns[0]}>
              <DateText value={item.createdAt} />
              <div className="text-xs sm:hidden">
                <Source item={item} />
              </div>
            </Cell>
            <Cell column={columns[1]}>
              <Source item={item} />
            </Cell>
            <Cell column={columns[2]} className="whitespace-nowrap">
              <MoneyText money={item.amount} />
            </Cell>
            <Cell column={columns[3]} className="whitespace-nowrap">
              <MoneyText money={item.fee} />
            </Cell>
            <Cell column={columns[4]} className="whitespace-nowrap font-semibold">
              <MoneyText money={item.net} />
            </Cell>
            <Cell column={columns[5]} className="text-ink-muted">
              {item.status === "available" ? (
                t("transactions.available")
              ) : item.availableOn ? (
                <DateText value={item.availableOn} />
              ) : (
                t("transactions.pending")
              )}
            </Cell>
          </tr>
        ))}
      </Table>
      <LoadMore query={query} />
    </div>
  );
}

/** What moved the money, with the page of what it comes from. */
function Source({ item }: { item: BalanceTransaction }) {
  const t = useT();
  const to = pageOf(item.source);
  const name = t(`transaction.${item.type}`);
  return to === null ? (
    name
  ) : (
    <PortalLink to={to} className="text-jade underline">
      {name}
    </PortalLink>
  );
}

function pageOf(source: string): PortalPath | null {
  if (source.startsWith("pi_")) return `/payments/${source}`;
  if (source.startsWith("po_")) return `/payouts/${source}`;
  if (source.startsWith("dp_")) return `/disputes/${source}`;
  return null;
}

const exportHeader = [
  "id",
  "created_at",
  "type",
  "currency",
  "amount",
  "fee",
  "net",
  "source",
  "store",
  "status",
  "available_on",
  "settlement",
] as const;

function exportRow(item: BalanceTransaction): string[] {
  return [
    item.id,
    item.createdAt,
    item.type,
    item.net.currency,
    item.amount.amount,
    item.fee.amount,
    item.net.amount,
    item.source,
    item.storeId ?? "",
    item.status,
    item.availableOn ?? "",
    item.settlement ?? "",
  ];
}

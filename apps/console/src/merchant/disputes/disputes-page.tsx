import type { Dispute } from "@jinqiao/contract";
import { DateText, EmptyState, MoneyText, Problem, SkeletonList } from "@jinqiao/ui";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Scale } from "lucide-react";
import { DisputeBadge, NextStep } from "../../components/dispute-parts.tsx";
import { LoadMore } from "../../components/load-more.tsx";
import { Cell, type Column, Row, Table } from "../../components/table.tsx";
import { useDisputesT, useLocalText } from "../../i18n.ts";
import { usePortalSearch } from "../app/navigation.tsx";
import { PortalHeader } from "../components/portal-page.tsx";
import { PortalRowLink } from "../components/portal-row.tsx";
import { PortalTabs } from "../components/portal-tabs.tsx";
import { disputesQuery } from "./queries.ts";

const tabs = ["needs_response", "under_review"] as const;

/** Disputes of the shop's payments, with what each waits for. */
export function DisputesPage() {
  const t = useDisputesT();
  const { status } = usePortalSearch();
  const tab = tabs.find((one) => one === status);
  const query = useInfiniteQuery(disputesQuery(tab));
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <PortalHeader title={t("dispute.title")} lead={t("dispute.lead.merchant")} />
      <PortalTabs
        label={t("dispute.tabs")}
        tabs={[
          { id: "all", label: t("dispute.tab.all"), to: "/disputes" },
          ...tabs.map((id) => ({
            id,
            label: t(`dispute.tab.${id}`),
            to: "/disputes" as const,
            search: { status: id },
          })),
        ]}
        current={tab ?? "all"}
      />
      {query.isPending && <SkeletonList rows={6} />}
      {query.isError && <Problem error={query.error} onRetry={() => query.refetch()} />}
      {query.isSuccess && items.length === 0 && (
        <EmptyState icon={Scale} title={t("dispute.none")}>
          {t("dispute.none.hint")}
        </EmptyState>
      )}
      {items.length > 0 && (
        <div className="rounded-2xl border border-line bg-surface px-2">
          <DisputeTable disputes={items} />
          <LoadMore query={query} />
        </div>
      )}
    </>
  );
}

function DisputeTable({ disputes }: { disputes: readonly Dispute[] }) {
  const t = useDisputesT();
  const localText = useLocalText();
  const columns: Column[] = [
    { id: "what", head: t("dispute.column.what") },
    { id: "by", head: t("dispute.column.by"), from: "sm" },
    { id: "amount", head: t("dispute.column.amount"), align: "right" },
    { id: "status", head: t("dispute.column.status"), align: "right" },
  ];
  const [what, by, amount, status] = columns;
  return (
    <Table caption={t("dispute.title")} columns={columns}>
      {disputes.map((item) => (
        <Row key={item.id} testId={`dispute-row-${item.id}`}>
          <Cell column={what}>
            <PortalRowLink to={`/disputes/${item.id}`}>{localText(item.reason.name)}</PortalRowLink>
            <span className="block text-xs text-ink-muted">
              {item.reference !== null && <span translate="no">{item.reference} · </span>}
              <DateText value={item.createdAt} style="date" />
            </span>
          </Cell>
          <Cell column={by}>
            <NextStep dispute={item} />
          </Cell>
          <Cell column={amount} className="font-semibold">
            <MoneyText money={item.contested} />
            <span className="block text-xs font-normal text-ink-muted">{item.contested.currency}</span>
          </Cell>
          <Cell column={status}>
            <DisputeBadge status={item.status} />
          </Cell>
        </Row>
      ))}
    </Table>
  );
}

import type { StaffDispute } from "@jinqiao/contract";
import { Badge, EmptyState, MoneyText, Problem, SkeletonList } from "@jinqiao/ui";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Scale, Users } from "lucide-react";
import { disputesQuery } from "../../api.ts";
import { DisputeBadge, NextStep } from "../../components/dispute-parts.tsx";
import { LoadMore } from "../../components/load-more.tsx";
import { PageHeader } from "../../components/page.tsx";
import { Cell, type Column, Row, RowLink, Table } from "../../components/table.tsx";
import { Tabs } from "../../components/tabs.tsx";
import { useDisputesT, useLocalText } from "../../i18n.ts";

const route = getRouteApi("/staff/disputes");
const tabs = ["to_decide", "waiting", "closed"] as const;

/** Disputes of purchases: what waits for staff first. */
export function DisputesPage() {
  const t = useDisputesT();
  const { tab } = route.useSearch();
  const query = useInfiniteQuery({ ...disputesQuery(tab), placeholderData: keepPreviousData });
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <PageHeader title={t("dispute.title")} lead={t("dispute.lead.staff")} />
      <div className="mb-3">
        <Tabs
          label={t("dispute.tabs")}
          tabs={[
            ...tabs.map((id) => ({
              id,
              label: t(`dispute.tab.${id}`),
              to: "/disputes" as const,
              search: { tab: id },
            })),
            { id: "all", label: t("dispute.tab.all"), to: "/disputes" as const, search: {} },
          ]}
          current={tab ?? "all"}
        />
      </div>
      {query.isPending && <SkeletonList rows={6} />}
      {query.isError && <Problem error={query.error} onRetry={() => query.refetch()} />}
      {query.isSuccess && items.length === 0 && (
        <EmptyState icon={Scale} title={t("dispute.none")}>
          {t("dispute.none.hint")}
        </EmptyState>
      )}
      {items.length > 0 && (
        <div className="rounded-2xl border border-line bg-surface px-2" aria-busy={query.isPlaceholderData}>
          <DisputeTable disputes={items} />
          <LoadMore query={query} />
        </div>
      )}
    </>
  );
}

function DisputeTable({ disputes }: { disputes: readonly StaffDispute[] }) {
  const t = useDisputesT();
  const localText = useLocalText();
  const columns: Column[] = [
    { id: "what", head: t("dispute.column.what") },
    { id: "shop", head: t("dispute.column.shop"), from: "sm" },
    { id: "by", head: t("dispute.column.by"), from: "md" },
    { id: "amount", head: t("dispute.column.amount"), align: "right" },
    { id: "status", head: t("dispute.column.status"), align: "right" },
  ];
  const [what, shop, by, amount, status] = columns;
  return (
    <Table caption={t("dispute.title")} columns={columns}>
      {disputes.map((item) => (
        <Row key={item.id} testId={`dispute-row-${item.id}`}>
          <Cell column={what}>
            <RowLink to="/disputes/$disputeId" params={{ disputeId: item.id }}>
              {localText(item.reason.name)}
            </RowLink>
            {item.proposal !== null && (
              <span className="mt-1 block">
                <Badge tone="warning" icon={Users}>
                  {t(`dispute.decided_for.${item.proposal.outcome}`)}
                </Badge>
              </span>
            )}
          </Cell>
          <Cell column={shop}>{localText(item.merchantName)}</Cell>
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

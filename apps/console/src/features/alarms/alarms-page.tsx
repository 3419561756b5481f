import { EmptyState, Problem, SkeletonList } from "@jinqiao/ui";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ShieldCheck } from "lucide-react";
import { alarmsQuery } from "../../api.ts";
import { InstantText } from "../../components/instant-text.tsx";
import { LoadMore } from "../../components/load-more.tsx";
import { PageHeader } from "../../components/page.tsx";
import { Cell, type Column, Row, RowLink, Table } from "../../components/table.tsx";
import { Tabs } from "../../components/tabs.tsx";
import { useAlarmsT } from "../../i18n.ts";
import { AlarmBadge } from "./alarm-figures.tsx";

const route = getRouteApi("/staff/alarms");

/** Alarms of the watch over the books: what does not agree, and what stands still because of it. */
export function AlarmsPage() {
  const t = useAlarmsT();
  const { status } = route.useSearch();
  const query = useInfiniteQuery({ ...alarmsQuery(status), placeholderData: keepPreviousData });
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const columns: Column[] = [
    { id: "what", head: t("alarms.column.what") },
    { id: "currency", head: t("alarms.column.currency") },
    { id: "found", head: t("alarms.column.found"), from: "md" },
    { id: "status", head: t("alarms.column.status"), align: "right" },
  ];
  const [what, currency, found, state] = columns;
  return (
    <>
      <PageHeader title={t("alarms.title")} lead={t("alarms.lead")} />
      <div className="mb-3">
        <Tabs
          label={t("alarms.tabs")}
          tabs={[
            { id: "open", label: t("alarm_status.open"), to: "/alarms", search: { status: "open" } },
            { id: "cleared", label: t("alarm_status.cleared"), to: "/alarms", search: { status: "cleared" } },
            { id: "all", label: t("payments.all"), to: "/alarms", search: {} },
          ]}
          current={status ?? "all"}
        />
      </div>
      {query.isPending && <SkeletonList rows={4} />}
      {query.isError && <Problem error={query.error} onRetry={() => query.refetch()} />}
      {query.isSuccess && items.length === 0 && (
        <EmptyState icon={ShieldCheck} title={t(status === "open" ? "alarms.none_open" : "alarms.none")}>
          {t("alarms.none_hint")}
        </EmptyState>
      )}
      {items.length > 0 && (
        <div className="rounded-2xl border border-line bg-surface px-2" aria-busy={query.isPlaceholderData}>
          <Table caption={t("alarms.title")} columns={columns}>
            {items.map((alarm) => (
              <Row key={alarm.id} testId={`alarm-row-${alarm.id}`}>
                <Cell column={what}>
                  <RowLink to="/alarms/$alarmId" params={{ alarmId: alarm.id }}>
                    {t(`alarm_name.${alarm.invariant}`)}
                  </RowLink>
                  <span translate="no" className="block font-mono text-xs break-all text-ink-muted">
                    {alarm.subject}
                  </span>
                </Cell>
                <Cell column={currency}>{alarm.currency ?? t("alarms.every_currency")}</Cell>
                <Cell column={found}>
                  <InstantText value={alarm.foundAt} />
                </Cell>
                <Cell column={state}>
                  <AlarmBadge status={alarm.status} />
                </Cell>
              </Row>
            ))}
          </Table>
          <LoadMore query={query} />
        </div>
      )}
    </>
  );
}

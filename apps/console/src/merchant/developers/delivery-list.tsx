import { Badge, DateText, Problem, SkeletonList } from "@jinqiao/ui";
import { useInfiniteQuery } from "@tanstack/react-query";
import { LoadMore } from "../../components/load-more.tsx";
import { Cell, type Column, Row, Table } from "../../components/table.tsx";
import { PortalRowLink } from "../components/portal-row.tsx";
import { type DeliveryFilter, deliveriesQuery } from "../queries.ts";
import { useT } from "../text.ts";

export const deliveryTones = { pending: "warning", delivered: "positive", failed: "danger" } as const;

/** Events on their way to endpoints, newest first. */
export function DeliveryList({ filter }: { filter: DeliveryFilter }) {
  const t = useT();
  const query = useInfiniteQuery({ ...deliveriesQuery(filter), refetchInterval: 5_000 });
  if (query.isPending) return <SkeletonList rows={3} />;
  if (query.isError) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  const items = query.data.pages.flatMap((page) => page.items);
  if (items.length === 0) return <p className="text-sm text-ink-muted">{t("webhooks.deliveries.none")}</p>;
  const columns: Column[] = [
    { id: "event", head: t("deliveries.column.event") },
    { id: "at", head: t("transactions.column.at"), from: "sm" },
    { id: "attempts", head: t("deliveries.column.attempts"), align: "right", from: "sm" },
    { id: "status", head: t("deliveries.column.status") },
  ];
  return (
    <>
      <Table caption={t("webhooks.deliveries")} columns={columns}>
        {items.map((item) => (
          <Row key={item.id} testId="delivery">
            <Cell column={columns[0]}>
              <PortalRowLink to={`/developers/deliveries/${item.id}`}>
                <code className="text-xs break-all">{item.eventType}</code>
              </PortalRowLink>
              <code className="block text-xs break-all text-ink-muted">{item.objectId.slice(0, 14)}…</code>
            </Cell>
            <Cell column={columns[1]} className="whitespace-nowrap text-ink-muted">
              <DateText value={item.createdAt} />
            </Cell>
            <Cell column={columns[2]} className="tabular">
              {item.attempts}
            </Cell>
            <Cell column={columns[3]}>
              <Badge
                tone={deliveryTones[item.status]}
                data-testid="delivery-status"
                data-status={item.status}
              >
                {t(`delivery.${item.status}`)}
                {item.responseStatus !== null && ` · ${item.responseStatus}`}
              </Badge>
            </Cell>
          </Row>
        ))}
      </Table>
      <LoadMore query={query} />
    </>
  );
}

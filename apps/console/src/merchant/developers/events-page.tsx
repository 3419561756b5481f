import { DateText, EmptyState, Problem, SkeletonList } from "@jinqiao/ui";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Radio } from "lucide-react";
import { LoadMore } from "../../components/load-more.tsx";
import { Cell, type Column, Row, Table } from "../../components/table.tsx";
import { usePortalNavigate, usePortalSearch } from "../app/navigation.tsx";
import { PortalRowLink } from "../components/portal-row.tsx";
import { eventsQuery } from "../queries.ts";
import { useT } from "../text.ts";
import { DeveloperHeader } from "./developer-tabs.tsx";
import { eventTypes } from "./event-types.ts";

/** Everything that happened to the merchant's objects. */
export function EventsPage() {
  const t = useT();
  const search = usePortalSearch();
  const navigate = usePortalNavigate();
  const type = eventTypes.find((one) => one === search.type);
  const query = useInfiniteQuery({ ...eventsQuery(type), refetchInterval: 5_000 });
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const columns: Column[] = [
    { id: "type", head: t("deliveries.column.event") },
    { id: "object", head: t("events.column.object"), from: "sm" },
    { id: "at", head: t("transactions.column.at") },
  ];
  return (
    <>
      <DeveloperHeader current="events" />
      <label className="mb-3 flex w-max max-w-full items-center gap-2 text-sm">
        <span className="text-ink-muted">{t("deliveries.column.event")}</span>
        <select
          name="event-type"
          value={type ?? ""}
          onChange={(event) =>
            navigate("/developers/events", event.target.value === "" ? {} : { type: event.target.value }, {
              replace: true,
            })
          }
          className="h-9 min-w-0 rounded-xl border border-line-strong bg-surface px-2 text-sm text-ink"
        >
          <option value="">{t("webhooks.every_type")}</option>
          {eventTypes.map((one) => (
            <option key={one} value={one} translate="no">
              {one}
            </option>
          ))}
        </select>
      </label>
      {query.isPending ? (
        <SkeletonList rows={6} />
      ) : query.isError ? (
        <Problem error={query.error} onRetry={() => query.refetch()} />
      ) : items.length === 0 ? (
        <EmptyState icon={Radio} title={t("events.none")}>
          {t("events.none_hint")}
        </EmptyState>
      ) : (
        <div className="rounded-2xl border border-line bg-surface px-2">
          <Table caption={t("developers.events")} columns={columns}>
            {items.map((item) => (
              <Row key={item.id} testId="event">
                <Cell column={columns[0]}>
                  <PortalRowLink to={`/developers/events/${item.id}`}>
                    <code className="text-xs break-all">{item.type}</code>
                  </PortalRowLink>
                </Cell>
                <Cell column={columns[1]}>
                  <code className="text-xs break-all text-ink-muted">{item.objectId}</code>
                </Cell>
                <Cell column={columns[2]} className="text-ink-muted">
                  <DateText value={item.createdAt} />
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

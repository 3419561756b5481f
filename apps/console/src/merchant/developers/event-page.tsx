import { CopyText, DateText, Problem, SkeletonList } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { Fact, Facts, Section } from "../../components/page.tsx";
import { PortalLink, usePortalParam } from "../app/navigation.tsx";
import { JsonText } from "../components/json-text.tsx";
import { PortalHeader } from "../components/portal-page.tsx";
import { eventQuery } from "../queries.ts";
import { useT } from "../text.ts";
import { DeliveryList } from "./delivery-list.tsx";

/** One event: the object as it was then, and to whom it was sent. */
export function EventPage() {
  const t = useT();
  const id = usePortalParam("eventId");
  const query = useQuery(eventQuery(id));
  if (query.isPending) return <SkeletonList rows={5} />;
  if (query.isError) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  const event = query.data;
  return (
    <>
      <PortalHeader
        title={t("event.title")}
        back={{ to: "/developers/events", place: t("developers.events") }}
        lead={<CopyText text={event.id} />}
      />
      <div className="grid gap-4">
        <Section title={t("portal.details")}>
          <Facts>
            <Fact name={t("deliveries.column.event")}>
              <code>{event.type}</code>
            </Fact>
            <Fact name={t("events.column.object")}>
              {event.objectId.startsWith("pi_") ? (
                <PortalLink to={`/payments/${event.objectId}`} className="text-jade underline">
                  <code className="break-all">{event.objectId}</code>
                </PortalLink>
              ) : (
                <code className="break-all">{event.objectId}</code>
              )}
            </Fact>
            <Fact name={t("event.object_version")}>{event.objectVersion}</Fact>
            <Fact name={t("transactions.column.at")}>
              <DateText value={event.createdAt} />
            </Fact>
          </Facts>
        </Section>
        <Section title={t("event.data")}>
          <JsonText label={t("event.data")} text={JSON.stringify(event.data.object, null, 2)} />
        </Section>
        <Section title={t("webhooks.deliveries")}>
          <DeliveryList filter={{ eventId: event.id }} />
        </Section>
      </div>
    </>
  );
}

import { unwrap } from "@jinqiao/contract/client";
import { Badge, Button, CopyText, DateText, Problem, SkeletonList, useAction } from "@jinqiao/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Fact, Facts, Section } from "../../components/page.tsx";
import { api, scopedKey } from "../app/api.ts";
import { PortalLink, usePortalParam } from "../app/navigation.tsx";
import { useMay } from "../app/session.ts";
import { JsonText } from "../components/json-text.tsx";
import { PortalHeader } from "../components/portal-page.tsx";
import { deliveryQuery, eventQuery } from "../queries.ts";
import { useT } from "../text.ts";
import { deliveryTones } from "./delivery-list.tsx";

/** One event on its way to one endpoint: what was sent, what was answered, and sending it again. */
export function DeliveryPage() {
  const t = useT();
  const id = usePortalParam("deliveryId");
  const may = useMay("webhooks.write");
  const query = useQuery({
    ...deliveryQuery(id),
    refetchInterval: ({ state }) => (state.data?.status === "delivered" ? false : 3_000),
  });
  const event = useQuery({
    ...eventQuery(query.data?.eventId ?? ""),
    enabled: query.data !== undefined && query.data.eventType !== "ping",
  });
  const queryClient = useQueryClient();
  const again = useAction(async () => {
    await unwrap(
      api.POST("/v1/webhook_deliveries/{webhookDeliveryId}/replays", {
        params: { path: { webhookDeliveryId: id } },
      }),
    );
    await queryClient.invalidateQueries({ queryKey: scopedKey("deliveries") });
  });
  if (query.isPending) return <SkeletonList rows={5} />;
  if (query.isError) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  const delivery = query.data;
  return (
    <>
      <PortalHeader
        title={t("delivery.title")}
        back={{ to: `/developers/webhooks/${delivery.endpointId}`, place: t("webhooks.one") }}
        lead={<CopyText text={delivery.id} />}
        actions={
          may && (
            <Button
              variant="secondary"
              size="small"
              data-testid="replay"
              pending={again.pending}
              onClick={again.run}
            >
              {t("delivery.again")}
            </Button>
          )
        }
      />
      <div className="grid gap-4">
        <Problem error={again.error} />
        <Section
          title={t("portal.details")}
          aside={
            <Badge
              tone={deliveryTones[delivery.status]}
              data-testid="delivery-status"
              data-status={delivery.status}
            >
              {t(`delivery.${delivery.status}`)}
            </Badge>
          }
        >
          <Facts>
            <Fact name={t("deliveries.column.event")}>
              <PortalLink to={`/developers/events/${delivery.eventId}`} className="text-jade underline">
                <code className="break-all">{delivery.eventType}</code>
              </PortalLink>
            </Fact>
            <Fact name={t("deliveries.column.attempts")}>{delivery.attempts}</Fact>
            <Fact name={t("delivery.answer")}>
              {delivery.responseStatus ?? (delivery.failure ? t(`failure.${delivery.failure}`) : "—")}
              {delivery.durationMs !== null && ` · ${delivery.durationMs} ms`}
            </Fact>
            {delivery.nextAttemptAt && delivery.status === "pending" && (
              <Fact name={t("delivery.next")}>
                <DateText value={delivery.nextAttemptAt} />
              </Fact>
            )}
            {delivery.lastAttemptAt && (
              <Fact name={t("delivery.last")}>
                <DateText value={delivery.lastAttemptAt} />
              </Fact>
            )}
          </Facts>
        </Section>
        <Section title={t("delivery.response")} lead={t("delivery.response.lead")}>
          {delivery.responseBody === null || delivery.responseBody === "" ? (
            <p className="text-sm text-ink-muted">{t("delivery.response.none")}</p>
          ) : (
            <JsonText label={t("delivery.response")} text={delivery.responseBody} />
          )}
        </Section>
        {event.data && (
          <Section title={t("event.data")}>
            <JsonText label={t("event.data")} text={JSON.stringify(event.data.data.object, null, 2)} />
          </Section>
        )}
      </div>
    </>
  );
}

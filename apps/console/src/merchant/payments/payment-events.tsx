import { Badge, DateText, Problem, SkeletonList } from "@jinqiao/ui";
import { useQueries, useQuery } from "@tanstack/react-query";
import { Section } from "../../components/page.tsx";
import { PortalLink } from "../app/navigation.tsx";
import { useMay } from "../app/session.ts";
import { deliveriesOfEventQuery, eventsOfQuery, refundsQuery } from "../queries.ts";
import { useT } from "../text.ts";

/** What happened to a payment and its refunds, oldest last, and whether the shop's own server was told. */
export function PaymentEvents({ paymentId }: { paymentId: string }) {
  const t = useT();
  const may = useMay("events.read");
  const refunds = useQuery({ ...refundsQuery(paymentId), enabled: may }).data?.items ?? [];
  const events = useQueries({
    queries: [paymentId, ...refunds.map(({ id }) => id)].map((id) => ({
      ...eventsOfQuery(id),
      enabled: may,
      refetchInterval: 5_000,
    })),
    combine: (answers) => ({
      isPending: answers.some((one) => one.isPending),
      error: answers.find((one) => one.error)?.error ?? null,
      refetch: () => answers.forEach((one) => void one.refetch()),
      items: answers.flatMap((one) => one.data?.items ?? []).sort((a, b) => b.sequence - a.sequence),
    }),
  });
  if (!may) return null;
  return (
    <Section title={t("payment.timeline")} lead={t("payment.timeline.lead")}>
      {events.isPending ? (
        <SkeletonList rows={2} />
      ) : events.error ? (
        <Problem error={events.error} onRetry={events.refetch} />
      ) : events.items.length === 0 ? (
        <p className="text-sm text-ink-muted">{t("payment.timeline.none")}</p>
      ) : (
        <ol className="grid gap-3 border-l-2 border-line pl-4">
          {events.items.map((event) => (
            <li key={event.id} data-testid="payment-event" className="relative text-sm">
              <span
                aria-hidden
                className="absolute top-1.5 -left-[1.32rem] size-2 rounded-full bg-jade-solid"
              />
              <PortalLink to={`/developers/events/${event.id}`} className="text-jade underline">
                <code className="text-xs">{event.type}</code>
              </PortalLink>
              <span className="block text-xs text-ink-muted">
                <DateText value={event.createdAt} />
              </span>
              <Deliveries eventId={event.id} />
            </li>
          ))}
        </ol>
      )}
    </Section>
  );
}

const tones = { pending: "warning", delivered: "positive", failed: "danger" } as const;

function Deliveries({ eventId }: { eventId: string }) {
  const t = useT();
  const deliveries = useQuery(deliveriesOfEventQuery(eventId)).data?.items ?? [];
  if (deliveries.length === 0) return null;
  return (
    <ul className="mt-1 flex flex-wrap gap-2">
      {deliveries.map((delivery) => (
        <li key={delivery.id}>
          <PortalLink to={`/developers/deliveries/${delivery.id}`} className="no-underline">
            <Badge tone={tones[delivery.status]}>
              {t(`delivery.${delivery.status}`)}
              {delivery.responseStatus !== null && ` · ${delivery.responseStatus}`}
            </Badge>
          </PortalLink>
        </li>
      ))}
    </ul>
  );
}

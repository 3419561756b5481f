import { unwrap } from "@jinqiao/contract/client";
import { Badge, Problem, SkeletonList, type Tone } from "@jinqiao/ui";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api } from "../../api.ts";
import { useMay } from "../../app/session.ts";
import { InstantText } from "../../components/instant-text.tsx";
import { Section } from "../../components/page.tsx";
import { useSecurityT } from "./text.ts";

const deliveriesQuery = queryOptions({
  queryKey: ["message-deliveries"],
  queryFn: ({ signal }) => unwrap(api.GET("/v1/console/message-deliveries", { signal })),
  refetchInterval: 30_000,
});

const tones: Record<string, Tone> = {
  sent: "positive",
  waiting: "info",
  expired: "neutral",
  no_channel: "warning",
  failed: "warning",
  unknown: "warning",
  refused: "danger",
};

/** Whether codes and notices reach people: by channel, for the last day. */
export function Messages() {
  const t = useSecurityT();
  // Not everybody who may see this page may see this part.
  const may = useMay("messages.read");
  const query = useQuery({ ...deliveriesQuery, enabled: may });
  if (!may) return null;
  return (
    <Section title={t("security.messages.title")}>
      <p className="mb-2 text-sm text-ink-muted">{t("security.messages.lead")}</p>
      <Problem error={query.error} onRetry={() => query.refetch()} />
      {query.isPending && <SkeletonList rows={3} />}
      <ul className="divide-y divide-line" data-testid="message-deliveries">
        {query.data?.senders.map(({ channel, sender }) => (
          <li key={channel} className="grid gap-2 py-3 text-sm">
            <p className="flex flex-wrap items-baseline gap-x-3">
              <span className="font-semibold">{t(`security.messages.${channel}`)}</span>
              <span className="text-ink-muted">
                {sender === null ? t("security.messages.no_sender") : <code>{sender}</code>}
              </span>
            </p>
            <ul className="flex flex-wrap gap-x-4 gap-y-2">
              {query.data.counts
                .filter((one) => one.channel === channel)
                .map((one) => (
                  <li key={one.status} className="flex flex-wrap items-center gap-2">
                    <Badge tone={tones[one.status] ?? "neutral"}>
                      {t(`security.messages.status.${one.status}`)}: {one.count}
                    </Badge>
                    {(one.status === "waiting" || one.status === "failed" || one.status === "unknown") && (
                      <span className="text-ink-muted">
                        {t("security.messages.oldest")} <InstantText value={one.oldestAt} />
                      </span>
                    )}
                  </li>
                ))}
            </ul>
            <p className="text-ink-muted empty:hidden">
              {query.data.errors
                .filter((one) => one.channel === channel)
                .map((one) => (
                  <code key={one.code} className="mr-3">
                    {one.code} × {one.count}
                  </code>
                ))}
            </p>
          </li>
        ))}
      </ul>
    </Section>
  );
}

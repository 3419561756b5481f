import type { WebhookEndpoint } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import {
  Badge,
  Button,
  CopyText,
  DateText,
  Notice,
  Problem,
  SelectField,
  SkeletonList,
  useAction,
} from "@jinqiao/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Fact, Facts, Section } from "../../components/page.tsx";
import { api, scopedKey } from "../app/api.ts";
import { useConfirmed } from "../app/confirm-again.tsx";
import { usePortalNavigate, usePortalParam } from "../app/navigation.tsx";
import { useMay } from "../app/session.ts";
import { PortalHeader } from "../components/portal-page.tsx";
import { endpointQuery } from "../queries.ts";
import { useT } from "../text.ts";
import { DeliveryList } from "./delivery-list.tsx";
import { SecretDialog } from "./secret-dialog.tsx";
import { endpointTones } from "./webhooks-page.tsx";

/** One endpoint: its state, its secret, a test send, sending again, and what was sent to it. */
export function WebhookPage() {
  const t = useT();
  const id = usePortalParam("endpointId");
  const may = useMay("webhooks.write");
  const query = useQuery({ ...endpointQuery(id), refetchInterval: 5_000 });
  if (query.isPending) return <SkeletonList rows={5} />;
  if (query.isError) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  const endpoint = query.data;
  return (
    <>
      <PortalHeader
        title={t("webhooks.one")}
        back={{ to: "/developers/webhooks", place: t("developers.webhooks") }}
        lead={<CopyText text={endpoint.url} />}
        actions={
          <Badge
            tone={endpointTones[endpoint.status]}
            data-testid="endpoint-status"
            data-status={endpoint.status}
          >
            {t(`endpoint.${endpoint.status}`)}
          </Badge>
        }
      />
      <div className="grid gap-4">
        {endpoint.status === "paused" && (
          <Notice tone="danger" role="alert">
            {t("endpoint.paused.means")}
          </Notice>
        )}
        <Section title={t("portal.details")}>
          <Facts>
            <Fact name={t("portal.copy_id")}>
              <CopyText text={endpoint.id} />
            </Fact>
            <Fact name={t("webhooks.types")}>
              {endpoint.eventTypes[0] === "*" ? (
                t("webhooks.every_type")
              ) : (
                <code className="text-xs break-words">{endpoint.eventTypes.join(" ")}</code>
              )}
            </Fact>
            <Fact name={t("webhooks.version")}>
              <code>{endpoint.apiVersion}</code>
            </Fact>
            {endpoint.failingSince && (
              <Fact name={t("webhooks.failing_since")}>
                <DateText value={endpoint.failingSince} />
              </Fact>
            )}
            {endpoint.previousSecretUntil && (
              <Fact name={t("webhooks.both_until")}>
                <DateText value={endpoint.previousSecretUntil} />
              </Fact>
            )}
          </Facts>
          {may && <Actions endpoint={endpoint} />}
        </Section>
        <Section title={t("webhooks.deliveries")} lead={t("webhooks.deliveries.lead")}>
          <DeliveryList filter={{ endpointId: endpoint.id }} />
        </Section>
      </div>
    </>
  );
}

const hourMs = 3_600_000;

function Actions({ endpoint }: { endpoint: WebhookEndpoint }) {
  const t = useT();
  const queryClient = useQueryClient();
  const navigate = usePortalNavigate();
  const { confirmed, dialog } = useConfirmed();
  const [secret, setSecret] = useState<string | null>(null);
  const [said, setSaid] = useState("");
  const [sure, setSure] = useState(false);
  const params = { path: { webhookEndpointId: endpoint.id } };
  const refresh = async () => {
    await queryClient.invalidateQueries({ queryKey: scopedKey("endpoints") });
    await queryClient.invalidateQueries({ queryKey: scopedKey("deliveries") });
  };
  const ping = useAction(async () => {
    await unwrap(api.POST("/v1/webhook_endpoints/{webhookEndpointId}/pings", { params }));
    setSaid(t("webhooks.pinged"));
    await refresh();
  });
  const view = useAction(async () => {
    const answer = await confirmed(() =>
      unwrap(api.POST("/v1/webhook_endpoints/{webhookEndpointId}/secret_views", { params })),
    );
    setSecret(answer.secret);
  });
  const rotate = useAction(async (overlapHours: number) => {
    const answer = await unwrap(
      api.POST("/v1/webhook_endpoints/{webhookEndpointId}/rotations", { params, body: { overlapHours } }),
    );
    setSecret(answer.secret);
    await refresh();
  });
  const again = useAction(async (hours: number) => {
    const since = new Date(Date.now() - hours * hourMs).toISOString();
    const { queued } = await unwrap(
      api.POST("/v1/webhook_endpoints/{webhookEndpointId}/replays", { params, body: { since } }),
    );
    setSaid(t("webhooks.queued", { count: queued }));
    await refresh();
  });
  const turn = useAction(async () => {
    await unwrap(
      api.PATCH("/v1/webhook_endpoints/{webhookEndpointId}", {
        params,
        body: { version: endpoint.version, status: endpoint.status === "enabled" ? "disabled" : "enabled" },
      }),
    );
    await refresh();
  });
  const remove = useAction(async () => {
    await unwrap(api.DELETE("/v1/webhook_endpoints/{webhookEndpointId}", { params }));
    await navigate("/developers/webhooks");
    await refresh();
  });
  const chosen = (event: FormEvent<HTMLFormElement>): number => {
    event.preventDefault();
    return Number(new FormData(event.currentTarget).get("hours"));
  };
  return (
    <div className="mt-4 grid gap-4 border-t border-line pt-4">
      <div className="flex flex-wrap gap-2">
        <Button variant="secondary" size="small" data-testid="ping" pending={ping.pending} onClick={ping.run}>
          {t("webhooks.ping")}
        </Button>
        <Button
          variant="secondary"
          size="small"
          data-testid="view-secret"
          pending={view.pending}
          onClick={view.run}
        >
          {t("webhooks.view_secret")}
        </Button>
        <Button variant="secondary" size="small" pending={turn.pending} onClick={turn.run}>
          {t(endpoint.status === "enabled" ? "webhooks.turn_off" : "webhooks.turn_on")}
        </Button>
        <Button
          variant={sure ? "danger" : "ghost"}
          size="small"
          pending={remove.pending}
          onClick={() => (sure ? remove.run() : setSure(true))}
        >
          {t(sure ? "webhooks.remove.sure" : "webhooks.remove")}
        </Button>
      </div>
      <p role="status" className="text-sm empty:hidden">
        {said}
      </p>
      <div className="flex flex-wrap gap-x-8 gap-y-4">
        <form className="flex flex-wrap items-end gap-2" onSubmit={(event) => void rotate.run(chosen(event))}>
          <SelectField name="hours" label={t("webhooks.overlap")} defaultValue="24">
            {[0, 1, 24, 72].map((hours) => (
              <option key={hours} value={hours}>
                {t("keys.portal.hours", { hours })}
              </option>
            ))}
          </SelectField>
          <Button type="submit" variant="secondary" size="small" className="mb-1.5" pending={rotate.pending}>
            {t("webhooks.rotate")}
          </Button>
        </form>
        <form className="flex flex-wrap items-end gap-2" onSubmit={(event) => void again.run(chosen(event))}>
          <SelectField name="hours" label={t("webhooks.since")} defaultValue="24">
            {[1, 24, 72, 168].map((hours) => (
              <option key={hours} value={hours}>
                {t("webhooks.hours_ago", { hours })}
              </option>
            ))}
          </SelectField>
          <Button
            type="submit"
            variant="secondary"
            size="small"
            className="mb-1.5"
            data-testid="replay-endpoint"
            pending={again.pending}
          >
            {t("webhooks.again")}
          </Button>
        </form>
      </div>
      <Problem
        error={ping.error ?? view.error ?? rotate.error ?? again.error ?? turn.error ?? remove.error}
      />
      {dialog}
      <SecretDialog secret={secret} onClose={() => setSecret(null)} />
    </div>
  );
}

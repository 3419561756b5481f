import type { WebhookEndpoint } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import {
  Badge,
  Button,
  EmptyState,
  Field,
  Problem,
  SkeletonList,
  type Tone,
  useFieldErrors,
} from "@jinqiao/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Webhook } from "lucide-react";
import { useRef, useState } from "react";
import { Section } from "../../components/page.tsx";
import { api, scopedKey } from "../app/api.ts";
import { useAttempt } from "../app/attempt.ts";
import { useMay } from "../app/session.ts";
import { PortalRowLink } from "../components/portal-row.tsx";
import { endpointsQuery } from "../queries.ts";
import { useT } from "../text.ts";
import { DeveloperHeader } from "./developer-tabs.tsx";
import { type EventType, eventTypes } from "./event-types.ts";
import { SecretDialog } from "./secret-dialog.tsx";

export const endpointTones: Record<WebhookEndpoint["status"], Tone> = {
  enabled: "positive",
  disabled: "neutral",
  paused: "danger",
};

/** Addresses of the shop's own server that are told what happens. */
export function WebhooksPage() {
  const t = useT();
  const may = useMay("webhooks.write");
  const query = useQuery(endpointsQuery());
  const [secret, setSecret] = useState<string | null>(null);
  return (
    <>
      <DeveloperHeader current="webhooks" />
      <div className="grid gap-4">
        {query.isPending ? (
          <SkeletonList rows={2} />
        ) : query.isError ? (
          <Problem error={query.error} onRetry={() => query.refetch()} />
        ) : query.data.items.length === 0 ? (
          <EmptyState icon={Webhook} title={t("webhooks.none")}>
            {t("webhooks.none_hint")}
          </EmptyState>
        ) : (
          <ul className="divide-y divide-line rounded-2xl border border-line bg-surface px-4">
            {query.data.items.map((endpoint) => (
              <li
                key={endpoint.id}
                data-testid="endpoint"
                className="relative flex flex-wrap items-center justify-between gap-2 py-3"
              >
                <span className="min-w-0">
                  <PortalRowLink to={`/developers/webhooks/${endpoint.id}`}>
                    <code className="text-sm break-all">{endpoint.url}</code>
                  </PortalRowLink>
                  {endpoint.description && (
                    <span translate="no" className="block text-xs text-ink-muted">
                      {endpoint.description}
                    </span>
                  )}
                </span>
                <Badge tone={endpointTones[endpoint.status]}>{t(`endpoint.${endpoint.status}`)}</Badge>
              </li>
            ))}
          </ul>
        )}
        {may && <NewEndpoint onMade={setSecret} />}
      </div>
      <SecretDialog secret={secret} onClose={() => setSecret(null)} />
    </>
  );
}

function NewEndpoint({ onMade }: { onMade: (secret: string) => void }) {
  const t = useT();
  const queryClient = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const [all, setAll] = useState(true);
  const { run, pending, error } = useAttempt(
    async (_, body: { url: string; description?: string; eventTypes: ["*"] | EventType[] }) => {
      const endpoint = await unwrap(api.POST("/v1/webhook_endpoints", { body }));
      form.current?.reset();
      onMade(endpoint.secret);
      await queryClient.invalidateQueries({ queryKey: scopedKey("endpoints") });
    },
  );
  const errorOf = useFieldErrors(error);
  return (
    <Section title={t("webhooks.new")}>
      <form
        ref={form}
        noValidate
        className="grid max-w-xl gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const data = new FormData(event.currentTarget);
          const description = String(data.get("description")).trim();
          void run({
            url: String(data.get("url")).trim(),
            ...(description && { description }),
            eventTypes: all ? ["*"] : eventTypes.filter((type) => data.getAll("type").includes(type)),
          });
        }}
      >
        <Field
          name="url"
          type="url"
          inputMode="url"
          label={t("webhooks.url")}
          hint={t("webhooks.url.hint")}
          placeholder="https://"
          autoComplete="off"
          error={errorOf("url")}
        />
        <Field name="description" label={t("payment.description")} maxLength={140} optional />
        <label className="flex items-center gap-3 text-sm">
          <input
            type="checkbox"
            checked={all}
            onChange={(event) => setAll(event.target.checked)}
            className="size-4 accent-jade-solid"
          />
          {t("webhooks.all_types")}
        </label>
        {!all && (
          <fieldset className="grid gap-1 sm:grid-cols-[repeat(2,minmax(0,1fr))]">
            <legend className="mb-1 text-sm font-medium">{t("webhooks.types")}</legend>
            {eventTypes.map((type) => (
              <label key={type} className="flex min-h-9 items-center gap-2 text-sm">
                <input type="checkbox" name="type" value={type} className="size-4 accent-jade-solid" />
                <code className="text-xs break-all">{type}</code>
              </label>
            ))}
          </fieldset>
        )}
        <Problem error={error} />
        <div>
          <Button type="submit" size="small" data-testid="add-endpoint" pending={pending}>
            {t("webhooks.new")}
          </Button>
        </div>
      </form>
    </Section>
  );
}

import { unwrap } from "@jinqiao/contract/client";
import {
  Badge,
  Button,
  Card,
  DateText,
  Dialog,
  EmptyState,
  Problem,
  SkeletonList,
  type Tone,
  useAction,
  useLocalText,
} from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleX, Clock, Landmark, type LucideIcon, TimerOff } from "lucide-react";
import { useState } from "react";
import { api, type Consent, consentsQuery, queryClient } from "../../api.ts";
import { useT } from "../../text.ts";

const looks: Record<Consent["status"], { tone: Tone; icon: LucideIcon }> = {
  awaiting_customer: { tone: "info", icon: Clock },
  valid: { tone: "positive", icon: CircleCheck },
  expired: { tone: "warning", icon: TimerOff },
  revoked: { tone: "neutral", icon: CircleX },
  rejected: { tone: "danger", icon: CircleX },
  failed: { tone: "danger", icon: CircleX },
};

/** What the customer allowed at banks, until when, and the way to end it. */
export function Permissions() {
  const t = useT();
  const consents = useQuery(consentsQuery);
  return (
    <Card aria-labelledby="permissions">
      <h2 id="permissions" className="text-lg font-bold">
        {t("permissions.title")}
      </h2>
      <p className="mb-3 text-sm text-ink-muted">{t("permissions.text")}</p>
      <Problem error={consents.error} onRetry={() => consents.refetch()} />
      {consents.isPending && <SkeletonList rows={2} />}
      {consents.data?.length === 0 && <EmptyState icon={Landmark} title={t("permissions.none")} />}
      <ul className="divide-y divide-line">
        {consents.data?.map((consent) => (
          <PermissionRow key={consent.id} consent={consent} />
        ))}
      </ul>
    </Card>
  );
}

function PermissionRow({ consent }: { consent: Consent }) {
  const t = useT();
  const local = useLocalText();
  const [asking, setAsking] = useState(false);
  const bank = local(consent.bankName);
  const revoke = useAction(async () => {
    await unwrap(api.DELETE("/v1/consents/{consentId}", { params: { path: { consentId: consent.id } } }));
    setAsking(false);
    await queryClient.invalidateQueries({ queryKey: ["consents"] });
    await queryClient.invalidateQueries({ queryKey: ["linked-accounts"] });
  });
  const look = looks[consent.status];
  return (
    <li className="grid gap-2 py-4" data-testid={`consent-${consent.id}`}>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <span className="font-semibold">{bank}</span>
        <Badge tone={look.tone} icon={look.icon} data-testid="consent-status" data-status={consent.status}>
          {t(`permissions.status.${consent.status}`)}
        </Badge>
      </div>
      <p className="text-sm text-ink-muted">
        {t("permissions.accounts", { count: consent.accountIds.length })}
        {consent.validUntil && (consent.status === "valid" || consent.status === "expired") && (
          <>
            {" · "}
            {t("account.consent_until")}: <DateText value={consent.validUntil} style="date" />
          </>
        )}
        {consent.frequencyPerDay !== null && consent.status === "valid" && (
          <> · {t("permissions.frequency", { count: consent.frequencyPerDay })}</>
        )}
      </p>
      {(consent.status === "valid" || consent.status === "awaiting_customer") && (
        <div>
          <Button
            variant="secondary"
            size="small"
            data-testid={`revoke-${consent.id}`}
            onClick={() => setAsking(true)}
          >
            {t("permissions.end")}
            <span className="sr-only">{bank}</span>
          </Button>
        </div>
      )}
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        title={t("permissions.end_at", { bank })}
        description={t("account.unlink.text", { bank, count: Math.max(consent.accountIds.length, 1) })}
      >
        <div className="grid gap-3">
          <Problem error={revoke.error} onRetry={revoke.run} />
          <Button variant="danger" data-testid="confirm" pending={revoke.pending} onClick={revoke.run}>
            {t("permissions.end")}
          </Button>
          <Button variant="secondary" onClick={() => setAsking(false)}>
            {t("account.unlink.keep")}
          </Button>
        </div>
      </Dialog>
    </li>
  );
}

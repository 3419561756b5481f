import { unwrap } from "@jinqiao/contract/client";
import {
  Badge,
  Button,
  buttonClasses,
  Card,
  DateText,
  DetailList,
  Dialog,
  EmptyState,
  Page,
  Problem,
  SkeletonList,
  type Tone,
  useAction,
  useLocalText,
} from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck, CircleX, Clock, Landmark, type LucideIcon, TimerOff } from "lucide-react";
import { useState } from "react";
import { api, type Consent, consentsQuery, linkedAccountsQuery, queryClient } from "../../api.ts";
import { BackLink } from "../../app/back-link.tsx";
import { useT } from "./text.ts";

const looks: Record<Consent["status"], { tone: Tone; icon: LucideIcon }> = {
  awaiting_customer: { tone: "info", icon: Clock },
  valid: { tone: "positive", icon: CircleCheck },
  expired: { tone: "warning", icon: TimerOff },
  revoked: { tone: "neutral", icon: CircleX },
  rejected: { tone: "danger", icon: CircleX },
  failed: { tone: "danger", icon: CircleX },
};

/** Who may see what at which bank, since when, when it was last used, until when, and the way to end it. */
export function PermissionsPage() {
  const t = useT();
  const consents = useQuery(consentsQuery);
  const live = consents.data?.filter(isLive) ?? [];
  const over = consents.data?.filter((consent) => !isLive(consent)) ?? [];
  return (
    <Page title={t("permissions.title")} leading={<BackLink to="/me" />} narrow>
      <p className="mb-4 text-ink-muted">{t("permissions.lead")}</p>
      <Problem error={consents.error} onRetry={() => consents.refetch()} />
      {consents.isPending && <SkeletonList rows={2} />}
      {consents.data?.length === 0 && (
        <Card>
          <EmptyState icon={Landmark} title={t("permissions.none")} />
        </Card>
      )}
      <ul className="grid grid-cols-[minmax(0,1fr)] gap-4">
        {live.map((consent) => (
          <Permission key={consent.id} consent={consent} />
        ))}
      </ul>
      {over.length > 0 && (
        <details className="mt-6" data-testid="permissions-over">
          <summary className="cursor-pointer py-2 font-semibold">
            {t("permissions.over", { count: over.length })}
          </summary>
          <ul className="mt-2 grid grid-cols-[minmax(0,1fr)] gap-4">
            {over.map((consent) => (
              <Permission key={consent.id} consent={consent} />
            ))}
          </ul>
        </details>
      )}
    </Page>
  );
}

const isLive = ({ status }: Consent): boolean => status === "valid" || status === "awaiting_customer";

function Permission({ consent }: { consent: Consent }) {
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
  const linked =
    useQuery(linkedAccountsQuery).data?.filter((account) => account.consentId === consent.id) ?? [];
  const collects = consent.data.includes("collections");
  return (
    <li>
      <Card data-testid={`consent-${consent.id}`}>
        <div className="flex flex-wrap items-center justify-between gap-2">
          <h2 className="text-lg font-bold">{bank}</h2>
          <Badge tone={look.tone} icon={look.icon} data-testid="consent-status" data-status={consent.status}>
            {t(`permissions.status.${consent.status}`)}
          </Badge>
        </div>
        <DetailList
          rows={[
            {
              label: t("permissions.why"),
              value: t(collects ? "permissions.why.collections" : "permissions.why.accounts"),
            },
            {
              label: t("permissions.data"),
              value: (
                <ul>
                  {consent.data.map((kind) => (
                    <li key={kind}>{t(`permissions.data.${kind}`)}</li>
                  ))}
                </ul>
              ),
            },
            ...(linked.length > 0
              ? [
                  {
                    label: t("permissions.which"),
                    value: (
                      <ul data-foreign>
                        {linked.map((account) => (
                          <li key={account.id}>
                            {account.name} {account.maskedNumber}
                          </li>
                        ))}
                      </ul>
                    ),
                  },
                ]
              : []),
            {
              label: t("permissions.since"),
              value: <DateText value={consent.createdAt} style="date-time" />,
            },
            {
              label: t("permissions.last_used"),
              value: consent.lastUsedAt ? (
                <DateText value={consent.lastUsedAt} style="date-time" />
              ) : (
                t("permissions.never_used")
              ),
            },
            {
              label: t("permissions.until"),
              value: consent.validUntil ? (
                <DateText value={consent.validUntil} style="date" />
              ) : (
                t("permissions.no_end")
              ),
            },
            ...(consent.frequencyPerDay !== null && consent.status === "valid"
              ? [
                  {
                    label: t("permissions.often"),
                    value: t("permissions.frequency", { count: consent.frequencyPerDay }),
                  },
                ]
              : []),
          ]}
        />
        {isLive(consent) && (
          <div className="mt-3 flex flex-wrap gap-3">
            <Link to="/link" className={buttonClasses("secondary", "small")}>
              {t("permissions.renew")}
              <span className="sr-only">{bank}</span>
            </Link>
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
      </Card>
    </li>
  );
}

import { unwrap } from "@jinqiao/contract/client";
import { Badge, EmptyState, Problem, SkeletonList, useLocalText } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleMinus, KeyRound, ShieldAlert, ShieldCheck } from "lucide-react";
import { api } from "../../api.ts";
import { useMay } from "../../app/session.ts";
import { InstantText } from "../../components/instant-text.tsx";
import { Fact, Facts, PageHeader, Section } from "../../components/page.tsx";
import { ProposeForm } from "../../components/propose-form.tsx";
import { Findings } from "./findings.tsx";
import { Certificates, Keys } from "./keys-and-certificates.tsx";
import { Messages } from "./messages.tsx";
import { type SecurityReport, securityQuery } from "./queries.ts";
import { useSecurityT } from "./text.ts";

const looks = {
  passed: { tone: "positive", icon: CircleCheck },
  failed: { tone: "danger", icon: ShieldAlert },
  not_run: { tone: "neutral", icon: CircleMinus },
} as const;

/** How safe this installation is: the last assessment, keys, certificates, and who has no passkey. */
export function SecurityPage() {
  const t = useSecurityT();
  const mayRotate = useMay("keys.change");
  const query = useQuery(securityQuery);
  const status = query.data;
  return (
    <>
      <PageHeader title={t("security.title")} lead={t("security.lead")} />
      {query.isPending && <SkeletonList rows={6} />}
      {query.isError && <Problem error={query.error} onRetry={() => query.refetch()} />}
      {status && (
        <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
          {status.lastRun === null ? (
            <Section title={t("security.run.title")}>
              <EmptyState icon={ShieldAlert} title={t("security.run.none")}>
                {t("security.run.none_hint")}
              </EmptyState>
            </Section>
          ) : (
            <LastRun report={status.lastRun} open={status.openFindings} />
          )}
          {status.lastRun && <Findings findings={status.lastRun.findings} />}
          <Section title={t("security.staff.title")}>
            {status.staffWithoutPasskey.length === 0 ? (
              <p className="flex items-center gap-2 text-sm">
                <ShieldCheck aria-hidden className="size-4.5 shrink-0 text-positive" />
                {t("security.staff.none")}
              </p>
            ) : (
              <>
                <p className="mb-2 text-sm text-ink-muted">{t("security.staff.lead")}</p>
                <ul className="grid gap-1 text-sm" data-testid="staff-without-passkey">
                  {status.staffWithoutPasskey.map((person) => (
                    <li key={person.id} className="flex items-center gap-2">
                      <KeyRound aria-hidden className="size-4 shrink-0 text-ink-muted" />
                      <span data-foreign>{person.displayName}</span>
                    </li>
                  ))}
                </ul>
              </>
            )}
          </Section>
          <Messages />
          <Certificates certificates={status.certificates} />
          <Keys keys={status.keys} />
          {mayRotate && (
            <Section title={t("security.rotate.title")} lead={t("security.rotate.lead")}>
              <ProposeForm
                label={t("security.rotate.why")}
                action={t("security.rotate.propose")}
                done={t("security.rotate.done")}
                propose={(reason) =>
                  unwrap(api.POST("/v1/console/key-rotation-proposals", { body: { reason } }))
                }
              />
            </Section>
          )}
        </div>
      )}
    </>
  );
}

function LastRun({ report, open }: { report: SecurityReport; open: number }) {
  const t = useSecurityT();
  return (
    <Section
      title={t("security.run.title")}
      aside={
        <Badge
          tone={open === 0 ? "positive" : "danger"}
          icon={open === 0 ? ShieldCheck : ShieldAlert}
          data-testid="open-findings"
        >
          {t("security.run.open")}: {open}
        </Badge>
      }
    >
      <Facts>
        <Fact name={t("security.run.at")}>
          <InstantText value={report.ranAt} />
        </Fact>
        <Fact name={t("security.run.commit")}>
          <span translate="no" className="font-mono">
            {report.commit ?? "–"}
          </span>
        </Fact>
        <Fact name={t("security.run.target")}>
          <span translate="no">{report.target}</span>
        </Fact>
      </Facts>
      <h3 className="mt-4 mb-1 text-sm font-semibold">{t("security.run.checks")}</h3>
      <ul className="divide-y divide-line">
        {report.checks.map((check) => (
          <Check key={check.id} check={check} />
        ))}
      </ul>
    </Section>
  );
}

function Check({ check }: { check: SecurityReport["checks"][number] }) {
  const t = useSecurityT();
  const local = useLocalText();
  const look = looks[check.status];
  return (
    <li className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 py-2 text-sm">
      <span className="min-w-0">
        {t(`security.check.${check.id}`)}
        <span className="block text-xs text-ink-muted">{local(check.detail)}</span>
      </span>
      <Badge tone={look.tone} icon={look.icon}>
        {t(`security.status.${check.status}`)}
      </Badge>
    </li>
  );
}

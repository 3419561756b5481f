import type { Onboarding } from "@jinqiao/contract";
import { Badge, Notice, Problem, SkeletonList, useLocalText } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Check, CircleCheck, Clock, PenLine, X } from "lucide-react";
import { onboardingQuery } from "../../api.ts";
import { useMayAct } from "../../app/session.ts";
import { InstantText } from "../../components/instant-text.tsx";
import { PageHeader, Section } from "../../components/page.tsx";
import { useOnboardingT } from "../../i18n.ts";
import { AddEvidence } from "./add-evidence.tsx";
import { Signatures } from "./signatures.tsx";
import { StepFacts } from "./step-facts.tsx";

const route = getRouteApi("/staff/onboarding/$onboardingId");
type Step = Onboarding["steps"][number];

/** One bank on its way in: five steps, what each still lacks, and who signed. */
export function OnboardingPage() {
  const t = useOnboardingT();
  const local = useLocalText();
  const mayAct = useMayAct();
  const { onboardingId } = route.useParams();
  const query = useQuery(onboardingQuery(onboardingId));
  if (query.isPending) return <SkeletonList rows={6} />;
  if (query.isError) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  const workspace = query.data;
  const current = workspace.steps.find((step) => step.closedAt === null)?.step;
  return (
    <>
      <PageHeader
        above={
          <Link to="/onboarding" className="text-sm text-jade">
            {t("nav.onboarding")}
          </Link>
        }
        title={local(workspace.name)}
        lead={<span translate="no">{workspace.bankId}</span>}
      />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        {!mayAct && <Notice tone="neutral">{t("onboarding.viewer")}</Notice>}
        {workspace.steps.map((step) => (
          <details
            key={step.step}
            open={step.step === current}
            data-testid={`step-${step.step}`}
            className="min-w-0 rounded-2xl border border-line bg-surface"
          >
            <summary className="flex cursor-pointer flex-wrap items-center justify-between gap-2 p-4">
              <span className="min-w-0">
                <span className="block text-base font-semibold">{t(`onboarding.step.${step.step}`)}</span>
                <span className="block text-sm text-ink-muted">{t(`onboarding.step_lead.${step.step}`)}</span>
              </span>
              <StepState step={step} />
            </summary>
            <div className="grid grid-cols-[minmax(0,1fr)] gap-5 border-t border-line p-4 lg:grid-cols-[repeat(2,minmax(0,1fr))]">
              <div className="grid content-start gap-5">
                <Checks step={step} />
                <Evidence step={step} />
                {mayAct && step.closedAt === null && <AddEvidence workspace={workspace} step={step} />}
              </div>
              <div className="grid content-start gap-5">
                <StepFacts key={workspace.version} workspace={workspace} step={step} mayAct={mayAct} />
                <Signatures workspace={workspace} step={step} mayAct={mayAct} />
              </div>
            </div>
          </details>
        ))}
        <Section title={t("onboarding.record")}>
          <ol className="grid gap-2 text-sm">
            {workspace.record.map((line, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a record has no id of its own and only grows at its head
              <li key={`${line.at} ${index}`} className="flex flex-wrap gap-x-3">
                <InstantText value={line.at} />
                <span translate="no">{line.by}</span>
                <span className="min-w-0 break-words text-ink-muted">
                  {line.step && `${t(`onboarding.step.${line.step}`)} · `}
                  {t(`onboarding.done.${line.what}`)}
                  {line.detail && <span translate="no"> “{line.detail}”</span>}
                </span>
              </li>
            ))}
          </ol>
        </Section>
      </div>
    </>
  );
}

function StepState({ step }: { step: Step }) {
  const t = useOnboardingT();
  const state =
    step.closedAt !== null ? "closed" : step.checks.every(({ passed }) => passed) ? "ready" : "open";
  const looks = {
    closed: { tone: "positive", icon: CircleCheck },
    ready: { tone: "info", icon: PenLine },
    open: { tone: "neutral", icon: Clock },
  } as const;
  return (
    <Badge {...looks[state]} data-testid="step-state" data-status={state}>
      {t(`onboarding.state.${state}`)}
    </Badge>
  );
}

function Checks({ step }: { step: Step }) {
  const t = useOnboardingT();
  return (
    <div>
      <h3 className="mb-2 text-sm font-semibold">{t("onboarding.checks")}</h3>
      <ul className="grid gap-1.5 text-sm">
        {step.checks.map(({ id, passed }) => (
          <li key={id} className="flex items-start gap-2" data-testid={`check-${id}`} data-passed={passed}>
            {passed ? (
              <Check aria-hidden className="mt-0.5 size-4 shrink-0 text-positive" />
            ) : (
              <X aria-hidden className="mt-0.5 size-4 shrink-0 text-danger" />
            )}
            <span className="sr-only">
              {t(passed ? "onboarding.check_passed" : "onboarding.check_failed")}
            </span>
            <span className={passed ? "" : "text-ink-muted"}>{t(`onboarding.check.${id}`)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Evidence({ step }: { step: Step }) {
  const t = useOnboardingT();
  return (
    <div>
      <h3 className="mb-2 text-sm font-semibold">{t("onboarding.evidence")}</h3>
      {step.evidence.length === 0 && (
        <p className="text-sm text-ink-muted">{t("onboarding.evidence_none")}</p>
      )}
      <ul className="grid gap-2 text-sm">
        {step.evidence.map((one) => (
          <li key={one.id} className="min-w-0">
            <span className="font-medium">{t(`onboarding.kind.${one.kind}`)}</span>
            {" · "}
            <span translate="no">{one.title}</span>
            <span className="block text-xs text-ink-muted">
              <span translate="no">{one.addedBy}</span> · <InstantText value={one.addedAt} /> ·{" "}
              <code title={one.sha256}>{one.sha256.slice(0, 12)}</code>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

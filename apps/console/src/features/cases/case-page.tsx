import type { CaseDetails } from "@jinqiao/contract";
import { CopyText, MoneyText, Notice, Problem, SkeletonList, StatusBadge } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import { caseQuery } from "../../api.ts";
import { useMayAct } from "../../app/session.ts";
import { InstantText } from "../../components/instant-text.tsx";
import { Fact, Facts, PageHeader, Section } from "../../components/page.tsx";
import { ShowName } from "../../components/show-name.tsx";
import { useCasesT, useLocalText } from "../../i18n.ts";
import { BankMessages } from "../payments/bank-messages.tsx";
import { CaseBadge } from "./cases-page.tsx";
import { DecideCase } from "./decide-case.tsx";

/** A bank that was asked sixty times said the same sixty times. */
const newestMessages = 10;

const route = getRouteApi("/staff/cases/$caseId");

/** One case: why a person must look, what is known, what may be done, and what was done. */
export function CasePage() {
  const t = useCasesT();
  const mayAct = useMayAct();
  const { caseId } = route.useParams();
  const query = useQuery(caseQuery(caseId));
  if (query.isPending) return <SkeletonList rows={8} />;
  if (query.isError) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  const details = query.data;
  const item = details.case;
  return (
    <>
      <PageHeader
        above={
          <Link to="/cases" search={{ status: "open" }} className="text-sm text-jade">
            {t("cases.title")}
          </Link>
        }
        title={t(`case_kind.${item.kind}`)}
        lead={t(`case_means.${item.kind}`)}
        actions={<CaseBadge status={item.status} />}
      />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        {item.ending !== null && (
          <Notice tone="positive" icon={CircleCheck}>
            <p className="font-semibold">
              {item.ending.by === null
                ? t("case.closed_by_bank")
                : t("case.closed_by_person", { name: item.ending.by })}
            </p>
            <InstantText value={item.ending.at} />
          </Notice>
        )}
        <Section title={t("case.known")}>
          <Known details={details} />
        </Section>
        {item.breakId !== null && item.status === "open" && (
          <Notice tone="neutral">
            {t("case.see_break")}{" "}
            <Link
              to="/breaks/$breakId"
              params={{ breakId: item.breakId }}
              className="font-semibold text-jade"
            >
              {t("case.break")}
            </Link>
          </Notice>
        )}
        {item.actions.length > 0 &&
          (mayAct ? <DecideCase details={details} /> : <Notice tone="neutral">{t("case.viewer")}</Notice>)}
        {item.kind !== "late_money" && (
          <Section title={t("case.log")}>
            <Log details={details} />
          </Section>
        )}
        {details.bankMessages.length > 0 && (
          <Section
            title={t("case.messages")}
            {...(details.bankMessages.length > newestMessages && {
              lead: t("case.messages_newest", { count: newestMessages }),
            })}
          >
            <BankMessages messages={details.bankMessages.slice(-newestMessages)} />
          </Section>
        )}
      </div>
    </>
  );
}

function Known({ details }: { details: CaseDetails }) {
  const t = useCasesT();
  const localText = useLocalText();
  const { case: item, payment, customerId, customerName, inquiries } = details;
  return (
    <>
      <p className="mb-4 flex flex-wrap items-center gap-x-4 gap-y-2">
        <span className="text-3xl font-bold tracking-tight" data-testid="case-amount">
          <MoneyText money={item.amount} />{" "}
          <span className="text-base font-medium text-ink-muted">{item.amount.currency}</span>
        </span>
        {payment !== null && <StatusBadge status={payment.status} />}
      </p>
      <Facts>
        <Fact name={t("case.bank")}>
          {localText(item.bankName)} <code className="text-xs text-ink-muted">{item.bankId}</code>
        </Fact>
        {customerName !== null && (
          <Fact name={t("case.customer")}>
            {customerName}
            {details.namesHidden && customerId !== null && (
              <span className="block">
                <ShowName customerId={customerId} />
              </span>
            )}
          </Fact>
        )}
        {payment !== null && (
          <>
            <Fact name={t("case.payment")}>
              {t(`kind.${payment.kind}`)}{" "}
              <Link
                to="/payments/$paymentId"
                params={{ paymentId: payment.id }}
                className="font-mono text-xs break-all text-jade"
              >
                {payment.id}
              </Link>
            </Fact>
            <Fact name={t("case.reference")}>
              <CopyText text={payment.reference} className="text-ink-muted" />
            </Fact>
          </>
        )}
        {item.kind !== "late_money" && item.kind !== "money_owed" && item.status === "open" && (
          <Fact name={t("case.inquiries")}>{t("case.inquiries_count", { count: inquiries })}</Fact>
        )}
        {item.breakId !== null && (
          <Fact name={t("case.break")}>
            <Link
              to="/breaks/$breakId"
              params={{ breakId: item.breakId }}
              className="font-mono text-xs break-all text-jade"
            >
              {item.breakId}
            </Link>
          </Fact>
        )}
        <Fact name={t("case.opened")}>
          <InstantText value={item.openedAt} />
        </Fact>
        <Fact name={t("case.id")}>
          <CopyText text={item.id} className="text-ink-muted" />
        </Fact>
      </Facts>
    </>
  );
}

function Log({ details }: { details: CaseDetails }) {
  const t = useCasesT();
  if (details.log.length === 0) return <p className="text-sm text-ink-muted">{t("case.log_none")}</p>;
  return (
    <ol className="grid gap-3">
      {details.log.map((entry) => (
        <li key={entry.at} data-testid="case-log" className="rounded-xl border border-line p-3 text-sm">
          <p className="font-semibold">
            {entry.step === "proposed"
              ? t("case.proposed", { action: t(`case_action.${entry.action}`) })
              : t(`case_action.${entry.action}`)}
          </p>
          <p className="text-ink-muted">
            {entry.by} · <InstantText value={entry.at} />
          </p>
          <blockquote translate="no" className="mt-1 break-words">
            “{entry.note}”
          </blockquote>
          <p className="mt-1 text-ink-muted">
            {t("case.log_result", { status: t(`status.${entry.result}`) })}
          </p>
        </li>
      ))}
    </ol>
  );
}

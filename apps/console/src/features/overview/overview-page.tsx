import { EmptyState, localDay, MoneyText, Problem, Skeleton, SkeletonList } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck, Landmark, ShieldAlert, ShieldCheck } from "lucide-react";
import {
  countLimit,
  latestStatementsQuery,
  openBreaksQuery,
  paymentsOfStatusQuery,
  type Status,
  trialBalanceQuery,
} from "../../api.ts";
import { PageHeader, Section } from "../../components/page.tsx";
import { useT } from "../../i18n.ts";
import { BreakTable } from "../breaks/break-table.tsx";
import { isZero } from "../payments/transfer-sums.ts";
import { StatementTable } from "../reconciliation/statement-table.tsx";
import { BankHealthSection } from "./bank-health.tsx";

/** Statuses in which a payment waits for somebody: all of them count, however old. */
const waiting = ["unknown", "under_review", "action_required", "authorised", "submitted"] as const;
/** Statuses that are final but worth a look on the day they happen. */
const endedToday = ["rejected", "returned", "declined"] as const;

/** The first page: what needs a look today. */
export function OverviewPage() {
  const t = useT();
  return (
    <>
      <PageHeader title={t("overview.title")} lead={t("overview.lead")} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <Section title={t("overview.payments")} lead={t("overview.payments_lead")}>
          <ul className="grid grid-cols-[repeat(2,minmax(0,1fr))] gap-2 sm:grid-cols-[repeat(4,minmax(0,1fr))]">
            {waiting.map((status) => (
              <StatusCount key={status} status={status} todayOnly={false} />
            ))}
            {endedToday.map((status) => (
              <StatusCount key={status} status={status} todayOnly />
            ))}
          </ul>
        </Section>
        <div className="grid grid-cols-[minmax(0,1fr)] gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
          <OpenBreaks />
          <Safeguarding />
        </div>
        <BankHealthSection />
        <LatestStatements />
      </div>
    </>
  );
}

function StatusCount({ status, todayOnly }: { status: Status; todayOnly: boolean }) {
  const t = useT();
  const query = useQuery(paymentsOfStatusQuery(status));
  const items = query.data?.items ?? [];
  const today = localDay(new Date());
  const counted = todayOnly
    ? items.filter((item) => localDay(new Date(item.payment.updatedAt)) === today)
    : items;
  const more = query.data?.nextCursor != null && counted.length === countLimit;
  const urgent = counted.length > 0 && (status === "unknown" || status === "under_review");
  return (
    <li>
      <Link
        to="/payments"
        search={{ status }}
        data-testid={`count-${status}`}
        data-count={query.isSuccess ? counted.length : undefined}
        className={`block h-full rounded-xl border p-3 hover:bg-sunken ${urgent ? "border-warning bg-warning-soft text-warning hover:bg-warning-soft" : "border-line"}`}
      >
        <span className="block text-2xl font-bold tabular">
          {query.isPending ? (
            <Skeleton className="h-8 w-10" />
          ) : query.isError ? (
            <span title={t("overview.count_failed")}>?</span>
          ) : (
            `${counted.length}${more ? "+" : ""}`
          )}
        </span>
        <span className={`block text-xs ${urgent ? "" : "text-ink-muted"}`}>
          {t(`status.${status}`)}
          {todayOnly && ` · ${t("overview.today")}`}
        </span>
      </Link>
    </li>
  );
}

function OpenBreaks() {
  const t = useT();
  const query = useQuery(openBreaksQuery);
  return (
    <Section
      title={t("overview.breaks")}
      aside={
        <Link to="/breaks" search={{ status: "open" }} className="text-sm text-jade">
          {t("overview.see_all")}
        </Link>
      }
    >
      {query.isPending && <SkeletonList rows={2} />}
      {query.isError && <Problem error={query.error} onRetry={() => query.refetch()} />}
      {query.data?.items.length === 0 && (
        <EmptyState icon={CircleCheck} title={t("breaks.none_open")}>
          {t("breaks.none_hint")}
        </EmptyState>
      )}
      {query.data && query.data.items.length > 0 && <BreakTable breaks={query.data.items.slice(0, 5)} />}
    </Section>
  );
}

function Safeguarding() {
  const t = useT();
  const query = useQuery(trialBalanceQuery);
  return (
    <Section
      title={t("safeguarding.title")}
      aside={
        <Link to="/trial-balance" className="text-sm text-jade">
          {t("trial.title")}
        </Link>
      }
    >
      {query.isPending && <SkeletonList rows={2} />}
      {query.isError && <Problem error={query.error} onRetry={() => query.refetch()} />}
      {query.data?.currencies.length === 0 && <p className="text-sm text-ink-muted">{t("trial.none")}</p>}
      <ul className="grid gap-3">
        {query.data?.currencies.map(({ currency, safeguarding, difference }) => {
          const sound = safeguarding.held && isZero(difference);
          const Icon = sound ? ShieldCheck : ShieldAlert;
          return (
            <li key={currency} data-testid={`safeguarding-${currency}`} className="flex gap-3">
              <Icon
                aria-hidden
                className={`mt-0.5 size-5 shrink-0 ${sound ? "text-positive" : "text-danger"}`}
              />
              <div className="min-w-0 text-sm">
                <p className="font-semibold">
                  {currency}{" "}
                  <span className={`font-normal ${safeguarding.held ? "text-positive" : "text-danger"}`}>
                    {t(safeguarding.held ? "safeguarding.held_short" : "safeguarding.not_held_short")}
                  </span>
                </p>
                <p className="text-xs text-ink-muted">
                  {t("safeguarding.assets")} <MoneyText money={safeguarding.assets} />
                  <br />
                  {t("safeguarding.owed")} <MoneyText money={safeguarding.owed} />
                </p>
                {!isZero(difference) && (
                  <p className="text-xs font-medium text-danger">
                    {t("trial.not_balanced")} <MoneyText money={difference} />
                  </p>
                )}
              </div>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

function LatestStatements() {
  const t = useT();
  const query = useQuery(latestStatementsQuery);
  return (
    <Section
      title={t("overview.statements")}
      aside={
        <Link to="/reconciliation" className="text-sm text-jade">
          {t("overview.see_all")}
        </Link>
      }
    >
      {query.isPending && <SkeletonList rows={3} />}
      {query.isError && <Problem error={query.error} onRetry={() => query.refetch()} />}
      {query.data?.items.length === 0 && (
        <EmptyState icon={Landmark} title={t("recon.none")}>
          {t("recon.none_hint")}
        </EmptyState>
      )}
      {query.data && query.data.items.length > 0 && <StatementTable statements={query.data.items} />}
    </Section>
  );
}

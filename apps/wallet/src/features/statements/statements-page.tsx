import { EmptyState, Page, Problem, SkeletonList, useFieldErrors } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { FileText } from "lucide-react";
import { balancesQuery } from "../../api.ts";
import { BackLink } from "../../app/back-link.tsx";
import type { StatementsSearch } from "../../router.tsx";
import { addDays, dateIn, knownTimeZone, ownTimeZone, periodOf } from "./period.ts";
import { summaryQuery } from "./queries.ts";
import { StatementChoice } from "./statement-choice.tsx";
import { StatementDownloads } from "./statement-downloads.tsx";
import { StatementLines } from "./statement-lines.tsx";
import { StatementSummary } from "./statement-summary.tsx";
import { useT } from "./text.ts";

const route = getRouteApi("/signed-in/statements");

/** A statement of one's own account: choose the days, see what it says, keep it as a file. */
export function StatementsPage() {
  const t = useT();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const balances = useQuery(balancesQuery);

  const timeZone = knownTimeZone(search.zone) || ownTimeZone();
  const today = dateIn(timeZone, new Date());
  const choice = search.period ?? "this_month";
  const month = periodOf(choice === "own" ? "this_month" : choice, today);
  const period =
    choice === "own" ? { from: search.from ?? month.from, to: addDays(search.until ?? today, 1) } : month;
  const currency = search.currency ?? balances.data?.[0]?.currency;
  const query = { currency: currency ?? "CNY", ...period, timeZone };
  const summary = useQuery({ ...summaryQuery(query), enabled: currency !== undefined });
  const errorOf = useFieldErrors(summary.error);
  const fieldError = errorOf("to") ?? errorOf("from") ?? errorOf("timeZone");
  const change = (changed: StatementsSearch): void => {
    void navigate({ search: { ...search, ...changed }, replace: true });
  };

  return (
    <Page title={t("statements.title")} leading={<BackLink to="/activity" />}>
      {balances.isError && <Problem error={balances.error} onRetry={() => balances.refetch()} />}
      {balances.isPending && <SkeletonList rows={4} />}
      {balances.isSuccess && currency === undefined && (
        <EmptyState icon={FileText} title={t("statements.no_account")}>
          {t("statements.no_account.text")}
        </EmptyState>
      )}
      {currency !== undefined && (
        <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,20rem)_minmax(0,1fr)]">
          <StatementChoice
            choice={choice}
            query={query}
            currencies={balances.data?.map((balance) => balance.currency) ?? [currency]}
            today={today}
            errorOf={errorOf}
            onChange={change}
          />
          <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-4">
            {fieldError === null && <Problem error={summary.error} onRetry={() => summary.refetch()} />}
            {!summary.isError && (
              <>
                <StatementSummary summary={summary.data} />
                <StatementDownloads query={query} count={summary.data?.count} />
                <StatementLines query={query} />
              </>
            )}
          </div>
        </div>
      )}
    </Page>
  );
}

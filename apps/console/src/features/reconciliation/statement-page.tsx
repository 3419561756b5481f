import type { Statement } from "@jinqiao/contract";
import { CopyText, DateText, MoneyText, Problem, SkeletonList, useFormatDate } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { statementQuery } from "../../api.ts";
import { Fact, Facts, PageHeader, Section } from "../../components/page.tsx";
import { StatementLines } from "../../components/statement-lines.tsx";
import { useLocalText, useReconciliationT } from "../../i18n.ts";
import { BreakTable } from "../breaks/break-table.tsx";
import { StatementVerdict } from "./statement-verdict.tsx";

const route = getRouteApi("/staff/reconciliation/$statementId");

/** One day of one custody account, line by line, both sides. */
export function StatementPage() {
  const t = useReconciliationT();
  const localText = useLocalText();
  const formatDate = useFormatDate();
  const { statementId } = route.useParams();
  const query = useQuery(statementQuery(statementId));
  if (query.isPending) return <SkeletonList rows={8} />;
  if (query.isError) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  const { statement, lines, breaks } = query.data;
  const why = new Map(breaks.map((item) => [item.id as string, localText(item.why)]));
  return (
    <>
      <PageHeader
        above={
          <Link to="/reconciliation" className="text-sm text-jade">
            {t("recon.title")}
          </Link>
        }
        title={t("statement.title", {
          bank: localText(statement.bankName),
          currency: statement.currency,
          date: formatDate(statement.date, "date"),
        })}
        actions={<StatementVerdict statement={statement} />}
      />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <Section title={t("statement.facts")}>
          <StatementFacts statement={statement} />
        </Section>
        {breaks.length > 0 && (
          <Section title={t("statement.breaks")} lead={t("statement.breaks_lead")}>
            <BreakTable breaks={breaks} />
          </Section>
        )}
        <Section
          title={t("statement.lines")}
          aside={
            <span className="text-sm text-ink-muted">
              {t("statement.counted", {
                lines: statement.lines,
                matched: statement.matched,
                breaks: statement.breaks,
              })}
            </span>
          }
        >
          {lines.length === 0 ? (
            <p className="text-sm text-ink-muted">{t("statement.no_lines")}</p>
          ) : (
            <StatementLines lines={lines} why={why} />
          )}
        </Section>
      </div>
    </>
  );
}

function StatementFacts({ statement }: { statement: Statement }) {
  const t = useReconciliationT();
  return (
    <Facts>
      <Fact name={t("statement.account")}>
        {statement.maskedNumber} · {statement.currency}
      </Fact>
      <Fact name={t("statement.id")}>
        <CopyText text={statement.id} className="text-ink-muted" />
      </Fact>
      <Fact name={t("recon.column.opening")}>
        <MoneyText money={statement.opening} />
      </Fact>
      <Fact name={t("statement.received")}>
        <DateText value={statement.receivedAt} />
      </Fact>
      <Fact name={t("recon.column.closing")}>
        <MoneyText money={statement.closing} />
      </Fact>
      <Fact name={t("recon.column.ledger_closing")}>
        <MoneyText money={statement.ledgerClosing} />
      </Fact>
    </Facts>
  );
}

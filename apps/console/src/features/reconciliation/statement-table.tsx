import type { Statement } from "@jinqiao/contract";
import { DateText, MoneyText } from "@jinqiao/ui";
import { Cell, type Column, Row, RowLink, Table } from "../../components/table.tsx";
import { useLocalText, useT } from "../../i18n.ts";
import { StatementVerdict } from "./statement-verdict.tsx";

/** Reconciled days: what the bank says, what our ledger says, and what came of comparing them. */
export function StatementTable({ statements }: { statements: readonly Statement[] }) {
  const t = useT();
  const localText = useLocalText();
  const columns: Column[] = [
    { id: "day", head: t("recon.column.day") },
    { id: "opening", head: t("recon.column.opening"), align: "right", from: "lg" },
    { id: "closing", head: t("recon.column.closing"), align: "right", from: "sm" },
    { id: "ledger", head: t("recon.column.ledger_closing"), align: "right", from: "md" },
    { id: "lines", head: t("recon.column.lines"), align: "right", from: "md" },
    { id: "matched", head: t("recon.column.matched"), align: "right", from: "md" },
    { id: "breaks", head: t("recon.column.breaks"), align: "right", from: "md" },
    { id: "verdict", head: t("recon.column.verdict"), align: "right" },
  ];
  const [day, opening, closing, ledger, lines, matched, breaks, verdict] = columns;
  return (
    <Table caption={t("recon.title")} columns={columns}>
      {statements.map((statement) => (
        <Row key={statement.id} testId={`statement-row-${statement.id}`}>
          <Cell column={day}>
            <RowLink to="/reconciliation/$statementId" params={{ statementId: statement.id }}>
              <DateText value={statement.date} style="date" />
            </RowLink>
            <span className="block text-xs text-ink-muted">
              {localText(statement.bankName)} · {statement.maskedNumber} · {statement.currency}
            </span>
          </Cell>
          <Cell column={opening}>
            <MoneyText money={statement.opening} />
          </Cell>
          <Cell column={closing}>
            <MoneyText money={statement.closing} />
          </Cell>
          <Cell column={ledger}>
            <MoneyText money={statement.ledgerClosing} />
          </Cell>
          <Cell column={lines} className="tabular-nums">
            {statement.lines}
          </Cell>
          <Cell column={matched} className="tabular-nums">
            {statement.matched}
          </Cell>
          <Cell column={breaks} className="tabular-nums">
            {statement.breaks}
          </Cell>
          <Cell column={verdict}>
            <StatementVerdict statement={statement} />
          </Cell>
        </Row>
      ))}
    </Table>
  );
}

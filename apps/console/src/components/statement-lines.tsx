import type { StatementLine } from "@jinqiao/contract";
import { MoneyText, useFormatDate } from "@jinqiao/ui";
import { Link } from "@tanstack/react-router";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { useT } from "../i18n.ts";
import { Cell, type Column, Table } from "./table.tsx";

/** Lines of a bank's statement, and beside each what of ours it belongs to: a payment, or a break and why. */
export function StatementLines(props: {
  lines: readonly StatementLine[];
  withStatement?: boolean;
  /** Why a break was opened, by break id, where the page knows it. */
  why?: ReadonlyMap<string, string>;
}) {
  const t = useT();
  const columns: Column[] = [
    { id: "line", head: t("lines.line"), from: "sm" },
    { id: "bank", head: t("lines.bank_side") },
    { id: "ours", head: t("lines.our_side") },
    { id: "amount", head: t("lines.amount"), align: "right" },
  ];
  const [number, bank, ours, amount] = columns;
  return (
    <Table caption={t("lines.caption")} columns={columns}>
      {props.lines.map((line) => (
        <tr
          key={line.id}
          data-testid={`line-${line.sequence}`}
          data-status={line.status}
          className="border-b border-line last:border-0"
        >
          <Cell column={number} className="tabular-nums text-ink-muted">
            {line.sequence}
          </Cell>
          <Cell column={bank}>
            <BankSide line={line} withStatement={props.withStatement ?? false} />
          </Cell>
          <Cell column={ours}>
            <OurSide line={line} why={line.breakId === null ? undefined : props.why?.get(line.breakId)} />
          </Cell>
          <Cell column={amount} className="whitespace-nowrap">
            <span className="font-semibold">
              <MoneyText money={signed(line)} signed />
            </span>
            <span className="hidden text-xs text-ink-muted sm:block">{t(`direction.${line.direction}`)}</span>
          </Cell>
        </tr>
      ))}
    </Table>
  );
}

function BankSide({ line, withStatement }: { line: StatementLine; withStatement: boolean }) {
  const t = useT();
  const formatDate = useFormatDate();
  const place = { sequence: line.sequence, date: formatDate(line.bookingDate, "date") };
  return (
    <span className="grid min-w-0 gap-0.5">
      <span className="break-words">{line.counterpartyName ?? line.remittance ?? "–"}</span>
      {withStatement ? (
        <Link
          to="/reconciliation/$statementId"
          params={{ statementId: line.statementId }}
          className="text-xs text-jade"
        >
          {t("lines.of_statement", place)}
        </Link>
      ) : (
        <span className="text-xs text-ink-muted">{place.date}</span>
      )}
      {line.endToEndId !== null && (
        <code className="font-mono text-xs break-all text-ink-muted">{line.endToEndId}</code>
      )}
      {line.bankReference !== null && (
        <code className="hidden font-mono text-xs break-all text-ink-muted md:block">
          {line.bankReference}
        </code>
      )}
    </span>
  );
}

function OurSide({ line, why }: { line: StatementLine; why: string | undefined }) {
  const t = useT();
  const matched = line.status === "matched";
  const Icon = matched ? CircleCheck : TriangleAlert;
  return (
    <span className="grid min-w-0 gap-0.5">
      <span
        className={`inline-flex items-center gap-1 font-medium ${matched ? "text-positive" : "text-danger"}`}
      >
        <Icon aria-hidden className="size-3.5 shrink-0" />
        {t(`lines.${line.status}`)}
      </span>
      {why !== undefined && <span className="text-xs">{why}</span>}
      {line.paymentId !== null && (
        <Link
          to="/payments/$paymentId"
          params={{ paymentId: line.paymentId }}
          className="font-mono text-xs break-all text-jade"
        >
          {line.paymentId}
        </Link>
      )}
      {line.transferId !== null && (
        <code className="hidden font-mono text-xs break-all text-ink-muted md:block">{line.transferId}</code>
      )}
      {line.breakId !== null && (
        <Link
          to="/breaks/$breakId"
          params={{ breakId: line.breakId }}
          className="font-mono text-xs break-all text-jade"
        >
          {line.breakId}
        </Link>
      )}
    </span>
  );
}

function signed(line: StatementLine) {
  return line.direction === "credit" ? line.amount : { ...line.amount, amount: `-${line.amount.amount}` };
}

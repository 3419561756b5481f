import type * as contract from "@jinqiao/contract";
import { toWire } from "@jinqiao/money";
import type { z } from "zod";
import { namesOfWhoDid } from "../identity/index.ts";
import type { PaymentRow } from "../payments/index.ts";
import { dateIn } from "../platform/clock.ts";
import { bucketOf, businessDaysBetween, usualBreakLimitDays } from "./ageing.ts";
import { actionsFor, needsTwo } from "./breaks.ts";
import type { ReconcileDeps } from "./rows.ts";
import type { BreakRow, LineRow, MatchRow, StatementCounts } from "./sql.ts";
import * as sql from "./sql.ts";

/** Records as the contract shows them to staff. */
export function statementView(deps: ReconcileDeps, row: StatementCounts): z.input<typeof contract.Statement> {
  const money = (minor: bigint) => toWire({ minor, currency: row.currency });
  return {
    id: row.id,
    bankId: row.bank_id,
    bankName: deps.banks.config(row.bank_id)?.name ?? { en: row.bank_id, zh: row.bank_id },
    currency: row.currency,
    maskedNumber: `•• ${row.iban.slice(-4)}`,
    date: row.date,
    opening: money(row.opening),
    closing: money(row.closing),
    ledgerClosing: money(row.ledger_closing ?? 0n),
    lines: row.lines,
    matched: Number(row.placed),
    breaks: Number(row.breaks),
    openBreaks: Number(row.open_breaks),
    receivedAt: row.received_at.toISOString(),
  };
}

export function lineView(row: LineRow, currency: string): z.input<typeof contract.StatementLine> {
  return {
    id: row.id,
    statementId: row.statement_id,
    sequence: row.sequence,
    direction: row.direction,
    amount: toWire({ minor: row.amount, currency }),
    bookingDate: row.booking_date,
    valueDate: row.value_date,
    endToEndId: row.end_to_end_id,
    bankReference: row.bank_reference,
    counterpartyName: row.counterparty_name,
    remittance: row.remittance,
    status: row.break_id ? "break" : "matched",
    paymentId: row.payment_id,
    transferId: row.transfer_id,
    breakId: row.break_id,
  };
}

export async function breakViews(
  deps: ReconcileDeps,
  rows: readonly BreakRow[],
): Promise<z.input<typeof contract.Break>[]> {
  const lineIds = rows.flatMap((row) => (row.line_id ? [row.line_id] : []));
  const matches = Map.groupBy(
    await sql.selectMatches(
      deps.db,
      deps.vault,
      rows.map((row) => row.id),
    ),
    (share) => share.break_id,
  );
  const lines = new Map(
    (await sql.selectLines(deps.db, deps.vault, { ids: lineIds })).map((line) => [line.id, line]),
  );
  const nameOf = await namesOfWhoDid(
    deps.db,
    deps.vault,
    rows.flatMap((row) => [row.closed_by_id, row.proposed_by_id]),
  );
  return Promise.all(
    rows.map(async (row) => {
      const payment = row.payment_id ? await deps.payments.byId(row.payment_id) : undefined;
      const line = row.line_id ? lines.get(row.line_id) : undefined;
      return breakView(deps, row, payment, line, matches.get(row.id) ?? [], nameOf);
    }),
  );
}

function breakView(
  deps: ReconcileDeps,
  row: BreakRow,
  payment: PaymentRow | undefined,
  line: LineRow | undefined,
  matches: readonly MatchRow[],
  nameOf: (by: string | null) => string | null,
): z.input<typeof contract.Break> {
  const side = (minor: bigint) => ({
    amount: toWire({
      minor: row.kind === "closing_differs" || minor >= 0n ? minor : -minor,
      currency: row.currency,
    }),
    direction: minor < 0n ? ("debit" as const) : ("credit" as const),
  });
  // What is being matched is decided already.
  const actions = matches.some(({ outcome }) => outcome === null) ? [] : actionsFor(row, payment);
  return {
    id: row.id,
    kind: row.kind,
    status: row.closed_at ? "closed" : "open",
    bankId: row.bank_id,
    currency: row.currency,
    date: row.date,
    why: { en: row.why_en, zh: row.why_zh },
    bankSide:
      row.bank_amount === null
        ? null
        : {
            ...side(row.bank_amount),
            reference: line?.end_to_end_id ?? null,
            counterpartyName: line?.counterparty_name ?? null,
          },
    ledgerSide:
      row.ledger_amount === null
        ? null
        : { ...side(row.ledger_amount), reference: payment?.reference ?? null, paymentId: row.payment_id },
    difference: toWire({
      minor: (row.bank_amount ?? 0n) - (row.ledger_amount ?? 0n),
      currency: row.currency,
    }),
    actions,
    needTwo: actions.filter((action) => needsTwo(row, action)),
    proposal:
      row.closed_at === null && row.proposed_action && row.proposed_at
        ? {
            action: row.proposed_action,
            note: row.proposed_note ?? "",
            by: nameOf(row.proposed_by_id) ?? "",
            at: row.proposed_at.toISOString(),
          }
        : null,
    statementId: row.statement_id,
    lineId: row.line_id,
    paymentId: row.payment_id,
    resolution:
      row.closed_at && row.action && row.transfer_id
        ? {
            action: row.action,
            note: row.note ?? "",
            by: nameOf(row.closed_by_id) ?? row.closed_by ?? "",
            at: row.closed_at.toISOString(),
            transferId: row.transfer_id,
          }
        : null,
    matches: matches.map((share) => ({
      paymentId: share.payment_id,
      amount: toWire({ minor: share.amount, currency: row.currency }),
      outcome: share.outcome,
    })),
    age: row.closed_at === null ? ageOf(deps, row) : null,
    openedAt: row.opened_at.toISOString(),
  };
}

/** How old a break of that bank and day is now, in the bank's business days, and whether that is too old. */
export function ageOf(
  deps: ReconcileDeps,
  { bank_id, date }: Pick<BreakRow, "bank_id" | "date">,
): NonNullable<z.input<typeof contract.Break>["age"]> {
  const bank = deps.banks.config(bank_id);
  const today = dateIn(bank?.timeZone ?? "UTC", deps.clock.now());
  const days = businessDaysBetween(date, today, { holidays: bank?.holidays });
  return { days, bucket: bucketOf(days), overdue: days > limitOf(deps, bank_id) };
}

export function limitOf(deps: ReconcileDeps, bankId: string): number {
  return deps.banks.config(bankId)?.breakLimitDays ?? usualBreakLimitDays;
}

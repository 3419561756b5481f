import type { Id } from "@jinqiao/money";
import type { Banks, StatementEntry } from "../banks/index.ts";
import { hashOf, type Ledger } from "../ledger/index.ts";
import type { PaymentRow, Payments } from "../payments/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { event } from "../platform/events.ts";
import type { Ids } from "../platform/ids.ts";
import { personalData, type Vault } from "../vault/index.ts";
import {
  type BreakRow,
  lineData,
  type MatchRow,
  plain,
  type SealedLineRow,
  type StatementRow,
} from "./sql.ts";

export type ReconcileDeps = {
  db: Db;
  clock: Clock;
  ids: Ids;
  vault: Vault;
  ledger: Ledger;
  banks: Banks;
  payments: Payments;
};

/** A row for settlement's writer. */
export const write = (row: Record<string, unknown>) => ({ writer: "settlement.write", row });

/** A break of a statement, or, from another break, of the same bank, currency and day. */
export function newBreak(
  deps: ReconcileDeps,
  statement: Pick<StatementRow, "id" | "bank_id" | "currency" | "date">,
  facts: Pick<
    BreakRow,
    "kind" | "line_id" | "payment_id" | "bank_amount" | "ledger_amount" | "why_en" | "why_zh"
  >,
): BreakRow {
  return {
    id: deps.ids.next("brk"),
    bank_id: statement.bank_id,
    currency: statement.currency,
    date: statement.date,
    statement_id: statement.id,
    opened_at: deps.clock.now(),
    action: null,
    note: null,
    closed_by_id: null,
    closed_by: null,
    closed_at: null,
    transfer_id: null,
    proposed_action: null,
    proposed_note: null,
    proposed_by_id: null,
    proposed_at: null,
    overdue_at: null,
    ...facts,
  };
}

/** The row of a line as it is stored: whom it names and what it says is sealed. */
export function lineOf(
  vault: Vault,
  id: Id<"lin">,
  statement: StatementRow,
  entry: StatementEntry,
  place: { transferId: Id<"trf">; paymentId: Id<"pay"> | null; breakId: Id<"brk"> | null },
): SealedLineRow {
  const data = personalData(vault, lineData);
  return {
    id,
    statement_id: statement.id,
    sequence: entry.sequence,
    direction: entry.direction,
    amount: entry.amountMinor,
    booking_date: entry.bookingDate,
    value_date: entry.valueDate,
    end_to_end_id: entry.endToEndId,
    bank_reference: entry.bankReference,
    counterparty_name_sealed: data.seal("counterparty_name", { id }, entry.counterpartyName),
    remittance_sealed: data.seal("remittance", { id }, entry.remittance),
    batch: entry.batch ?? null,
    transfer_id: place.transferId,
    payment_id: place.paymentId,
    break_id: place.breakId,
  };
}

export const lineGuard = (statement: StatementRow, entry: StatementEntry) => ({
  check: "settlement.line_placed",
  id: `${statement.id} ${entry.sequence}`,
  arg: { statement: statement.id, sequence: entry.sequence },
});

/** `asProposed`: what is proposed must still be what was seen. */
export const breakGuard = (found: BreakRow, asProposed = false) => ({
  check: "settlement.break_not_open",
  id: found.id,
  arg: {
    id: found.id,
    ...(asProposed ? { proposedBy: found.proposed_by_id, proposedAction: found.proposed_action } : {}),
  },
});

/** Seen from the custody account: a top-up is a credit, a withdrawal or a payout a debit. */
export const directionOf = (payment: PaymentRow): "credit" | "debit" =>
  payment.kind === "withdrawal" || payment.kind === "payout" ? "debit" : "credit";
/** The bank may still carry it out, so that a line can settle it. */
export const isWaiting = (payment: PaymentRow): boolean =>
  ["authorised", "action_required", "unknown", "submitted"].includes(payment.status);
export const signed = (direction: "credit" | "debit", amount: bigint): bigint =>
  direction === "credit" ? amount : -amount;

/** A share of a match that nobody has carried out yet. */
export const matchGuard = (share: MatchRow) => ({
  check: "settlement.match_done",
  id: `${share.break_id} ${share.payment_id}`,
  arg: { breakId: share.break_id, paymentId: share.payment_id },
});

/** Opens a break that goes with no posting; a second time under the same key changes nothing. */
export async function openBreak(deps: ReconcileDeps, found: BreakRow, key: string): Promise<void> {
  await deps.ledger.commit({
    key,
    hash: hashOf({ kind: found.kind, payment: found.payment_id }),
    rows: [write({ break: plain(found) })],
    events: [event("break.changed", { breakId: found.id, status: "open" })],
  });
}

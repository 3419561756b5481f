import { formatDecimal, type Id } from "@jinqiao/money";
import type { Banks, CustodyStatement, StatementEntry } from "../banks/index.ts";
import { custodyAccount, hashOf, type Ledger, suspense } from "../ledger/index.ts";
import { caseOpening, isBookedAtBank, type PaymentRow, type Payments } from "../payments/index.ts";
import { type Clock, dateIn } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import { event } from "../platform/events.ts";
import type { Ids } from "../platform/ids.ts";
import { createLookup } from "../platform/lookup.ts";
import { isReturn, type NotBooked, placeReturn, referenceOf, whyNotReturned } from "./return-lines.ts";
import type { BreakRow, LineRow, StatementRow } from "./sql.ts";
import * as sql from "./sql.ts";

export type ReconcileDeps = {
  db: Db;
  clock: Clock;
  ids: Ids;
  ledger: Ledger;
  banks: Banks;
  payments: Payments;
};

/**
 * Reconciles one closed day of a custody account, line by line. Each line is one commit: its posting, its row, and
 * the move of the payment it settles or the break it opens. A run cut short is taken up again: lines already placed
 * are left alone, so a statement read twice, or by two processes, changes nothing.
 */
export async function reconcile(
  deps: ReconcileDeps,
  bankId: string,
  received: CustodyStatement,
): Promise<StatementRow> {
  const statement = await sql.claimStatement(
    deps.db,
    deps.ids.next("stm"),
    bankId,
    received,
    deps.clock.now(),
  );
  if (statement.ledger_closing !== null) return statement;
  const placed = new Set(
    (await sql.selectLines(deps.db, { statementId: statement.id })).map((line) => line.sequence),
  );
  const open = received.entries.filter((entry) => !placed.has(entry.sequence));
  // Lines share their look-ups, and the committer joins their postings into batches. Only so many are under way that
  // one statement never holds everybody up.
  const lookups: Lookups = {
    payment: createLookup((references) => deps.payments.byReferences(references)),
    missing: createLookup((paymentIds) => sql.selectMissing(deps.db, paymentIds)),
  };
  let next = 0;
  const returns: Return[] = [];
  await Promise.all(
    Array.from({ length: linesAtOnce }, async () => {
      for (let entry = open[next++]; entry !== undefined; entry = open[next++]) {
        const found = await place(deps, lookups, statement, entry);
        if (found) returns.push(found);
      }
    }),
  );
  // What came back the same day comes back from payments that are settled by now; in the order of the bank.
  returns.sort((a, b) => a.entry.sequence - b.entry.sequence);
  for (const found of returns) await placeBack(deps, statement, found);
  await findMissing(deps, statement);
  const ledgerClosing = await compareClosing(deps, statement);
  await sql.finishStatement(deps.db, statement.id, ledgerClosing);
  return { ...statement, ledger_closing: ledgerClosing };
}

const linesAtOnce = 256;
type Lookups = {
  /** By the reference that the line bears. */
  payment(reference: string): Promise<PaymentRow | undefined>;
  /** The open break that says the payment is missing. */
  missing(paymentId: string): Promise<BreakRow | undefined>;
};

async function place(
  deps: ReconcileDeps,
  lookups: Lookups,
  statement: StatementRow,
  entry: StatementEntry,
): Promise<Return | undefined> {
  const reference = referenceOf(entry);
  const payment = reference ? await lookups.payment(reference) : undefined;
  if (payment && isReturn(statement, entry, payment)) return { entry, original: payment };
  const expected =
    payment &&
    payment.bank_id === statement.bank_id &&
    payment.currency === statement.currency &&
    directionOf(payment) === entry.direction;
  if (payment && expected && payment.amount === entry.amountMinor) {
    const placed = await settle(deps, lookups, statement, entry, payment);
    if (placed === true) return undefined;
    await toSuspense(deps, statement, entry, payment, placed ? whyRefused[placed] : undefined);
    return undefined;
  }
  await toSuspense(deps, statement, entry, expected ? payment : undefined);
  return undefined;
}

/** A line that takes a payment back; placed after all other lines of its day. */
type Return = { entry: StatementEntry; original: PaymentRow };

async function placeBack(
  deps: ReconcileDeps,
  statement: StatementRow,
  { entry, original }: Return,
): Promise<void> {
  const lineId = deps.ids.next("lin");
  const why: NotBooked | undefined = await placeReturn(
    deps.payments,
    entry,
    original,
    (place) => ({
      rows: [
        {
          writer: "settlement.write",
          row: { line: sql.plain(lineOf(lineId, statement, entry, { ...place, breakId: null })) },
        },
      ],
      guards: [lineGuard(statement, entry)],
    }),
    async () =>
      (await sql.selectLines(deps.db, { statementId: statement.id, sequence: entry.sequence })).length > 0,
  );
  if (why !== undefined) await toSuspense(deps, statement, entry, original, whyNotReturned[why]);
}

/** Why the books do not take money for a customer: it must not keep the rest of the statement waiting. */
type AccountRefuses = "ledger.account_closed" | "ledger.account_frozen";

/**
 * The line is what the payment promised: settle it. False when the payment cannot be settled (again), or why the
 * customer's account does not take it.
 */
async function settle(
  deps: ReconcileDeps,
  lookups: Lookups,
  statement: StatementRow,
  entry: StatementEntry,
  payment: PaymentRow,
): Promise<boolean | AccountRefuses> {
  const lineId = deps.ids.next("lin");
  const missing = await lookups.missing(payment.id);
  const together = (transferId: Id<"trf"> | null) => ({
    rows: [
      {
        writer: "settlement.write",
        row: {
          line: sql.plain(
            lineOf(lineId, statement, entry, {
              transferId: transferId as Id<"trf">,
              paymentId: payment.id,
              breakId: null,
            }),
          ),
        },
      },
      ...(missing
        ? [
            {
              writer: "settlement.write",
              row: {
                close: {
                  id: missing.id,
                  action: "complete_payment",
                  note: `Shown on the statement of ${statement.date}.`,
                  by: "reconciliation",
                  at: deps.clock.now().toISOString(),
                  transferId,
                },
              },
            },
          ]
        : []),
    ],
    guards: [lineGuard(statement, entry), ...(missing ? [breakGuard(missing)] : [])],
    events: missing ? [event("break.changed", { breakId: missing.id, status: "closed" })] : [],
  });
  try {
    const { moved } = await deps.payments.apply(payment, { cause: "on_statement" }, together);
    if (moved) return true;
  } catch (error) {
    const refused = error instanceof Refusal ? error.code : undefined;
    if (refused === "ledger.account_closed" || refused === "ledger.account_frozen") return refused;
    throw error;
  }
  // Not moved, yet this very line may be what settled it, read by another process a moment ago.
  const line = await sql.selectLines(deps.db, { statementId: statement.id, sequence: entry.sequence });
  return line.length > 0;
}

/** Money moved that our books do not explain. It is booked where it can wait, with an open break that says so. */
async function toSuspense(
  deps: ReconcileDeps,
  statement: StatementRow,
  entry: StatementEntry,
  payment: PaymentRow | undefined,
  why?: Pick<BreakRow, "why_en" | "why_zh">,
): Promise<void> {
  const transferId = deps.ids.next("trf");
  const lineId = deps.ids.next("lin");
  const custody = custodyAccount(statement.bank_id, statement.currency);
  const waiting = suspense(statement.bank_id, statement.currency);
  const amountDiffers =
    payment !== undefined &&
    directionOf(payment) === entry.direction &&
    payment.amount !== entry.amountMinor &&
    ["authorised", "action_required", "unknown", "submitted"].includes(payment.status);
  const found = newBreak(deps, statement, {
    kind: amountDiffers ? "amount_differs" : "unexpected_line",
    line_id: lineId,
    payment_id: payment?.id ?? null,
    bank_amount: signed(entry.direction, entry.amountMinor),
    ledger_amount: amountDiffers ? signed(entry.direction, payment.amount) : null,
    ...(why ?? whyUnmatched(statement, entry, payment, amountDiffers)),
  });
  // Money that came and belongs to nobody who can have it is somebody's: a person must find out whose.
  const late =
    entry.direction === "credit" && !amountDiffers
      ? caseOpening(
          {
            id: deps.ids.next("cse"),
            kind: "late_money",
            payment_id: payment?.id ?? null,
            break_id: found.id,
            bank_id: statement.bank_id,
            currency: statement.currency,
            amount: entry.amountMinor,
          },
          deps.clock.now(),
        )
      : { rows: [], events: [] };
  await deps.ledger.commit({
    key: `statement/${statement.id}/line/${entry.sequence}/suspense`,
    hash: hashOf({ statement: statement.id, sequence: entry.sequence, amount: entry.amountMinor }),
    transfer: {
      id: transferId,
      kind: "statement.suspense",
      subject: payment?.id ?? statement.id,
      postings: [
        entry.direction === "credit"
          ? { debit: custody, credit: waiting, amount: entry.amountMinor }
          : { debit: waiting, credit: custody, amount: entry.amountMinor },
      ],
    },
    rows: [
      { writer: "settlement.write", row: { break: sql.plain(found) } },
      {
        writer: "settlement.write",
        row: {
          line: sql.plain(
            lineOf(lineId, statement, entry, {
              transferId,
              paymentId: payment?.id ?? null,
              breakId: found.id,
            }),
          ),
        },
      },
      ...late.rows,
    ],
    guards: [lineGuard(statement, entry)],
    events: [event("break.changed", { breakId: found.id, status: "open" }), ...late.events],
  });
}

/**
 * Payments the bank accepted that this statement should show and does not: those it reported as booked by that day,
 * and those it had accepted before that day began.
 */
async function findMissing(deps: ReconcileDeps, statement: StatementRow): Promise<void> {
  const timeZone = deps.banks.config(statement.bank_id)?.timeZone ?? "UTC";
  for (const payment of await deps.payments.awaitingStatement(statement.bank_id, statement.currency)) {
    const acceptedOn = dateIn(timeZone, payment.accepted_at ?? payment.updated_at);
    const due = isBookedAtBank(payment) ? acceptedOn <= statement.date : acceptedOn < statement.date;
    if (!due) continue;
    const earlier = await sql.selectBreaks(deps.db, { paymentId: payment.id, open: true, limit: 10 });
    if (earlier.length > 0) continue;
    const found = newBreak(deps, statement, {
      kind: "missing_on_statement",
      line_id: null,
      payment_id: payment.id,
      bank_amount: null,
      ledger_amount: signed(directionOf(payment), payment.amount),
      why_en: `The bank accepted this payment, but the statement of ${statement.date} does not show it.`,
      why_zh: `银行已受理该笔付款，但 ${statement.date} 的对账单上没有这笔记录。`,
    });
    await openBreak(deps, found, `statement/${statement.id}/missing/${payment.id}`);
  }
}

/** The custody account in our ledger must now equal the bank's closing balance. */
async function compareClosing(deps: ReconcileDeps, statement: StatementRow): Promise<bigint> {
  const row = (await deps.ledger.balances(custodyAccount(statement.bank_id, statement.currency).code)).find(
    (one) => one.currency === statement.currency,
  );
  const ledgerClosing = row?.balance ?? 0n;
  if (ledgerClosing === statement.closing) return ledgerClosing;
  const text = (minor: bigint) => `${formatDecimal(minor, statement.currency)} ${statement.currency}`;
  const found = newBreak(deps, statement, {
    kind: "closing_differs",
    line_id: null,
    payment_id: null,
    bank_amount: statement.closing,
    ledger_amount: ledgerClosing,
    why_en: `The bank closes the day with ${text(statement.closing)}; our ledger has ${text(ledgerClosing)}.`,
    why_zh: `银行当日期末余额为 ${text(statement.closing)}，我方账本为 ${text(ledgerClosing)}。`,
  });
  await openBreak(deps, found, `statement/${statement.id}/closing`);
  return ledgerClosing;
}

async function openBreak(deps: ReconcileDeps, found: BreakRow, key: string): Promise<void> {
  await deps.ledger.commit({
    key,
    hash: hashOf({ kind: found.kind, payment: found.payment_id }),
    rows: [{ writer: "settlement.write", row: { break: sql.plain(found) } }],
    events: [event("break.changed", { breakId: found.id, status: "open" })],
  });
}

function newBreak(
  deps: ReconcileDeps,
  statement: StatementRow,
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
    closed_by: null,
    closed_at: null,
    transfer_id: null,
    proposed_action: null,
    proposed_note: null,
    proposed_by: null,
    proposed_by_id: null,
    proposed_at: null,
    ...facts,
  };
}

function lineOf(
  id: Id<"lin">,
  statement: StatementRow,
  entry: StatementEntry,
  place: { transferId: Id<"trf">; paymentId: Id<"pay"> | null; breakId: Id<"brk"> | null },
): LineRow {
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
    counterparty_name: entry.counterpartyName,
    remittance: entry.remittance,
    transfer_id: place.transferId,
    payment_id: place.paymentId,
    break_id: place.breakId,
  };
}

const lineGuard = (statement: StatementRow, entry: StatementEntry) => ({
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

/** Seen from the custody account: a top-up is a credit, a withdrawal a debit. */
export const directionOf = (payment: PaymentRow): "credit" | "debit" =>
  payment.kind === "withdrawal" ? "debit" : "credit";
const signed = (direction: "credit" | "debit", amount: bigint): bigint =>
  direction === "credit" ? amount : -amount;

const endedInChinese: Partial<Record<PaymentRow["status"], string>> = {
  settled: "此前已结清",
  rejected: "此前已被拒绝",
  cancelled: "此前已取消",
  expired: "此前已过期",
};

const whyRefused: Record<AccountRefuses, { why_en: string; why_zh: string }> = {
  "ledger.account_closed": {
    why_en: "The money came after its customer's account was closed. It waits in suspense.",
    why_zh: "款项到账时，对应客户的账户已注销，该款项已挂账待查。",
  },
  "ledger.account_frozen": {
    why_en: "The money came while its customer's account is frozen. It waits in suspense.",
    why_zh: "款项到账时，对应客户的账户处于冻结状态，该款项已挂账待查。",
  },
};

function whyUnmatched(
  statement: StatementRow,
  entry: StatementEntry,
  payment: PaymentRow | undefined,
  amountDiffers: boolean,
): { why_en: string; why_zh: string } {
  if (payment === undefined) {
    return {
      why_en: `The bank shows a ${entry.direction} that no payment of ours explains. It waits in suspense.`,
      why_zh: `银行显示一笔${entry.direction === "credit" ? "贷记" : "借记"}，我方没有对应的付款，已挂账待查。`,
    };
  }
  if (amountDiffers) {
    const text = (minor: bigint) => `${formatDecimal(minor, statement.currency)} ${statement.currency}`;
    return {
      why_en: `The bank moved ${text(entry.amountMinor)}; the payment with this reference is for ${text(payment.amount)}. What moved waits in suspense.`,
      why_zh: `银行实际划转 ${text(entry.amountMinor)}，而该参考号对应的付款为 ${text(payment.amount)}。实际金额已挂账待查。`,
    };
  }
  return {
    why_en: `The line bears the reference of a payment that has already ended (${payment.status}). What moved waits in suspense.`,
    why_zh: `该笔记录的参考号对应的付款${endedInChinese[payment.status] ?? "已结束"}，实际金额已挂账待查。`,
  };
}

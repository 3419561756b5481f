import type { Id } from "@jinqiao/money";
import type { StatementEntry } from "../banks/index.ts";
import { custodyAccount, hashOf, type Posting, suspense } from "../ledger/index.ts";
import { caseOpening, type PaymentRow } from "../payments/index.ts";
import { Refusal } from "../platform/errors.ts";
import { event } from "../platform/events.ts";
import { isReturn, placeReturn, referenceOf, whyNotReturned } from "./return-lines.ts";
import {
  breakGuard,
  directionOf,
  isWaiting,
  lineGuard,
  lineOf,
  newBreak,
  type ReconcileDeps,
  signed,
  write,
} from "./rows.ts";
import type { BreakRow, StatementRow } from "./sql.ts";
import * as sql from "./sql.ts";
import { type AccountRefuses, contradicts, type Why, whyRefused, whyUnmatched } from "./why.ts";

/** What the lines of one statement ask for together. */
export type Lookups = {
  /** By the reference that the line bears. */
  payment(reference: string): Promise<PaymentRow | undefined>;
  /** The open break that says the payment is missing. */
  missing(paymentId: string): Promise<BreakRow | undefined>;
};

/**
 * Places one line in one commit: it settles the payment whose reference it bears, or waits in suspense with a break.
 * @returns what can only be placed after all other lines of the day
 */
export async function place(
  deps: ReconcileDeps,
  lookups: Lookups,
  statement: StatementRow,
  entry: StatementEntry,
): Promise<Later | undefined> {
  const batch = await namedIn(lookups, statement, entry);
  if (batch) return { entry, batch };
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

/** A line that takes a payment back, or one that stands for several payments. */
export type Later = { entry: StatementEntry } & ({ original: PaymentRow } | { batch: PaymentRow[] });

/** Places a line that takes a payment back. */
export async function placeBack(
  deps: ReconcileDeps,
  statement: StatementRow,
  { entry, original }: Extract<Later, { original: PaymentRow }>,
): Promise<void> {
  const lineId = deps.ids.next("lin");
  const why = await placeReturn(
    deps.payments,
    entry,
    original,
    (place) => ({
      rows: [
        write({ line: sql.plain(lineOf(deps.vault, lineId, statement, entry, { ...place, breakId: null })) }),
      ],
      guards: [lineGuard(statement, entry)],
    }),
    async () => (await sql.selectPlaced(deps.db, statement.id, entry.sequence)).size > 0,
  );
  if (why !== undefined) await toSuspense(deps, statement, entry, original, whyNotReturned[why]);
}

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
            lineOf(deps.vault, lineId, statement, entry, {
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
  return (await sql.selectPlaced(deps.db, statement.id, entry.sequence)).size > 0;
}

/** Money moved that our books do not explain. It is booked where it can wait, with an open break that says so. */
async function toSuspense(
  deps: ReconcileDeps,
  statement: StatementRow,
  entry: StatementEntry,
  payment: PaymentRow | undefined,
  why?: Why,
): Promise<void> {
  const transferId = deps.ids.next("trf");
  const lineId = deps.ids.next("lin");
  const amountDiffers =
    payment !== undefined &&
    directionOf(payment) === entry.direction &&
    payment.amount !== entry.amountMinor &&
    isWaiting(payment);
  const isContradicted =
    payment !== undefined &&
    why === undefined &&
    directionOf(payment) === entry.direction &&
    contradicts(payment, entry.amountMinor);
  const kind = amountDiffers ? "amount_differs" : isContradicted ? "answer_differs" : "unexpected_line";
  const found = newBreak(deps, statement, {
    kind,
    line_id: lineId,
    payment_id: payment?.id ?? null,
    bank_amount: signed(entry.direction, entry.amountMinor),
    ledger_amount: amountDiffers
      ? signed(entry.direction, payment.amount)
      : kind === "answer_differs"
        ? 0n
        : null,
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
      postings: [intoSuspense(statement, entry)],
    },
    rows: [
      { writer: "settlement.write", row: { break: sql.plain(found) } },
      {
        writer: "settlement.write",
        row: {
          line: sql.plain(
            lineOf(deps.vault, lineId, statement, entry, {
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

/** What a line that waits does to the books: custody equals the bank's account all the same. */
export function intoSuspense(statement: StatementRow, entry: StatementEntry): Posting {
  const custody = custodyAccount(statement.bank_id, statement.currency);
  const waiting = suspense(statement.bank_id, statement.currency);
  return entry.direction === "credit"
    ? { debit: custody, credit: waiting, amount: entry.amountMinor }
    : { debit: waiting, credit: custody, amount: entry.amountMinor };
}

/**
 * The payments that a line stands for, where the bank lists them by our references without saying how much each is:
 * all of them ours, all waiting, and together equal to the line to the minor unit. Otherwise undefined.
 */
async function namedIn(
  lookups: Lookups,
  statement: StatementRow,
  entry: StatementEntry,
): Promise<PaymentRow[] | undefined> {
  const references = [...new Set(entry.batch?.references ?? [])];
  if (references.length < 2 || references.length !== entry.batch?.references.length) return undefined;
  const found = await Promise.all(references.map((reference) => lookups.payment(reference)));
  const payments = found.filter((payment) => payment !== undefined);
  const fits =
    payments.length === references.length &&
    payments.every(
      (payment) =>
        payment.bank_id === statement.bank_id &&
        payment.currency === statement.currency &&
        directionOf(payment) === entry.direction &&
        isWaiting(payment),
    ) &&
    payments.reduce((sum, { amount }) => sum + amount, 0n) === entry.amountMinor;
  return fits ? payments : undefined;
}

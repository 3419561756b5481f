import {
  type AccountRef,
  custodyAccount,
  customerAccount,
  type HoldRelease,
  losses,
  type Posting,
  transitIn,
  transitOut,
} from "../ledger/index.ts";
import { assert } from "../platform/errors.ts";
import type { Effect } from "./lifecycle.ts";
import { ownAccount } from "./own-account.ts";
import type { PaymentRow } from "./sql.ts";

/** What a move writes in the ledger. Pure: the flows of the chart of accounts, nothing else. */
export type Booking = { kind: string; postings: Posting[]; releases: HoldRelease[] };

export type BookingFacts = {
  /** `accept` of a top-up: credit now, before the statement. */
  instantCredit?: boolean;
  /** `undo`: what of an instant credit the customer's available balance still bears; the rest is a loss. */
  recoverable?: bigint;
  /**
   * `settle`: where the money stands if not plainly on the custody account: a statement line that differed was
   * booked to suspense, with the amount that really moved.
   */
  from?: { account: AccountRef; amount: bigint };
  /** True once the withdrawal was captured (the bank accepted it). */
  captured?: boolean;
};

export function bookingFor(payment: PaymentRow, effect: Effect, facts: BookingFacts): Booking {
  if (effect === "none") return { kind: "none", postings: [], releases: [] };
  assert(payment.bank_id !== null, "a payment with a bank names it");
  return payment.kind === "top_up"
    ? topUp(payment, effect, facts, payment.bank_id)
    : withdrawal(payment, effect, facts, payment.bank_id);
}

function topUp(payment: PaymentRow, effect: Effect, facts: BookingFacts, bank: string): Booking {
  const { amount, currency } = payment;
  const customer = customerAccount(payment.customer_id, currency);
  const incoming = transitIn(bank, currency);
  switch (effect) {
    case "accept":
      return facts.instantCredit
        ? {
            kind: "top_up.instant_credit",
            postings: [{ debit: incoming, credit: customer, amount }],
            releases: [],
          }
        : { kind: "none", postings: [], releases: [] };
    case "settle": {
      const target = payment.credited ? incoming : customer;
      const from = facts.from ?? { account: custodyAccount(bank, currency), amount };
      const gap = losses("unreconciled", currency);
      const postings: Posting[] = [];
      const both = from.amount < amount ? from.amount : amount;
      if (both > 0n) postings.push({ debit: from.account, credit: target, amount: both });
      if (amount > both) postings.push({ debit: gap, credit: target, amount: amount - both });
      if (from.amount > both) postings.push({ debit: from.account, credit: gap, amount: from.amount - both });
      return { kind: "top_up.settle", postings, releases: [] };
    }
    case "undo": {
      if (!payment.credited) return { kind: "none", postings: [], releases: [] };
      const recoverable = facts.recoverable ?? amount;
      const postings: Posting[] = [];
      if (recoverable > 0n) postings.push({ debit: customer, credit: incoming, amount: recoverable });
      if (amount > recoverable)
        postings.push({
          debit: losses("instant-credit", currency),
          credit: incoming,
          amount: amount - recoverable,
        });
      return { kind: "top_up.reverse", postings, releases: [] };
    }
    default:
      throw new Error(`no booking for ${effect}`);
  }
}

function withdrawal(payment: PaymentRow, effect: Effect, facts: BookingFacts, bank: string): Booking {
  const { amount, currency } = payment;
  assert(payment.hold_id !== null, "money that leaves is held first");
  const { kind } = payment;
  const customer = ownAccount(payment);
  const outgoing = transitOut(bank, currency);
  const capture: Posting = { debit: customer, credit: outgoing, amount };
  const captureHold: HoldRelease = { holdId: payment.hold_id, account: customer, as: "captured" };
  switch (effect) {
    case "accept":
      return { kind: `${kind}.capture`, postings: [capture], releases: [captureHold] };
    case "settle": {
      const to = facts.from ?? { account: custodyAccount(bank, currency), amount };
      const gap = losses("unreconciled", currency);
      const postings: Posting[] = facts.captured ? [] : [capture];
      const both = to.amount < amount ? to.amount : amount;
      if (both > 0n) postings.push({ debit: outgoing, credit: to.account, amount: both });
      if (amount > both) postings.push({ debit: outgoing, credit: gap, amount: amount - both });
      if (to.amount > both) postings.push({ debit: gap, credit: to.account, amount: to.amount - both });
      return { kind: `${kind}.settle`, postings, releases: facts.captured ? [] : [captureHold] };
    }
    case "undo":
      return facts.captured
        ? {
            kind: `${kind}.reverse`,
            postings: [{ debit: outgoing, credit: customer, amount }],
            releases: [],
          }
        : { kind: `${kind}.void`, postings: [], releases: [{ ...captureHold, as: "voided" }] };
    default:
      throw new Error(`no booking for ${effect}`);
  }
}

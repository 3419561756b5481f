import type { Id, Money } from "@jinqiao/money";
import type { Instruction } from "../ledger/index.ts";
import type { Clock } from "../platform/clock.ts";
import { assert } from "../platform/errors.ts";
import type { Ids } from "../platform/ids.ts";
import { holdDays } from "./case-rows.ts";
import { submitJob } from "./jobs.ts";
import { changedEvents, rowOf, type Together } from "./mover.ts";
import { newPayment } from "./new-payment.ts";
import { ownAccount } from "./own-account.ts";
import type { Routing } from "./routing-facts.ts";
import type { PaymentRow } from "./sql.ts";

/** The account at the other end of an order, and its holder by name. */
export type Creditor = {
  iban: string;
  holder: string;
  /** What the account's statement shows as text, where it is not the usual one. */
  text?: string;
};
/** A merchant's own account. `bankId`: the bank of ours that was found to reach it. */
export type PayoutCreditor = Creditor & { bankId: string };

/** One step of a payout, as the module that keeps merchants' records is told of it. */
export type PayoutStep = {
  before: PaymentRow;
  after: PaymentRow;
  /** What the step adds to what the merchant has (negative: takes from it), minor units. */
  moved: bigint;
  /** A payment of kind `return` that brings (part of) the payout back. */
  returned?: PaymentRow;
};

/**
 * What payments must know of merchants to pay them out. The module above hands it in when it is made, because payments
 * stand below merchants and know nothing of them.
 */
export type PayoutRecords = {
  /** Undefined when the account is no longer one to pay to. */
  creditorOf(payment: PaymentRow): Promise<PayoutCreditor | undefined>;
  /** Why a payout that no bank has yet must wait; undefined when it may leave. */
  waits(payment: PaymentRow): Promise<{ code: string; text: { en: string; zh: string } } | undefined>;
  /** Rows and guards that stand in the same commit as the step. */
  together(step: PayoutStep): Promise<Together>;
  /** Merchants' names by id. */
  names(merchantIds: readonly string[]): Promise<Map<string, string>>;
};

/** The records of payouts, once somebody keeps them. */
export type PayoutDesk = PayoutRecords & { keptBy(records: PayoutRecords): void };

export function createPayoutDesk(): PayoutDesk {
  let kept: PayoutRecords | undefined;
  const records = (): PayoutRecords => {
    assert(kept, "payouts exist only where somebody keeps their records");
    return kept;
  };
  return {
    keptBy(given) {
      kept = given;
    },
    creditorOf: (payment) => records().creditorOf(payment),
    waits: (payment) => records().waits(payment),
    together: (step) => records().together(step),
    names: async (ids) => (ids.length === 0 ? new Map() : records().names(ids)),
  };
}

export type PayoutOrder = {
  merchantId: string;
  settlementAccountId: Id<"mac">;
  creditor: PayoutCreditor;
  money: Money;
};

/** A payout as it begins, with all that its commit needs beside the merchant's own records. */
export type DraftedPayout = {
  payment: PaymentRow;
  instruction: Required<Pick<Instruction, "holds" | "rows" | "events" | "jobs">>;
};

/**
 * Prepares a payout: the way it goes, the hold on what the merchant has, and the job that sends it. Nothing is stored;
 * the caller commits it with its own records.
 * @throws Refusal `payment.limit_exceeded`, `payment.no_route`
 */
export async function draftPayout(
  deps: { ids: Ids; clock: Clock; routing: Routing },
  { merchantId, settlementAccountId, creditor, money }: PayoutOrder,
): Promise<DraftedPayout> {
  const { bankId, route } = await deps.routing.choose({
    kind: "payout",
    amount: money.minor,
    currency: money.currency,
    account: creditor,
  });
  const holdId = deps.ids.next("hld");
  const payment = newPayment(deps, "payout", merchantId, money, {
    bank_id: bankId,
    route,
    settlement_account_id: settlementAccountId,
    hold_id: holdId,
  });
  return {
    payment,
    instruction: {
      holds: [
        {
          id: holdId,
          account: ownAccount(payment),
          amount: money.minor,
          subject: payment.id,
          expiresAt: new Date(deps.clock.now().getTime() + holdDays * 86_400_000),
        },
      ],
      rows: [rowOf(payment, "created")],
      events: changedEvents(payment),
      jobs: [submitJob(payment.id)],
    },
  };
}

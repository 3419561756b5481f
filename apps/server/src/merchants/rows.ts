import type { FeeDetail, PaymentIntent } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { z } from "zod";
import type { PaymentAuthentication } from "../identity/index.ts";

/** A payment intent as stored. Amounts are minor units. */
export type IntentRow = {
  id: Id<"pi">;
  merchant_id: Id<"mer">;
  livemode: boolean;
  status: PaymentIntent["status"];
  currency: string;
  amount: bigint;
  capturable: bigint;
  received: bigint;
  refunded: bigint;
  disputed: bigint;
  fee: bigint;
  fee_refunded: bigint;
  fee_details: z.input<typeof FeeDetail>[] | null;
  capture_method: "automatic" | "manual";
  reference: string | null;
  description_sealed: string | null;
  metadata_sealed: string | null;
  shopper_id: Id<"shp"> | null;
  store_id: Id<"sto"> | null;
  till_id: Id<"til"> | null;
  origin_kind: PaymentIntent["origin"]["kind"];
  origin_id: string | null;
  method: NonNullable<PaymentIntent["paymentMethod"]>["type"] | null;
  payer_id: Id<"cus"> | null;
  payment_id: Id<"pay"> | null;
  top_up_id: Id<"pay"> | null;
  hold_id: Id<"hld"> | null;
  authentication: PaymentAuthentication | null;
  error_code: string | null;
  cancellation_reason: PaymentIntent["cancellationReason"];
  token: string;
  return_url: string | null;
  latest_refund_id: Id<"re"> | null;
  dispute_id: Id<"dp"> | null;
  balance_transaction_id: Id<"txn"> | null;
  expires_at: Date | null;
  capture_before: Date | null;
  version: number;
  created_at: Date;
  updated_at: Date;
};

export type RefundRow = {
  id: Id<"re">;
  merchant_id: Id<"mer">;
  livemode: boolean;
  intent_id: Id<"pi">;
  status: "succeeded" | "failed";
  currency: string;
  amount: bigint;
  /** Of the payment's fee, what the merchant was given back. */
  fee: bigint;
  reason: "duplicate" | "fraudulent" | "requested_by_customer" | null;
  metadata_sealed: string | null;
  payment_id: Id<"pay"> | null;
  balance_transaction_id: Id<"txn"> | null;
  version: number;
  created_at: Date;
};

export type BalanceTransactionType =
  | "charge"
  | "refund"
  | "fee"
  | "dispute"
  | "dispute_reversal"
  | "reserve_hold"
  | "reserve_release"
  | "payout"
  | "payout_failure"
  | "recovery"
  | "adjustment";

/** One movement of a merchant's balance: signed minor units, `net` = `amount` − `fee`. */
export type BalanceTransactionRow = {
  id: Id<"txn">;
  merchant_id: Id<"mer">;
  livemode: boolean;
  type: BalanceTransactionType;
  currency: string;
  amount: bigint;
  fee: bigint;
  net: bigint;
  source_id: string;
  store_id: Id<"sto"> | null;
  available_on: Date | null;
  settlement_id: string | null;
  created_at: Date;
};

/** A row for one of the writers of this module. */
export type WrittenRow = { writer: string; row: Record<string, unknown> };

/** Amounts travel to the database as text: JSON has no whole numbers of that size. */
function plain(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === "bigint" ? value.toString() : value]),
  );
}

export const intentRow = (intent: IntentRow): WrittenRow => ({
  writer: "merchants.write_intents",
  row: plain(intent),
});
export const refundRow = (refund: RefundRow): WrittenRow => ({
  writer: "merchants.write_refunds",
  row: plain(refund),
});

/**
 * One movement of a merchant's balance, for the commit that moves it. Charges and refunds are counted as takings by the
 * writer. Reserves: `reserve_hold` is below zero, `reserve_release` above; what is reserved is no part of the sum.
 */
export const balanceTransactionRow = (
  transaction: Omit<BalanceTransactionRow, "net"> & { net?: never },
): WrittenRow => ({
  writer: "merchants.write_balance_transactions",
  row: plain({ ...transaction, net: transaction.amount - transaction.fee }),
});

/** What a decision about an intent rests on: nobody has changed it since. */
export const intentGuard = ({ id, version }: Pick<IntentRow, "id" | "version">) => ({
  check: "merchants.stale_intent",
  arg: { id, version },
  id,
});

/** The intent as it is after a move: the changes, and the next version. */
export const movedIntent = (intent: IntentRow, now: Date, changes: Partial<IntentRow>): IntentRow => ({
  ...intent,
  ...changes,
  version: intent.version + 1,
  updated_at: now,
});

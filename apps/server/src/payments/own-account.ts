import { type AccountRef, customerAccount } from "../ledger/index.ts";
import type { Kind } from "./lifecycle.ts";
import type { PaymentRow } from "./sql.ts";

/** Kinds whose money leaves to a bank account. A payout is a merchant's withdrawal: the bank knows no difference. */
export const paidOutKinds = ["withdrawal", "payout"] as const satisfies readonly Kind[];
export type PaidOutKind = (typeof paidOutKinds)[number];

export const isPaidOut = (kind: Kind): kind is PaidOutKind => kind === "withdrawal" || kind === "payout";

type Owned = Pick<PaymentRow, "kind" | "original_kind" | "customer_id" | "currency">;

/** Whether a payment, or the one that came back with it, is a merchant's payout. */
export const isPayout = ({ kind, original_kind }: Pick<Owned, "kind" | "original_kind">): boolean =>
  kind === "payout" || original_kind === "payout";

/** The account in the books whose money a payment moves: its customer's, or what a merchant has to be paid out. */
export function ownAccount(payment: Owned): AccountRef {
  const { customer_id, currency } = payment;
  return isPayout(payment)
    ? { code: `merchant:${customer_id}:available`, currency }
    : customerAccount(customer_id, currency);
}

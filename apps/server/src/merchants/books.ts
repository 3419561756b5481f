import type { AccountRef, Leg } from "../ledger/index.ts";

/** The accounts of one merchant in one currency, in the books of real money or in those of test mode. */
export type MerchantAccounts = {
  /** Taken and not settled yet. */
  pending: AccountRef;
  /** Settled: pays refunds and goes out with the next payout. */
  available: AccountRef;
  reserve: AccountRef;
  /** Taken by disputes that are not over yet. */
  disputed: AccountRef;
  /** What the merchant owes us. */
  receivable: AccountRef;
  /** What we earn: of every merchant together. */
  fees: AccountRef;
  /** Who pays: the customer's wallet, or in test mode nobody. */
  payer(customerId: string | null): AccountRef;
  /** Test mode: where play money is paid out to. */
  testBank: AccountRef;
};

/** Codes of a merchant's accounts in every currency. Test mode has books of its own and never touches a live account. */
export function accountsOf(merchantId: string, livemode: boolean): (currency: string) => MerchantAccounts {
  const test = livemode ? "" : "test:";
  return (currency) => ({
    pending: { code: `${test}merchant:${merchantId}:pending`, currency },
    available: { code: `${test}merchant:${merchantId}:available`, currency },
    reserve: { code: `${test}reserve:${merchantId}`, currency },
    disputed: { code: `${test}disputed:${merchantId}`, currency },
    receivable: { code: `${test}receivable:${merchantId}`, currency },
    fees: { code: `${test}fees:acquiring`, currency },
    payer: (customerId) => ({ code: livemode ? `customer:${customerId}` : "test:payers", currency }),
    testBank: { code: "test:bank", currency },
  });
}

/** Debit `payer` gross; credit the merchant net and us the fee. Minor units. */
export function purchaseLegs(
  accounts: MerchantAccounts,
  { payerId, gross, fee }: { payerId: string | null; gross: bigint; fee: bigint },
): Leg[] {
  return legs([
    [accounts.payer(payerId), gross],
    [accounts.pending, fee - gross],
    [accounts.fees, -fee],
  ]);
}

/** Where the money of a refund comes from; minor units. */
export type RefundSplit = { available: bigint; pending: bigint; reserve: bigint };

/**
 * Takes `amount` from what is available, then from what is not settled yet, then from the reserve.
 * @returns undefined when all three do not bear it
 */
export function splitOf(amount: bigint, free: RefundSplit): RefundSplit | undefined {
  const available = min(amount, free.available);
  const pending = min(amount - available, free.pending);
  const reserve = amount - available - pending;
  return reserve > free.reserve ? undefined : { available, pending, reserve };
}

/** Debit the merchant by `split` and our fees by what is given back; credit the payer. */
export function refundLegs(
  accounts: MerchantAccounts,
  { payerId, split, feeBack }: { payerId: string | null; split: RefundSplit; feeBack: bigint },
): Leg[] {
  const gross = split.available + split.pending + split.reserve + feeBack;
  return legs([
    [accounts.available, split.available],
    [accounts.pending, split.pending],
    [accounts.reserve, split.reserve],
    [accounts.fees, feeBack],
    [accounts.payer(payerId), -gross],
  ]);
}

function legs(all: readonly [AccountRef, bigint][]): Leg[] {
  return all.flatMap(([account, amount]) => (amount === 0n ? [] : [{ account, amount }]));
}

const min = (left: bigint, right: bigint) => (left < right ? left : right < 0n ? 0n : right);

import type { FeeDetail, FeeTerms } from "@jinqiao/contract";
import { divideRounded, type Money, toWire } from "@jinqiao/money";
import type { z } from "zod";
import { type FeeMethod, feeOf } from "./fee-plans.ts";

/** What a payment is priced by. Minor units; `volume` is what the merchant took in the month before it. */
type Priced = { method: FeeMethod; amount: Money; volume: bigint; at: Date };

/** A fee in minor units of the payment's currency, and its lines, which sum to it. */
export type ItemisedFee = { amount: bigint; details: z.input<typeof FeeDetail>[] };

/**
 * The fee of one payment with its lines. A fee is never more than the payment: of a small part that is captured it takes
 * all, and the line `cap` says what it would have been above that.
 */
export function itemisedFee(terms: FeeTerms, { method, amount, volume, at }: Priced): ItemisedFee {
  const { currency } = amount;
  const fee = feeOf(terms, { amount, method, at, monthVolume: volume });
  const money = (minor: bigint) => toWire({ minor, currency });
  if (fee.promotional)
    return { amount: 0n, details: [{ type: "promotion", basisPoints: null, amount: money(0n) }] };
  const details: ItemisedFee["details"] = [];
  if (fee.basisPoints > 0)
    details.push({ type: "percentage", basisPoints: fee.basisPoints, amount: money(fee.percent) });
  if (fee.fixed > 0n) details.push({ type: "fixed", basisPoints: null, amount: money(fee.fixed) });
  const above = fee.total - amount.minor;
  if (above <= 0n) return { amount: fee.total, details };
  return {
    amount: amount.minor,
    details: [...details, { type: "cap", basisPoints: null, amount: money(-above) }],
  };
}

/**
 * Of a fee, what is given back when `refunded` of `received` went back: in all, so that several refunds together give
 * back what one of their sum would, and the last one gives back the rest to the minor unit.
 */
export function feeGivenBack(
  fee: bigint,
  { received, refunded }: { received: bigint; refunded: bigint },
): bigint {
  return refunded >= received ? fee : divideRounded(fee * refunded, received, "half_even");
}

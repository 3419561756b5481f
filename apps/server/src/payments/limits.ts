import { type Currency, exponentOf } from "@jinqiao/money";

/**
 * Limits in whole major units. They belong to the operator's risk policy; a jurisdiction pack may lower them.
 * `instantCredit` is how much of a customer's top-ups may be spent before the bank's statement confirms them.
 */
const majorUnits: Record<string, { maxPerPayment: bigint; instantCredit: bigint }> = {
  CNY: { maxPerPayment: 50_000n, instantCredit: 10_000n },
  CZK: { maxPerPayment: 200_000n, instantCredit: 40_000n },
  EUR: { maxPerPayment: 7_000n, instantCredit: 1_500n },
  GBP: { maxPerPayment: 6_000n, instantCredit: 1_200n },
  JPY: { maxPerPayment: 1_000_000n, instantCredit: 200_000n },
  KWD: { maxPerPayment: 2_000n, instantCredit: 400n },
  USD: { maxPerPayment: 7_000n, instantCredit: 1_500n },
};

/** Limits of a currency in minor units, or undefined where the operator does not offer it. */
export function limitsOf(currency: Currency): { maxPerPayment: bigint; instantCredit: bigint } | undefined {
  const limits = majorUnits[currency];
  if (limits === undefined) return undefined;
  const scale = 10n ** BigInt(exponentOf(currency));
  return { maxPerPayment: limits.maxPerPayment * scale, instantCredit: limits.instantCredit * scale };
}

import { type Currency, exponentOf } from "@jinqiao/money";

export type Limits = { maxPerPayment: bigint; instantCredit: bigint; caseByOnePerson: bigint };

/**
 * Limits in whole major units. They belong to the operator's risk policy; a jurisdiction pack may lower them.
 * `instantCredit` is how much of a customer's top-ups may be spent before the bank's statement confirms them;
 * `caseByOnePerson` is up to what amount one member of staff decides alone what became of a payment.
 */
const majorUnits: Record<string, Limits> = {
  CNY: { maxPerPayment: 50_000n, instantCredit: 10_000n, caseByOnePerson: 1_000n },
  CZK: { maxPerPayment: 200_000n, instantCredit: 40_000n, caseByOnePerson: 4_000n },
  EUR: { maxPerPayment: 7_000n, instantCredit: 1_500n, caseByOnePerson: 150n },
  GBP: { maxPerPayment: 6_000n, instantCredit: 1_200n, caseByOnePerson: 120n },
  JPY: { maxPerPayment: 1_000_000n, instantCredit: 200_000n, caseByOnePerson: 20_000n },
  KWD: { maxPerPayment: 2_000n, instantCredit: 400n, caseByOnePerson: 40n },
  USD: { maxPerPayment: 7_000n, instantCredit: 1_500n, caseByOnePerson: 150n },
};

/** Limits of a currency in minor units, or undefined where the operator does not offer it. */
export function limitsOf(currency: Currency): Limits | undefined {
  const limits = majorUnits[currency];
  if (limits === undefined) return undefined;
  const scale = 10n ** BigInt(exponentOf(currency));
  return {
    maxPerPayment: limits.maxPerPayment * scale,
    instantCredit: limits.instantCredit * scale,
    caseByOnePerson: limits.caseByOnePerson * scale,
  };
}

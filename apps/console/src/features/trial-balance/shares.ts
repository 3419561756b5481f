import { parseDecimal } from "@jinqiao/money";
import type { WireMoney } from "../../api.ts";

/**
 * Lengths of the bars of a picture, in thousandths of the longest. Only a drawing: nobody reads an amount from it,
 * and even so the division is done in whole numbers, because a balance may be beyond what a double holds.
 */
export function barShares(amounts: readonly WireMoney[]): number[] {
  const minors = amounts.map(({ amount, currency }) => parseDecimal(amount, currency));
  const positive = minors.map((minor) => (minor > 0n ? minor : 0n));
  const longest = positive.reduce((max, minor) => (minor > max ? minor : max), 0n);
  return positive.map((minor) => (longest === 0n ? 0 : Number((minor * 1000n) / longest)));
}

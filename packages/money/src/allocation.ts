import { ArithmeticError } from "./arithmetic-error.ts";

/**
 * Shares `total` minor units out in proportion to `weights`, so that the shares add up to `total` exactly.
 *
 * This is the largest remainder method (Hamilton's method; M. L. Balinski and H. P. Young, *Fair Representation*):
 * everybody gets the whole part of the exact share, and the units left over go, one each, to the largest fractions.
 * Equal fractions are decided by the larger weight, then by the earlier place, so that the same question always has
 * the same answer and two people with different weights do not change places when the list is sorted otherwise.
 *
 * Each share is less than one unit from the exact one, a zero weight gets nothing, a larger weight never gets less,
 * and a negative total (a refund) is shared out as the mirror image of the positive one. A larger total may lower a
 * single share by one unit (the Alabama paradox of this method).
 *
 * @param total minor units of one currency, of either sign
 * @param weights zero or greater, of any size; at least one of them greater than zero
 * @returns minor units, one per weight, in the order of `weights`
 * @throws ArithmeticError `negative_weight`, `no_weight`
 */
export function allocate(total: bigint, weights: readonly bigint[]): bigint[] {
  if (weights.some((weight) => weight < 0n)) throw new ArithmeticError("negative_weight");
  const whole = weights.reduce((sum, weight) => sum + weight, 0n);
  if (whole === 0n) throw new ArithmeticError("no_weight");

  const positive = total < 0n ? -total : total;
  const parts = weights.map((weight, place) => ({
    place,
    weight,
    share: (positive * weight) / whole,
    remainder: (positive * weight) % whole,
  }));
  const left = positive - parts.reduce((sum, { share }) => sum + share, 0n);
  // Fewer units are left than there are parts with a remainder, so a part without one never gets any.
  const byClaim = parts.toSorted(
    (one, other) => compare(other.remainder, one.remainder) || compare(other.weight, one.weight),
  );
  for (const part of byClaim.slice(0, Number(left))) part.share += 1n;
  return parts.map(({ share }) => (total < 0n ? -share : share));
}

function compare(one: bigint, other: bigint): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

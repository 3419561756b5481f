import { ArithmeticError } from "./arithmetic-error.ts";

/**
 * How a quotient becomes a whole number, named as in `java.math.RoundingMode` (Java SE API), in lower case. In the
 * terms of IEEE 754-2019, section 4.3: `half_even` is roundTiesToEven, `half_up` roundTiesToAway, `ceiling`
 * roundTowardPositive, `floor` roundTowardNegative and `down` roundTowardZero.
 *
 * - `up` away from zero, `down` towards zero
 * - `ceiling` towards plus infinity, `floor` towards minus infinity
 * - `half_up`, `half_down`, `half_even` to the nearest; a tie goes away from zero, towards zero, or to the even one
 * - `unnecessary` demands that nothing is to be rounded
 */
export type RoundingMode = (typeof roundingModes)[number];

export const roundingModes = [
  "up",
  "down",
  "ceiling",
  "floor",
  "half_up",
  "half_down",
  "half_even",
  "unnecessary",
] as const;

/**
 * The quotient of two whole numbers, rounded. Exact for any size, because no fraction is ever written down.
 * @throws ArithmeticError `division_by_zero`; `rounding_necessary` under `unnecessary`
 */
export function divideRounded(numerator: bigint, denominator: bigint, mode: RoundingMode): bigint {
  if (denominator === 0n) throw new ArithmeticError("division_by_zero");
  const towardsZero = numerator / denominator;
  const remainder = numerator % denominator;
  if (remainder === 0n) return towardsZero;
  const negative = numerator < 0n !== denominator < 0n;
  const awayFromZero = towardsZero + (negative ? -1n : 1n);
  return roundsAway(mode, negative, towardsZero, halves(remainder, denominator)) ? awayFromZero : towardsZero;
}

/** Below zero when the part cut off is less than a half, zero at a tie, above zero when it is more. */
function halves(remainder: bigint, denominator: bigint): bigint {
  return 2n * magnitude(remainder) - magnitude(denominator);
}

function roundsAway(mode: RoundingMode, negative: boolean, towardsZero: bigint, tie: bigint): boolean {
  switch (mode) {
    case "up":
      return true;
    case "down":
      return false;
    case "ceiling":
      return !negative;
    case "floor":
      return negative;
    case "half_up":
      return tie >= 0n;
    case "half_down":
      return tie > 0n;
    case "half_even":
      return tie > 0n || (tie === 0n && towardsZero % 2n !== 0n);
    case "unnecessary":
      throw new ArithmeticError("rounding_necessary");
  }
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

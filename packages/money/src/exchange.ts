import { ArithmeticError } from "./arithmetic-error.ts";
import { type Currency, exponentOf } from "./currencies.ts";
import { divideRounded, type RoundingMode } from "./rounding.ts";

/** Enough for any rate a bank quotes (ISO 20022 `BaseOneRate` has 11 digits), and a bound on what is calculated. */
const maxRateDigits = 38;
const rateText = /^(0|[1-9][0-9]*)(?:\.([0-9]+))?$/;

/**
 * Converts an amount at a rate: how many minor units of `to` are `minor` units of `from`, rounded once, at the end.
 * Exact for any size, and heeds both currencies' exponents: 100 JPY at 0.0478 are 4.78 CNY, `100n` → `478n`.
 *
 * @param minor minor units of `from`, of either sign
 * @param rate units of `to` for one unit of `from`, as plain decimal text, e.g. `"7.8215"`; never a float
 * @returns minor units of `to`
 * @throws ArithmeticError `rate_format`, `rate_not_positive`; `rounding_necessary` under `unnecessary`
 * @throws RangeError for a currency that is not in ISO 4217
 */
export function multiplyByRate(
  minor: bigint,
  rate: string,
  from: Currency,
  to: Currency,
  mode: RoundingMode,
): bigint {
  const { digits, decimals } = parseRate(rate);
  const numerator = minor * digits * powerOfTen(exponentOf(to));
  return divideRounded(numerator, powerOfTen(decimals + exponentOf(from)), mode);
}

/** A rate as `digits` divided by ten to the power `decimals`. */
function parseRate(rate: string): { digits: bigint; decimals: number } {
  const match = rateText.exec(rate);
  if (match === null) throw new ArithmeticError("rate_format");
  const [, whole = "", fraction = ""] = match;
  if (whole.length + fraction.length > maxRateDigits) throw new ArithmeticError("rate_format");
  const digits = BigInt(whole + fraction);
  if (digits === 0n) throw new ArithmeticError("rate_not_positive");
  return { digits, decimals: fraction.length };
}

function powerOfTen(exponent: number): bigint {
  return 10n ** BigInt(exponent);
}

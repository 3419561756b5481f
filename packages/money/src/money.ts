import { type Currency, exponentOf, isCurrency } from "./currencies.ts";

/** An exact amount: whole minor units of one currency (fen, pence, yen, fils). May be negative in books, never on the wire. */
export type Money = { readonly minor: bigint; readonly currency: Currency };

/** Money on the wire, as ISO 20022 and the open-banking APIs write it: `{ amount: "165.88", currency: "GBP" }`. */
export type WireMoney = { amount: string; currency: string };

/**
 * The largest amount of one payment, in minor units. Two to the power 53 minus one, so that the value survives
 * a client that reads JSON numbers as doubles. Balances may be larger.
 */
export const maxAmountMinor = 2n ** 53n - 1n;

/** Why an amount was refused. Each is an error code of the contract's catalogue, after the prefix `amount.`. */
export type AmountProblem =
  | "format"
  | "zero"
  | "negative"
  | "too_many_decimals"
  | "too_large"
  | "unknown_currency";

export class AmountError extends Error {
  readonly problem: AmountProblem;
  constructor(problem: AmountProblem) {
    super(`amount refused: ${problem}`);
    this.name = "AmountError";
    this.problem = problem;
  }
}

const decimalText = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?$/;

/**
 * Reads a decimal amount exactly. Accepts plain ASCII digits with a point; refuses exponents, signs other than a
 * leading minus, grouping, full-width digits, leading zeros, blanks and more decimals than the currency has.
 * Fewer decimals are allowed (`"5"` and `"5.0"` are 5.00 GBP).
 * @throws AmountError `format`, `too_many_decimals`, `unknown_currency`
 */
export function parseDecimal(text: string, currency: string): bigint {
  if (!isCurrency(currency)) throw new AmountError("unknown_currency");
  const match = decimalText.exec(text);
  if (match === null) throw new AmountError("format");
  const [, sign, whole = "0", fraction = ""] = match;
  const exponent = exponentOf(currency);
  if (fraction.length > exponent) throw new AmountError("too_many_decimals");
  const minor = BigInt(whole + fraction.padEnd(exponent, "0"));
  return sign === "-" ? -minor : minor;
}

/**
 * Reads the amount of a payment: as `parseDecimal`, and greater than zero and at most `maxAmountMinor`.
 * @throws AmountError with the one problem that a person can act on
 */
export function parseAmount(wire: WireMoney): Money {
  const minor = parseDecimal(wire.amount, wire.currency);
  // By the sign and not by the number: minus nothing is no amount of nothing.
  if (wire.amount.startsWith("-")) throw new AmountError("negative");
  if (minor === 0n) throw new AmountError("zero");
  if (minor > maxAmountMinor) throw new AmountError("too_large");
  return { minor, currency: wire.currency };
}

/** Writes minor units as a plain decimal with exactly the currency's decimals: `1234567n, "KWD"` → `"1234.567"`. */
export function formatDecimal(minor: bigint, currency: Currency): string {
  const exponent = exponentOf(currency);
  const sign = minor < 0n ? "-" : "";
  const digits = (minor < 0n ? -minor : minor).toString().padStart(exponent + 1, "0");
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

export function toWire(money: Money): WireMoney {
  return { amount: formatDecimal(money.minor, money.currency), currency: money.currency };
}

/**
 * Writes money for people in their language: `¥28,560.73`, `€1,234.50`. Exact for any size, because the formatter
 * is given the decimal text and not a float.
 * @param signDisplay `always` puts + or − in front, for activity lists
 */
export function formatMoney(
  wire: WireMoney,
  locale: string,
  options: { signDisplay?: "auto" | "always" | "exceptZero" } = {},
): string {
  const exponent = isCurrency(wire.currency) ? exponentOf(wire.currency) : 2;
  const formatter = new Intl.NumberFormat(locale, {
    style: "currency",
    currency: wire.currency,
    // Yuan and yen share one sign; side by side, one of them must say which it is.
    currencyDisplay: wire.currency === "JPY" ? "symbol" : "narrowSymbol",
    minimumFractionDigits: exponent,
    maximumFractionDigits: exponent,
    signDisplay: options.signDisplay ?? "auto",
  });
  return formatter.format(wire.amount as `${number}`);
}

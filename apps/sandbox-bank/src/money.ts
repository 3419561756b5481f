/** Decimal texts to bigint minor units and back, exactly. */

// ISO 4217 currencies whose minor unit is not two decimals.
const EXPONENTS: Record<string, number> = {
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  ISK: 0,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  PYG: 0,
  RWF: 0,
  UGX: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
  BHD: 3,
  IQD: 3,
  JOD: 3,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  TND: 3,
};

/** Currencies in which this bank keeps accounts. */
export const CURRENCIES: ReadonlySet<string> = new Set([
  "CNY",
  "EUR",
  "GBP",
  "USD",
  "CHF",
  "HKD",
  "SGD",
  "JPY",
  "KWD",
  "CZK",
  "PLN",
  "SEK",
  "KRW",
  "BHD",
]);

/** Number of decimals of a currency (ISO 4217 minor unit). */
export function exponent(currency: string): number {
  return EXPONENTS[currency] ?? 2;
}

/**
 * Parses a positive or negative decimal text into minor units. `undefined` when it is not plain ASCII decimal
 * notation or has more decimals than the currency: the bank refuses to round.
 */
export function parseAmount(text: string, currency: string): bigint | undefined {
  const match = /^(-?)(\d{1,14})(?:\.(\d{1,3}))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = ""] = match;
  const digits = exponent(currency);
  if (fraction.length > digits) return undefined;
  const minor = BigInt(whole + fraction.padEnd(digits, "0"));
  return sign === "-" ? -minor : minor;
}

/** Writes minor units as a decimal text with exactly the currency's decimals. */
export function formatAmount(minor: bigint, currency: string): string {
  const digits = exponent(currency);
  const sign = minor < 0n ? "-" : "";
  const text = (minor < 0n ? -minor : minor).toString().padStart(digits + 1, "0");
  if (digits === 0) return sign + text;
  return `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** An amount as NextGenPSD2 writes it. */
export interface WireAmount {
  currency: string;
  amount: string;
}

export function wireAmount(minor: bigint, currency: string): WireAmount {
  return { currency, amount: formatAmount(minor, currency) };
}

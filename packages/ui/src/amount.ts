import {
  AmountError,
  exponentOf,
  formatDecimal,
  isCurrency,
  parseAmount,
  parseDecimal,
  type WireMoney,
} from "@jinqiao/money";
import type { UiMessageId } from "./locales/en.ts";

/** What stands against an amount a person typed: the text to show and its values. */
export type AmountCheck =
  | { ok: true; money: WireMoney }
  | { ok: false; id: Extract<UiMessageId, `amount.${string}`>; max?: WireMoney };

/**
 * Checks typed text by the rule of the API (`parseAmount`) and by what is told beforehand: the limit for one payment
 * and what is available. `money` has exactly the currency's decimals.
 */
export function checkAmount(
  text: string,
  currency: string,
  bounds: { limit?: WireMoney | undefined; available?: WireMoney | undefined } = {},
): AmountCheck {
  let minor: bigint;
  try {
    minor = parseAmount({ amount: text.trim(), currency }).minor;
  } catch (error) {
    if (!(error instanceof AmountError)) throw error;
    return { ok: false, id: `amount.${error.problem}` };
  }
  if (bounds.available !== undefined && minor > parseDecimal(bounds.available.amount, currency))
    return { ok: false, id: "amount.above_available", max: bounds.available };
  if (bounds.limit !== undefined && minor > parseDecimal(bounds.limit.amount, currency))
    return { ok: false, id: "amount.above_limit", max: bounds.limit };
  return { ok: true, money: { amount: formatDecimal(minor, currency), currency } };
}

export type KeypadKey = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "." | "delete";

/**
 * What the text becomes after a key of the keypad: it never lets a second point, a needless zero or more decimals
 * than the currency has come in, so that the keypad alone cannot make a wrong form.
 */
export function pressKey(text: string, key: KeypadKey, currency: string): string {
  const exponent = isCurrency(currency) ? exponentOf(currency) : 2;
  if (key === "delete") return text.slice(0, -1);
  if (key === ".") {
    if (exponent === 0 || text.includes(".")) return text;
    return `${text === "" ? "0" : text}.`;
  }
  const decimals = text.split(".")[1];
  if (decimals !== undefined && decimals.length >= exponent) return text;
  if (text === "0") return key;
  return text.length >= 17 ? text : text + key;
}

import { AmountError, type AmountProblem, formatDecimal, parseDecimal } from "@jinqiao/money";
import { Iso20022Error } from "./errors.ts";
import type { DateAndTime, Direction, Money } from "./types.ts";
import { child, take } from "./xml/element.ts";
import type { XmlElement } from "./xml/parse.ts";

/**
 * An amount that must be readable: a decimal (XML Schema part 2, section 3.2.3) with its currency in `Ccy`. Zeros
 * beyond the currency's decimals change nothing and are allowed; other digits there are refused.
 */
export function amountOf(element: XmlElement): Money {
  const amount = tryAmount(element);
  if (typeof amount !== "string") return amount;
  const written = `${element.text.trim().slice(0, 40)} ${element.attributes.Ccy ?? ""}`.trim();
  const [en, zh] = amountProblems[amount];
  throw new Iso20022Error(
    "invalidValue",
    {
      en: `the amount “${written}” in ${element.name} ${en}`,
      zh: `${element.name} 中的金额“${written}”${zh}`,
    },
    element,
  );
}

type Unreadable = AmountProblem | "no_currency";

const amountProblems: Record<Unreadable, readonly [string, string]> = {
  format: ["is not a decimal", "不是十进制数"],
  zero: ["is zero", "为零"],
  negative: ["is negative; the direction is told by CdtDbtInd", "为负数，方向应由 CdtDbtInd 表示"],
  too_many_decimals: ["has more decimals than its currency", "小数位多于该货币允许的位数"],
  too_large: ["is too large", "过大"],
  unknown_currency: ["has a currency that ISO 4217 does not list", "的货币不在 ISO 4217 中"],
  no_currency: ["has no currency", "没有货币"],
};

/** As `amountOf`, but answers what is wrong instead of throwing it. Marks the element as taken only if it is readable. */
export function tryAmount(element: XmlElement): Money | Unreadable {
  const currency = element.attributes.Ccy;
  if (currency === undefined) return "no_currency";
  const minor = tryDecimal(element.text.trim(), currency);
  if (typeof minor === "string") return minor;
  if (minor < 0n) return "negative";
  element.taken = true;
  return { minor, currency };
}

/** Minor units of an `xs:decimal`. */
export function tryDecimal(written: string, currency: string): bigint | AmountProblem {
  const match = /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(written);
  const [, sign = "", whole = "", fraction = ""] = match ?? [];
  // The lazy group would let a lone point or sign through.
  if (match === null || !/\d/.test(written)) return "format";
  try {
    const decimal = `${sign === "-" ? "-" : ""}${whole === "" ? "0" : whole}`;
    return parseDecimal(fraction === "" ? decimal : `${decimal}.${fraction}`, currency);
  } catch (error) {
    if (error instanceof AmountError) return error.problem;
    throw error;
  }
}

/** An amount that the statement would be complete without: null if absent or unreadable, and then it stays for `extra`. */
export function optionalAmount(
  element: XmlElement | undefined,
  unreadable?: (element: XmlElement) => void,
): Money | null {
  if (element === undefined) return null;
  const amount = tryAmount(element);
  if (typeof amount !== "string") return amount;
  unreadable?.(element);
  return null;
}

export function directionOf(element: XmlElement | undefined): Direction | null {
  const written = take(element);
  if (element === undefined || written === null) return null;
  if (written === "CRDT") return "credit";
  if (written === "DBIT") return "debit";
  throw invalid(element, written, "neither CRDT nor DBIT", "既不是 CRDT 也不是 DBIT");
}

/** A choice of `Dt` and `DtTm`, or either of them by itself. */
export function dateOf(element: XmlElement | undefined): DateAndTime | null {
  if (element === undefined) return null;
  const inner =
    child(element, "Dt") ?? child(element, "DtTm") ?? (element.children.length === 0 ? element : undefined);
  const written = take(inner);
  if (inner === undefined || written === null) return null;
  const match = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}:\d{2})(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?$/.exec(
    written,
  );
  const [, date, time] = match ?? [];
  if (date === undefined || !isDate(date) || (time !== undefined && !isTime(time)))
    throw invalid(inner, written, "no date", "不是日期");
  return { date, dateTime: time === undefined ? null : written };
}

/** The date alone. */
export function dayOf(element: XmlElement | undefined): string | null {
  return dateOf(element)?.date ?? null;
}

export function booleanOf(element: XmlElement | undefined): boolean | null {
  const written = take(element);
  if (element === undefined || written === null) return null;
  if (written === "true" || written === "1") return true;
  if (written === "false" || written === "0") return false;
  throw invalid(element, written, "neither true nor false", "既不是 true 也不是 false");
}

/** A count of up to 15 digits, as ISO's Max15NumericText. */
export function countOf(element: XmlElement | undefined): number | null {
  const written = take(element);
  if (element === undefined || written === null) return null;
  if (!/^\d{1,15}$/.test(written)) throw invalid(element, written, "no count", "不是数目");
  return Number(written);
}

/** Whether a day of that name exists; `text` is of the form YYYY-MM-DD. */
export function isDate(text: string): boolean {
  // The entries of a statement share few days.
  if (text === lastDate) return true;
  const date = new Date(`${text}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || !date.toISOString().startsWith(text)) return false;
  lastDate = text;
  return true;
}

let lastDate: string | undefined;

function isTime(text: string): boolean {
  return /^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(text) || text === "24:00:00";
}

export function show({ minor, currency }: Money): string {
  return `${formatDecimal(minor, currency)} ${currency}`;
}

function invalid(element: XmlElement, written: string, en: string, zh: string): Iso20022Error {
  const shown = written.slice(0, 40);
  return new Iso20022Error(
    "invalidValue",
    { en: `“${shown}” in ${element.name} is ${en}`, zh: `${element.name} 中的“${shown}”${zh}` },
    element,
  );
}

import { exponentOf, isCurrency } from "@jinqiao/money";
import { StatementError } from "./statement-error.ts";

/**
 * Currencies that old statements still name, with their decimals. Source: ISO 4217 list three (historic
 * denominations), SIX Interbank Clearing.
 */
const historic: Readonly<Record<string, number>> = {
  ATS: 2,
  BEF: 0,
  BGL: 2,
  CYP: 2,
  DEM: 2,
  EEK: 2,
  ESP: 0,
  FIM: 2,
  FRF: 2,
  GRD: 0,
  HRK: 2,
  IEP: 2,
  ITL: 0,
  LTL: 2,
  LUF: 0,
  LVL: 2,
  MTL: 2,
  NLG: 2,
  PTE: 0,
  SIT: 2,
  SKK: 2,
  TRL: 0,
};

const currencyNames: Readonly<Record<string, string>> = {
  人民币: "CNY",
  人民币元: "CNY",
  元: "CNY",
  RMB: "CNY",
  CNH: "CNY",
  美元: "USD",
  欧元: "EUR",
  英镑: "GBP",
  港币: "HKD",
  港元: "HKD",
  日元: "JPY",
  澳元: "AUD",
  加元: "CAD",
  瑞士法郎: "CHF",
  新加坡元: "SGD",
  韩元: "KRW",
  "¥": "CNY",
  "￥": "CNY",
  $: "USD",
  "€": "EUR",
  "£": "GBP",
};

/** The ISO 4217 code that a file means by a code or a name. @throws StatementError `currency_unknown` */
export function currencyOf(text: string, line: number | null): string {
  const code = text.trim().toUpperCase();
  const known = currencyNames[text.trim()] ?? currencyNames[code] ?? code;
  if (!isCurrency(known) && historic[known] === undefined)
    throw new StatementError("currency_unknown", line, text.trim());
  return known;
}

/** Decimals of a currency, historic ones too. */
export function decimalsOf(currency: string): number {
  return historic[currency] ?? exponentOf(currency);
}

/** Writes minor units as a decimal with the currency's own number of decimals. */
export function decimalText(minor: bigint, currency: string): string {
  const decimals = decimalsOf(currency);
  const digits = (minor < 0n ? -minor : minor).toString().padStart(decimals + 1, "0");
  const sign = minor < 0n ? "-" : "";
  return decimals === 0 ? sign + digits : `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/**
 * Minor units of plain digits and their fraction. Banks pad both sides with zeros; digits beyond the currency's
 * decimals are refused unless they are zeros, because money is never rounded here.
 * @throws StatementError `amount_invalid`
 */
export function minorOf(
  whole: string,
  fraction: string,
  currency: string,
  where: { line: number | null; text: string },
): bigint {
  const decimals = decimalsOf(currency);
  const kept = fraction.slice(0, decimals).padEnd(decimals, "0");
  if (/[^0]/.test(fraction.slice(decimals)) || whole.length + kept.length > 30 || whole + fraction === "")
    throw new StatementError("amount_invalid", where.line, where.text);
  return BigInt(`${whole}${kept}` || "0");
}

/**
 * An amount as people and programs write it: `1,234.56`, `1.234,56`, `+10000.00`, `¥28.16`, `(12.00)`, `12.00-`.
 * @throws StatementError `amount_invalid`
 */
export function looseAmount(text: string, currency: string, line: number | null): bigint {
  const fail = () => new StatementError("amount_invalid", line, text.trim());
  let digits = text
    .normalize("NFKC")
    .replace(/[\s'’]/g, "")
    .replace(/^([+-]?)(?:[¥$€£]|RMB|CN¥|[A-Z]{3})(?=[+\-\d.,(])/i, "$1")
    .replace(/(?:元|[¥$€£]|[A-Z]{3})$/i, "");
  let negative = false;
  const around = /^\((.*)\)$/.exec(digits);
  if (around !== null) {
    negative = true;
    digits = around[1] ?? "";
  }
  const sign = /^([+\-−])(.*)$/.exec(digits) ?? /^(.*?)([+\-−])$/.exec(digits);
  if (sign !== null) {
    const [, first = "", second = ""] = sign;
    const mark = /^[+\-−]$/.test(first) ? first : second;
    digits = mark === first ? second : first;
    if (mark !== "+") negative = !negative;
  }
  // The last separator is the decimal one, unless it groups three digits in every place it stands.
  const forms = [
    /^(\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d*))?$/,
    /^(\d+|\d{1,3}(?:\.\d{3})+),(\d*)$/,
    /^()\.(\d+)$/,
  ];
  const match = forms.map((form) => form.exec(digits)).find((found) => found !== null);
  if (match === undefined || match === null) throw fail();
  const [, whole = "", fraction = ""] = match;
  const minor = minorOf(whole.replace(/[.,]/g, ""), fraction, currency, { line, text: text.trim() });
  return negative ? -minor : minor;
}

/** A plain date that exists. @throws StatementError `date_invalid` */
export function plainDate(
  year: number,
  month: number,
  day: number,
  where: { line: number | null; text: string },
) {
  const date = new Date(Date.UTC(year, month - 1, day));
  if (year < 1900 || year > 2199 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day)
    throw new StatementError("date_invalid", where.line, where.text);
  return date.toISOString().slice(0, 10);
}

/** `2023-05-02`, `2023/5/2`, `2023.05.02`, `20230502`, `2023年5月2日`, each perhaps with a time behind it. */
const yearFirst =
  /^(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))(?:[T\s]*(\d{1,2}):?(\d{2})(?::?(\d{2}))?.*)?$/;
const yearLast = /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2}))?.*)?$/;

export type DateOrder = "dmy" | "mdy";

/** Whether a cell looks like a date at all. */
export function looksLikeDate(text: string): boolean {
  return yearFirst.test(text.trim()) || yearLast.test(text.trim());
}

/** Which of day and month comes first in a column of dates; undefined where nothing tells. */
export function dateOrderOf(cells: readonly string[]): DateOrder | undefined {
  for (const cell of cells) {
    const [, first, second] = yearLast.exec(cell.trim()) ?? [];
    if (cell.trim().includes(".") && first !== undefined) return "dmy";
    if (Number(first) > 12) return "dmy";
    if (Number(second) > 12) return "mdy";
  }
  return undefined;
}

/** Reads a date of a table, and the time where one stands with it. @throws StatementError */
export function looseDate(
  text: string,
  order: DateOrder | undefined,
  line: number,
): { date: string; time: string | null } {
  const cell = text.trim();
  const where = { line, text: cell };
  const first = yearFirst.exec(cell);
  if (first !== null) {
    const [, year, month = first[4], day = first[5], , , hour, minute, second] = first;
    return {
      date: plainDate(Number(year), Number(month), Number(day), where),
      time: timeText(hour, minute, second),
    };
  }
  const last = yearLast.exec(cell);
  if (last === null) throw new StatementError("date_invalid", line, cell);
  const [, one, two, year = "", hour, minute, second] = last;
  if (order === undefined && one !== two) throw new StatementError("date_order_unknown", line, cell);
  const [day, month] = order === "mdy" ? [two, one] : [one, two];
  return {
    date: plainDate(Number(year) + (year.length === 2 ? 2000 : 0), Number(month), Number(day), where),
    time: timeText(hour, minute, second),
  };
}

/** `21:32:14` from its parts; null where there is none. */
function timeText(hour: string | undefined, minute: string | undefined, second: string | undefined) {
  if (hour === undefined || minute === undefined) return null;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second ?? 0) > 59) return null;
  return `${hour.padStart(2, "0")}:${minute}:${second ?? "00"}`;
}

/** A time of day on its own: `17:57:17`, `123456`. Null for anything else. */
export function looseTime(text: string): string | null {
  const [, hour, minute, second] = /^(\d{2}):?(\d{2})(?::?(\d{2}))?$/.exec(text.trim()) ?? [];
  return timeText(hour, minute, second);
}

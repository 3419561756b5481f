/** The one door for receipts from outside. Strict: what is not exactly a receipt is refused, and the field is named. */
import { hashFromBase64, parseCanonicalInteger } from "./bytes.ts";
import { TransparencyError } from "./problem.ts";
import {
  type HiddenSide,
  isOpened,
  type OpenedSide,
  type Receipt,
  type ReceiptHeader,
  receiptFormat,
} from "./receipt.ts";

/** Longest file that is read, in UTF-16 units: a transfer of 1,000 sides with 64 signatures needs less than half. */
export const maxReceiptLength = 500_000;

/** Most sides of a transfer, and most hashes of a proof that a 64-bit position can need. */
const maxSides = 1_000;
const maxProofLength = 64;

/**
 * Reads a receipt.
 * @throws TransparencyError receipt_not_json, receipt_format_unknown, receipt_malformed
 */
export function parseReceipt(text: string): Receipt {
  if (text.length > maxReceiptLength) throw malformed("length");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TransparencyError("receipt_not_json", "file", { cause: error });
  }
  if (!isRecord(value)) throw new TransparencyError("receipt_format_unknown", "file");
  if (value.format !== receiptFormat) throw new TransparencyError("receipt_format_unknown", "format");

  const fields = ["format", "origin", "position", "header", "sides", "proof", "checkpoint"];
  const receipt: Receipt = {
    format: receiptFormat,
    ...exactly(value, "", fields, {
      origin: line,
      position: wholeNumber,
      header: parseHeader,
      sides: (sides, where) => list(sides, where, maxSides, parseSide),
      proof: (proof, where) => list(proof, where, maxProofLength, hashText),
      checkpoint: string,
    }),
  };
  if (!receipt.sides.some(isOpened)) throw malformed("sides");
  // JSON.parse keeps the last of two fields of the same name, while a reader may see the first.
  if (countFieldNames(text) !== countFields(value)) throw malformed("repeated field");
  return receipt;
}

function parseHeader(value: unknown, where: string): ReceiptHeader {
  return exactly(value, where, ["id", "kind", "subject", "at", "salt"], {
    id: line,
    kind: line,
    subject: (subject, place) => (subject === null ? null : line(subject, place)),
    at: instant,
    salt: hashText,
  });
}

function parseSide(value: unknown, where: string): OpenedSide | HiddenSide {
  if (isRecord(value) && Object.hasOwn(value, "commitment")) {
    return exactly(value, where, ["commitment"], { commitment: hashText });
  }
  return exactly(value, where, ["account", "currency", "amount", "sequence", "balance", "salt"], {
    account: line,
    currency: (currency, place) => matching(currency, place, /^[A-Z]{3}$/),
    amount: (amount, place) => matching(amount, place, /^-?[1-9][0-9]{0,39}$/),
    sequence: (sequence, place) => matching(sequence, place, /^[1-9][0-9]{0,39}$/),
    balance: (balance, place) => matching(balance, place, /^(?:0|-?[1-9][0-9]{0,39})$/),
    salt: hashText,
  });
}

type Readers<T> = { [K in keyof T]: (value: unknown, where: string) => T[K] };

/** Reads an object that has these fields and no others. */
function exactly<T>(value: unknown, where: string, fields: readonly string[], readers: Readers<T>): T {
  if (!isRecord(value)) throw malformed(where);
  const prefix = where === "" ? "" : `${where}.`;
  const unknown = Object.keys(value).find((name) => !fields.includes(name));
  if (unknown !== undefined) throw malformed(`${prefix}${unknown.slice(0, 40)}`);
  const names = Object.keys(readers) as (keyof T & string)[];
  return Object.fromEntries(
    names.map((name) => [name, readers[name](value[name], `${prefix}${name}`)]),
  ) as unknown as T;
}

function list<T>(
  value: unknown,
  where: string,
  most: number,
  read: (item: unknown, where: string) => T,
): T[] {
  if (!Array.isArray(value) || value.length > most) throw malformed(where);
  return value.map((item, index) => read(item, `${where}[${index}]`));
}

function string(value: unknown, where: string): string {
  if (typeof value !== "string" || !value.isWellFormed()) throw malformed(where);
  return value;
}

/** One line that is not empty. A line break inside would move one field's text into the next one's commitment. */
function line(value: unknown, where: string): string {
  const text = string(value, where);
  if (text === "" || /\p{Cc}/u.test(text)) throw malformed(where);
  return text;
}

function matching(value: unknown, where: string, form: RegExp): string {
  const text = string(value, where);
  if (!form.test(text)) throw malformed(where);
  return text;
}

function hashText(value: unknown, where: string): string {
  const text = string(value, where);
  if (hashFromBase64(text) === undefined) throw malformed(where);
  return text;
}

function wholeNumber(value: unknown, where: string): string {
  const text = string(value, where);
  if (parseCanonicalInteger(text) === undefined) throw malformed(where);
  return text;
}

function instant(value: unknown, where: string): string {
  const text = matching(value, where, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  const date = new Date(text);
  // 31 February is read as a day in March.
  if (Number.isNaN(date.getTime()) || date.toISOString() !== text) throw malformed(where);
  return text;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const malformed = (where: string): TransparencyError => new TransparencyError("receipt_malformed", where);

/** Strings that are followed by a colon, in a text that is known to be JSON. */
const countFieldNames = (json: string): number =>
  [...json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter(([, colon]) => colon !== undefined).length;

const countFields = (value: unknown): number => {
  if (typeof value !== "object" || value === null) return 0;
  const inner = Object.values(value).reduce<number>((sum, item) => sum + countFields(item), 0);
  return inner + (Array.isArray(value) ? 0 : Object.keys(value).length);
};

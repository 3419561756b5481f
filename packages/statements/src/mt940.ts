import { structuredDetails } from "./mt940-details.ts";
import { emptyStatement, plainLine, type Remark, type Statement, type StatementFile } from "./statement.ts";
import { StatementError } from "./statement-error.ts";
import { currencyOf, minorOf, plainDate } from "./values.ts";

/** One tag with the lines that belong to it. */
type Field = { tag: string; text: string; line: number };

const tagLine = /^:(\d{2}[A-Z]?|NS|\d{3}):(.*)$/;
/** The end of a message. Some banks write letters behind the dash. */
const endLine = /^-(?:\}|[A-Z]{0,3})\s*$/;

/** Whether text has the look of a SWIFT statement. */
export function isMt940(text: string): boolean {
  return /^:(?:\d{2}[A-Z]?|NS):/m.test(text.slice(0, 4_000));
}

/**
 * Reads customer statements MT940 and interim reports MT942 (SWIFT Standards, category 9), with what banks make of
 * them: missing end marks, wrapped and split lines, `:NS:` blocks, structured and free `:86:`, fragments without a
 * header. A fragment that names no currency needs `currency`.
 * @throws StatementError with the line
 */
export function readMt940(text: string, options: { currency?: string | undefined } = {}): StatementFile {
  const remarks: Remark[] = [];
  const statements: Statement[] = [];
  let format: "mt940" | "mt942" = "mt940";
  let current: Statement | undefined;
  let ended = false;
  /** What the next :86: speaks of. */
  let about: "line" | "statement" = "statement";

  const begin = (): Statement => {
    current = emptyStatement();
    about = "statement";
    ended = false;
    statements.push(current);
    return current;
  };
  const open = (line: number): Statement => {
    if (current !== undefined && !ended) return current;
    const before = current;
    const statement = begin();
    if (before === undefined) return statement;
    statement.account = { ...before.account };
    statement.currency = before.currency;
    remarks.push({
      line,
      text: {
        en: "This stands behind the end of a statement and has no header of its own: account and currency are taken from the statement before.",
        zh: "此处内容位于一份对账单结束之后且没有自己的抬头：账户和币种沿用上一份对账单。",
      },
    });
    return statement;
  };
  const currencyFor = (statement: Statement, line: number): string => {
    statement.currency ??= accountCurrency(statement) ?? given(options.currency);
    if (statement.currency === null) throw new StatementError("currency_missing", line);
    return statement.currency;
  };

  for (const field of fieldsOf(text)) {
    const { tag, line } = field;
    if (tag === "end") {
      ended = true;
      continue;
    }
    const kind = tag.slice(0, 2);
    if (tag === "20") {
      // What the transport wrote in front of the first tag belongs to this statement.
      const headed = current !== undefined && !ended && hasOnlyTags(current) ? current : begin();
      headed.reference = field.text.trim() || null;
      continue;
    }
    const isOpening = tag === "60F" || tag === "60M" || tag === "60";
    const statement =
      isOpening && current !== undefined && (current.opening !== null || ended) ? begin() : open(line);
    if (tag === "25" || tag === "25P") {
      const broken = statement.lines.length > 0 && /^\d{3}\?\d{2}/.test(field.text);
      if (broken) {
        remarks.push({
          line,
          text: {
            en: "Details of a booking stand under :25: and were read as :86:.",
            zh: "一笔交易的说明写在了 :25: 下，已按 :86: 读取。",
          },
        });
        describe(statement, field);
      } else statement.account.number = field.text.replaceAll("\n", " ").trim() || null;
    } else if (tag === "28" || tag === "28C") {
      const [, number, page] = /^(\d{1,5})\/?(\d{1,5})?/.exec(field.text.trim()) ?? [];
      statement.number = number ?? null;
      statement.page = page ?? null;
      if (number === undefined) statement.tags.push({ name: tag, value: field.text });
    } else if (kind === "60" || kind === "62" || kind === "64" || kind === "65") {
      const balance = balanceOf(field, () => currencyFor(statement, line));
      statement.currency ??= balance.currency;
      if (kind === "60") statement.opening = balance;
      else if (kind === "62") statement.closing = balance;
      else if (kind === "64") statement.available = balance;
      else statement.tags.push({ name: tag, value: field.text });
      about = "statement";
    } else if (tag === "61") {
      statement.lines.push(bookingOf(field, currencyFor(statement, line), remarks));
      about = "line";
    } else if (tag === "86") {
      if (about === "line") describe(statement, field);
      else statement.tags.push({ name: tag, value: field.text });
    } else if (tag === "NS") {
      const last = about === "line" ? statement.lines.at(-1) : undefined;
      const tags = nonSwift(field.text);
      if (last === undefined) statement.tags.push(...tags);
      else {
        last.tags.push(...tags);
        const purpose = tags.filter(({ name }) => /^NS\/(?:0[1-9]|1[0-4])$/.test(name));
        last.description ??= purpose.map(({ value }) => value).join(" ") || null;
        last.counterparty.name ??= tags.find(({ name }) => name === "NS/15")?.value || null;
        last.code ??= tags.find(({ name }) => name === "NS/17")?.value || null;
      }
    } else {
      if (tag === "34F" || tag === "90D" || tag === "90C") {
        format = "mt942";
        const named = /^(?:\d*)([A-Z]{3})/.exec(field.text)?.[1];
        if (named !== undefined) statement.currency ??= currencyOf(named, line);
      }
      statement.tags.push({ name: tag, value: field.text });
    }
  }
  if (statements.length === 0) throw new StatementError("no_statement", null, "MT940");
  return { format, statements, remarks };
}

function hasOnlyTags(statement: Statement): boolean {
  const { reference, account, opening, closing, available, number, lines } = statement;
  return (
    [reference, account.number, opening, closing, available, number].every((one) => one === null) &&
    lines.length === 0
  );
}

const given = (currency: string | undefined): string | null =>
  currency === undefined ? null : currencyOf(currency, null);

/** Older statements write the currency behind the account number: `70011110/4005287001EUR`. */
function accountCurrency(statement: Statement): string | null {
  const named = /\d([A-Z]{3})$/.exec(statement.account.number ?? "")?.[1];
  try {
    return named === undefined ? null : currencyOf(named, null);
  } catch {
    return null;
  }
}

/** Cuts the text into tags. What stands before the first one is the transport's and is kept as `header`. */
function* fieldsOf(text: string): Generator<Field> {
  let field: Field | undefined;
  let number = 0;
  let stray = false;
  for (const raw of text.split(/\r\n|\n|\r/)) {
    number += 1;
    let content = raw.replace(/^\{1:[^\n]*\{4:\s*$/, "").replace(/^\{4:/, "");
    if (stray) {
      content = `:${content}`;
      stray = false;
    } else if (content === ":") {
      stray = true;
      continue;
    }
    const tag = tagLine.exec(content);
    if (tag !== null && !continuesTime(field, content)) {
      if (field !== undefined) yield field;
      field = { tag: tag[1] ?? "", text: tag[2] ?? "", line: number };
    } else if (endLine.test(content)) {
      if (field !== undefined) yield field;
      field = undefined;
      yield { tag: "end", text: "", line: number };
    } else if (content.trim() !== "") {
      if (field === undefined) {
        yield { tag: "header", text: content, line: number };
      } else field.text += `\n${content}`;
    }
  }
  if (field !== undefined) yield field;
}

/** A wrapped time of day looks like a tag: `…T13` and on the next line `:12:11`. */
function continuesTime(field: Field | undefined, content: string): boolean {
  return (
    field?.tag === "86" && /\d{4}-\d{2}-\d{2}[T ]\d{2}$/.test(field.text) && /^:\d{2}:\d{2}\b/.test(content)
  );
}

function balanceOf({ tag, text, line }: Field, fallback: () => string) {
  const [, mark, date = "", code, amount = ""] =
    /^([CD])(\d{6})([A-Z]{3})?([\d]+,?\d*|,\d+)\s*$/.exec(text.replaceAll("\n", "")) ?? [];
  if (mark === undefined) throw new StatementError("tag_malformed", line, `:${tag}:${text}`);
  const currency = code === undefined ? fallback() : currencyOf(code, line);
  const minor = amountOf(amount, currency, line);
  return { amountMinor: mark === "D" ? -minor : minor, currency, date: shortDate(date, line).date };
}

function amountOf(text: string, currency: string, line: number): bigint {
  const [whole = "", fraction = ""] = text.split(",");
  return minorOf(whole, fraction, currency, { line, text });
}

/** YYMMDD; years from 80 on are of the last century. 29 and 30 February become its last day (30/360 interest days). */
function shortDate(text: string, line: number): { date: string; moved: boolean } {
  const [year = 0, month = 0, day = 0] = (text.match(/\d{2}/g) ?? []).map(Number);
  const full = year >= 80 ? 1900 + year : 2000 + year;
  const lastOfFebruary = new Date(Date.UTC(full, 2, 0)).getUTCDate();
  const moved = month === 2 && day > lastOfFebruary && day <= 30;
  return { date: plainDate(full, month, moved ? lastOfFebruary : day, { line, text }), moved };
}

const bookingForm =
  /^(\d{6})(\d{4})?(R?[CD]|E[CD])([A-Z])?\s?(\d[\d]*,?\d*)([A-Z][A-Z0-9 ]{3})?((?:(?!\/\/)[^\n])*)(?:\/\/([^\n]*))?(?:\n([\s\S]*))?$/;

/** :61: (statement line). Mark RC and RD take back an earlier credit or debit; EC and ED are expected. */
function bookingOf({ text, line }: Field, currency: string, remarks: Remark[]) {
  const match = bookingForm.exec(text.replace(/^(\d{6}(?:\d{4})?R?[CD][A-Z]?)\n/, "$1"));
  if (match === null) throw new StatementError("tag_malformed", line, `:61:${text}`);
  const [, value = "", entry, mark = "", funds, amount = "", type, customer, bank, more] = match;
  const valueDate = shortDate(value, line);
  if (valueDate.moved)
    remarks.push({
      line,
      text: {
        en: `There is no ${value.slice(4)} February: the last day of that month is meant.`,
        zh: `2 月没有 ${value.slice(4)} 日，按当月最后一天读取。`,
      },
    });
  const reversal = mark.startsWith("R");
  const credit = (mark.endsWith("C") && !reversal) || mark === "RD";
  const supplementary = more?.trim();
  const reference = customer?.trim();
  const ownNumber = supplementary !== undefined && /^[A-Z]{2}\d{2}[A-Z0-9]{10,30}$/.test(supplementary);
  return plainLine({
    line,
    bookingDate: entry === undefined ? valueDate.date : entryDate(entry, valueDate.date, line),
    valueDate: valueDate.date,
    amountMinor: amountOf(amount, currency, line),
    currency,
    direction: credit ? "credit" : "debit",
    reversal,
    state: mark.startsWith("E") ? "pending" : "booked",
    counterparty: { name: null, account: ownNumber ? supplementary : null, bank: null },
    references: reference === undefined || reference === "" ? {} : { customer: reference },
    code: type ?? null,
    bankId: bank?.trim() || null,
    tags: [
      ...(funds === undefined ? [] : [{ name: "61/funds", value: funds }]),
      ...(supplementary ? [{ name: "61/supplementary", value: supplementary }] : []),
    ],
  });
}

/** The entry date has no year: it is the day nearest to the value date. */
function entryDate(text: string, valueDate: string, line: number): string {
  const year = Number(valueDate.slice(0, 4));
  const candidates = [year - 1, year, year + 1].flatMap((one) => {
    try {
      return [plainDate(one, Number(text.slice(0, 2)), Number(text.slice(2)), { line, text })];
    } catch {
      return [];
    }
  });
  const distance = (date: string) => Math.abs(Date.parse(date) - Date.parse(valueDate));
  const [nearest] = candidates.sort((a, b) => distance(a) - distance(b));
  if (nearest === undefined) throw new StatementError("date_invalid", line, text);
  return nearest;
}

/** Joins :86: to the booking before it. */
function describe(statement: Statement, field: Field): void {
  const line = statement.lines.at(-1);
  if (line === undefined) {
    statement.tags.push({ name: "86", value: field.text });
    return;
  }
  const details = structuredDetails(field.text);
  line.description = details.description ?? line.description;
  line.code =
    details.code === null ? line.code : line.code === null ? details.code : `${line.code} ${details.code}`;
  line.counterparty = {
    name: details.name ?? line.counterparty.name,
    account: details.account ?? line.counterparty.account,
    bank: details.bank ?? line.counterparty.bank,
  };
  line.references = { ...line.references, ...details.references };
  line.tags.push(...details.tags);
}

/** `:NS:` holds lines that begin with a number of their own. */
function nonSwift(text: string): { name: string; value: string }[] {
  return text
    .split("\n")
    .filter((one) => one !== "")
    .map((one) => {
      const [, code, value = ""] = /^(\d{2})(.*)$/.exec(one) ?? [];
      return code === undefined ? { name: "NS", value: one } : { name: `NS/${code}`, value };
    });
}

import { formatDecimal } from "@jinqiao/money";
import { type Line, lineView, summaryOf, type WalletStatementDocument } from "./statement.ts";
import { wordsIn } from "./words.ts";

/** Text is handed on in pieces of about so many characters: fewer, larger writes. */
const pieceLength = 16_384;

/** The statement as one JSON object of the contract's `WalletStatement`, written line by line. */
export function jsonFile(document: WalletStatementDocument): AsyncIterable<string> {
  return pieces(async function* () {
    const head = JSON.stringify({ ...summaryOf(document), language: document.language });
    yield `${head.slice(0, -1)},"lines":[`;
    let comma = "";
    for await (const line of document.lines()) {
      yield `${comma}\n${JSON.stringify(lineView(line, document.request.currency))}`;
      comma = ",";
    }
    yield "\n]}\n";
  });
}

/**
 * The statement as CSV (RFC 4180: CRLF, quotes doubled) with one header line and a line for the opening and closing
 * balance each. It begins with a byte order mark, because spreadsheets otherwise read Chinese text as a local code
 * page. Amounts are plain decimals without grouping.
 */
export function csvFile(document: WalletStatementDocument): AsyncIterable<string> {
  return pieces(async function* () {
    const { request } = document;
    const words = wordsIn(document.language);
    const plain = (minor: bigint) => formatDecimal(minor, request.currency);
    const row = (fields: readonly string[]) => `${fields.map(csvField).join(",")}\r\n`;
    const balanceRow = (date: string, name: string, balance: bigint) =>
      row([date, "", "", name, "", "", "", "", plain(balance), request.currency, "", ""]);
    yield "\uFEFF";
    yield row([
      words.date,
      words.time,
      words.offset,
      words.description,
      words.counterparty,
      words.note,
      words.moneyIn,
      words.moneyOut,
      words.balance,
      words.currency,
      words.reference,
      words.transfer,
    ]);
    yield balanceRow(request.from, words.opening, document.opening);
    for await (const line of document.lines()) {
      yield row([
        line.local.date,
        line.local.time,
        line.local.offset,
        line.description,
        line.counterparty ?? "",
        line.note ?? "",
        ...inAndOut(line, plain),
        plain(line.balance),
        request.currency,
        line.reference ?? "",
        line.transferId,
      ]);
    }
    // No row of totals: who sums a column in a spreadsheet must get the truth and not twice of it.
    yield balanceRow(dayBefore(request.to), words.closing, document.closing);
  });
}

/** Money in and money out of one line; the other side stays empty. */
export function inAndOut(line: Line, format: (minor: bigint) => string): [string, string] {
  return line.amount > 0n ? [format(line.amount), ""] : ["", format(-line.amount)];
}

/**
 * One field. Text that a spreadsheet would run as a formula gets an apostrophe in front, a number or an offset from
 * UTC stays what it is. Source: OWASP, "CSV Injection" (=, +, -, @, tab, carriage return, and their full-width forms).
 */
export function csvField(text: string): string {
  const harmless = /^-?[0-9]+(\.[0-9]+)?$|^[+-][0-9]{2}:[0-9]{2}$/.test(text);
  const safe = !harmless && /^[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The plain date before another one. */
export function dayBefore(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}

async function* pieces(write: () => AsyncIterable<string>): AsyncGenerator<string> {
  let piece = "";
  for await (const text of write()) {
    piece += text;
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

import { isCurrency, parseDecimal } from "@jinqiao/money";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import type { CustodyStatement, StatementEntry } from "../types.ts";

/** A statement file that must not be booked from; the message says what is wrong with it. */
export class StatementError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "StatementError";
  }
}

export type CamtBalance = { code: string; amountMinor: bigint; currency: string; date: string };
/** One `Stmt` as it stands in the file, not yet checked against itself. */
export type CamtStatement = {
  id: string;
  /** IBAN or the bank's own number. */
  account: string;
  currency: string | null;
  page: number;
  balances: CamtBalance[];
  entries: (StatementEntry & { currency: string })[];
};

const list = ["Stmt", "Bal", "Ntry", "NtryDtls", "TxDtls", "Ustrd", "Strd"];
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  removeNSPrefix: true,
  // Amounts must stay text: numbers would lose their last digits.
  parseTagValue: false,
  parseAttributeValue: false,
  // For numeric character references; documents that define entities of their own are refused before.
  htmlEntities: true,
  isArray: (name) => list.includes(name),
});

/**
 * Reads a camt.053 file (BankToCustomerStatement, versions 001.02 to 001.08 and later ones of the same shape).
 * Entries that are not booked (`Sts` other than BOOK) are left out. A batch whose single transactions carry amounts
 * that add up to the entry comes out as those transactions.
 * @throws StatementError
 */
export function parseCamt053(xml: string): CamtStatement[] {
  if (/<!(DOCTYPE|ENTITY)/i.test(xml))
    throw new StatementError("The file defines entities, which statements never do.");
  const encoding = /^\s*<\?xml[^>]*encoding\s*=\s*["']([^"']+)/i.exec(xml)?.[1];
  if (encoding !== undefined && !/^(utf-8|us-ascii)$/i.test(encoding))
    throw new StatementError(`The file is written in ${encoding}; UTF-8 is expected.`);
  const valid = XMLValidator.validate(xml);
  if (valid !== true) throw new StatementError(`The file is not well-formed XML (line ${valid.err.line}).`);
  const document = node(parser.parse(xml)).Document;
  const message = node(node(document).BkToCstmrStmt);
  const statements = nodes(message.Stmt);
  if (statements.length === 0) throw new StatementError("The file holds no camt.053 statement.");
  return statements.map(statementOf);
}

/**
 * One account's statement of one day, which may come on several pages or in several parts. Strict: the opening balance and the lines
 * must give the closing balance exactly.
 * @throws StatementError
 */
export function readDay(
  xml: string,
  wanted: { iban: string; currency: string; date: string },
): Omit<CustodyStatement, "sha256"> {
  const { iban, currency, date } = wanted;
  const pages = parseCamt053(xml)
    .filter((statement) => statement.account === iban && dateOf(statement) === date)
    .sort((a, b) => a.page - b.page);
  if (pages.length === 0) throw new StatementError(`The file holds no statement of the account for ${date}.`);
  const balances = pages.flatMap((page) => page.balances);
  const entries = pages.flatMap((page) => page.entries);
  const foreign = [...balances, ...entries].find((item) => item.currency !== currency);
  if (foreign !== undefined)
    throw new StatementError(`The statement of ${date} mixes ${currency} with ${foreign.currency}.`);
  const opening =
    balances.find(({ code }) => code === "OPBD") ?? balances.find(({ code }) => code === "PRCD");
  const closing = balances.findLast(({ code }) => code === "CLBD");
  if (opening === undefined || closing === undefined)
    throw new StatementError(`The statement of ${date} lacks its opening or closing balance.`);
  if (new Set(pages.map(({ id, page }) => `${id} ${page}`)).size < pages.length)
    throw new StatementError(`The file holds the statement of ${date} more than once.`);
  const sum = entries.reduce(
    (total, { direction, amountMinor }) =>
      direction === "credit" ? total + amountMinor : total - amountMinor,
    opening.amountMinor,
  );
  if (sum !== closing.amountMinor) {
    const off = closing.amountMinor - sum;
    throw new StatementError(
      `The statement of ${date} does not add up: its closing balance is off by ${off} minor units.`,
    );
  }
  return {
    iban,
    currency,
    date,
    openingMinor: opening.amountMinor,
    closingMinor: closing.amountMinor,
    entries: entries.map(({ currency: _same, ...entry }, index) => ({ ...entry, sequence: index + 1 })),
  };
}

/** The day that a statement closes, or, on a page that is not the last, the day of its first balance. */
function dateOf(statement: CamtStatement): string | undefined {
  return (statement.balances.find(({ code }) => code === "CLBD") ?? statement.balances[0])?.date;
}

function statementOf(stmt: Node): CamtStatement {
  const account = node(stmt.Acct);
  const accountId = node(account.Id);
  const number = text(accountId.IBAN) ?? text(node(accountId.Othr).Id);
  if (number === null) throw new StatementError("A statement names no account.");
  const page = Number(text(node(stmt.StmtPgntn).PgNb) ?? "1");
  const statement: CamtStatement = {
    id: text(stmt.Id) ?? "",
    account: number.replaceAll(" ", ""),
    currency: text(account.Ccy),
    page: Number.isSafeInteger(page) ? page : 1,
    balances: nodes(stmt.Bal).map(balanceOf),
    entries: [],
  };
  for (const ntry of nodes(stmt.Ntry)) {
    if ((text(node(ntry.Sts).Cd) ?? text(ntry.Sts)) !== "BOOK") continue;
    for (const entry of entriesOf(ntry)) {
      statement.entries.push({ ...entry, sequence: statement.entries.length + 1 });
    }
  }
  return statement;
}

function balanceOf(bal: Node): CamtBalance {
  const { minor, currency } = amountOf(bal.Amt);
  const isDebit = directionOf(bal.CdtDbtInd) === "debit";
  const type = node(node(bal.Tp).CdOrPrtry);
  return {
    code: text(type.Cd) ?? text(type.Prtry) ?? "",
    amountMinor: isDebit ? -minor : minor,
    currency,
    date: dateIn(bal.Dt) ?? fail("A balance has no date."),
  };
}

function entriesOf(ntry: Node): (StatementEntry & { currency: string })[] {
  const total = amountOf(ntry.Amt);
  const direction = directionOf(ntry.CdtDbtInd);
  const bookingDate = dateIn(ntry.BookgDt) ?? fail("An entry has no booking date.");
  const base = { sequence: 0, bookingDate, valueDate: dateIn(ntry.ValDt), currency: total.currency };
  const transactions = nodes(ntry.NtryDtls).flatMap((details) => nodes(details.TxDtls));
  const parts = transactions.map((details) => {
    const amount = details.Amt ?? node(node(details.AmtDtls).TxAmt).Amt;
    return {
      details,
      amount: amount === undefined ? undefined : amountOf(amount),
      direction: details.CdtDbtInd === undefined ? direction : directionOf(details.CdtDbtInd),
    };
  });
  const signed = (minor: bigint, towards: "credit" | "debit") => (towards === "credit" ? minor : -minor);
  const isSplit =
    parts.length > 1 &&
    parts.every(({ amount }) => amount?.currency === total.currency) &&
    parts.reduce((sum, part) => sum + signed(part.amount?.minor ?? 0n, part.direction), 0n) ===
      signed(total.minor, direction);
  if (isSplit)
    return parts.map((part) => ({
      ...base,
      direction: part.direction,
      amountMinor: part.amount?.minor ?? 0n,
      ...contentOf(ntry, part.details, part.direction),
    }));
  // Without amounts of their own the single transactions of a batch cannot be told apart.
  const only = transactions.length === 1 ? (transactions[0] as Node) : {};
  return [{ ...base, direction, amountMinor: total.minor, ...contentOf(ntry, only, direction) }];
}

function contentOf(ntry: Node, details: Node, direction: "credit" | "debit") {
  const references = node(details.Refs);
  const endToEndId = text(references.EndToEndId);
  const parties = node(details.RltdPties);
  const other = node(direction === "credit" ? parties.Dbtr : parties.Cdtr);
  const remittance = node(details.RmtInf);
  const structured = nodes(remittance.Strd)
    .map((item) => text(node(item.CdtrRefInf).Ref))
    .find((reference) => reference !== null);
  const unstructured = texts(remittance.Ustrd).join(" ").trim();
  return {
    endToEndId: endToEndId === null || /^not ?provided$/i.test(endToEndId) ? null : endToEndId,
    bankReference: text(references.AcctSvcrRef) ?? text(ntry.AcctSvcrRef) ?? text(ntry.NtryRef),
    // From version 08 on the party stands inside `Pty`.
    counterpartyName: text(other.Nm) ?? text(node(other.Pty).Nm),
    remittance: unstructured !== "" ? unstructured : (structured ?? text(ntry.AddtlNtryInf)),
  };
}

function amountOf(value: unknown): { minor: bigint; currency: string } {
  const currency = text(node(value)["@Ccy"]);
  const written = text(value);
  if (currency === null || written === null)
    throw new StatementError("An amount lacks its value or its currency.");
  if (!isCurrency(currency)) throw new StatementError(`The currency ${currency} is not known.`);
  try {
    // ISO 20022 allows up to five decimals; zeros beyond the currency's own change nothing.
    const shortest = written.includes(".") ? written.replace(/\.?0+$/, "") : written;
    const minor = parseDecimal(shortest, currency);
    if (minor < 0n) throw new StatementError("An amount is negative; the direction is told by CdtDbtInd.");
    return { minor, currency };
  } catch (error) {
    if (error instanceof StatementError) throw error;
    throw new StatementError(`The amount ${written.slice(0, 40)} ${currency} cannot be read exactly.`);
  }
}

function directionOf(value: unknown): "credit" | "debit" {
  const written = text(value);
  if (written === "CRDT") return "credit";
  if (written === "DBIT") return "debit";
  throw new StatementError("An amount says neither CRDT nor DBIT.");
}

/** `Dt`, or the date of `DtTm` in its own zone: a bank's booking date is a date of its calendar. */
function dateIn(value: unknown): string | null {
  const written = text(node(value).Dt) ?? text(node(value).DtTm);
  const date = /^\d{4}-\d{2}-\d{2}/.exec(written ?? "")?.[0];
  return date !== undefined && !Number.isNaN(Date.parse(date)) ? date : null;
}

function fail(message: string): never {
  throw new StatementError(message);
}

type Node = Record<string, unknown>;

function node(value: unknown): Node {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Node) : {};
}

function nodes(value: unknown): Node[] {
  return (Array.isArray(value) ? value : []).map(node);
}

function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : []).flatMap((item) => text(item) ?? []);
}

/** Text of an element, with or without attributes; null when absent or blank. */
function text(value: unknown): string | null {
  const content = typeof value === "string" ? value : node(value)["#text"];
  return typeof content === "string" && content.trim() !== "" ? content.trim() : null;
}

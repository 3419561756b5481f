import { setImmediate } from "node:timers/promises";
import {
  counterpartyOf,
  type Entry,
  Iso20022Error,
  type Part,
  readStatements,
  type Source,
  type Statement,
  splitEntry,
  type Transaction,
} from "@jinqiao/iso20022";
import type { CustodyStatement, StatementEntry } from "../types.ts";

/** A statement file that must not be booked from; the message says what is wrong with it. */
export class StatementError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StatementError";
  }
}

type Wanted = { iban: string; currency: string; date: string };
type Line = Omit<StatementEntry, "sequence">;
/** One `Stmt` of the day: one of its pages, or one of the parts that the bank made of it. */
type Page = { statement: Statement; lines: Line[] };

/**
 * One account's statement of one day from a camt.053 file (BankToCustomerStatement, versions 001.01 to 001.13), which
 * may come on several pages or in several parts. Strict: the opening balance and the lines must give the closing
 * balance exactly. Entries that are not booked (`Sts` other than `BOOK`) and those of zero are left out. A batch whose
 * payments carry amounts that add up to the entry comes out as those payments; another names them in `batch`.
 * @throws StatementError
 */
export async function readDay(source: Source, wanted: Wanted): Promise<Omit<CustodyStatement, "sha256">> {
  const { iban, currency, date } = wanted;
  const pages = (await readPages(source, wanted)).sort((a, b) => pageOf(a) - pageOf(b));
  if (pages.length === 0) throw new StatementError(`The file holds no statement of the account for ${date}.`);
  const balances = pages.flatMap((page) => page.statement.balances);
  for (const { amount } of balances) sameCurrency(amount.currency, wanted);
  const opening =
    balances.find(({ code }) => code === "OPBD") ?? balances.find(({ code }) => code === "PRCD");
  const closing = balances.findLast(({ code }) => code === "CLBD");
  if (opening === undefined || closing === undefined)
    throw new StatementError(`The statement of ${date} lacks its opening or closing balance.`);
  if (new Set(pages.map((page) => `${page.statement.id} ${pageOf(page)}`)).size < pages.length)
    throw new StatementError(`The file holds the statement of ${date} more than once.`);
  const entries: StatementEntry[] = [];
  let sum = opening.amount.minor;
  for (const { lines } of pages) {
    for (const line of lines) {
      entries.push({ ...line, sequence: entries.length + 1 });
      sum += line.direction === "credit" ? line.amountMinor : -line.amountMinor;
    }
    // A long statement need not be in memory twice.
    lines.length = 0;
  }
  if (sum !== closing.amount.minor) {
    const off = closing.amount.minor - sum;
    throw new StatementError(
      `The statement of ${date} does not add up: its closing balance is off by ${off} minor units.`,
    );
  }
  return {
    iban,
    currency,
    date,
    openingMinor: opening.amount.minor,
    closingMinor: closing.amount.minor,
    entries,
  };
}

/** Entries that are read in one turn of the event loop: some ten milliseconds' worth. */
const turnEvents = 200;

/** The statements of the account and day in the order of the file, which is read once and never held whole as a tree. */
async function readPages(source: Source, wanted: Wanted): Promise<Page[]> {
  refuseOtherEncoding(source);
  const pages: Page[] = [];
  let lines: Line[] = [];
  let events = 0;
  try {
    for await (const event of readStatements(source)) {
      // A file in memory is read without a pause of its own: others get their turn meanwhile.
      events += 1;
      if (events % turnEvents === 0) await setImmediate();
      if (event.type === "message" && event.message.definition.name !== "camt.053")
        throw new StatementError("The file holds no camt.053 statement.");
      if (event.type === "statement") lines = [];
      if (event.type === "entry" && isOf(event.statement, wanted))
        lines.push(...linesOf(event.entry, wanted));
      if (
        event.type === "statementEnd" &&
        isOf(event.statement, wanted) &&
        dateOf(event.statement) === wanted.date
      )
        pages.push({ statement: event.statement, lines });
    }
  } catch (cause) {
    if (cause instanceof Iso20022Error) throw new StatementError(cause.message, { cause });
    throw cause;
  }
  return pages;
}

/** A file that is text already was decoded as UTF-8: one written in something else would have lost its letters. */
function refuseOtherEncoding(source: Source): void {
  if (typeof source !== "string") return;
  const encoding = /^\s*<\?xml[^>]*encoding\s*=\s*["']([^"']+)/i.exec(source.slice(0, 200))?.[1];
  if (encoding !== undefined && !/^(utf-8|us-ascii)$/i.test(encoding))
    throw new StatementError(`The file is written in ${encoding}; UTF-8 is expected.`);
}

function isOf({ account }: Statement, { iban }: Wanted): boolean {
  return (account.iban ?? account.other?.id ?? "").replaceAll(" ", "") === iban;
}

/** The day that a statement closes, or, on a page that is not the last, the day of its first balance. */
function dateOf({ balances }: Statement): string | undefined {
  return (balances.find(({ code }) => code === "CLBD") ?? balances[0])?.date.date;
}

function pageOf({ statement }: Page): number {
  const page = Number(statement.page?.number ?? "1");
  return Number.isSafeInteger(page) ? page : 1;
}

function sameCurrency(currency: string, wanted: Wanted): void {
  if (currency !== wanted.currency)
    throw new StatementError(`The statement of ${wanted.date} mixes ${wanted.currency} with ${currency}.`);
}

/** What one entry is booked as: as many lines as it has payments that can be told apart. */
function linesOf(entry: Entry, wanted: Wanted): Line[] {
  if (entry.status !== "BOOK") return [];
  sameCurrency(entry.amount.currency, wanted);
  const { bookingDate } = entry;
  if (bookingDate === null) throw new StatementError(`line ${entry.line}: An entry has no booking date.`);
  return splitEntry(entry)
    .filter(({ amount }) => amount.minor > 0n)
    .map((part) => ({
      direction: part.direction,
      amountMinor: part.amount.minor,
      bookingDate: bookingDate.date,
      valueDate: entry.valueDate?.date ?? null,
      ...contentOf(entry, part, wanted),
      ...returnedOf(entry, part),
      ...(part.transaction === null ? batchOf(entry) : {}),
    }));
}

function contentOf(entry: Entry, { transaction, direction }: Part, { iban }: Wanted) {
  const bankReference = entry.accountServicerReference ?? entry.reference;
  if (transaction === null)
    return {
      endToEndId: null,
      bankReference,
      counterpartyName: null,
      remittance: entry.additionalInformation,
    };
  const own = { iban, other: { id: iban, scheme: null, issuer: null } };
  const { unstructured, structured } = transaction.remittance;
  const written = unstructured.join(" ").trim();
  const reference = structured.find((one) => one.reference !== null)?.reference ?? null;
  return {
    endToEndId: transaction.references.endToEndId,
    bankReference: transaction.references.accountServicerReference ?? bankReference,
    counterpartyName: counterpartyOf({ ...transaction, direction }, entry, own).party?.name ?? null,
    remittance: written !== "" ? written : (reference ?? entry.additionalInformation),
  };
}

/**
 * Sub-families of ISO 20022's bank transaction codes that say an earlier payment is taken back: returned, unpaid,
 * reversed, or called back (credit transfers `RRTN`, `RPCR`; direct debits `UPDD`, `PRDD`, `RCDD`).
 */
const backCodes = new Set(["RRTN", "RPCR", "UPDD", "PRDD", "RCDD"]);

/** Whether the line takes a payment back, and why: by `RtrInf`, `RvslInd` or the bank transaction code. */
function returnedOf(entry: Entry, { transaction }: Part): Pick<StatementEntry, "returned"> {
  const codes = [transaction?.transactionCode, entry.transactionCode];
  const isBack =
    (transaction !== null && transaction.returned !== null) ||
    entry.reversal ||
    codes.some((code) => code?.subfamily != null && backCodes.has(code.subfamily));
  return isBack ? { returned: { code: transaction?.returned?.code ?? null } } : {};
}

/** Most payments of one entry that are looked at together; a larger batch waits for a person. */
const maxBatch = 500;

/** How a batch that cannot be taken apart by its amounts names its payments, where it does. */
function batchOf(entry: Entry): Pick<StatementEntry, "batch"> {
  const transactions: Transaction[] = entry.details.flatMap((details) => details.transactions);
  const batch = entry.details.find((details) => details.batch !== null)?.batch ?? null;
  if (transactions.length === 0 && batch === null) return {};
  const references = transactions.flatMap(({ references }) => references.endToEndId ?? []);
  return {
    batch: {
      references: references.length > maxBatch ? [] : references,
      id: batch?.paymentInformationId ?? batch?.messageId ?? null,
      count: batch?.count ?? (transactions.length > 0 ? transactions.length : null),
    },
  };
}

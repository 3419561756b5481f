import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { ImportedAccount, ImportedTransaction, StatementImport } from "@jinqiao/contract";
import { type Id, isCurrency, toWire } from "@jinqiao/money";
import {
  addsUp,
  type Balance,
  type Statement,
  type StatementFile,
  type StatementFormat,
  type StatementLine,
  statementFormats,
} from "@jinqiao/statements";
import { assert, Refusal } from "../platform/errors.ts";
import { personalData } from "../vault/index.ts";
import type { Deps } from "./context.ts";
import { lineKeys } from "./import-lines.ts";
import { type ReadingOptions, readFile } from "./import-reader.ts";
import * as sql from "./import-sql.ts";
import { importedAccountData } from "./personal-data.ts";

const zip = promisify(gzip);
const unzip = promisify(gunzip);
const filePlace = (id: string) => ({ table: "banks.statement_import", column: "file_sealed", row: id });
const summaryPlace = (id: string) => ({ table: "banks.statement_import", column: "summary_sealed", row: id });
const numberPlace = (id: string) => ({ table: "banks.imported_account", column: "number_sealed", row: id });
const contentPlace = (id: string) => ({ table: "banks.imported_line", column: "content_sealed", row: id });
const identityColumn = { table: "banks.imported_account", column: "identity_index" };

/** How long a file that was read waits to be kept. */
const waitingMs = 24 * 3_600_000;
/** Lines written at once. */
const batch = 5_000;

type Summary = Pick<StatementImport, "accounts" | "remarks"> & { options: ReadingOptions };
type Content = Pick<
  StatementLine,
  "valueDate" | "time" | "counterparty" | "description" | "references" | "code" | "bankId" | "tags"
> & { balanceMinor: string | null };

/** Reads a file and stores what was read for a day; the same file gives the same import. */
export async function createImport(
  deps: Deps,
  customerId: string,
  bytes: Uint8Array,
  options: ReadingOptions,
): Promise<StatementImport> {
  const sha256 = createHash("sha256").update(bytes).digest();
  const earlier = await sql.findImportByHash(deps.db, customerId, sha256);
  if (earlier?.status === "kept") return viewOf(deps, earlier);
  const file = await readFile(bytes, options);
  const id = earlier?.id ?? deps.ids.next("imp");
  const accounts = await Promise.all(
    accountsOf(file).map((statement) => previewOf(deps, customerId, file, statement, undefined)),
  );
  const summary: Summary = { accounts, remarks: file.remarks, options };
  await sql.putImport(deps.db, {
    id,
    customerId,
    sha256,
    format: file.format,
    fileBytes: bytes.byteLength,
    fileSealed: deps.vault.seal(filePlace(id), await zip(bytes)),
    summarySealed: deps.vault.seal(summaryPlace(id), JSON.stringify(summary)),
    at: deps.clock.now(),
  });
  // Two uploads of one file at once: both answer with the one that was stored.
  const stored = await sql.findImportByHash(deps.db, customerId, sha256);
  assert(stored !== undefined, "an import that was stored is there");
  return viewOf(deps, stored);
}

export async function listImports(deps: Deps, customerId: string): Promise<StatementImport[]> {
  const rows = await sql.selectKeptImports(deps.db, customerId);
  return rows.map((row) => viewOf(deps, row));
}

export async function getImport(deps: Deps, customerId: string, importId: string): Promise<StatementImport> {
  return viewOf(deps, await ownImport(deps, customerId, importId));
}

/**
 * Turns what was read into read-only accounts. The file is read again as it was shown, and forgotten afterwards.
 * @param name of the account, where the file names none
 */
export async function keepImport(
  deps: Deps,
  customerId: string,
  importId: string,
  name: string | undefined,
): Promise<StatementImport> {
  const shown = await ownImport(deps, customerId, importId);
  if (shown.status === "kept" || shown.file_sealed === null) return viewOf(deps, shown);
  const before = summaryOf(deps, shown);
  const file = await readFile(
    await unzip(deps.vault.openBytes(filePlace(shown.id), shown.file_sealed)),
    before.options,
  );
  const statements = accountsOf(file).filter(({ lines }) => lines.length > 0);
  if (statements.length === 0) throw new Refusal("statement_import.nothing_to_keep");
  await deps.vault.ready({ subjects: [customerId] });
  await deps.db.transaction(async (tx) => {
    // Two clicks at once: the second waits here and finds it done. The customer's imports go one after the other.
    await tx.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [`banks.import:${customerId}`]);
    const row = await sql.findImport(tx, importId, true);
    if (row === undefined || row.status === "kept") return;
    const accounts: Summary["accounts"] = [];
    for (const statement of statements) {
      const identity = identityOf(deps, file.format, statement, name);
      const preview = await previewOf(
        { ...deps, db: tx as unknown as Deps["db"] },
        customerId,
        file,
        statement,
        name,
      );
      const accountId = preview.accountId ?? deps.ids.next("iac");
      await sql.putAccount(tx, {
        id: accountId,
        customerId,
        identity,
        nameSealed: personalData(deps.vault, importedAccountData).seal(
          "name",
          { id: accountId, subject: customerId },
          nameOf(file.format, statement, name),
        ),
        bankName: statement.account.bank,
        maskedNumber: preview.maskedNumber,
        numberSealed:
          statement.account.number === null
            ? null
            : deps.vault.seal(numberPlace(accountId), statement.account.number),
        format: file.format,
        currency: currencyOf(statement),
        at: deps.clock.now(),
      });
      const drafts = draftsOf(deps, accountId, statement.lines);
      let newCount = 0;
      for (let at = 0; at < drafts.length; at += batch)
        newCount += await sql.putLines(tx, importId, accountId, drafts.slice(at, at + batch));
      const closing = inOwnCurrency(statement.closing, statement);
      await sql.putClosing(tx, {
        importId,
        accountId,
        closing: closing?.amountMinor ?? null,
        date: closing?.date ?? null,
      });
      accounts.push({ ...preview, accountId, newCount });
    }
    const summary: Summary = { ...before, accounts, remarks: file.remarks };
    await sql.markKept(
      tx,
      importId,
      deps.vault.seal(summaryPlace(importId), JSON.stringify(summary)),
      deps.clock.now(),
    );
  });
  return getImport(deps, customerId, importId);
}

export async function deleteImport(deps: Deps, customerId: string, importId: string): Promise<void> {
  await deps.db.transaction(async (tx) => {
    await tx.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [`banks.import:${customerId}`]);
    const row = await sql.findImport(tx, importId, true);
    if (row === undefined || row.customer_id !== customerId) throw new Refusal("request.not_found");
    await sql.deleteImport(tx, importId);
  });
}

/** Files that were read and not kept are forgotten after a day. */
export async function deleteUnkeptImports(deps: Deps): Promise<void> {
  await sql.deleteUnkept(deps.db, new Date(deps.clock.now().getTime() - waitingMs));
}

export async function listImportedAccounts(deps: Deps, customerId: string): Promise<ImportedAccount[]> {
  await deps.vault.ready({ subjects: [customerId] });
  const rows = await sql.selectAccounts(deps.db, customerId, null);
  return rows.map((row) => accountView(deps, customerId, row));
}

export async function getImportedAccount(
  deps: Deps,
  customerId: string,
  accountId: string,
): Promise<ImportedAccount> {
  const [row] = await sql.selectAccounts(deps.db, customerId, accountId);
  if (row === undefined) throw new Refusal("request.not_found");
  await deps.vault.ready({ subjects: [customerId] });
  return accountView(deps, customerId, row);
}

/** Lines of an imported account, newest first. */
export async function listImportedTransactions(
  deps: Deps,
  customerId: string,
  accountId: string,
  page: { cursor?: string | undefined; limit?: number | undefined },
): Promise<{ items: ImportedTransaction[]; nextCursor: string | null }> {
  await getImportedAccount(deps, customerId, accountId);
  const limit = page.limit ?? 50;
  const rows = await sql.selectLinePage(deps.db, accountId, positionOf(page.cursor), limit + 1);
  const last = rows[limit - 1];
  return {
    items: rows.slice(0, limit).map((row) => transactionView(deps, row)),
    nextCursor:
      rows.length > limit && last !== undefined
        ? Buffer.from(`${last.booking_date} ${last.sequence}`).toString("base64url")
        : null,
  };
}

function positionOf(cursor: string | undefined): { date: string; sequence: string } | undefined {
  if (cursor === undefined) return undefined;
  const [, date, sequence] =
    /^(\d{4}-\d{2}-\d{2}) (\d{1,18})$/.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
  if (date === undefined || sequence === undefined || Number.isNaN(Date.parse(date)))
    throw new Refusal("request.invalid", { fields: [{ field: "cursor", code: "field.invalid" }] });
  return { date, sequence };
}

/** @throws Refusal `request.not_found` also for another customer's import */
async function ownImport(deps: Deps, customerId: string, importId: string): Promise<sql.ImportRow> {
  const row = await sql.findImport(deps.db, importId);
  if (row === undefined || row.customer_id !== customerId) throw new Refusal("request.not_found");
  return row;
}

/**
 * One statement per account of a file, whatever its pages and days, so that equal lines of two pages are counted
 * together. Statements that say nothing of money are left out.
 */
function accountsOf(file: StatementFile): Statement[] {
  const byAccount = new Map<string, Statement>();
  for (const statement of file.statements) {
    const { lines, opening, closing, account, currency } = statement;
    if (lines.length === 0 && opening === null && closing === null) continue;
    const key = JSON.stringify([account.bank, account.number, currency]);
    const before = byAccount.get(key);
    byAccount.set(
      key,
      before === undefined
        ? statement
        : {
            ...before,
            lines: [...before.lines, ...lines],
            opening: before.opening ?? (before.lines.length === 0 ? opening : null),
            closing: closing ?? (lines.length === 0 ? before.closing : null),
            to: statement.to ?? before.to,
          },
    );
  }
  return [...byAccount.values()];
}

/** Only currencies of today are imported: an account of an old one has no place among today's. */
function currencyOf({ currency }: Statement): string {
  if (currency === null || !isCurrency(currency))
    throw new Refusal("statement_import.unreadable", {
      detail: {
        en: `The amounts are in a currency that is no longer in use (${currency ?? "?"}). Jinqiao does not import it.`,
        zh: `金额使用已停用的币种（${currency ?? "?"}），无法导入。`,
      },
    });
  return currency;
}

/** A balance in another currency than the account's is none of the account. */
const inOwnCurrency = (balance: Balance | null, { currency }: Statement): Balance | null =>
  balance?.currency === currency ? balance : null;

/** The same account again gives the same identity: bank, number and currency, or the name that the customer gave. */
function identityOf(
  deps: Deps,
  format: StatementFormat,
  statement: Statement,
  name: string | undefined,
): Buffer {
  const { number, bank } = statement.account;
  const own =
    number === null ? ["name", bank ?? format, nameOf(format, statement, name)] : ["number", bank, number];
  return deps.vault.blindIndex(identityColumn, JSON.stringify([...own, statement.currency]));
}

function nameOf(format: StatementFormat, { account }: Statement, name: string | undefined): string {
  return (
    (account.number === null ? name : undefined) ??
    account.bank ??
    account.name ??
    statementFormats[format].en
  );
}

/** Account numbers are shown by their last four signs, an e-mail address by its beginning. */
function masked(number: string | null): string | null {
  if (number === null) return null;
  const at = number.indexOf("@");
  if (at > 0) return `${number.slice(0, Math.min(2, at))}•••${number.slice(at)}`;
  return number.length <= 4 ? number : `•• ${number.slice(-4)}`;
}

async function previewOf(
  deps: Deps,
  customerId: string,
  file: StatementFile,
  statement: Statement,
  name: string | undefined,
): Promise<StatementImport["accounts"][number]> {
  const { lines, account } = statement;
  const currency = currencyOf(statement);
  const opening = inOwnCurrency(statement.opening, statement);
  const closing = inOwnCurrency(statement.closing, statement);
  const identity = identityOf(deps, file.format, statement, name);
  const accountId = (await sql.findAccountByIdentity(deps.db, customerId, identity)) as Id<"iac"> | undefined;
  const known =
    accountId === undefined
      ? 0
      : await sql.countKnown(deps.db, accountId, lineKeys(deps.vault, accountId, lines));
  const days = lines.map(({ bookingDate }) => bookingDate).sort();
  const sum = (direction: "credit" | "debit") =>
    toWire({
      minor: lines
        .filter((line) => line.direction === direction && line.state === "booked")
        .reduce((total, line) => total + line.amountMinor, 0n),
      currency,
    });
  return {
    accountId: accountId ?? null,
    needsName: account.number === null,
    bankName: account.bank,
    maskedNumber: masked(account.number),
    currency,
    from: days[0] ?? statement.from,
    to: days.at(-1) ?? statement.to,
    opening: opening === null ? null : toWire({ minor: opening.amountMinor, currency }),
    closing: closing === null ? null : toWire({ minor: closing.amountMinor, currency }),
    addsUp: addsUp(statement),
    lineCount: lines.length,
    newCount: lines.length - known,
    moneyIn: sum("credit"),
    moneyOut: sum("debit"),
    firstLines: lines.slice(0, 10).map((line) => ({
      bookingDate: line.bookingDate,
      valueDate: line.valueDate,
      time: line.time,
      amount: toWire({ minor: line.amountMinor, currency: line.currency }),
      direction: line.direction,
      state: line.state,
      counterpartyName: line.counterparty.name,
      description: line.description,
      code: line.code,
    })),
  };
}

/** Lines to write, oldest first, so that a page shows the latest on top. */
function draftsOf(deps: Deps, accountId: string, lines: readonly StatementLine[]): sql.LineDraft[] {
  const keys = lineKeys(deps.vault, accountId, lines);
  const drafts = lines.map((line, index) => {
    const { valueDate, time, counterparty, description, references, code, bankId, balanceMinor, tags } = line;
    const id = deps.ids.next("itx");
    const content: Content = {
      valueDate,
      time,
      counterparty,
      description,
      references,
      code,
      bankId,
      tags,
      balanceMinor: balanceMinor?.toString() ?? null,
    };
    return {
      id,
      ...(keys[index] as (typeof keys)[number]),
      bookingDate: line.bookingDate,
      amount: line.amountMinor,
      currency: line.currency,
      direction: line.direction,
      state: line.state,
      contentSealed: deps.vault.seal(contentPlace(id), JSON.stringify(content)),
    };
  });
  // The file's own order decides only within a day, and there only where no times do.
  const newestFirst = (lines[0]?.bookingDate ?? "") > (lines.at(-1)?.bookingDate ?? "");
  const ordered = drafts.map((draft, index) => ({ draft, moment: momentOf(lines[index]) }));
  if (newestFirst) ordered.reverse();
  return ordered
    .sort((a, b) => (a.moment < b.moment ? -1 : a.moment > b.moment ? 1 : 0))
    .map(({ draft }) => draft);
}

const momentOf = (line: StatementLine | undefined): string => `${line?.bookingDate} ${line?.time ?? ""}`;

function summaryOf(deps: Deps, row: sql.ImportRow): Summary {
  return JSON.parse(deps.vault.open(summaryPlace(row.id), row.summary_sealed)) as Summary;
}

function viewOf(deps: Deps, row: sql.ImportRow): StatementImport {
  const { accounts, remarks } = summaryOf(deps, row);
  return {
    id: row.id,
    status: row.status,
    format: row.format,
    formatName: statementFormats[row.format as StatementFormat],
    fileBytes: Number(row.file_bytes),
    accounts,
    remarks: remarks.slice(0, 100),
    createdAt: row.created_at.toISOString(),
    keptAt: row.kept_at?.toISOString() ?? null,
  };
}

function accountView(deps: Deps, customerId: string, row: sql.ImportedAccountRow): ImportedAccount {
  const place = { id: row.id, subject: customerId };
  return {
    id: row.id,
    name: personalData(deps.vault, importedAccountData).open("name", place, row.name_sealed, ""),
    bankName: row.bank_name,
    maskedNumber: row.masked_number,
    currency: row.currency,
    formatName: statementFormats[row.format as StatementFormat],
    countedAsMoney: false,
    lineCount: Number(row.line_count),
    from: row.from,
    to: row.to,
    closing: row.closing === null ? null : toWire({ minor: row.closing, currency: row.currency }),
    closingDate: row.closing_date,
    importedAt: row.imported_at.toISOString(),
  };
}

function transactionView(deps: Deps, row: sql.ImportedLineRow): ImportedTransaction {
  const content = JSON.parse(deps.vault.open(contentPlace(row.id), row.content_sealed)) as Content;
  const { currency } = row;
  return {
    id: row.id,
    bookingDate: row.booking_date,
    valueDate: content.valueDate,
    time: content.time,
    amount: toWire({ minor: row.amount, currency }),
    direction: row.direction,
    state: row.state,
    counterpartyName: content.counterparty.name,
    counterpartyAccount: masked(content.counterparty.account),
    description: content.description,
    code: content.code,
    bankReference: content.bankId,
    balance: content.balanceMinor === null ? null : toWire({ minor: BigInt(content.balanceMinor), currency }),
    tags: [
      ...Object.entries(content.references).map(([name, value]) => ({ name, value: String(value) })),
      ...content.tags,
    ],
  };
}

import { createReadStream } from "node:fs";
import { appendFile, open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { AmountError, parseDecimal } from "@jinqiao/money";
import type { SetupText } from "@jinqiao/server/embedded-postgres";

/**
 * Reads the transactions of the Berka data set (PKDD'99 discovery challenge): a semicolon table in Latin-1 with a
 * header, one row per movement of an account, with the balance after it. Amounts are CZK, minor units are haléř.
 */
export type BerkaRow = {
  /** Line of the file, the header being 1. */
  line: number;
  transactionId: string;
  account: string;
  /** Plain date, yyyy-mm-dd. */
  date: string;
  /** Minor units, positive when the account receives. */
  amount: bigint;
  /** Balance that the bank states after the movement, minor units. */
  stated: bigint;
};

/** All movements of one date, in the order of the file, which is not the order in which they happened. */
export type BerkaDay = { date: string; rows: BerkaRow[] };

export type BadRow = { line: number; problem: SetupText };

/** A file that was read once, checked row by row and laid out by month, so that it can be walked by date. */
export type CheckedFile = {
  rows: number;
  accounts: number;
  /** What cannot be read; nothing may be posted while there is any. The first hundred; `badRows` counts all. */
  bad: BadRow[];
  badRows: number;
  /** The file ends within a row: that row's date is incomplete, and all of its rows were left out. */
  leftOut: { line: number; date: string; rows: number } | null;
  /** The days in order. Holds one month at a time in memory. */
  days(): AsyncIterable<BerkaDay>;
};

const neededColumns = ["trans_id", "account_id", "date", "type", "amount", "balance"] as const;
const shownBadRows = 100;
/** How much of the file is written out at a time. */
const flushAt = 20_000;

/**
 * Reads the file once, as a stream, and lays its rows out by month in `workFolder`.
 * @param knownAccounts numbers from account.asc, to hold the rows against; undefined when there is no such file
 */
export async function checkBerkaFile(options: {
  file: string;
  workFolder: string;
  knownAccounts: ReadonlySet<string> | undefined;
  signal: AbortSignal;
  onProgress?(rows: number): void;
}): Promise<CheckedFile> {
  const { file, workFolder, knownAccounts, signal, onProgress } = options;
  const bad: BadRow[] = [];
  let badRows = 0;
  const blame = (line: number, problem: SetupText): void => {
    badRows += 1;
    if (bad.length < shownBadRows) bad.push({ line, problem });
  };

  const accounts = new Map<string, number>();
  const perDate = new Map<string, number>();
  const seen = createIdSet();
  const pending = new Map<string, string[]>();
  let waiting = 0;
  const flush = async (): Promise<void> => {
    for (const [month, lines] of pending)
      await appendFile(join(workFolder, `${month}.rows`), `${lines.join("\n")}\n`);
    pending.clear();
    waiting = 0;
  };

  let read: ((cells: readonly string[], line: number) => BerkaRow | SetupText) | undefined;
  let width = 0;
  let line = 0;
  let last: { text: string; line: number } | undefined;
  let lastDate = "";

  const take = async ({ text, line: number }: { text: string; line: number }): Promise<void> => {
    if (text === "") return blame(number, { en: "the row is empty", zh: "空行" });
    const cells = cellsOf(text);
    if (cells.length !== width)
      return blame(number, {
        en: `the row has ${cells.length} cells and the header ${width}`,
        zh: `该行有 ${cells.length} 列，而表头有 ${width} 列`,
      });
    const row = (read as NonNullable<typeof read>)(cells, number);
    if ("en" in row) return blame(number, row);
    if (knownAccounts && !knownAccounts.has(row.account))
      return blame(number, {
        en: `account ${row.account} is not in account.asc`,
        zh: `account.asc 中没有账户 ${row.account}`,
      });
    if (!seen.add(row.transactionId))
      return blame(number, {
        en: `trans_id ${row.transactionId} was there before`,
        zh: `trans_id ${row.transactionId} 重复出现`,
      });
    accounts.set(row.account, (accounts.get(row.account) ?? 0) + 1);
    perDate.set(row.date, (perDate.get(row.date) ?? 0) + 1);
    lastDate = row.date;
    const month = row.date.slice(0, 7);
    const lines = pending.get(month) ?? [];
    if (lines.push(encode(row)) === 1) pending.set(month, lines);
    waiting += 1;
    if (waiting >= flushAt) {
      await flush();
      onProgress?.(number);
    }
  };

  const endsInLineBreak = await endsWithLineBreak(file);
  const input = createReadStream(file, { encoding: "latin1", signal });
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    if (line === 1) {
      const names = cellsOf(text);
      const missing = neededColumns.filter((name) => !names.includes(name));
      if (missing.length > 0) {
        blame(1, {
          en: `the header names no ${missing.join(", ")}`,
          zh: `表头缺少 ${missing.join("、")}`,
        });
        break;
      }
      width = names.length;
      read = rowReader(names);
      continue;
    }
    // The last row is looked at when it is known to be the last.
    if (last) await take(last);
    last = { text, line };
  }
  if (line === 0) blame(1, { en: "the file is empty", zh: "文件为空" });

  let leftOut: CheckedFile["leftOut"] = null;
  if (last) {
    const cells = cellsOf(last.text);
    const isCut = !endsInLineBreak && last.text !== "" && cells.length < width;
    if (!isCut) await take(last);
    else {
      // A cell is whole when another one follows it.
      const dateCell = cells.length > 3 ? (cells[2] as string) : "";
      const date = isoDate(dateCell) ?? lastDate;
      leftOut = { line: last.line, date, rows: (perDate.get(date) ?? 0) + 1 };
    }
  }
  await flush();

  const skipped = leftOut?.date;
  if (skipped !== undefined) await forgetAccountsOf(workFolder, skipped, accounts);
  const total = [...perDate].reduce((sum, [date, count]) => (date === skipped ? sum : sum + count), 0);
  return {
    rows: total,
    accounts: accounts.size,
    bad,
    badRows,
    leftOut,
    days: () => daysOf(workFolder, skipped),
  };
}

/** Account numbers of account.asc in the folder, or undefined where there is none. */
export async function readAccountNumbers(folder: string): Promise<ReadonlySet<string> | undefined> {
  const text = await readFile(join(folder, "account.asc"), "latin1").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const lines = text.split(/\r?\n/).filter((line) => line !== "");
  const column = cellsOf(lines[0] ?? "").indexOf("account_id");
  return new Set(lines.slice(1).map((line) => cellsOf(line)[column] ?? ""));
}

async function* daysOf(workFolder: string, skipped: string | undefined): AsyncIterable<BerkaDay> {
  const files = (await readdir(workFolder)).filter((name) => name.endsWith(".rows")).sort();
  for (const name of files) {
    const byDate = Map.groupBy(await readMonth(join(workFolder, name)), (row) => row.date);
    for (const date of [...byDate.keys()].sort())
      if (date !== skipped) yield { date, rows: byDate.get(date) as BerkaRow[] };
  }
}

/** Accounts that move on the incomplete date alone take no part. */
async function forgetAccountsOf(
  workFolder: string,
  date: string,
  accounts: Map<string, number>,
): Promise<void> {
  const month = join(workFolder, `${date.slice(0, 7)}.rows`);
  const rows = await readMonth(month).catch((error: NodeJS.ErrnoException): BerkaRow[] => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  for (const row of rows.filter((candidate) => candidate.date === date)) {
    const left = (accounts.get(row.account) ?? 0) - 1;
    if (left > 0) accounts.set(row.account, left);
    else accounts.delete(row.account);
  }
}

const cellsOf = (text: string): string[] =>
  text.split(";").map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));

/** How a row of this file is read: the row, or what is wrong with it. */
function rowReader(
  names: readonly string[],
): (cells: readonly string[], line: number) => BerkaRow | SetupText {
  const place = Object.fromEntries(neededColumns.map((name) => [name, names.indexOf(name)]));
  return (cells, line) => {
    const cell = (name: (typeof neededColumns)[number]): string => cells[place[name] as number] as string;
    const wrong = (name: (typeof neededColumns)[number], en: string, zh: string): SetupText => ({
      en: `${name} "${cell(name)}" ${en}`,
      zh: `${name} 的值“${cell(name)}”${zh}`,
    });
    for (const name of ["trans_id", "account_id"] as const)
      if (!/^[0-9]{1,15}$/.test(cell(name))) return wrong(name, "is no number", "不是数字");
    const date = isoDate(cell("date"));
    if (date === undefined) return wrong("date", "is no date of the form yymmdd", "不是 yymmdd 形式的日期");
    const sign = signs[cell("type")];
    if (sign === undefined)
      return wrong("type", "is neither PRIJEM nor VYDAJ nor VYBER", "不是 PRIJEM、VYDAJ 或 VYBER");
    const amount = minorOf(cell("amount"));
    if (amount === undefined || amount < 0n)
      return wrong("amount", "is no amount of CZK", "不是有效的克朗金额");
    const stated = minorOf(cell("balance"));
    if (stated === undefined) return wrong("balance", "is no amount of CZK", "不是有效的克朗金额");
    return {
      line,
      transactionId: BigInt(cell("trans_id")).toString(),
      account: BigInt(cell("account_id")).toString(),
      date,
      amount: sign * amount,
      stated,
    };
  };
}

/** Czech: received, spent, withdrawn in cash (the data set's own description). */
const signs: Record<string, bigint> = { PRIJEM: 1n, VYDAJ: -1n, VYBER: -1n };

function isoDate(yymmdd: string): string | undefined {
  const match = /^(\d\d)(\d\d)(\d\d)$/.exec(yymmdd);
  if (match === null) return undefined;
  const date = `19${match[1]}-${match[2]}-${match[3]}`;
  const instant = new Date(`${date}T00:00:00Z`);
  // A day that the month does not have is carried into the next one.
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(date) ? date : undefined;
}

function minorOf(text: string): bigint | undefined {
  try {
    return parseDecimal(text, "CZK");
  } catch (error) {
    if (error instanceof AmountError) return undefined;
    throw error;
  }
}

const encode = (row: BerkaRow): string =>
  [row.line, row.transactionId, row.account, row.date, row.amount, row.stated].join(";");

async function readMonth(file: string): Promise<BerkaRow[]> {
  const text = await readFile(file, "latin1");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [number, transactionId, account, date, amount, stated] = line.split(";") as string[] & {
        5: string;
      };
      return {
        line: Number(number),
        transactionId: transactionId as string,
        account: account as string,
        date: date as string,
        amount: BigInt(amount as string),
        stated: BigInt(stated),
      };
    });
}

async function endsWithLineBreak(file: string): Promise<boolean> {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
    return bytesRead === 1 && buffer[0] === 0x0a;
  } finally {
    await handle.close();
  }
}

/** Which numbers were met before, in a bit each: a million ids of this data set take half a megabyte. */
function createIdSet(): { add(id: string): boolean } {
  const pageBits = 1024;
  const pages = new Map<number, Uint32Array>();
  return {
    add(id) {
      const value = Number(id);
      const key = Math.floor(value / pageBits);
      const bit = value % pageBits;
      let page = pages.get(key);
      if (!page) {
        page = new Uint32Array(pageBits / 32);
        pages.set(key, page);
      }
      const word = bit >>> 5;
      const mask = 1 << (bit & 31);
      if (((page[word] as number) & mask) !== 0) return false;
      page[word] = (page[word] as number) | mask;
      return true;
    },
  };
}

/**
 * The Berka data set (PKDD'99 discovery challenge): a real Czech bank's accounts, made anonymous by its publishers.
 * Read from a folder; nothing of it is kept in this repository. Amounts are CZK.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Bank } from "../context.ts";
import { writeSetting } from "../database.ts";
import { bankIban } from "../iban.ts";
import { clearingAccount } from "../ledger/accounts.ts";
import { parseAmount } from "../money.ts";
import { hashPassword } from "../psus.ts";
import { type Movement, orderHistory } from "./berka-history.ts";
import { loadBulk, type SeedAccount, type SeedEntry, type SeedPsu } from "./bulk.ts";
import { DEMO_PASSWORD } from "./people.ts";

const CURRENCY = "CZK";
// The published prefix of the transactions ends within this day, in the middle of a row.
const CUT_DATE = "1994-03-31";

/** What was loaded. `exact` transactions led to the balance the data set states, to the last haléř. */
export interface BerkaReport {
  accounts: number;
  owners: number;
  accountsWithHistory: number;
  transactions: number;
  exact: number;
  /** Largest difference between computed and stated balance, minor units. */
  largestDifferenceMinor: string;
}

/** Loads accounts, owners and histories. Throws when a file is missing or a row cannot be read. */
export async function seedBerka(bank: Bank, folder: string): Promise<BerkaReport> {
  const [accountRows, dispositions, transactions] = await Promise.all([
    readTable(join(folder, "account.asc")),
    readTable(join(folder, "disp.asc")),
    readTable(join(folder, "trans_prefix_to_1994-03-31.asc"), { dropLast: true }),
  ]);
  const histories = historiesOf(transactions);
  const passwordHash = await hashPassword(DEMO_PASSWORD);
  const psus = new Map<string, SeedPsu>();
  const ownerOf = new Map<string, SeedPsu>();
  for (const row of dispositions) {
    if (row.type !== "OWNER") continue;
    const client = row.client_id ?? "";
    const psu = psus.get(client) ?? {
      id: bank.random.uuid(),
      username: `client${client}`,
      name: `Client ${client}`,
      passwordHash,
    };
    psus.set(client, psu);
    ownerOf.set(row.account_id ?? "", psu);
  }

  const accounts: SeedAccount[] = [];
  const entries: SeedEntry[] = [];
  const report = { transactions: 0, exact: 0, accountsWithHistory: 0, largest: 0n };
  for (const row of accountRows) {
    const number = row.account_id ?? "";
    const owner = ownerOf.get(number);
    if (owner === undefined) throw new Error(`disp.asc names no owner of account ${number}`);
    const account: SeedAccount = {
      id: bank.random.uuid(),
      iban: bankIban(BigInt(number)),
      currency: CURRENCY,
      ownerPsu: owner.id,
      ownerName: owner.name,
      name: `Account ${number}`,
      product: FREQUENCIES[row.frequency ?? ""] ?? "Current account",
      floorMinor: 0n,
    };
    accounts.push(account);
    const history = histories.get(number);
    if (history === undefined) continue;
    const ordered = orderHistory(history);
    report.accountsWithHistory += 1;
    report.transactions += ordered.movements.length;
    report.exact += ordered.exact;
    if (ordered.largestDifference > report.largest) report.largest = ordered.largestDifference;
    account.floorMinor = ordered.lowest < 0n ? ordered.lowest : 0n;
    entries.push(...entriesOf(account, ordered));
  }
  await bank.db.transaction(async (tx) => {
    const clearing = await clearingAccount(bank, tx, CURRENCY);
    const deps = { now: bank.clock.now(), uuid: bank.random.uuid, clearingAccount: async () => clearing };
    await loadBulk(tx, deps, { psus: [...psus.values()], accounts, entries });
  });
  const result: BerkaReport = {
    accounts: accounts.length,
    owners: psus.size,
    accountsWithHistory: report.accountsWithHistory,
    transactions: report.transactions,
    exact: report.exact,
    largestDifferenceMinor: report.largest.toString(),
  };
  await writeSetting(bank.db, "berka_report", result);
  bank.log.info(result, "Berka accounts loaded");
  return result;
}

type Row = Record<string, string>;

/** Reads one of the data set's semicolon tables. */
async function readTable(file: string, options: { dropLast?: boolean } = {}): Promise<Row[]> {
  const text = await readFile(file, "latin1").catch((cause: Error) => {
    throw new Error(`cannot read ${file}: ${cause.message}`);
  });
  const lines = text.split(/\r?\n/).filter((line) => line !== "");
  if (options.dropLast) lines.pop();
  const cells = (line: string) => line.split(";").map((cell) => cell.replace(/^"|"$/g, ""));
  const names = cells(lines[0] ?? "");
  return lines.slice(1).map((line) => {
    const values = cells(line);
    if (values.length !== names.length) throw new Error(`${file}: a row has ${values.length} cells: ${line}`);
    return Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""]));
  });
}

function historiesOf(rows: Row[]): Map<string, Movement[]> {
  const histories = new Map<string, Movement[]>();
  for (const row of rows) {
    const date = isoDate(row.date ?? "");
    if (date >= CUT_DATE) continue;
    const amount = exactMinor(row.amount ?? "");
    const account = row.account_id ?? "";
    const movement: Movement = {
      date,
      // PRIJEM is a credit; VYDAJ and VYBER are debits.
      amountMinor: row.type === "PRIJEM" ? amount : -amount,
      statedBalanceMinor: exactMinor(row.balance ?? ""),
      ...describe(row),
    };
    const history = histories.get(account);
    if (history === undefined) histories.set(account, [movement]);
    else history.push(movement);
  }
  return histories;
}

function isoDate(yymmdd: string): string {
  const match = /^(\d\d)(\d\d)(\d\d)$/.exec(yymmdd);
  if (match === null) throw new Error(`"${yymmdd}" is no date`);
  return `19${match[1]}-${match[2]}-${match[3]}`;
}

function exactMinor(text: string): bigint {
  const minor = parseAmount(text, CURRENCY);
  if (minor === undefined) throw new Error(`"${text}" is no amount`);
  return minor;
}

// Czech terms of the data set and what they mean (the data set's own description).
const FREQUENCIES: Record<string, string> = {
  "POPLATEK MESICNE": "Current account, monthly statement",
  "POPLATEK TYDNE": "Current account, weekly statement",
  "POPLATEK PO OBRATU": "Current account, statement after transaction",
};
const OPERATIONS: Record<string, [string, string]> = {
  VKLAD: ["Cash deposit", "CNTR/CDPT"],
  VYBER: ["Cash withdrawal", "CNTR/CWDL"],
  "VYBER KARTOU": ["Card withdrawal", "CCRD/CWDL"],
  "PREVOD Z UCTU": ["Transfer in", "RCDT/DMCT"],
  "PREVOD NA UCET": ["Transfer out", "ICDT/DMCT"],
};
const SYMBOLS: Record<string, [string, string?]> = {
  POJISTNE: ["Insurance"],
  SLUZBY: ["Statement fee", "MDOP/CHRG"],
  UROK: ["Interest", "MCOP/INTR"],
  "SANKC. UROK": ["Penalty interest", "MDOP/INTR"],
  SIPO: ["Household"],
  DUCHOD: ["Pension"],
  UVER: ["Loan"],
};

function describe(row: Row): Pick<Movement, "remittance" | "family" | "counterpartyAccount"> {
  const [operation, family] = OPERATIONS[row.operation ?? ""] ?? [undefined, undefined];
  const [symbol, symbolFamily] = SYMBOLS[row.k_symbol ?? ""] ?? [undefined, undefined];
  const fallback = row.type === "PRIJEM" ? "MCOP/OTHR" : "MDOP/OTHR";
  const hasAccount = (row.account ?? "") !== "" && row.account !== "0";
  return {
    remittance: [operation, symbol].filter((part) => part !== undefined).join(", ") || "Booking",
    family: symbolFamily ?? family ?? fallback,
    counterpartyAccount: hasAccount ? `${row.bank}${row.account}` : null,
  };
}

function entriesOf(account: SeedAccount, history: ReturnType<typeof orderHistory>): SeedEntry[] {
  const entries: SeedEntry[] = [];
  const plain = { account, counterpartyName: null, counterpartyAccount: null };
  const first = history.movements[0]?.date ?? "";
  if (history.openingMinor !== 0n) {
    const family = history.openingMinor > 0n ? "MCOP/ADJT" : "MDOP/ADJT";
    entries.push({
      ...plain,
      amountMinor: history.openingMinor,
      date: first,
      remittance: "Balance brought forward",
      family,
    });
  }
  for (const { movement, roundingMinor } of history.steps) {
    const { amountMinor, date, remittance, family, counterpartyAccount } = movement;
    entries.push({ ...plain, counterpartyAccount, amountMinor, date, remittance, family });
    if (roundingMinor === 0n) continue;
    const code = roundingMinor > 0n ? "MCOP/ADJT" : "MDOP/ADJT";
    entries.push({ ...plain, amountMinor: roundingMinor, date, remittance: "Rounding", family: code });
  }
  return entries;
}

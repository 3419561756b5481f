import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { startBank } from "../testing/tpp.ts";
import { type Movement, orderHistory } from "./berka-history.ts";

const FOLDER = resolve(import.meta.dirname, "../../../../../shared/data/berka");

const movement = (date: string, amountMinor: bigint, statedBalanceMinor: bigint): Movement => ({
  date,
  amountMinor,
  statedBalanceMinor,
  remittance: "",
  family: "RCDT/DMCT",
  counterpartyAccount: null,
});

describe("the order within a day", () => {
  test("is found from the balances; an account that opens with its first deposit starts at zero", () => {
    const ordered = orderHistory([
      movement("1993-01-02", -300n, 900n),
      movement("1993-01-02", 200n, 1200n),
      movement("1993-01-01", 1000n, 1000n),
    ]);
    expect(ordered.openingMinor).toBe(0n);
    expect(ordered.steps.map(({ movement: { amountMinor } }) => amountMinor)).toEqual([1000n, 200n, -300n]);
    expect(ordered).toMatchObject({ exact: 3, largestDifference: 0n, lowest: 0n });
  });

  test("differences become roundings after the movement they belong to", () => {
    const ordered = orderHistory([movement("1993-01-01", 1000n, 1000n), movement("1993-01-03", 204n, 1200n)]);
    expect(ordered.steps.map(({ roundingMinor }) => roundingMinor)).toEqual([0n, -4n]);
    expect(ordered).toMatchObject({ exact: 1, largestDifference: 4n });
  });
});

// The data set may be read but not copied into the repository: where it is absent there is nothing to load.
describe.runIf(existsSync(FOLDER))("the real accounts", () => {
  test("all accounts and histories are loaded, balances follow from the entries", async () => {
    const { bank, close, databaseUrl } = await startBank({ seed: `berka:${FOLDER}`, autoEndOfDay: false });
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    try {
      const all = await bank.script.psus({ limit: 10_000 });
      expect(all.flatMap((psu) => psu.accounts)).toHaveLength(4500);
      expect(await bank.script.psus({ limit: 10_000, withHistory: true })).toHaveLength(1229);
      expect(await bank.script.trialBalance()).toEqual([{ currency: "CZK", sumMinor: "0" }]);
      const { rows } = await client.query("SELECT value FROM bank.settings WHERE key = 'berka_report'");
      const report = rows[0].value;
      expect(report).toMatchObject({ accounts: 4500, accountsWithHistory: 1229, transactions: 46_997 });
      expect(report.exact / report.transactions).toBeGreaterThan(0.95);
      expect(Number(report.largestDifferenceMinor)).toBeLessThanOrEqual(10);
      const wrong = await client.query(
        `SELECT a.id FROM bank.accounts a LEFT JOIN bank.entries e ON e.account_id = a.id
          GROUP BY a.id HAVING a.booked_minor <> coalesce(sum(e.amount_minor), 0) OR a.sequence <> count(e.id)`,
      );
      expect(wrong.rows).toEqual([]);
      // Account 576, the second row of the transactions, opened on 1993-01-01 with 900.00.
      const first = await client.query(
        `SELECT e.balance_after_minor::text AS balance, e.booking_date::text AS date FROM bank.entries e
           JOIN bank.accounts a ON a.id = e.account_id WHERE a.name = 'Account 576' AND e.sequence = 1`,
      );
      expect(first.rows).toEqual([{ balance: "90000", date: "1993-01-01" }]);
    } finally {
      await client.end();
      await close();
    }
  });
});

test("a folder that is not there is named", async () => {
  await expect(startBank({ seed: "berka:/nowhere" })).rejects.toThrow(/cannot read \/nowhere\//);
  await expect(startBank({ seed: "other" })).rejects.toThrow(/unknown seed "other"/);
});

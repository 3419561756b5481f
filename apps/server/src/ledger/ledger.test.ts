import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createServerDatabase } from "../../../../test/support/server-database.ts";
import { manualClock } from "../platform/clock.ts";
import { createSubscriptions } from "../platform/events.ts";
import { createIds } from "../platform/ids.ts";
import { createLedger, custodyAccount, customerAccount, type Instruction, type Ledger } from "./index.ts";

// What any engine must do is held by test/conformance/ledger. Here is what this one's tables refuse by themselves.

const clock = manualClock("2026-03-01T08:00:00Z");
const ids = createIds(clock);
let database: Awaited<ReturnType<typeof createServerDatabase>>;
let ledger: Ledger;
let serial = 0;

beforeAll(async () => {
  database = await createServerDatabase();
  ledger = createLedger({ db: database.db, clock, subscriptions: createSubscriptions() });
});
afterAll(async () => {
  await ledger.idle();
  await database.drop();
});

const newCustomer = () => `c${randomBytes(6).toString("hex")}`;

function fund(customer: string, amount: bigint): Instruction {
  const [debit, credit] = [custodyAccount("test", "CNY"), customerAccount(customer, "CNY")];
  return {
    key: `test/${++serial}`,
    hash: "fund",
    transfer: { id: ids.next("trf"), kind: "test.fund", postings: [{ debit, credit, amount }] },
  };
}

describe("held by the database", () => {
  it.each([
    "UPDATE ledger.entry SET amount = amount + 1",
    "DELETE FROM ledger.entry",
    "TRUNCATE ledger.entry CASCADE",
    "UPDATE ledger.transfer SET kind = 'x'",
    "DELETE FROM ledger.hold",
  ])("append-only: %s", async (text) => {
    await ledger.commit(fund(newCustomer(), 1n));
    await expect(database.db.query(text)).rejects.toThrow(/append-only/);
  });

  const insertEntry = (code: string, sequence: number, amount: number, after: number) =>
    database.db.query(
      `INSERT INTO ledger.entry (account_id, at, sequence, position, amount, balance_after, leg)
       SELECT id, $5, $2::bigint, 999999, $3::bigint, $4::bigint, 1 FROM ledger.account WHERE code = $1`,
      [code, sequence, amount, after, clock.now()],
    );

  it("entries that do not sum to zero are refused whoever inserts them", async () => {
    const a = newCustomer();
    await ledger.commit(fund(a, 100n));
    await expect(insertEntry(`customer:${a}`, 2, 1, 99)).rejects.toThrow(/do not sum to zero/);
    const month = clock.now().toISOString().slice(0, 7).replace("-", "");
    await expect(
      database.db.query(
        `INSERT INTO ledger.entry_${month} SELECT account_id, at, 999, 999999, 1, 99, NULL, 1 FROM ledger.entry LIMIT 1`,
      ),
    ).rejects.toThrow(/do not sum to zero/);
  });

  it("an entry that does not follow the one before it is refused whoever inserts it", async () => {
    const [a, b] = [newCustomer(), newCustomer()];
    await ledger.commit(fund(a, 100n));
    await ledger.commit(fund(b, 100n));
    const both = (sequence: number, after: number) =>
      database.db.query(
        `INSERT INTO ledger.entry (account_id, at, sequence, position, amount, balance_after, leg)
         SELECT id, $5, CASE WHEN code = $1 THEN $3::bigint ELSE 2 END, 999999, CASE WHEN code = $1 THEN 1 ELSE -1 END,
                CASE WHEN code = $1 THEN $4::bigint ELSE 101 END, 1 FROM ledger.account WHERE code IN ($1, $2)`,
        [`customer:${a}`, `customer:${b}`, sequence, after, clock.now()],
      );
    await expect(both(3, 99)).rejects.toThrow(/does not follow/);
    await expect(both(2, 98)).rejects.toThrow(/does not follow/);
  });

  it("a balance changed behind the server's back is found", async () => {
    const a = newCustomer();
    await ledger.commit(fund(a, 100n));
    await database.db.query("UPDATE ledger.account SET balance = balance + 7 WHERE code = $1", [
      `customer:${a}`,
    ]);
    expect((await ledger.violations()).map((violation) => violation.invariant)).toContain(
      "balance is what the last entry left",
    );
    await database.db.query("UPDATE ledger.account SET balance = balance - 7 WHERE code = $1", [
      `customer:${a}`,
    ]);
    expect(await ledger.violations()).toEqual([]);
  });
});

import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createServerDatabase } from "../../../../test/support/server-database.ts";
import { manualClock } from "../platform/clock.ts";
import { createDb } from "../platform/db.ts";
import { createSubscriptions } from "../platform/events.ts";
import { createIds } from "../platform/ids.ts";
import {
  createLedger,
  custodyAccount,
  customerAccount,
  hashOf,
  type Instruction,
  type Ledger,
} from "./index.ts";

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
const custody = (currency = "CNY") => custodyAccount("test", currency);
const wallet = (customer: string, currency = "CNY") => customerAccount(customer, currency);
const key = () => `test/${++serial}`;

function fund(customer: string, amount: bigint, currency = "CNY"): Instruction {
  return {
    key: key(),
    hash: "fund",
    transfer: {
      id: ids.next("trf"),
      kind: "test.fund",
      postings: [{ debit: custody(currency), credit: wallet(customer, currency), amount }],
    },
  };
}
function send(from: string, to: string, amount: bigint, withKey = key()): Instruction {
  return {
    key: withKey,
    hash: hashOf({ from, to, amount }),
    result: { sent: amount.toString() },
    transfer: {
      id: ids.next("trf"),
      kind: "test.send",
      postings: [{ debit: wallet(from), credit: wallet(to), amount }],
    },
  };
}
const hold = (
  customer: string,
  amount: bigint,
  holdId = ids.next("hld"),
  expiresInMs = 60_000,
): Instruction => ({
  key: key(),
  hash: "hold",
  holds: [
    {
      id: holdId,
      account: wallet(customer),
      amount,
      expiresAt: new Date(clock.now().getTime() + expiresInMs),
    },
  ],
});
async function balance(customer: string, currency = "CNY") {
  const row = (await ledger.balances(`customer:${customer}`)).find((found) => found.currency === currency);
  return { balance: row?.balance ?? 0n, held: row?.held ?? 0n };
}

describe("posting", () => {
  it("moves money and keeps a running balance", async () => {
    const [a, b] = [newCustomer(), newCustomer()];
    expect(await ledger.commit(fund(a, 10_000n))).toMatchObject({ status: "accepted" });
    expect(await ledger.commit(send(a, b, 2_500n))).toEqual({ status: "accepted", result: { sent: "2500" } });
    expect(await balance(a)).toEqual({ balance: 7_500n, held: 0n });
    expect(await balance(b)).toEqual({ balance: 2_500n, held: 0n });
    expect(await ledger.violations()).toEqual([]);
  });

  it("keeps currencies apart, each by its own minor unit", async () => {
    const customer = newCustomer();
    await ledger.commit(fund(customer, 5n, "JPY"));
    await ledger.commit(fund(customer, 1_234n, "KWD"));
    expect((await ledger.balances(`customer:${customer}`)).map((row) => [row.currency, row.balance])).toEqual(
      [
        ["JPY", 5n],
        ["KWD", 1_234n],
      ],
    );
  });

  it("refuses what the available balance does not bear and stores only the refusal", async () => {
    const [a, b] = [newCustomer(), newCustomer()];
    await ledger.commit(fund(a, 100n));
    const instruction = send(a, b, 101n);
    expect(await ledger.commit(instruction)).toMatchObject({ status: "refused", code: "payment.insufficient_funds" });
    await ledger.commit(fund(a, 500n));
    expect(await ledger.commit(instruction)).toMatchObject({ status: "refused", code: "payment.insufficient_funds" });
    expect(await balance(b)).toEqual({ balance: 0n, held: 0n });
  });

  it("answers a replay with the first answer and a reused key with a conflict", async () => {
    const [a, b] = [newCustomer(), newCustomer()];
    await ledger.commit(fund(a, 1_000n));
    const k = key();
    const first = await ledger.commit(send(a, b, 300n, k));
    expect(await ledger.commit(send(a, b, 300n, k))).toEqual({
      status: "replayed",
      result: (first as { result: unknown }).result,
    });
    expect(await ledger.commit(send(a, b, 301n, k))).toEqual({ status: "conflict" });
    expect(await balance(b)).toEqual({ balance: 300n, held: 0n });
  });

  it("accepts at most the balance of 20 concurrent debits of the whole balance, also from two processes", async () => {
    const [a, b] = [newCustomer(), newCustomer()];
    await ledger.commit(fund(a, 700n));
    const otherDb = createDb({ url: database.url });
    const other = createLedger({ db: otherDb, clock, subscriptions: createSubscriptions() });
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, index) => (index % 2 ? ledger : other).commit(send(a, b, 700n))),
    );
    await otherDb.close();
    expect(outcomes.filter((outcome) => outcome.status === "accepted")).toHaveLength(1);
    expect(await balance(a)).toEqual({ balance: 0n, held: 0n });
    expect(await ledger.violations()).toEqual([]);
  });

  it("acts once when the same key comes many times at once, from two processes", async () => {
    const [a, b] = [newCustomer(), newCustomer()];
    await ledger.commit(fund(a, 1_000n));
    const otherDb = createDb({ url: database.url });
    const other = createLedger({ db: otherDb, clock, subscriptions: createSubscriptions() });
    const k = key();
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, index) => (index % 2 ? ledger : other).commit(send(a, b, 10n, k))),
    );
    await otherDb.close();
    expect(outcomes.filter((outcome) => outcome.status === "accepted")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome.status === "replayed")).toHaveLength(29);
    expect(await balance(b)).toEqual({ balance: 10n, held: 0n });
  });

  it("a poison item never fails its neighbours", async () => {
    const [a, b] = [newCustomer(), newCustomer()];
    await ledger.commit(fund(a, 1_000n));
    const poison: Instruction = { ...send(a, b, 5n), rows: [{ writer: "ledger.no_such_writer", row: {} }] };
    const settled = await Promise.allSettled([
      ...Array.from({ length: 7 }, () => ledger.commit(send(a, b, 10n))),
      ledger.commit(poison),
      ...Array.from({ length: 7 }, () => ledger.commit(send(a, b, 10n))),
    ]);
    expect(settled.filter((one) => one.status === "rejected")).toHaveLength(1);
    expect(await balance(b)).toEqual({ balance: 140n, held: 0n });
    expect(await ledger.violations()).toEqual([]);
  });
});

describe("holds", () => {
  it("count against what is available, once each", async () => {
    const [a, b] = [newCustomer(), newCustomer()];
    await ledger.commit(fund(a, 1_000n));
    expect(await ledger.commit(hold(a, 600n))).toMatchObject({ status: "accepted" });
    expect(await ledger.commit(hold(a, 600n))).toMatchObject({ status: "refused", code: "payment.insufficient_funds" });
    expect(await ledger.commit(send(a, b, 401n))).toMatchObject({ status: "refused", code: "payment.insufficient_funds" });
    expect(await ledger.commit(send(a, b, 400n))).toMatchObject({ status: "accepted" });
    expect(await balance(a)).toEqual({ balance: 600n, held: 600n });
  });

  it("a capture in part frees the rest; a second capture or a void is refused", async () => {
    const [a, b] = [newCustomer(), newCustomer()];
    await ledger.commit(fund(a, 1_000n));
    const holdId = ids.next("hld");
    await ledger.commit(hold(a, 800n, holdId));
    const capture = (): Instruction => ({
      ...send(a, b, 500n),
      releases: [{ holdId, account: wallet(a), as: "captured" }],
    });
    expect(await ledger.commit(capture())).toMatchObject({ status: "accepted" });
    expect(await ledger.commit(capture())).toMatchObject({ status: "refused", code: "ledger.hold_not_open" });
    expect(
      await ledger.commit({
        key: key(),
        hash: "void",
        releases: [{ holdId, account: wallet(a), as: "voided" }],
      }),
    ).toMatchObject({ status: "refused", code: "ledger.hold_not_open" });
    expect(await balance(a)).toEqual({ balance: 500n, held: 0n });
    expect(await ledger.violations()).toEqual([]);
  });

  it("two releases of one hold in one batch: one wins", async () => {
    const a = newCustomer();
    await ledger.commit(fund(a, 1_000n));
    const holdId = ids.next("hld");
    await ledger.commit(hold(a, 800n, holdId));
    const release = (): Instruction => ({
      key: key(),
      hash: "void",
      releases: [{ holdId, account: wallet(a), as: "voided" }],
    });
    const outcomes = await Promise.all([release(), release(), release()].map((one) => ledger.commit(one)));
    expect(outcomes.filter((outcome) => outcome.status === "accepted")).toHaveLength(1);
    expect(await balance(a)).toEqual({ balance: 1_000n, held: 0n });
  });

  it("expire by themselves", async () => {
    const a = newCustomer();
    await ledger.commit(fund(a, 1_000n));
    await ledger.commit(hold(a, 800n, ids.next("hld"), 1_000));
    clock.advance(1_001);
    expect(await ledger.expireHolds()).toBeGreaterThanOrEqual(1);
    expect(await balance(a)).toEqual({ balance: 1_000n, held: 0n });
  });
});

describe("held by the database", () => {
  it.each([
    "UPDATE ledger.entry SET amount = amount + 1",
    "DELETE FROM ledger.entry",
    "TRUNCATE ledger.entry CASCADE",
    "UPDATE ledger.transfer SET kind = 'x'",
    "DELETE FROM ledger.hold",
  ])("append-only: %s", async (text) => {
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

describe("against a model", () => {
  it("any mix of instructions leaves the balances that plain arithmetic predicts", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            from: fc.nat(3),
            to: fc.nat(3),
            amount: fc.integer({ min: 1, max: 900 }),
            hold: fc.boolean(),
          }),
          { minLength: 1, maxLength: 40 },
        ),
        async (steps) => {
          const people = [newCustomer(), newCustomer(), newCustomer(), newCustomer()];
          await Promise.all(people.map((person) => ledger.commit(fund(person, 1_000n))));
          const model = people.map(() => ({ balance: 1_000n, held: 0n }));
          const expected: string[] = [];
          const actual = steps.map((step) => {
            const from = people[step.from] as string;
            const to = people[step.from === step.to ? (step.to + 1) % 4 : step.to] as string;
            const amount = BigInt(step.amount);
            const mine = model[step.from] as { balance: bigint; held: bigint };
            const theirs = model[people.indexOf(to)] as { balance: bigint; held: bigint };
            const possible = mine.balance - mine.held >= amount;
            expected.push(possible ? "accepted" : "refused");
            if (possible && step.hold) mine.held += amount;
            else if (possible) {
              mine.balance -= amount;
              theirs.balance += amount;
            }
            return ledger.commit(step.hold ? hold(from, amount) : send(from, to, amount));
          });
          expect((await Promise.all(actual)).map((outcome) => outcome.status)).toEqual(expected);
          for (const [index, person] of people.entries()) expect(await balance(person)).toEqual(model[index]);
        },
      ),
      { numRuns: 25 },
    );
    expect(await ledger.violations()).toEqual([]);
  });
});

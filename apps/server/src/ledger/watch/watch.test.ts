import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createServerDatabase } from "../../../../../test/support/server-database.ts";
import { manualClock } from "../../platform/clock.ts";
import { createSubscriptions } from "../../platform/events.ts";
import { createIds } from "../../platform/ids.ts";
import {
  createLedger,
  createWatch,
  custodyAccount,
  customerAccount,
  hashOf,
  type Ledger,
  type Watch,
  type WatchPace,
} from "../index.ts";

const clock = manualClock("2026-03-01T08:00:00Z");
const ids = createIds(clock);
const staff = { id: ids.next("stf"), displayName: "Ada Auditor" };
let database: Awaited<ReturnType<typeof createServerDatabase>>;
let ledger: Ledger;
let serial = 0;

beforeEach(async () => {
  database = await createServerDatabase();
  ledger = createLedger({ db: database.db, clock, subscriptions: createSubscriptions() });
});
afterEach(async () => {
  await ledger.idle();
  await database.drop();
});

function watchOf(pace: Partial<WatchPace> = {}): Watch {
  return createWatch({
    db: database.db,
    clock,
    ids,
    subscriptions: createSubscriptions(),
    commit: ledger.commit,
    pace: { sumsEveryMs: 0, ...pace },
  });
}
const newCustomer = () => `c${randomBytes(6).toString("hex")}`;
const key = () => `test/${++serial}`;
async function fund(customer: string, amount: bigint, currency = "CNY"): Promise<string> {
  const id = ids.next("trf");
  await ledger.commit({
    key: key(),
    hash: "fund",
    transfer: {
      id,
      kind: "test.fund",
      postings: [
        { debit: custodyAccount("test", currency), credit: customerAccount(customer, currency), amount },
      ],
    },
  });
  return id;
}
async function send(from: string, to: string, amount: bigint): Promise<string> {
  const id = ids.next("trf");
  await ledger.commit({
    key: key(),
    hash: hashOf({ from, to }),
    transfer: {
      id,
      kind: "test.send",
      postings: [{ debit: customerAccount(from, "CNY"), credit: customerAccount(to, "CNY"), amount }],
    },
  });
  return id;
}
/** What somebody with the rights of a superuser can do behind the server's back: no trigger, no check of keys. */
const tamper = (...statements: string[]) =>
  database.db.transaction(async (tx) => {
    await tx.query("SET LOCAL session_replication_role = replica");
    for (const statement of statements) await tx.query(statement);
  });
const told = (run: { raised: { invariant: string; currency: string | null; subject: string }[] }) =>
  run.raised.map(({ invariant, currency, subject }) => `${invariant} ${currency} ${subject}`).sort();
const positionOf = (id: string) => `(SELECT position FROM ledger.transfer WHERE id = '${id}')`;

describe("whole books", () => {
  it("raise nothing, however they are cut into slices", async () => {
    const [a, b, c] = [newCustomer(), newCustomer(), newCustomer()];
    await fund(a, 10_000n);
    await fund(c, 500n, "JPY");
    for (let n = 0; n < 12; n += 1) await send(n % 2 ? b : a, n % 2 ? a : b, 100n);
    await ledger.commit({
      key: key(),
      hash: "hold",
      holds: [
        {
          id: ids.next("hld"),
          account: customerAccount(a, "CNY"),
          amount: 70n,
          expiresAt: new Date("2026-05-01T00:00:00Z"),
        },
      ],
    });
    const watch = watchOf({ slice: 3, reread: 4, accounts: 2 });
    let proven = 0n;
    for (let n = 0; n < 8; n += 1) {
      const run = await watch.run();
      expect(run).toMatchObject({ raised: [], waiting: 0n });
      proven += run.proven;
    }
    expect(proven).toBe(14n);
    expect(await watch.provenTo()).toBe(14n);
    expect(await watch.isStopped("CNY")).toBe(false);
    expect(await watch.stoppedCurrencies()).toEqual([]);
  });

  it("raise nothing while postings go on", async () => {
    const people = Array.from({ length: 6 }, newCustomer);
    for (const person of people) await fund(person, 100_000n);
    let over = false;
    const posting = (async () => {
      for (let round = 0; round < 40; round += 1)
        await Promise.all(
          people.map((person, n) =>
            send(
              person,
              people[(n + round + 1) % 6] === person ? "other" : (people[(n + round + 1) % 6] as string),
              7n,
            ),
          ),
        );
      over = true;
    })();
    const watch = watchOf({ slice: 17 });
    while (!over) expect((await watch.run()).raised).toEqual([]);
    await posting;
    expect(await watch.run()).toMatchObject({ raised: [], waiting: 0n });
  });

  it("a run that has not the time for all goes on in the next", async () => {
    const a = newCustomer();
    for (let n = 0; n < 5; n += 1) await fund(a, 1n);
    const watch = watchOf({ slice: 2, catchUpMs: 0 });
    expect(await watch.run()).toMatchObject({ proven: 2n, waiting: 3n });
    expect(await watch.run()).toMatchObject({ proven: 2n, waiting: 1n });
    expect(await watch.run()).toMatchObject({ proven: 1n, waiting: 0n });
  });

  it("two watches at once share the work and tell nothing twice", async () => {
    const a = newCustomer();
    for (let n = 0; n < 20; n += 1) await fund(a, 1n);
    await tamper(`UPDATE ledger.account SET balance = balance + 5 WHERE code = 'customer:${a}'`);
    const runs = await Promise.all([watchOf({ slice: 3 }).run(), watchOf({ slice: 3 }).run()]);
    const subjects = runs.flatMap(told).filter((line) => line.startsWith("account_balance"));
    expect(subjects).toEqual([`account_balance CNY customer:${a} CNY`]);
  });
});

describe("what is altered behind the server's back is found", () => {
  const cases: {
    name: string;
    change(of: { a: string; b: string; last: string; first: string }): string[];
    expected: string[];
  }[] = [
    {
      name: "the amount of an entry",
      change: ({ last, a }) => [
        `UPDATE ledger.entry SET amount = amount + 1 WHERE position = ${positionOf(last)} AND account_id = (SELECT id FROM ledger.account WHERE code = 'customer:${a}')`,
      ],
      expected: ["double_entry", "entry_balance"],
    },
    {
      name: "the balance after an entry",
      change: ({ last, a }) => [
        `UPDATE ledger.entry SET balance_after = balance_after + 1 WHERE position = ${positionOf(last)} AND account_id = (SELECT id FROM ledger.account WHERE code = 'customer:${a}')`,
      ],
      expected: ["account_balance", "entry_balance"],
    },
    {
      name: "both sides of a transfer",
      change: ({ last }) => [
        `UPDATE ledger.entry SET amount = amount * 2 WHERE position = ${positionOf(last)}`,
      ],
      expected: ["entry_balance", "entry_balance"],
    },
    {
      name: "an entry given to another account",
      change: ({ last, a, b }) => [
        `UPDATE ledger.entry SET account_id = (SELECT id FROM ledger.account WHERE code = 'customer:${b}'), sequence = sequence + 1000
          WHERE position = ${positionOf(last)} AND account_id = (SELECT id FROM ledger.account WHERE code = 'customer:${a}')`,
      ],
      expected: [
        "account_balance",
        "account_balance",
        "account_sequence",
        "account_sequence",
        "entry_sequence",
        "entry_balance",
      ],
    },
    {
      name: "an entry gone",
      change: ({ last, a }) => [
        `DELETE FROM ledger.entry WHERE position = ${positionOf(last)} AND account_id = (SELECT id FROM ledger.account WHERE code = 'customer:${a}')`,
      ],
      expected: ["account_balance", "account_sequence", "double_entry", "transfer_complete"],
    },
    {
      name: "a transfer gone, its entries left",
      change: ({ last }) => [`DELETE FROM ledger.transfer WHERE id = '${last}'`],
      expected: ["positions_dense"],
    },
    {
      name: "a transfer and its entries gone",
      change: ({ last }) => [
        `DELETE FROM ledger.entry WHERE position = ${positionOf(last)}`,
        `DELETE FROM ledger.transfer WHERE id = '${last}'`,
      ],
      expected: [
        "positions_dense",
        "account_balance",
        "account_sequence",
        "account_balance",
        "account_sequence",
      ],
    },
    {
      name: "entries at another time than their transfer",
      change: ({ last }) => [
        `UPDATE ledger.entry SET at = at + interval '1 second' WHERE position = ${positionOf(last)}`,
      ],
      expected: ["transfer_complete"],
    },
    {
      name: "a forged transfer beyond the head",
      change: ({ last }) => [
        `INSERT INTO ledger.transfer (position, at, id, kind, salt, leaf) SELECT position + 1, at, 'trf_forged', kind, salt, leaf FROM ledger.transfer WHERE id = '${last}'`,
      ],
      expected: ["positions_dense"],
    },
    {
      name: "an account's balance",
      change: ({ a }) => [`UPDATE ledger.account SET balance = balance + 1 WHERE code = 'customer:${a}'`],
      expected: ["account_balance", "trial_balance", "totals"],
    },
    {
      name: "two balances by the same amount",
      change: ({ a, b }) => [
        `UPDATE ledger.account SET balance = balance + CASE code WHEN 'customer:${a}' THEN 1 ELSE -1 END WHERE code IN ('customer:${a}', 'customer:${b}')`,
      ],
      expected: ["account_balance", "account_balance"],
    },
    {
      name: "what is held",
      change: ({ a }) => [`UPDATE ledger.account SET held = held + 1 WHERE code = 'customer:${a}'`],
      expected: ["account_held"],
    },
    {
      name: "the floor",
      change: ({ a }) => [
        "ALTER TABLE ledger.account DROP CONSTRAINT available_not_below_floor",
        `UPDATE ledger.account SET floor = balance + 1 WHERE code = 'customer:${a}'`,
      ],
      expected: ["account_floor"],
    },
    {
      name: "the sums that custody is checked against",
      change: () => ["UPDATE ledger.total SET balance = balance - 1 WHERE safeguarding = 1"],
      expected: ["custody", "totals"],
    },
  ];
  for (const { name, change, expected } of cases) {
    it(`${name}, before the watch looked`, async () => {
      const [a, b] = [newCustomer(), newCustomer()];
      const first = await fund(a, 10_000n);
      await fund(b, 10_000n);
      const last = await send(a, b, 100n);
      await tamper(...change({ a, b, first, last }));
      const run = await watchOf().run();
      expect(run.raised.map((alarm) => alarm.invariant).sort()).toEqual([...expected].sort());
    });
    it(`${name}, long after`, async () => {
      const [a, b] = [newCustomer(), newCustomer()];
      const first = await fund(a, 10_000n);
      await fund(b, 10_000n);
      const last = await send(a, b, 100n);
      const watch = watchOf({ reread: 2, accounts: 2 });
      expect((await watch.run()).raised).toEqual([]);
      await tamper(...change({ a, b, first, last }));
      const found: string[] = [];
      for (let n = 0; n < 4; n += 1)
        found.push(...(await watch.run()).raised.map((alarm) => alarm.invariant));
      expect([...new Set(found)].sort()).toEqual([...new Set(expected)].sort());
    });
  }

  it("says which transfer, what it should be and what it is, and stops every currency it cannot tell", async () => {
    const [a, b] = [newCustomer(), newCustomer()];
    await fund(a, 10_000n);
    await fund(newCustomer(), 5n, "JPY");
    const id = await send(a, b, 100n);
    const watch = watchOf();
    await tamper(`UPDATE ledger.entry SET amount = 250 WHERE position = ${positionOf(id)} AND amount = 100`);
    expect((await watch.run()).raised).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          invariant: "double_entry",
          currency: "CNY",
          subject: id,
          expected: "0",
          found: "150",
        }),
      ]),
    );
    expect(await watch.stoppedCurrencies()).toEqual(["CNY"]);
    await tamper(
      "DELETE FROM ledger.entry WHERE position = 1",
      "DELETE FROM ledger.transfer WHERE position = 1",
    );
    await watch.run();
    expect(await watch.stoppedCurrencies()).toEqual(["CNY", "JPY"]);
    expect(await watch.isStopped("KWD")).toBe(true);
  });
});

describe("an alarm", () => {
  it("is told once, with an event, and not again while it is open", async () => {
    const a = newCustomer();
    await fund(a, 100n);
    await tamper(`UPDATE ledger.account SET balance = 101 WHERE code = 'customer:${a}'`);
    const watch = watchOf();
    const { raised } = await watch.run();
    expect(raised).toHaveLength(3);
    expect((await watch.run()).raised).toEqual([]);
    const events = await database.db.query(
      "SELECT payload FROM platform.outbox WHERE name = 'ledger.alarm_raised'",
    );
    expect(events.map((row) => (row.payload as { alarmId: string }).alarmId).sort()).toEqual(
      raised.map((alarm) => alarm.id).sort(),
    );
    expect(await watch.alarms({ open: true, limit: 10 })).toHaveLength(3);
  });

  it("of a state is not cleared while it is so, and comes back when it is so again", async () => {
    const a = newCustomer();
    await fund(a, 100n);
    await tamper(`UPDATE ledger.account SET held = 1 WHERE code = 'customer:${a}'`);
    const watch = watchOf();
    const [alarm] = (await watch.run()).raised;
    const clear = (k = key()) =>
      watch.clear({ key: k, hash: k }, staff, alarm?.id ?? "", "looked into it", (found) => found);
    await expect(clear()).rejects.toMatchObject({ code: "ledger.alarm_still_true" });
    expect(await watch.isStopped("CNY")).toBe(true);

    await tamper(`UPDATE ledger.account SET held = 0 WHERE code = 'customer:${a}'`);
    const once = key();
    const cleared = await clear(once);
    expect(cleared.cleared).toMatchObject({ by: "Ada Auditor", note: "looked into it" });
    expect(await watch.alarm(alarm?.id ?? "")).toEqual(cleared);
    expect(await watch.isStopped("CNY")).toBe(false);
    await expect(clear()).rejects.toMatchObject({ code: "ledger.alarm_already_cleared" });

    await tamper(`UPDATE ledger.account SET held = 1 WHERE code = 'customer:${a}'`);
    expect(told(await watch.run())).toEqual([`account_held CNY customer:${a} CNY`]);
  });

  it("of rows that never change stays cleared", async () => {
    const [a, b] = [newCustomer(), newCustomer()];
    await fund(a, 100n);
    const id = await send(a, b, 10n);
    await tamper(`UPDATE ledger.entry SET at = at + interval '1 second' WHERE position = ${positionOf(id)}`);
    const watch = watchOf();
    const [alarm] = (await watch.run()).raised;
    expect(alarm?.invariant).toBe("transfer_complete");
    await watch.clear(
      { key: key(), hash: "looked" },
      staff,
      alarm?.id ?? "",
      "known to the auditor",
      () => null,
    );
    for (let n = 0; n < 3; n += 1) expect((await watch.run()).raised).toEqual([]);
  });

  it("is cleared by one of two who try at once, and a repeat gets the same answer", async () => {
    const [a, b] = [newCustomer(), newCustomer()];
    await fund(a, 100n);
    const id = await send(a, b, 10n);
    await tamper(`UPDATE ledger.entry SET at = at + interval '1 second' WHERE position = ${positionOf(id)}`);
    const watch = watchOf();
    const [alarm] = (await watch.run()).raised;
    const attempt = { key: key(), hash: "same" };
    const clear = (request: { key: string; hash: string }) =>
      watch
        .clear(request, staff, alarm?.id ?? "", "looked into it", (found) => ({ id: found.id }))
        .catch((error) => error.code);
    const answers = await Promise.all([clear(attempt), clear({ key: key(), hash: "other" })]);
    expect(answers.filter((answer) => answer === "ledger.alarm_already_cleared")).toHaveLength(1);
    await expect(database.db.query("DELETE FROM ledger.alarm")).rejects.toThrow(/append-only/);
  });

  it("may come from another part of the ledger", async () => {
    const watch = watchOf();
    await watch.raise([
      { invariant: "log_consistent", currency: null, subject: "checkpoint 12", expected: "a", found: "b" },
    ]);
    expect(await watch.isStopped("EUR")).toBe(true);
  });
});

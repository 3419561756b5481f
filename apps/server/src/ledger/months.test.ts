import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createServerDatabase } from "../../../../test/support/server-database.ts";
import { manualClock } from "../platform/clock.ts";
import { createSubscriptions } from "../platform/events.ts";
import { createIds } from "../platform/ids.ts";
import {
  createLedger,
  createMonths,
  createWatch,
  custodyAccount,
  customerAccount,
  type Ledger,
  type Months,
  type Watch,
} from "./index.ts";

// Three months of entries, looked at more than a year later.
let clock: ReturnType<typeof manualClock>;
let database: Awaited<ReturnType<typeof createServerDatabase>>;
let ledger: Ledger;
let watch: Watch;
let months: Months;
let serial = 0;

const bob = customerAccount("bob", "CNY");
const idle = customerAccount("idle", "CNY");
const fresh = customerAccount("fresh", "CNY");
const at = (text: string) => new Date(`${text}Z`);

beforeEach(async () => {
  clock = manualClock("2025-01-10T08:00:00Z");
  const ids = createIds(clock);
  database = await createServerDatabase();
  const deps = { db: database.db, clock, ids, subscriptions: createSubscriptions() };
  ledger = createLedger(deps);
  watch = createWatch({ ...deps, commit: ledger.commit, pace: { sumsEveryMs: 0 } });
  months = createMonths(deps);
  const post = async (instant: string, account: typeof bob, amount: bigint) => {
    clock.set(`${instant}Z`);
    serial += 1;
    const outcome = await ledger.commit({
      key: `test/${serial}`,
      hash: "fund",
      transfer: {
        id: ids.next("trf"),
        kind: "test.fund",
        subject: `test ${serial}`,
        postings: [{ debit: custodyAccount("test", "CNY"), credit: account, amount }],
      },
    });
    expect(outcome.status).toBe("accepted");
  };
  await post("2025-01-10T08:00:00", bob, 100n);
  await post("2025-01-31T23:59:59", idle, 40n);
  await post("2025-02-01T00:00:00", bob, 20n);
  await post("2025-02-15T00:00:00", bob, 3n);
  await post("2025-03-05T00:00:00", bob, 1_000n);
  await post("2025-03-06T00:00:00", fresh, 7n);
  clock.set("2026-04-02T00:00:00Z");
  await months.prepare();
});
afterEach(async () => {
  await ledger.idle();
  await database.drop();
});

const codeOf = (answer: Promise<unknown>) =>
  answer.then(
    () => "answered",
    (error) => error.code ?? error.message,
  );
const archive = async (...names: string[]) => {
  await watch.run();
  for (const name of names) await months.archive(name);
};
const linesOf = async (from: string, to: string, account = bob) => {
  const statement = await ledger.statement(account, { from: at(from), to: at(to) });
  const lines: bigint[] = [];
  for await (const line of statement.lines()) lines.push(line.amount);
  return { opening: statement.opening, closing: statement.closing, lines };
};

describe("months", () => {
  it("are listed with what they hold, and this one and the next are ready before anybody needs them", async () => {
    expect(
      (await months.list()).map(({ month, status, transfers, entries }) => [
        month,
        status,
        transfers,
        entries,
      ]),
    ).toEqual([
      ["2025-01", "kept", 2n, 4n],
      ["2025-02", "kept", 2n, 4n],
      ["2025-03", "kept", 2n, 4n],
      ["2026-04", "kept", 0n, 0n],
      ["2026-05", "kept", 0n, 0n],
    ]);
    expect((await months.list()).every((month) => month.bytes > 0n)).toBe(true);
    clock.set("2026-12-31T23:00:00Z");
    await months.prepare();
    await months.prepare();
    expect((await months.list()).map(({ month }) => month).slice(-2)).toEqual(["2026-12", "2027-01"]);
  });

  it("leave the books whole when they are archived, and come back as they were", async () => {
    const before = {
      trialBalance: await ledger.trialBalance(),
      february: await linesOf("2025-02-01T00:00:00", "2025-03-01T00:00:00"),
      march: await linesOf("2025-03-01T00:00:00", "2025-04-01T00:00:00"),
    };
    await archive("2025-01", "2025-02");
    expect(
      (await months.list()).map(({ month, status, entries }) => [month, status, entries]).slice(0, 3),
    ).toEqual([
      ["2025-01", "archived", 4n],
      ["2025-02", "archived", 4n],
      ["2025-03", "kept", 4n],
    ]);
    expect(await database.db.query("SELECT position FROM ledger.transfer ORDER BY 1")).toEqual([
      { position: 4n },
      { position: 5n },
    ]);

    // Balances, later statements, checks and new postings need nothing of what is gone.
    expect(await ledger.trialBalance()).toEqual(before.trialBalance);
    expect(await ledger.violations()).toEqual([]);
    expect((await watch.run()).raised).toEqual([]);
    expect(await linesOf("2025-03-01T00:00:00", "2025-04-01T00:00:00")).toEqual(before.march);
    expect(await linesOf("2025-03-01T00:00:00", "2025-03-04T00:00:00")).toEqual({
      opening: 123n,
      closing: 123n,
      lines: [],
    });
    expect(await linesOf("2026-01-01T00:00:00", "2026-02-01T00:00:00", idle)).toEqual({
      opening: 40n,
      closing: 40n,
      lines: [],
    });
    expect(await ledger.balanceAt(bob, at("2025-03-01T00:00:00"))).toBe(123n);
    expect(await ledger.balanceAt(idle, at("2025-06-01T00:00:00"))).toBe(40n);
    expect(await ledger.balanceAt(bob, at("2026-01-01T00:00:00"))).toBe(1_123n);
    const send = await ledger.commit({
      key: "after",
      hash: "after",
      transfer: {
        id: "trf_after",
        kind: "test.send",
        postings: [{ debit: idle, credit: bob, amount: 15n }],
      },
    });
    expect(send.status).toBe("accepted");
    expect(await linesOf("2026-04-01T00:00:00", "2026-05-01T00:00:00", idle)).toEqual({
      opening: 40n,
      closing: 25n,
      lines: [-15n],
    });
    expect(await ledger.balanceAt(idle, at("2025-06-01T00:00:00"))).toBe(40n);
    expect((await watch.run()).raised).toEqual([]);
    expect(await ledger.violations()).toEqual([]);

    await expect(months.restore("2025-01")).rejects.toThrow("youngest archived month first: 2025-02");
    expect((await months.restore("2025-02")).status).toBe("kept");
    expect(await linesOf("2025-02-01T00:00:00", "2025-03-01T00:00:00")).toEqual(before.february);
    await months.restore("2025-01");
    expect(await ledger.balanceAt(bob, at("2025-01-20T00:00:00"))).toBe(100n);
    expect(await ledger.violations()).toEqual([]);
    expect((await watch.run()).raised).toEqual([]);
  });

  it("say that they are archived where a figure would be wrong without them", async () => {
    await archive("2025-01", "2025-02");
    const february = { from: at("2025-02-10T00:00:00"), to: at("2025-04-01T00:00:00") };
    expect(await codeOf(ledger.statement(bob, february))).toBe("ledger.period_archived");
    expect(await codeOf(ledger.entries(bob, { from: february.from }))).toBe("ledger.period_archived");
    expect(await codeOf(ledger.balanceAt(bob, february.from))).toBe("ledger.period_archived");
    expect(await codeOf(ledger.balanceAt(idle, at("2024-01-01T00:00:00")))).toBe("ledger.period_archived");
    expect(await codeOf(ledger.flows(fresh, bob, february))).toBe("ledger.period_archived");
    // An account that began later misses nothing, and neither does one that never was.
    expect(await linesOf("2025-02-10T00:00:00", "2025-04-01T00:00:00", fresh)).toEqual({
      opening: 0n,
      closing: 7n,
      lines: [7n],
    });
    expect(await ledger.balanceAt(fresh, at("2024-01-01T00:00:00"))).toBe(0n);
    expect(await ledger.balanceAt(customerAccount("nobody", "CNY"), at("2024-01-01T00:00:00"))).toBe(0n);
    // Pages that ask for no time end where the archive begins.
    expect((await ledger.entries(bob)).lines.map((line) => line.amount)).toEqual([1_000n]);
  });

  it("are archived oldest first, old enough, proven and without an open alarm", async () => {
    await expect(months.archive("2025-01")).rejects.toThrow("not proven 2025-01");
    await watch.run();
    await expect(months.archive("2025-13")).rejects.toThrow("is no month");
    await expect(months.archive("2024-01")).rejects.toThrow("no month 2024-01");
    await expect(months.archive("2025-02")).rejects.toThrow("oldest month first: 2025-01");
    await expect(months.archive("2025-03")).rejects.toThrow("too young");
    await expect(months.archive("2025-01", { keepMonths: 15 })).rejects.toThrow("the last 15 months stay");
    await expect(months.restore("2025-01")).rejects.toThrow("in the books already");
    await watch.raise([{ invariant: "custody", currency: "CNY", subject: "CNY", expected: "1", found: "0" }]);
    await expect(months.archive("2025-01")).rejects.toThrow("alarm is open");
    await database.db.query(
      "UPDATE ledger.alarm SET cleared_at = now(), cleared_by = 'x', cleared_by_id = 'x', note = 'x'",
    );
    const both = await Promise.allSettled([months.archive("2025-01"), months.archive("2025-01")]);
    expect(both.map((one) => one.status).sort()).toEqual(["fulfilled", "rejected"]);
    await expect(months.archive("2025-01")).rejects.toThrow("archived already");
  });

  it("wait for the signed log where there is one", async () => {
    await watch.run();
    await database.db.query(
      "INSERT INTO ledger.log_key (origin, verifier_key, sealed, created_at) VALUES ('test', 'test', 'test', now())",
    );
    await expect(months.archive("2025-01")).rejects.toThrow("signed log does not cover 2025-01");
    await database.db.query(
      "INSERT INTO ledger.checkpoint (size, root, note, signed_at) VALUES (2, sha256('test'), 'test', now())",
    );
    expect((await months.archive("2025-01")).status).toBe("archived");
    await expect(months.archive("2025-02")).rejects.toThrow("signed log does not cover 2025-02");
  });

  it("may leave the database, and are not taken back altered", async () => {
    await archive("2025-01");
    await database.db.query("CREATE TABLE public.kept AS SELECT * FROM ledger_archive.entry_202501");
    await database.db.query("DROP TABLE ledger_archive.entry_202501");
    expect((await months.list())[0]).toMatchObject({ month: "2025-01", status: "moved_away", entries: 4n });
    await expect(months.restore("2025-01")).rejects.toThrow(
      "ledger_archive.entry_202501 back with pg_restore",
    );
    await database.db.query(
      "CREATE TABLE ledger_archive.entry_202501 (LIKE ledger.entry INCLUDING DEFAULTS INCLUDING CONSTRAINTS)",
    );
    await database.db.query("INSERT INTO ledger_archive.entry_202501 SELECT * FROM public.kept LIMIT 3");
    await expect(months.restore("2025-01")).rejects.toThrow("not what was taken out");
    await database.db.query("TRUNCATE ledger_archive.entry_202501");
    await database.db.query("INSERT INTO ledger_archive.entry_202501 SELECT * FROM public.kept");
    await months.restore("2025-01");
    // A month that came back guards itself again.
    await expect(database.db.query("DELETE FROM ledger.entry_202501")).rejects.toThrow(/append-only/);
    await expect(
      database.db.query(
        "INSERT INTO ledger.entry_202501 SELECT account_id, at, sequence + 1000, position, amount, balance_after, counterparty_id, leg FROM ledger.entry_202501 LIMIT 1",
      ),
    ).rejects.toThrow();
    expect(await ledger.violations()).toEqual([]);

    // The same number of rows, one of them altered: the watch reads what came back.
    await months.archive("2025-01");
    await database.db.transaction(async (tx) => {
      await tx.query("SET LOCAL session_replication_role = replica");
      await tx.query(
        "UPDATE ledger_archive.entry_202501 SET amount = amount + 1 WHERE position = 0 AND leg = 1",
      );
    });
    await months.restore("2025-01");
    expect((await watch.run()).raised).toEqual(
      expect.arrayContaining([expect.objectContaining({ invariant: "double_entry", found: "1" })]),
    );
  });

  it("are detached while postings go on", async () => {
    await watch.run();
    let over = false;
    let posted = 0;
    const posting = (async () => {
      while (!over) {
        await Promise.all(
          Array.from({ length: 8 }, async () => {
            serial += 1;
            const outcome = await ledger.commit({
              key: `busy/${serial}`,
              hash: "busy",
              transfer: {
                id: `trf_busy${serial}` as `trf_${string}`,
                kind: "test.busy",
                postings: [{ debit: custodyAccount("test", "CNY"), credit: fresh, amount: 1n }],
              },
            });
            expect(outcome.status).toBe("accepted");
            posted += 1;
          }),
        );
      }
    })();
    await months.archive("2025-01");
    await months.archive("2025-02");
    await months.restore("2025-02");
    over = true;
    await posting;
    expect(posted).toBeGreaterThan(0);
    expect((await watch.run()).raised).toEqual([]);
    expect(await ledger.violations()).toEqual([]);
  });
});

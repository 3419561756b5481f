import { hash } from "node:crypto";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { transferLeafHash } from "@jinqiao/transparency";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { migrations } from "../migrations.ts";
import { systemClock } from "../platform/clock.ts";
import { createDb, type Db } from "../platform/db.ts";
import { createSubscriptions } from "../platform/events.ts";
import { migrate } from "../platform/migrations.ts";
import { createLedger, customerAccount, ledgerMigrations } from "./index.ts";

/** The ledger's schema as the first release had it. */
const firstRelease = ["001_ledger.sql", "002_commit_batch.sql"];
let database: TestDatabase;
let db: Db;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb({ url: database.url });
  folder = await mkdtemp(join(tmpdir(), "jinqiao-migrations-"));
  for (const file of firstRelease) await cp(new URL(file, ledgerMigrations.folder), join(folder, file));
});
afterAll(async () => {
  await db.close();
  await database.drop();
  await rm(folder, { recursive: true });
});

/** A database as the first release left it, filled by `content`. */
async function asFirstRelease(url: string, content: string): Promise<Db> {
  const old = createDb({ url });
  await migrate(old, [
    ...migrations.filter((module) => module.module === "platform"),
    { module: "ledger", folder: pathToFileURL(`${folder}/`) },
  ]);
  await old.query(content);
  return old;
}

it("transfers of one batch, which bear one time, come into the log in the order of their accounts", async () => {
  const other = await createTestDatabase();
  // Money goes on from a to b to c to d within one millisecond, under ids that sort the other way round.
  const old = await asFirstRelease(
    other.url,
    `INSERT INTO ledger.account (code, currency, kind, floor, safeguarding, balance, last_sequence) VALUES
       ('custody:harbour', 'CNY', 'asset', NULL, 1, 9, 1), ('customer:a', 'CNY', 'liability', 0, -1, 0, 2),
       ('customer:b', 'CNY', 'liability', 0, -1, 0, 2), ('customer:c', 'CNY', 'liability', 0, -1, 9, 1);
     INSERT INTO ledger.transfer (id, kind, request_key, at) SELECT t, 'transfer', t, '2026-01-15Z' FROM unnest('{trf_9,trf_5,trf_1}'::text[]) AS t;
     INSERT INTO ledger.entry (account_id, sequence, transfer_id, amount, currency, balance_after)
     SELECT (SELECT id FROM ledger.account WHERE code = c), s, t, a, 'CNY', b FROM (VALUES
       ('custody:harbour', 1, 'trf_9', 9, 9), ('customer:a', 1, 'trf_9', -9, 9), ('customer:a', 2, 'trf_5', 9, 0),
       ('customer:b', 1, 'trf_5', -9, 9), ('customer:b', 2, 'trf_1', 9, 0), ('customer:c', 1, 'trf_1', -9, 9)) AS v(c, s, t, a, b)`,
  );
  try {
    await migrate(old, migrations);
    const ledger = createLedger({ db: old, clock: systemClock, subscriptions: createSubscriptions() });
    expect(await ledger.violations()).toEqual([]);
    expect(await ledger.log.audit()).toMatchObject({ ok: true, difference: null, transfers: 3n });
    const rows = await old.query<{ id: string }>("SELECT id FROM ledger.transfer ORDER BY position");
    expect(rows.map(({ id }) => id)).toEqual(["trf_9", "trf_5", "trf_1"]);
  } finally {
    await old.close();
    await other.drop();
  }
});

it("books of the first release come over whole, and take a place in the log", async () => {
  expect(await readdir(folder)).toEqual(firstRelease);
  await migrate(db, [
    ...migrations.filter((module) => module.module === "platform"),
    { module: "ledger", folder: pathToFileURL(`${folder}/`) },
  ]);
  await db.query(`
    INSERT INTO ledger.account (code, currency, kind, floor, safeguarding, balance, held, last_sequence) VALUES
      ('custody:harbour', 'CNY', 'asset', NULL, 1, 1000, 0, 1), ('customer:a', 'CNY', 'liability', 0, -1, 600, 250, 3),
      ('customer:b', 'CNY', 'liability', 0, -1, 400, 0, 2), ('customer:c', 'EUR', 'liability', 0, -1, 0, 0, 0);
    INSERT INTO ledger.transfer (id, kind, subject, request_key, at) VALUES
      ('trf_1', 'top_up.settle', 'pay_1', 'k1', '2026-01-31T23:59:59.999Z'),
      -- The clock of the second process was behind: the later entry bears the earlier time.
      ('trf_2', 'transfer', 'pay_2', 'k2', '2026-01-31T23:59:58.123456Z'),
      ('trf_3', 'transfer', NULL, 'k3', '2026-03-01T00:00:00Z');
    INSERT INTO ledger.entry (account_id, sequence, transfer_id, amount, currency, balance_after)
    SELECT (SELECT id FROM ledger.account WHERE code = c), s, t, a, 'CNY', b FROM (VALUES
      ('custody:harbour', 1, 'trf_1', 1000, 1000), ('customer:a', 1, 'trf_1', -1000, 1000),
      ('customer:a', 2, 'trf_2', 500, 500), ('customer:b', 1, 'trf_2', -500, 500),
      ('customer:b', 2, 'trf_3', 100, 400), ('customer:a', 3, 'trf_3', -100, 600)) AS v(c, s, t, a, b);
    INSERT INTO ledger.hold (id, account_id, amount, subject, status, at, expires_at, ended_at)
    SELECT h, id, a, 'pay_4', s, '2026-03-02Z', '2026-06-01Z', e::timestamptz FROM ledger.account,
      (VALUES ('hld_1', 250, 'open', NULL), ('hld_2', 70, 'captured', '2026-03-03Z')) AS v(h, a, s, e) WHERE code = 'customer:a'`);

  await migrate(db, migrations);

  const ledger = createLedger({ db, clock: systemClock, subscriptions: createSubscriptions() });
  expect(await ledger.violations()).toEqual([]);
  expect(await ledger.balances("customer:a")).toMatchObject([
    { code: "customer:a", currency: "CNY", balance: 600n, held: 250n },
  ]);
  const a = customerAccount("a", "CNY");
  const { lines } = await ledger.entries(a, { order: "oldest" });
  expect(lines.map((line) => [line.transferId, line.amount, line.balance, line.counterparty])).toEqual([
    ["trf_1", 1000n, 1000n, "custody:harbour"],
    ["trf_2", -500n, 500n, "customer:b"],
    ["trf_3", 100n, 600n, "customer:b"],
  ]);
  expect(lines[1]?.at.toISOString()).toBe("2026-01-31T23:59:59.999Z");
  expect(await ledger.balanceAt(a, new Date("2026-02-15T00:00:00Z"))).toBe(500n);
  expect(await ledger.safeguarding("CNY")).toEqual({ assets: 1000n, owed: 1000n });
  expect((await ledger.holdsOf("pay_4")).map((hold) => [hold.status, hold.captured])).toEqual([
    ["open", 0n],
    ["captured", 70n],
  ]);

  const [leaf] = await db.query<{ leaf: string; salt: string }>(
    "SELECT encode(leaf, 'base64') AS leaf, encode(salt, 'base64') AS salt FROM ledger.transfer WHERE id = 'trf_2'",
  );
  expect(leaf?.leaf).toBe(
    transferLeafHash(
      (text) => hash("sha256", text, "base64"),
      leaf?.salt as string,
      { id: "trf_2", kind: "transfer", subject: "pay_2", at: "2026-01-31T23:59:59.999Z" },
      [
        { account: "customer:a", currency: "CNY", amount: "500", sequence: "2", balance: "500" },
        { account: "customer:b", currency: "CNY", amount: "-500", sequence: "1", balance: "500" },
      ],
    ),
  );
  const accepted = await ledger.commit({
    key: "after",
    hash: "h",
    transfer: {
      id: "trf_4",
      kind: "transfer",
      postings: [{ debit: a, credit: customerAccount("b", "CNY"), amount: 350n }],
    },
    releases: [],
  });
  expect(accepted.status).toBe("accepted");
  expect(await ledger.violations()).toEqual([]);
  expect(await ledger.log.audit()).toMatchObject({ ok: true, difference: null, transfers: 4n });
});

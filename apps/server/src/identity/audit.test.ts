import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createServerDatabase } from "../../../../test/support/server-database.ts";
import { auditDatabase } from "../audit.ts";
import { createLedger } from "../ledger/index.ts";
import { manualClock } from "../platform/clock.ts";
import { createSubscriptions } from "../platform/events.ts";
import { createIds } from "../platform/ids.ts";
import { createVault } from "../vault/index.ts";
import { type Audit, createAudit } from "./audit.ts";

const clock = manualClock("2026-03-01T08:00:00Z");
const ids = createIds(clock);
const vault = createVault({ masterKey: Buffer.alloc(32, 8).toString("base64") });
let database: Awaited<ReturnType<typeof createServerDatabase>>;
let audit: Audit;

/** Five entries, put into the log by two and three. */
beforeAll(async () => {
  database = await createServerDatabase();
  audit = createAudit({ db: database.db, clock, ids, vault });
  for (const action of ["one", "two"]) await write(action);
  await audit.commit();
  for (const action of ["three", "four", "five"]) await write(action);
  await audit.commit();
});
afterAll(() => database.drop());

async function write(action: string): Promise<void> {
  clock.advance(1_000);
  await database.db.transaction((tx) =>
    audit.record(tx, {
      actor: { kind: "staff", id: "stf_1" },
      action: `test.${action}`,
      subject: "cus_1",
      from: "192.0.2.7",
      details: { words: "Canary Words" },
    }),
  );
}
const found = async () => (await auditDatabase({ databaseUrl: database.url })).trail;

/** Changes the tables as somebody with all rights over the database could, and brings them back. */
async function tampered(sql: string): Promise<Awaited<ReturnType<typeof found>>> {
  const { db } = database;
  await db.query("CREATE TABLE IF NOT EXISTS public.kept_e AS TABLE identity.audit_entry");
  await db.query("CREATE TABLE IF NOT EXISTS public.kept_p AS TABLE identity.audit_position");
  const withoutTriggers = (statements: string) =>
    db.query(`DO $do$ BEGIN SET LOCAL session_replication_role = replica; ${statements} END $do$`);
  await withoutTriggers(sql);
  try {
    return await found();
  } finally {
    await withoutTriggers(
      `DELETE FROM identity.audit_position; DELETE FROM identity.audit_entry;
       INSERT INTO identity.audit_entry SELECT * FROM public.kept_e; INSERT INTO identity.audit_position SELECT * FROM public.kept_p;`,
    );
  }
}
const at = (position: number) =>
  `id = (SELECT entry_id FROM identity.audit_position WHERE position = ${position})`;

describe("the audit trail", () => {
  beforeEach(async () => {
    expect(await found()).toEqual({ ok: true, entries: 5n, heads: 2n, problem: null });
  });

  it("is read back newest first, its words sealed at rest", async () => {
    const entries = await audit.list({ action: "test", limit: 10 });
    expect(entries.map(({ action }) => action)).toEqual(
      ["five", "four", "three", "two", "one"].map((word) => `test.${word}`),
    );
    expect(entries[0]).toMatchObject({ from: "192.0.2.7", details: { words: "Canary Words" } });
    const [row] = await database.db.query<{ text: string }>(
      "SELECT string_agg(e::text, '') AS text FROM identity.audit_entry e",
    );
    expect(row?.text).not.toMatch(/Canary|192\.0\.2/);
  });

  it("refuses changes by anybody who obeys the database", async () => {
    const { db } = database;
    for (const statement of [
      "UPDATE identity.audit_entry SET action = 'x'",
      "DELETE FROM identity.audit_entry",
      "TRUNCATE identity.audit_position",
      "UPDATE identity.audit_position SET position = position + 1",
    ])
      await expect(db.query(statement)).rejects.toThrow(/never changed/);
    // Sealing anew under another key changes nothing of what was said.
    await db.query("UPDATE identity.audit_entry SET sealed = sealed");
  });

  it.each([
    [
      "an altered entry",
      `UPDATE identity.audit_entry SET actor_id = 'stf_2' WHERE ${at(2)};`,
      "entry_changed",
    ],
    [
      "an altered outcome",
      `UPDATE identity.audit_entry SET outcome = 'refused' WHERE ${at(0)};`,
      "entry_changed",
    ],
    ["a removed entry", `DELETE FROM identity.audit_entry WHERE ${at(1)};`, "entry_missing"],
    ["a removed place", "DELETE FROM identity.audit_position WHERE position = 3;", "place_missing"],
    [
      "a shortened trail",
      "DELETE FROM identity.audit_entry WHERE id IN (SELECT entry_id FROM identity.audit_position WHERE position >= 3); DELETE FROM identity.audit_position WHERE position >= 3;",
      "head_beyond",
    ],
    [
      "an entry with another's leaf",
      `UPDATE identity.audit_position SET chain = sha256('x') WHERE position = 4;`,
      "chain_differs",
    ],
    [
      "an entry slipped in",
      `INSERT INTO identity.audit_entry SELECT 'aud_forged', at - interval '2 days', actor_kind, actor_id, action, subject, outcome, sealed, details_hash, leaf FROM identity.audit_entry WHERE ${at(0)};`,
      "entry_inserted",
    ],
  ])("names %s", async (_, sql, code) => {
    expect(await tampered(sql)).toMatchObject({ ok: false, problem: { code } });
  });

  it("names a trail that was rewritten from end to end, because the log states another head", async () => {
    // Every leaf and the whole chain are computed anew: within itself the trail is without fault.
    const report = await tampered(`
      DELETE FROM identity.audit_position;
      INSERT INTO identity.audit_position
        WITH RECURSIVE e AS (SELECT row_number() OVER (ORDER BY at DESC, id) - 1 AS n, id, leaf FROM identity.audit_entry),
        walk AS (SELECT n, id, sha256(decode(repeat('00', 32), 'hex') || leaf) AS chain FROM e WHERE n = 0
                 UNION ALL SELECT e.n, e.id, sha256(walk.chain || e.leaf) FROM walk JOIN e ON e.n = walk.n + 1)
        SELECT n, id, chain FROM walk;`);
    expect(report).toMatchObject({ ok: false, problem: { code: "head_differs", facts: { size: "2" } } });
  });
});

it("stands among the transfers of the log, and the books stay whole", async () => {
  const ledger = createLedger({ db: database.db, clock, subscriptions: createSubscriptions() });
  expect(await ledger.violations()).toEqual([]);
  const { books, ok } = await auditDatabase({ databaseUrl: database.url });
  expect({ ok, books: books.ok, transfers: books.transfers }).toEqual({
    ok: true,
    books: true,
    transfers: 2n,
  });
});

it("orders entries written at once by many, each once", async () => {
  await Promise.all(Array.from({ length: 20 }, (_, index) => write(`many.${index}`)));
  await Promise.all([audit.commit(), audit.commit(), audit.commit()]);
  expect(await found()).toMatchObject({ ok: true, entries: 25n });
});

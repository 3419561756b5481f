import { afterAll, beforeAll, expect, it } from "vitest";
import { createServerDatabase } from "../../../../test/support/server-database.ts";
import { manualClock } from "./clock.ts";
import { createHousekeeping } from "./housekeeping.ts";

const clock = manualClock("2026-11-22T00:00:00Z");
let database: Awaited<ReturnType<typeof createServerDatabase>>;
beforeAll(async () => {
  database = await createServerDatabase();
});
afterAll(() => database.drop());

it("forgets answers and events when their time has passed, in slices, and nothing else", async () => {
  const { db } = database;
  await db.query(
    `INSERT INTO platform.request (key, hash, outcome, at)
     SELECT 'old/' || n, 'h', 'accepted', '2025-10-18T00:00:00Z'::timestamptz - n * interval '1 second' FROM generate_series(1, 12000) AS n`,
  );
  await db.query(
    "INSERT INTO platform.request (key, hash, outcome, at) VALUES ('kept', 'h', 'accepted', '2025-10-18T00:00:00Z'), ('new', 'h', 'accepted', '2026-11-21T00:00:00Z')",
  );
  await db.query(
    "INSERT INTO platform.outbox (name, payload, at) SELECT 'x', '{}', '2026-11-22T00:00:00Z'::timestamptz - n * interval '1 day' FROM generate_series(30, 0, -1) AS n",
  );
  const housekeeping = createHousekeeping({ db, clock, retention: { requestDays: 400, eventDays: 14 } });
  expect(await housekeeping.forget()).toEqual({ requests: 12_000, events: 16 });
  expect(await db.query("SELECT key FROM platform.request ORDER BY key")).toEqual([
    { key: "kept" },
    { key: "new" },
  ]);
  expect(await db.query("SELECT count(*) AS n, min(at) AS at FROM platform.outbox")).toEqual([
    { n: 15n, at: new Date("2026-11-08T00:00:00Z") },
  ]);
  expect(await housekeeping.forget()).toEqual({ requests: 0, events: 0 });
});

it("finds old answers without an index that every commit would have to keep", async () => {
  const rows = await database.db.query("SELECT indexdef FROM pg_indexes WHERE indexname = 'request_at'");
  expect(rows[0]?.indexdef).toContain("USING brin");
});

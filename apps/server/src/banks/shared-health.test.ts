import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { manualClock } from "../platform/clock.ts";
import { createDb } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import { migrate } from "../platform/migrations.ts";
import { createBankHealth } from "./health.ts";
import { banksMigrations } from "./index.ts";
import { createSharedHealth } from "./shared-health.ts";

// Two processes of one deployment, as one server for the pages and one for the jobs.
let database: TestDatabase;
const processes: Awaited<ReturnType<typeof startProcess>>[] = [];
const clock = manualClock("2026-11-22T10:00:00.000Z");

async function startProcess() {
  const statements: string[] = [];
  const db = createDb({
    url: database.url,
    maxConnections: 2,
    fault: (when, text) => void (when === "before" && statements.push(text)),
  });
  const shared = createSharedHealth({ db, logger: pino({ level: "silent" }) });
  const health = createBankHealth({ config: { timeZone: "UTC" }, clock, shared: shared.of("harbour") });
  await shared.listen();
  return {
    statements,
    health,
    fail: () =>
      health
        .call(
          () => Promise.reject(new Refusal("bank.unavailable")),
          () => false,
          () => Promise.reject(new Error("not called")),
        )
        .catch(() => undefined),
    /** @returns whether the bank was called */
    succeed: () =>
      health.call(
        async () => true,
        () => false,
        () => false,
      ),
    async close() {
      await shared.close();
      await db.close();
    },
  };
}
const circuits = () => processes.map(({ health }) => health.figures().circuit);

beforeAll(async () => {
  database = await createTestDatabase({
    template: {
      name: "banks-health",
      async migrate(url) {
        const db = createDb({ url, maxConnections: 2 });
        await migrate(db, [banksMigrations]).finally(() => db.close());
      },
    },
  });
  processes.push(await startProcess(), await startProcess());
});
afterAll(async () => {
  for (const each of processes) await each.close();
  await database.drop();
});

it("failures seen by several processes add up, and all leave the bank alone; one finds out; all hear that it is back", async () => {
  const [web, worker] = processes as [(typeof processes)[0], (typeof processes)[0]];
  for (const each of [web, worker, web, worker]) await each.fail();
  expect(circuits()).not.toContain("open");
  await worker.fail();
  await expect.poll(circuits, { timeout: 5_000 }).toEqual(["open", "open"]);
  expect(await web.succeed()).toBe(false);
  expect(web.health.availability().until?.toISOString()).toBe("2026-11-22T10:00:10.000Z");

  // One that starts now knows it too.
  processes.push(await startProcess());
  await expect.poll(circuits, { timeout: 5_000 }).toEqual(["open", "open", "open"]);

  clock.advance(10_000);
  expect(circuits()).toEqual(["half_open", "half_open", "half_open"]);
  const release = Promise.withResolvers<true>();
  const begun = Promise.withResolvers<void>();
  const probe = web.health.call(
    () => {
      begun.resolve();
      return release.promise;
    },
    () => false,
    () => false,
  );
  await begun.promise;
  expect(await worker.succeed()).toBe(false);
  release.resolve(true);
  expect(await probe).toBe(true);
  await expect.poll(circuits, { timeout: 5_000 }).toEqual(["closed", "closed", "closed"]);
  expect(worker.health.figures().lastSuccessAt).toEqual(clock.now());
});

it("a bank that is well costs no query for each call", async () => {
  const [web] = processes as [(typeof processes)[0]];
  clock.advance(120_000);
  await web.succeed();
  await expect.poll(() => web.statements.length).toBeGreaterThan(0);
  const before = web.statements.length;
  for (let nth = 0; nth < 100; nth += 1) await web.succeed();
  // Of the telling that the first call began, the rest may follow.
  expect(web.statements.length - before).toBeLessThan(8);
});

it("without the database this process goes on with what it knows itself", async () => {
  const db = createDb({ url: "postgres://nobody@127.0.0.1:1/none", maxConnections: 1 });
  const shared = createSharedHealth({ db, logger: pino({ level: "silent" }) });
  const health = createBankHealth({ config: { timeZone: "UTC" }, clock, shared: shared.of("harbour") });
  for (let nth = 0; nth < 5; nth += 1)
    await health.call(
      async () => "silence",
      () => true,
      () => "not called",
    );
  expect(health.figures().circuit).toBe("open");
  clock.advance(10_000);
  const call = () =>
    health.call(
      async () => "back",
      () => false,
      () => "not called",
    );
  expect(await call()).toBe("back");
  expect(health.figures().circuit).toBe("closed");
  await shared.close();
  await db.close();
});

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rounds } from "./generator.ts";
import { type MortalPostgres, startMortalPostgres } from "./postgres.ts";
import { createRandom } from "./random.ts";
import { type RunReport, shorten, simulate } from "./simulate.ts";

// A failure prints its seed: `npm run sim -- --seed S --steps N` plays it again and looks for the shortest beginning.

let folder: string;
let postgres: MortalPostgres;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jinqiao-sim-"));
  postgres = await startMortalPostgres(folder);
});
afterAll(async () => {
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("the ledger while processes and PostgreSQL are killed, answers are lost and clocks jump", () => {
  const reports: RunReport[] = [];

  it.each([2, 21, 40])("answers and books all as predicted, seed %i", { timeout: 240_000 }, async (seed) => {
    const report = await simulate({ seed, steps: 200, engines: 3, postgres });
    reports.push(report);
    expect(report.failure, `npm run sim -- --seed ${seed} --steps ${report.steps}`).toBeUndefined();
  });

  it("was put to the test by every kind of fault and answer", () => {
    const sum = (lists: readonly Record<string, number>[], name: string): number =>
      lists.reduce((total, list) => total + (list[name] ?? 0), 0);
    const faults = reports.map((report) => report.faults);
    const answers = reports.map((report) => report.answers);
    for (const name of ["kill engine", "kill postmaster", "kill backend", "lose answer"])
      expect(sum(faults, name), name).toBeGreaterThan(0);
    for (const name of [
      "accepted",
      "replayed",
      "conflict",
      "stale",
      "error",
      "payment.insufficient_funds",
      "ledger.hold_not_open",
      "ledger.hold_exceeded",
      "ledger.account_frozen",
      "ledger.limit_exceeded",
    ])
      expect(sum(answers, name), name).toBeGreaterThan(0);
    expect(reports.reduce((total, report) => total + report.askedAgain, 0)).toBeGreaterThan(0);
  });
});

describe("the simulation itself", () => {
  it("asks the same for the same seed, and a shorter run is the beginning of a longer one", () => {
    const asked = (steps: number) =>
      [...rounds(createRandom(99), { steps, engines: 3 })].flatMap((round) =>
        round.steps.map(({ instruction, to }) => [instruction, to, round.clocks]),
      );
    const whole = asked(400);
    expect(asked(400)).toEqual(whole);
    const opening = 10;
    expect(whole).toHaveLength(400 + opening);
    for (const steps of [1, 37, 150]) expect(asked(steps)).toEqual(whole.slice(0, steps + opening));
  });

  const behindItsBack = (sql: string): string =>
    `BEGIN; SET LOCAL session_replication_role = replica; ${sql}; COMMIT`;
  it.each([
    {
      what: "a balance",
      sql: "UPDATE ledger.account SET balance = balance + 1 WHERE code = 'own-funds' AND currency = 'EUR'",
      found: [/^account own-funds EUR: 1000001 /],
    },
    {
      what: "the history, which no balance shows,",
      sql: `UPDATE ledger.transfer SET kind = 'gift' WHERE position = 0;
            UPDATE ledger.transfer SET salt = sha256(salt) WHERE position = 3`,
      found: [
        /^entry custody:sim EUR 1: trf_\S+ gift /,
        /^entry own-funds EUR 1: trf_\S+ gift /,
        /^the leaf of trf_/,
        /^the leaf of trf_/,
      ],
    },
  ])(
    "notices that $what was changed behind the ledger's back",
    { timeout: 120_000 },
    async ({ sql, found }) => {
      const tamper = { afterSteps: 10, sql: behindItsBack(sql) };
      const { failure } = await simulate({ seed: 5, steps: 25, engines: 1, calm: true, postgres, tamper });
      expect(failure?.problems).toEqual(found.map((pattern) => expect.stringMatching(pattern)));
    },
  );

  it("finds the shortest beginning that fails", { timeout: 240_000 }, async () => {
    const options = {
      engines: 1,
      calm: true,
      postgres,
      tamper: { afterSteps: 20, sql: "UPDATE ledger.log_head SET size = size + 1" },
    };
    const { failure } = await simulate({ ...options, seed: 5, steps: 40 });
    expect(failure).toBeDefined();
    const shortest = await shorten(5, failure as NonNullable<typeof failure>, options);
    expect(shortest.steps).toBe(20);
  });
});

import { setTimeout as sleep } from "node:timers/promises";
import { createLedger } from "../../../apps/server/src/ledger/index.ts";
import { createDb } from "../../../apps/server/src/platform/db.ts";
import { createSubscriptions } from "../../../apps/server/src/platform/events.ts";
import { type Asked, createAuditor, type Recorded } from "./auditor.ts";
import { createEngine, type Engine, type Heard } from "./engines.ts";
import { type Fault, type Round, rounds, type Step } from "./generator.ts";
import { type MortalPostgres, patient } from "./postgres.ts";
import { createRandom } from "./random.ts";
import { compareHistory, compareState } from "./tables.ts";

export type RunOptions = {
  seed: number;
  /** How many instructions are asked, beside those that open the books. */
  steps: number;
  /** How many processes of the ledger there are. */
  engines: number;
  postgres: MortalPostgres;
  /** Nothing breaks. */
  calm?: boolean;
  onProgress?(done: { steps: number; rounds: number; faults: number }): void;
  /** Changes the tables behind the ledger's back after so many steps. For the test of the simulation itself. */
  tamper?: { afterSteps: number; sql: string };
};

/** Found after so many steps, when after `fine` steps all was still as predicted. */
export type Failure = { steps: number; fine: number; problems: string[] };

export type RunReport = {
  seed: number;
  steps: number;
  engines: number;
  rounds: number;
  /** How often each answer was heard. */
  answers: Record<string, number>;
  faults: Record<string, number>;
  /** How often nobody could say what had become of an instruction, and it was asked again. */
  askedAgain: number;
  /** What is wrong; absent when all is right. */
  failure?: Failure;
};

/** Nobody answers for longer than this only when something is broken for good. */
const mostAttempts = 60;

/**
 * One run: rounds of instructions against real engine processes on a real PostgreSQL while both are killed, answers
 * are lost and clocks jump. After each round every answer and every balance is what the model says.
 */
export async function simulate(options: RunOptions): Promise<RunReport> {
  const { seed, steps, postgres } = options;
  const database = await postgres.freshDatabase();
  const db = createDb({ url: database.url, maxConnections: 2, applicationName: "auditor" });
  const auditor = createAuditor();
  const report: RunReport = {
    seed,
    steps,
    engines: options.engines,
    rounds: 0,
    answers: auditor.counts,
    faults: {},
    askedAgain: 0,
  };
  const engines = await Promise.all(
    Array.from({ length: options.engines }, () => createEngine(database.url)),
  );
  let done = 0;
  let lastSerial = 0n;
  let tampered = false;

  const countFault = (name: string): void => {
    report.faults[name] = (report.faults[name] ?? 0) + 1;
  };

  /** Asks until somebody says what became of it: first the engine that was chosen, then the others in turn. */
  async function askUntilKnown(step: Step, chosen: number, heardOne: () => void): Promise<Asked> {
    for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
      const number = (chosen + attempt) % engines.length;
      const { instruction } = step;
      const { key, hash } = instruction;
      const record = { writer: "simulation.note_order", row: { key, hash, engine: number } };
      const heard = await (engines[number] as Engine).commit({
        ...instruction,
        rows: [...(instruction.rows ?? []), record],
      });
      heardOne();
      if (heard.heard !== "nothing") return { instruction, poison: step.poison, heard };
      report.askedAgain += 1;
      await postgres.ready();
      await sleep(20);
    }
    throw new Error(`${step.instruction.key}: no answer in ${mostAttempts} attempts`);
  }

  async function play(round: Round): Promise<Asked[]> {
    await Promise.all(
      engines.map((engine, number) => {
        const fault = round.faults.find((one) => one.what !== "kill PostgreSQL" && one.engine === number);
        return engine.prepare(
          round.clocks[number] as number,
          fault as Exclude<Fault, { what: "kill PostgreSQL" }>,
        );
      }),
    );
    const kills = round.faults.filter((fault) => fault.what === "kill PostgreSQL");
    let answers = 0;
    let killing: Promise<void> = Promise.resolve();
    const heardOne = (): void => {
      answers += 1;
      for (const kill of kills.splice(0))
        if (kill.answers < answers) {
          countFault(`kill ${kill.part}`);
          killing = postgres.kill(kill.part, database.name);
        } else kills.push(kill);
    };
    const asked = await Promise.all(
      round.steps.flatMap((step) => step.to.map((engine) => askUntilKnown(step, engine, heardOne))),
    );
    await killing;
    return asked;
  }

  /** Holds whose time has passed, ended by all engines at once; each is ended by one of them. */
  async function expire(nowMs: number): Promise<string[]> {
    await Promise.all(engines.map((engine) => engine.prepare(nowMs)));
    const heard = await Promise.all(engines.map((engine) => engine.expireHolds()));
    const expected = auditor.expire(nowMs);
    const lost = heard.find(
      (one): one is Exclude<Heard<number>, { heard: "outcome" }> => one.heard !== "outcome",
    );
    if (lost) return [`holds could not be ended: ${lost.heard === "nothing" ? lost.why : lost.message}`];
    const ended = heard.reduce((sum, one) => sum + (one.heard === "outcome" ? one.outcome : 0), 0);
    return ended === expected ? [] : [`${ended} holds were ended instead of ${expected}`];
  }

  async function audit(round: Round, asked: readonly Asked[]): Promise<string[]> {
    const recorded = await patient(() =>
      db.query<Recorded & { serial: bigint }>(
        "SELECT serial, key, hash, engine FROM simulation.record WHERE serial > $1 ORDER BY serial",
        [lastSerial],
      ),
    );
    lastSerial = recorded.at(-1)?.serial ?? lastSerial;
    const problems = auditor.round(asked, recorded, round.clocks);
    // Once an answer is wrong the model has lost its way, and everything after it would seem wrong, too.
    if (problems.length > 0) return problems;
    if (round.expires) problems.push(...(await expire(Math.max(...round.clocks))));
    return [...problems, ...(await patient(() => compareState(db, auditor.model, auditor.rows)))];
  }

  try {
    for (const round of rounds(createRandom(seed), options)) {
      const fine = done;
      const problems = await play(round).then(
        (asked) => audit(round, asked),
        (error: Error) => [error.message],
      );
      done = Math.min(steps, done + round.steps.length - round.opening);
      report.rounds += 1;
      if (options.tamper && !tampered && done >= options.tamper.afterSteps) {
        tampered = true;
        await db.query(options.tamper.sql);
        problems.push(...(await compareState(db, auditor.model, auditor.rows)));
      }
      report.faults["kill engine"] = engines.reduce((sum, engine) => sum + engine.deaths, 0);
      report.faults["lose answer"] = engines.reduce((sum, engine) => sum + engine.losses, 0);
      options.onProgress?.({
        steps: done,
        rounds: report.rounds,
        faults: Object.values(report.faults).reduce((sum, number) => sum + number, 0),
      });
      if (problems.length > 0) {
        report.failure = { steps: done, fine, problems };
        return report;
      }
    }
    const ledger = createLedger({
      db,
      clock: { now: () => new Date() },
      subscriptions: createSubscriptions(),
    });
    const violations = await patient(() => ledger.violations());
    const problems = [
      ...violations.map(({ invariant, subject, detail }) => `violated: ${invariant}, ${subject}: ${detail}`),
      ...(await patient(() => compareHistory(db, auditor.model))),
    ];
    if (problems.length > 0) report.failure = { steps: done, fine: 0, problems };
    return report;
  } finally {
    await Promise.all(engines.map((engine) => engine.close()));
    await db.close();
  }
}

/**
 * Finds the shortest beginning of a failed run that fails as well, by halving, in so many runs at most. Processes race
 * in ways that no seed decides: what fails only now and then may come out longer than need be, never too short.
 */
export async function shorten(
  seed: number,
  failure: Failure,
  options: Omit<RunOptions, "steps" | "seed">,
  runs = 8,
): Promise<Failure> {
  let shortest = failure;
  let { fine } = failure;
  for (let run = 0; run < runs && fine + 1 < shortest.steps; run += 1) {
    const steps = Math.floor((fine + shortest.steps) / 2);
    const { failure: again } = await simulate({ ...options, seed, steps });
    if (again) shortest = again;
    else fine = steps;
  }
  return shortest;
}

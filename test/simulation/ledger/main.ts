import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startMortalPostgres } from "./postgres.ts";
import { shorten, simulate } from "./simulate.ts";

// `npm run sim`: one run of the ledger's simulation, or, after a failure, the same one again.

const usage = `npm run sim -- [--seed S] [--steps N] [--processes P] [--json]

Plays N random instructions (default 2000) against P processes of the ledger (default 3) on a PostgreSQL of its own,
kills both while they work, loses answers and turns clocks; a model predicts every answer and every balance.
The same seed gives the same instructions and faults. Ends with 1 when anything differs, and prints the seed and the
shortest beginning that fails.
`;

function wholeNumber(name: string, text: string | undefined, fallback: number, most: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
  process.stderr.write(`--${name} must be a whole number from 1 to ${most}, not ${JSON.stringify(text)}.\n`);
  process.exit(2);
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        seed: { type: "string" },
        steps: { type: "string" },
        processes: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    return values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}

const values = readArguments();
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const seed = wholeNumber("seed", values.seed, 1 + Math.floor(Math.random() * 999_999), 2 ** 32 - 1);
const steps = wholeNumber("steps", values.steps, 2_000, 1_000_000);
const engines = wholeNumber("processes", values.processes, 3, 16);

const note = (text: string): void => {
  process.stderr.write(process.stderr.isTTY ? `\r\u001b[2K${text}` : `${text}\n`);
};
const folder = await mkdtemp(join(tmpdir(), "jinqiao-sim-"));
note(`Seed ${seed}: starting PostgreSQL …`);
const postgres = await startMortalPostgres(folder);
let stopped: Promise<void> | undefined;
const stop = (): Promise<void> => {
  stopped ??= postgres.stop().then(() => rm(folder, { recursive: true, force: true }));
  return stopped;
};
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.once(signal, () => void stop().finally(() => process.exit(130)));

let told = 0;
try {
  const report = await simulate({
    seed,
    steps,
    engines,
    postgres,
    onProgress(done) {
      // Not every round: on a file or in CI each is a line.
      const percent = Math.floor((100 * done.steps) / steps);
      if (!process.stderr.isTTY && percent < told + 10 && done.steps < steps) return;
      told = percent;
      note(`Seed ${seed}: ${done.steps} of ${steps} steps, ${done.rounds} rounds, ${done.faults} faults`);
    },
  });
  if (process.stderr.isTTY) process.stderr.write("\n");
  const { failure, ...facts } = report;
  if (failure) note("It failed. Looking for the shortest beginning that fails …");
  const shortest = failure && (await shorten(seed, failure, { engines, postgres }));
  if (values.json) process.stdout.write(`${JSON.stringify({ ok: !failure, ...facts, failure, shortest })}\n`);
  else if (!failure || !shortest)
    process.stdout.write(
      `All as predicted: ${steps} steps in ${report.rounds} rounds, seed ${seed}, ${engines} processes.\n` +
        `Answers: ${list(report.answers)}.\nFaults: ${list(report.faults)}. Asked again: ${report.askedAgain}.\n`,
    );
  else
    process.stdout.write(
      `FAILED after ${failure.steps} steps, seed ${seed}:\n${failure.problems.slice(0, 20).join("\n")}\n\n` +
        `The shortest beginning that fails:\n  npm run sim -- --seed ${seed} --steps ${shortest.steps} --processes ${engines}\n` +
        `${shortest.problems.slice(0, 20).join("\n")}\n`,
    );
  process.exitCode = failure ? 1 : 0;
} finally {
  await stop();
}

function list(numbers: Record<string, number>): string {
  return Object.entries(numbers)
    .map(([name, number]) => `${name} ${number}`)
    .join(", ");
}

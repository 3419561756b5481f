import { EventEmitter } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import {
  Logger as JobLogger,
  parseCronItems,
  type Runner,
  run,
  runOnce,
  type TaskList,
  type WorkerEvents,
} from "graphile-worker";
import pg from "pg";
import type { Logger } from "pino";
import { scrub } from "./logger.ts";
import { releaseJobsOfTheDead, showAlive } from "./worker-liveness.ts";

/** Thrown by a handler whose turn has not come: the same job runs again later, and no try has been used up. */
export class Postponed extends Error {
  readonly waitMs: number;
  constructor(waitMs: number) {
    super(`postponed by ${waitMs} ms`);
    this.name = "Postponed";
    this.waitMs = waitMs;
  }
}

export type JobHandler = (payload: Record<string, unknown>) => Promise<void>;
export type JobHandlers = Record<string, JobHandler>;
export type CronJob = { task: string /** Five fields, UTC. */; pattern: string };

export type Worker = {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Runs everything that waits, also what a retry would put off. For tests, simulation and the demo. */
  drain(options?: { rounds?: number }): Promise<void>;
  close(): Promise<void>;
};

/**
 * Runs jobs of graphile-worker. A handler that throws is tried again with growing pauses; handlers are safe to
 * repeat because whatever they commit carries a key.
 */
export function createWorker(deps: {
  databaseUrl: string;
  logger: Logger;
  handlers: JobHandlers;
  cron: readonly CronJob[];
  concurrency?: number;
}): Worker {
  const concurrency = deps.concurrency ?? 4;
  // A pool of its own: the library expects PostgreSQL's default types, and jobs must not starve requests.
  const pool = new pg.Pool({
    connectionString: deps.databaseUrl,
    max: concurrency + 2,
    application_name: "jinqiao-worker",
  });
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  let runner: Runner | undefined;
  let alive: Promise<{ close(): Promise<void> }> | undefined;
  let reaper: NodeJS.Timeout | undefined;
  async function stop(): Promise<void> {
    clearInterval(reaper);
    await runner?.stop();
    runner = undefined;
    await (await alive?.catch(() => undefined))?.close();
    alive = undefined;
  }
  const taskList: TaskList = Object.fromEntries(
    Object.entries(deps.handlers).map(([task, handler]) => [
      task,
      async (payload: unknown, helpers) => {
        try {
          await handler((payload ?? {}) as Record<string, unknown>);
        } catch (error) {
          if (error instanceof Postponed) {
            const { key, max_attempts: maxAttempts } = helpers.job;
            await helpers.addJob(task, payload, {
              runAt: new Date(Date.now() + error.waitMs),
              maxAttempts,
              // A job that was queued under the same key meanwhile stands for this one as well.
              ...(key === null ? {} : { jobKey: key, jobKeyMode: "preserve_run_at" }),
            });
            return;
          }
          deps.logger.warn(
            { task, jobId: helpers.job.id, attempt: helpers.job.attempts, err: error },
            "job failed; it will be tried again",
          );
          // What the queue keeps of the error stands in the database: it is scrubbed as for the log.
          throw new Error(scrub(error instanceof Error ? error.message : String(error)));
        }
      },
    ]),
  );
  const options = { pgPool: pool, taskList, noHandleSignals: true, logger: new JobLogger(() => () => {}) };
  return {
    async start() {
      const events: WorkerEvents = new EventEmitter();
      events.once("pool:create", ({ workerPool }) => {
        alive = showAlive(deps.databaseUrl, workerPool.id);
        alive.catch((error: unknown) =>
          deps.logger.error({ err: error }, "worker cannot show that it lives"),
        );
      });
      runner = await run({
        ...options,
        events,
        concurrency,
        pollInterval: 1_000,
        parsedCronItems: parseCronItems(deps.cron.map(({ task, pattern }) => ({ task, match: pattern }))),
      });
      await alive;
      const release = () =>
        releaseJobsOfTheDead(pool).catch((error: unknown) =>
          deps.logger.warn({ err: error }, "jobs of dead workers not looked for"),
        );
      await release();
      reaper = setInterval(release, 15_000);
      reaper.unref();
    },
    stop,
    async drain({ rounds = 20 } = {}) {
      for (let round = 0; round < rounds; round += 1) {
        await pool.query(
          "UPDATE graphile_worker._private_jobs SET run_at = now() WHERE attempts < max_attempts AND locked_at IS NULL",
        );
        await runOnce(options);
        // A failed job is still locked until its failure is written, so locked jobs count as waiting too.
        const left = await pool.query(
          "SELECT bool_and(locked_at IS NOT NULL) AS locked FROM graphile_worker._private_jobs WHERE attempts < max_attempts HAVING count(*) > 0",
        );
        if (left.rowCount === 0) return;
        if (left.rows[0].locked) await sleep(50);
      }
    },
    async close() {
      await stop();
      await pool.end();
    },
  };
}

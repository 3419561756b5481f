import type { Clock } from "./clock.ts";
import type { Retention } from "./config.ts";
import type { Db } from "./db.ts";
import type { CronJob, JobHandlers } from "./jobs.ts";

const slice = 5_000;
/** One run takes no further slice after so long; the next hour goes on. */
const runMs = 60_000;
const dayMs = 86_400_000;

/**
 * Forgets what nobody asks for any longer. Answers by idempotency key protect from paying twice, so they are kept
 * far longer than any client repeats a request; events only serve pages that were away for a while, which read their
 * records anew as well.
 */
export function createHousekeeping(deps: { db: Db; clock: Clock; retention: Retention }): {
  forget(): Promise<{ requests: number; events: number }>;
  jobs: JobHandlers;
  cron: CronJob[];
} {
  const { db, clock, retention } = deps;
  const task = "platform.forget";

  async function forget() {
    const until = performance.now() + runMs;
    const before = (days: number) => new Date(clock.now().getTime() - days * dayMs);
    const inSlices = async (statement: string, oldest: Date): Promise<number> => {
      let forgotten = 0;
      for (;;) {
        const rows = await db.query(statement, [oldest, slice]);
        forgotten += rows.length;
        if (rows.length < slice || performance.now() > until) return forgotten;
      }
    };
    return {
      requests: await inSlices(
        `DELETE FROM platform.request WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM platform.request WHERE at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1`,
        before(retention.requestDays),
      ),
      // The oldest have the lowest numbers, so that only what is deleted is looked at.
      events: await inSlices(
        `DELETE FROM platform.outbox WHERE id = ANY (ARRAY(
           SELECT id FROM (SELECT id, at FROM platform.outbox ORDER BY id LIMIT $2) AS oldest WHERE at < $1)) RETURNING 1`,
        before(retention.eventDays),
      ),
    };
  }

  return {
    forget,
    jobs: {
      [task]: async () => {
        await forget();
      },
    },
    cron: [{ task, pattern: "41 * * * *" }],
  };
}

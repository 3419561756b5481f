import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";

const slice = 5_000;
/** One run takes no further slice after so long. */
const runMs = 30_000;
/** A process whose clock is behind may still count in a window that has ended. */
const graceMs = 86_400_000;

/**
 * Forgets the counters of limits whose window ended a day ago or more; a counter in use by a posting is left alone.
 * @returns how many
 */
export async function forgetAllowances({ db, clock }: { db: Db; clock: Clock }): Promise<number> {
  const ended = new Date(clock.now().getTime() - graceMs);
  const until = performance.now() + runMs;
  for (let forgotten = 0; ; ) {
    const rows = await db.query(
      `DELETE FROM ledger.allowance AS a USING (
         SELECT counter, currency FROM ledger.allowance WHERE resets_at < $1 ORDER BY resets_at LIMIT $2 FOR UPDATE SKIP LOCKED) AS old
        WHERE a.counter = old.counter AND a.currency = old.currency RETURNING 1`,
      [ended, slice],
    );
    forgotten += rows.length;
    if (rows.length < slice || performance.now() > until) return forgotten;
  }
}

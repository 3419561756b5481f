import { createHmac } from "node:crypto";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";

/** After this long without a try, failures are forgotten, in milliseconds. */
const forgetAfterMs = 15 * 60_000;

/** Counts failures together, in the database, so that every process knows of them. */
export type Counter = {
  /** What is counted, e.g. an account at one device. It is kept as a keyed hash. */
  key: string;
  /** How many failures in a row cost no wait. */
  free: number;
  /** The longest wait, in seconds. */
  maxWaitSeconds: number;
};

export type Throttle = {
  /**
   * Counts a try as failed in every counter before it is judged, so that tries at once do not slip past each other.
   * Past its free failures a counter asks for a wait of 1, 2, 4 … seconds after each further one.
   * @throws Refusal `rate.limited` while one of them waits; the try must then not be judged
   */
  reserve(counters: readonly Counter[]): Promise<void>;
  /** The try was right: forgets what these counters counted. */
  forget(counters: readonly Pick<Counter, "key">[]): Promise<void>;
  /**
   * The try was right: takes back what it counted, and no more. For what strangers share, such as a network address:
   * who signs in to an account of their own in between must not wipe out what they guessed at others.
   */
  giveBack(counter: Pick<Counter, "key">): Promise<void>;
  /** Lets something be done `max` times within a while. @throws Refusal `rate.limited` */
  allow(key: string, limit: { max: number; withinMs: number }): Promise<void>;
};

export function createThrottle({ db, clock, secret }: { db: Db; clock: Clock; secret: Buffer }): Throttle {
  const hashOf = (key: string): Buffer => createHmac("sha256", secret).update(`throttle ${key}`).digest();
  return {
    async reserve(counters) {
      const now = clock.now();
      for (const { key, free, maxWaitSeconds } of counters) {
        const account = hashOf(key);
        // No wait is a moment before all others: of tries at the same time, the one that was a millisecond earlier
        // may come second, and must not find the other's moment in its way.
        const reserved = await db.query(
          `INSERT INTO identity.sign_in_failure AS f (account, failures, last_at, blocked_until) VALUES ($1, 1, $2, '-infinity')
           ON CONFLICT (account) DO UPDATE SET
             failures = CASE WHEN f.last_at < $3 THEN 1 ELSE f.failures + 1 END,
             last_at = greatest(f.last_at, $2),
             blocked_until = CASE WHEN f.last_at >= $3 AND f.failures >= $4
               THEN $2::timestamptz + least($5, 2 ^ least(f.failures - $4, 12)) * interval '1 second' ELSE '-infinity' END
           WHERE f.blocked_until <= $2
           RETURNING account`,
          [account, now, new Date(now.getTime() - forgetAfterMs), free, maxWaitSeconds],
        );
        if (reserved.length === 1) continue;
        const [row] = await db.query<{ blocked_until: Date }>(
          "SELECT blocked_until FROM identity.sign_in_failure WHERE account = $1",
          [account],
        );
        const waitMs = (row?.blocked_until.getTime() ?? 0) - now.getTime();
        throw new Refusal("rate.limited", { retryAfterSeconds: Math.max(1, waitMs / 1_000) });
      }
    },
    async forget(counters) {
      await db.query("DELETE FROM identity.sign_in_failure WHERE account = ANY($1::bytea[])", [
        counters.map(({ key }) => hashOf(key)),
      ]);
    },
    async giveBack({ key }) {
      await db.query(
        "UPDATE identity.sign_in_failure SET failures = greatest(failures - 1, 0), blocked_until = '-infinity' WHERE account = $1",
        [hashOf(key)],
      );
    },
    async allow(key, { max, withinMs }) {
      const now = clock.now();
      const rows = await db.query(
        `INSERT INTO identity.sign_in_failure AS f (account, failures, last_at, blocked_until) VALUES ($1, 1, $2, $2)
         ON CONFLICT (account) DO UPDATE SET
           failures = CASE WHEN f.last_at <= $3 THEN 1 ELSE f.failures + 1 END,
           last_at = CASE WHEN f.last_at <= $3 THEN $2 ELSE f.last_at END
         WHERE f.last_at <= $3 OR f.failures < $4
         RETURNING account`,
        [hashOf(key), now, new Date(now.getTime() - withinMs), max],
      );
      if (rows.length === 0) throw new Refusal("rate.limited", { retryAfterSeconds: withinMs / 4_000 });
    },
  };
}

import pg from "pg";

/** First key of the advisory locks by which running workers are known. Any number that nothing else uses. */
const lockClass = 7_265_002;

/**
 * Says to other processes that a pool of workers lives: an advisory lock that PostgreSQL lets go the moment the
 * process dies, however it dies. Taken again when the connection breaks.
 */
export async function showAlive(databaseUrl: string, poolId: string): Promise<{ close(): Promise<void> }> {
  let closed = false;
  let client: pg.Client | undefined;
  const connect = async (): Promise<void> => {
    const next = new pg.Client({
      connectionString: databaseUrl,
      application_name: "jinqiao-alive",
      keepAlive: true,
    });
    next.on("error", () => {});
    next.once("end", () => {
      if (!closed) setTimeout(() => void connect().catch(() => next.emit("end")), 1_000).unref();
    });
    await next.connect();
    await next.query("SELECT pg_advisory_lock_shared($1, hashtext($2))", [lockClass, poolId]);
    client = next;
    if (closed) await next.end();
  };
  await connect();
  return {
    async close() {
      closed = true;
      await client?.end();
    },
  };
}

/**
 * Gives back the jobs of workers that died: without it they would stay locked for hours. Their handlers are safe to
 * repeat. @returns how many pools were found dead
 */
export async function releaseJobsOfTheDead(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ dead: string[] | null }>(
    `SELECT array_agg(DISTINCT locked_by) AS dead FROM graphile_worker._private_jobs
      WHERE locked_by IS NOT NULL AND NOT EXISTS (
        SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = $1::int::oid
           AND objid = (hashtext(locked_by)::bigint & 4294967295)::oid
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`,
    [lockClass],
  );
  const dead = rows[0]?.dead ?? [];
  if (dead.length > 0) await pool.query("SELECT graphile_worker.force_unlock_workers($1::text[])", [dead]);
  return dead.length;
}

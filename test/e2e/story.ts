import pg from "pg";
import type { World } from "../support/world.ts";

/** The newest payments, what went to and fro with the bank, and the jobs that wait: one line each, oldest first. */
export async function story(world: World): Promise<string> {
  const client = new pg.Client({ connectionString: world.databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query(`
      SELECT line FROM (
        SELECT created_at AS at, format('payment %s %s %s sent %s reason %s, changed %s',
          id, kind, status, sent_at::text, reason_code, updated_at) AS line FROM payments.payment
        UNION ALL
        SELECT at, format('%s message of %s: %s %s %s %s ms %s', at, payment_id, direction, kind, outcome, duration_ms, coalesce(http_status::text, ''))
          FROM banks.message
        UNION ALL
        SELECT created_at, format('%s job %s attempts %s of %s, due %s, locked %s, error %s',
          created_at, task.identifier, attempts, max_attempts, run_at, locked_at, left(last_error, 200))
          FROM graphile_worker._private_jobs job JOIN graphile_worker._private_tasks task ON task.id = job.task_id
      ) told ORDER BY at DESC LIMIT 60`);
    return [`now ${new Date().toISOString()}`, ...rows.map(({ line }) => String(line)).reverse()].join("\n");
  } finally {
    await client.end();
  }
}

/** The bank's own PostgreSQL: pool, transactions and forward-only migrations. */
import { readdir, readFile } from "node:fs/promises";
import pg from "pg";

/** Anything a query can be sent to: the pool, or one connection inside a transaction. */
export interface Queryable {
  query<Row extends pg.QueryResultRow>(
    text: string,
    values?: unknown[],
  ): Promise<{ rows: Row[]; rowCount: number | null }>;
}

export interface Database extends Queryable {
  /** Runs `work` in one transaction: commits when it returns, rolls back when it throws. */
  transaction<Result>(work: (tx: Queryable) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

const SCHEMA = "bank";
const MIGRATIONS = new URL("./migrations/", import.meta.url);
const MIGRATION_LOCK = 7310;
const RETRIED = new Set(["40001", "40P01"]);
const MAX_ATTEMPTS = 5;

/** Opens the bank's database and brings its schema up to date under an advisory lock. */
export async function openDatabase(url: string): Promise<Database> {
  const types = new pg.TypeOverrides();
  // int8 and numeric carry money: bigint, never a float. Plain dates stay strings of the bank's calendar.
  types.setTypeParser(pg.types.builtins.INT8, (text) => BigInt(text));
  types.setTypeParser(pg.types.builtins.NUMERIC, (text) => BigInt(text));
  types.setTypeParser(pg.types.builtins.DATE, (text) => text);
  const pool = new pg.Pool({
    connectionString: url,
    types,
    max: 12,
    connectionTimeoutMillis: 15_000,
    options: `-c search_path=${SCHEMA}`,
  });
  // An idle connection that dies (server restart, database dropped) must not end the process.
  pool.on("error", () => {});
  await migrate(pool).catch(async (error: unknown) => {
    await pool.end();
    throw error;
  });

  async function once<Result>(work: (tx: Queryable) => Promise<Result>): Promise<Result> {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      await client.query("BEGIN");
      const result = await work(client);
      await client.query("COMMIT");
      return result;
    } catch (error) {
      await client.query("ROLLBACK").catch((cause: Error) => {
        broken = cause;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  }

  return {
    query: (text, values) => pool.query(text, values),
    async transaction(work) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await once(work);
        } catch (error) {
          const code = (error as { code?: string }).code ?? "";
          if (attempt === MAX_ATTEMPTS || !RETRIED.has(code)) throw error;
        }
      }
    },
    close: () => pool.end(),
  };
}

async function migrate(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`);
    await client.query(
      `CREATE TABLE IF NOT EXISTS ${SCHEMA}.migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`,
    );
    const applied = await client.query<{ name: string }>(`SELECT name FROM ${SCHEMA}.migrations`);
    const known = new Set(applied.rows.map((row) => row.name));
    const files = (await readdir(MIGRATIONS)).filter((file) => file.endsWith(".sql")).sort();
    for (const name of files) {
      if (known.has(name)) continue;
      const sql = await readFile(new URL(name, MIGRATIONS), "utf8");
      await client.query("BEGIN");
      try {
        await client.query(sql);
        await client.query(`INSERT INTO ${SCHEMA}.migrations (name) VALUES ($1)`, [name]);
        await client.query("COMMIT");
      } catch (error) {
        await client.query("ROLLBACK");
        throw error;
      }
    }
  } finally {
    await client.query("SELECT pg_advisory_unlock($1)", [MIGRATION_LOCK]).catch(() => {});
    client.release();
  }
}

/** Reads one value of the `settings` table. */
export async function readSetting<Value>(db: Queryable, key: string): Promise<Value | undefined> {
  const { rows } = await db.query<{ value: Value }>("SELECT value FROM settings WHERE key = $1", [key]);
  return rows[0]?.value;
}

/** Stores one value of the `settings` table, replacing an older one. */
export async function writeSetting(db: Queryable, key: string, value: unknown): Promise<void> {
  await db.query(
    "INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value",
    [key, JSON.stringify(value)],
  );
}

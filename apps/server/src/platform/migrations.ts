import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { runMigrations as migrateJobs } from "graphile-worker";
import type { Db, Tx } from "./db.ts";

export type ModuleMigrations = {
  /** Module name; it is also the name of the module's PostgreSQL schema. */
  module: string;
  /** Folder of `NNN_name.sql` files. */
  folder: URL;
};

/** Any number; all processes of one database use the same one. */
const migrationLock = 7_265_001n;

/**
 * Brings every module's schema forward, in the order given, under an advisory lock so that several processes may
 * start at once. Each file runs once, in a transaction of its own.
 * @throws when an applied file was changed afterwards, or the database is newer than this program
 */
export async function migrate(
  db: Db,
  modules: readonly ModuleMigrations[],
  onProgress?: (text: string) => void,
): Promise<void> {
  const lock = await db.pool.connect();
  try {
    await lock.query("SELECT pg_advisory_lock($1)", [migrationLock.toString()]);
    await migrateJobs({ pgPool: db.pool, schema: "graphile_worker" });
    await db.query("CREATE SCHEMA IF NOT EXISTS platform");
    await db.query(
      `CREATE TABLE IF NOT EXISTS platform.migration (
         module text NOT NULL, name text NOT NULL, sha256 text NOT NULL,
         applied_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (module, name))`,
    );
    for (const { module, folder } of modules) await migrateModule(db, module, folder, onProgress);
  } finally {
    await lock.query("SELECT pg_advisory_unlock($1)", [migrationLock.toString()]).catch(() => {});
    lock.release();
  }
}

async function migrateModule(
  db: Db,
  module: string,
  folder: URL,
  onProgress?: (text: string) => void,
): Promise<void> {
  await db.query(`CREATE SCHEMA IF NOT EXISTS ${module}`);
  const files = (await readdir(folder)).filter((file) => file.endsWith(".sql")).sort();
  const applied = new Map(
    (
      await db.query<{ name: string; sha256: string }>(
        "SELECT name, sha256 FROM platform.migration WHERE module = $1",
        [module],
      )
    ).map((row) => [row.name, row.sha256]),
  );
  for (const name of applied.keys()) {
    if (!files.includes(name))
      throw new Error(`the database is newer than this program: ${module} has ${name}. Use a newer Jinqiao.`);
  }
  for (const file of files) {
    const text = await readFile(new URL(file, folder), "utf8");
    const sha256 = createHash("sha256").update(text).digest("hex");
    const before = applied.get(file);
    if (before === sha256) continue;
    if (before !== undefined)
      throw new Error(`migration ${module}/${basename(file)} was changed after it ran`);
    onProgress?.(`${module}/${file}`);
    await db.transaction(async (tx: Tx) => {
      await tx.query(text);
      await tx.query("INSERT INTO platform.migration (module, name, sha256) VALUES ($1, $2, $3)", [
        module,
        file,
        sha256,
      ]);
    });
  }
}

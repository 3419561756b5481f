import { createHash } from "node:crypto";
import type { Db } from "../../apps/server/src/platform/db.ts";

/**
 * A fingerprint of every row, of whatever table, that mentions one of the ids: what a stranger's request must not
 * change. Tables of the process itself (sessions are touched, counters count) can be left out by name.
 */
export async function fingerprintOf(
  db: Db,
  ids: readonly string[],
  leftOut: readonly string[] = [],
): Promise<ReadonlyMap<string, string>> {
  const fingerprints = new Map<string, string>();
  for (const table of await tablesOf(db)) {
    if (leftOut.includes(table)) continue;
    const rows = await db.query<{ row: string }>(
      `SELECT t::text AS row FROM ${table} t WHERE t::text LIKE ANY ($1) ORDER BY 1`,
      [ids.map((id) => `%${id}%`)],
    );
    if (rows.length === 0) continue;
    const hash = createHash("sha256");
    for (const { row } of rows) hash.update(`${row}\n`);
    fingerprints.set(table, `${rows.length} rows ${hash.digest("hex")}`);
  }
  return fingerprints;
}

/** Every table of ours, quoted. */
export async function tablesOf(db: Db): Promise<string[]> {
  const tables = await db.query<{ name: string }>(
    `SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables
      WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
  );
  return tables.map(({ name }) => name);
}

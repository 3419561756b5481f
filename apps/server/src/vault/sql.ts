import type { Queryable } from "../platform/db.ts";
import { plainForm, subjectForm } from "./sealing.ts";
import type { IndexedColumn, SealedColumn } from "./types.ts";

/** Channel on which processes tell each other of new keys (`keys`) and erased subjects (`subject:<id>`). */
export const channel = "jinqiao_vault";

export type DataKeyRow = {
  id: string;
  class: string;
  generation: number;
  wrapped: string;
  provider: string;
  kek: string;
  created_at: Date;
  active_from: Date;
  swept_at: Date | null;
};

export const selectDataKeys = (db: Queryable, tenant: string) =>
  db.query<DataKeyRow>(
    `SELECT id, class, generation, wrapped, provider, kek, created_at, active_from, swept_at
       FROM vault.data_key WHERE tenant = $1 ORDER BY class, generation`,
    [tenant],
  );

/** False when another process has made that generation already. */
export async function insertDataKey(
  db: Queryable,
  tenant: string,
  row: Omit<DataKeyRow, "swept_at">,
): Promise<boolean> {
  const rows = await db.query(
    `WITH made AS (
       INSERT INTO vault.data_key (id, tenant, class, generation, wrapped, provider, kek, created_at, active_from)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant, class, generation) DO NOTHING RETURNING id)
     SELECT pg_notify('${channel}', 'keys') FROM made`,
    [
      row.id,
      tenant,
      row.class,
      row.generation,
      row.wrapped,
      row.provider,
      row.kek,
      row.created_at,
      row.active_from,
    ],
  );
  return rows.length === 1;
}

export async function updateWrapped(
  db: Queryable,
  key: { id: string; before: string; wrapped: string; provider: string; kek: string; at: Date },
): Promise<boolean> {
  const rows = await db.query(
    `UPDATE vault.data_key SET wrapped = $3, provider = $4, kek = $5, rewrapped_at = $6
      WHERE id = $1 AND wrapped = $2 RETURNING id`,
    [key.id, key.before, key.wrapped, key.provider, key.kek, key.at],
  );
  return rows.length === 1;
}

export const updateSwept = (db: Queryable, id: string, at: Date) =>
  db.query("UPDATE vault.data_key SET swept_at = $2 WHERE id = $1", [id, at]);

export type SubjectRow = { id: string; secret_sealed: string | null };

export const selectSubjects = (db: Queryable, tenant: string, ids: readonly string[]) =>
  db.query<SubjectRow>("SELECT id, secret_sealed FROM vault.subject WHERE tenant = $1 AND id = ANY ($2)", [
    tenant,
    ids,
  ]);

export const insertSubjects = (
  db: Queryable,
  tenant: string,
  rows: readonly { id: string; sealed: string }[],
  at: Date,
) =>
  db.query(
    `INSERT INTO vault.subject (tenant, id, secret_sealed, created_at)
     SELECT $1, id, sealed, $4 FROM unnest($2::text[], $3::text[]) AS made(id, sealed) ON CONFLICT DO NOTHING`,
    [tenant, rows.map((row) => row.id), rows.map((row) => row.sealed), at],
  );

export const shredSubject = (db: Queryable, tenant: string, id: string, at: Date) =>
  db.query(
    `WITH gone AS (
       INSERT INTO vault.subject (tenant, id, secret_sealed, created_at, shredded_at) VALUES ($1, $2, NULL, $3, $3)
       ON CONFLICT (tenant, id) DO UPDATE SET secret_sealed = NULL, shredded_at = $3
         WHERE vault.subject.shredded_at IS NULL RETURNING id)
     SELECT pg_notify('${channel}', 'subject:' || $2) FROM gone`,
    [tenant, id, at],
  );

export const selectShredded = (db: Queryable, tenant: string, ids: readonly string[]) =>
  db.query<{ id: string }>(
    "SELECT id FROM vault.subject WHERE tenant = $1 AND shredded_at IS NOT NULL AND id = ANY ($2)",
    [tenant, ids],
  );

/** Whether anything sealed by the first releases is there. */
export async function holdsFirstForm(db: Queryable, columns: readonly SealedColumn[]): Promise<boolean> {
  for (const column of columns) {
    const [row] = await db.query<{ found: boolean }>(
      `SELECT EXISTS (SELECT 1 FROM ${column.table} WHERE starts_with(${textOf(column)}, 'v1.')) AS found`,
    );
    if (row?.found) return true;
  }
  return false;
}

export type SealedRow = { id: string; subject: string | null; sealed: string };

/** True of values that are not sealed with data key $1, or not for the subject of their row. */
function isStale(of: SealedColumn): string {
  const { subject } = of;
  const text = textOf(of);
  const startsWith = (form: string) => `starts_with(${text}, '${form}.' || $1 || '.')`;
  const fresh =
    subject === undefined
      ? startsWith(plainForm)
      : `CASE WHEN ${subject} IS NULL THEN ${startsWith(plainForm)} ELSE ${startsWith(subjectForm)} END`;
  // A column may hold plain words as well, such as the serial number of a thing; they are not ours to touch.
  return `${text} ~ '^v(1|2|2s)[.]' AND NOT (${fresh})`;
}

/** The sealed text in a column; what is no sealed text in a column of JSON is null. */
const textOf = ({ column, json }: SealedColumn, alias = "") =>
  json
    ? `CASE WHEN jsonb_typeof(${alias}${column}) = 'string' THEN ${alias}${column} #>> '{}' END`
    : `${alias}${column}`;

export const selectStale = (
  db: Queryable,
  column: SealedColumn,
  options: { activeId: string; after: string; limit: number; subject?: string | undefined },
) =>
  db.query<SealedRow>(
    `SELECT ${column.id} AS id, ${column.subject ?? "NULL::text"} AS subject, ${textOf(column)} AS sealed
       FROM ${column.table} WHERE ${isStale(column)} AND ${column.id} > $2
        ${options.subject === undefined ? "" : `AND ${column.subject} = $4`}
      ORDER BY ${column.id} LIMIT $3`,
    [
      options.activeId,
      options.after,
      options.limit,
      ...(options.subject === undefined ? [] : [options.subject]),
    ],
  );

export async function countStale(db: Queryable, column: SealedColumn, activeId: string): Promise<number> {
  const [row] = await db.query<{ count: bigint }>(
    `SELECT count(*) AS count FROM ${column.table} WHERE ${isStale(column)}`,
    [activeId],
  );
  return Number(row?.count ?? 0n);
}

export const selectSealed = (
  db: Queryable,
  column: SealedColumn,
  { after, limit }: { after: string; limit: number },
) =>
  db.query<SealedRow>(
    `SELECT ${column.id} AS id, ${column.subject ?? "NULL::text"} AS subject, ${textOf(column)} AS sealed
       FROM ${column.table} WHERE ${textOf(column)} IS NOT NULL AND ${column.id} > $1 ORDER BY ${column.id} LIMIT $2`,
    [after, limit],
  );

export const replaceIndexes = (
  db: Queryable,
  { table, id, index }: IndexedColumn,
  values: readonly { id: string; index: Buffer }[],
) =>
  db.query(
    `UPDATE ${table} AS t SET ${index}_index = n.index
       FROM unnest($1::text[], $2::bytea[]) AS n(id, index) WHERE t.${id} = n.id`,
    [values.map((value) => value.id), values.map((value) => value.index)],
  );

export const activateKey = (db: Queryable, id: string, at: Date) =>
  db.query("UPDATE vault.data_key SET active_from = $2 WHERE id = $1", [id, at]);

/** Whether a server or a worker uses this database, by the names that their connections bear. */
export async function serversConnected(db: Queryable): Promise<boolean> {
  const [row] = await db.query<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
        AND application_name IN ('jinqiao', 'jinqiao-worker')) AS found`,
  );
  return row?.found === true;
}

/** Writes only over the value that was read: what somebody else wrote meanwhile stays. */
export const replaceSealed = (
  db: Queryable,
  of: SealedColumn,
  values: readonly { id: string; before: string; after: string }[],
) =>
  db.query<{ id: string }>(
    `UPDATE ${of.table} AS t SET ${of.column} = ${of.json ? "to_jsonb(n.after)" : "n.after"}
       FROM unnest($1::text[], $2::text[], $3::text[]) AS n(id, before, after)
      WHERE t.${of.id} = n.id AND ${textOf(of, "t.")} = n.before RETURNING n.id`,
    [
      values.map((value) => value.id),
      values.map((value) => value.before),
      values.map((value) => value.after),
    ],
  );

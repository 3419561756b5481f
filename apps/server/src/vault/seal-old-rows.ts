import type { Db, Queryable } from "../platform/db.ts";
import { type PersonalTable, personalData } from "./personal-data.ts";
import type { Vault } from "./types.ts";

/** Any number; all processes of one database use the same one. */
const lockNumber = 7_265_002n;
/** Small, so that a batch never holds locks for long. */
const batchRows = 500;

/**
 * Seals what releases before sealing left in the clear: moves each plain column into its sealed one, in batches, so that
 * a start which is cut short goes on where it stopped. When all rows of a column are moved its constraint
 * `<column>_is_sealed` is validated: from then on the database itself vouches that nothing is left, and this costs one
 * query. SQL cannot seal, so this is no migration file; it runs after them and before anybody is served.
 * @param onProgress told after each batch how many rows of a table are sealed so far
 */
export async function sealOldRows(
  db: Db,
  vault: Vault,
  tables: readonly PersonalTable[],
  onProgress: (done: { table: string; rows: number }) => void = () => {},
): Promise<void> {
  if ((await openColumns(db, tables)).length === 0) return;
  const lock = await db.pool.connect();
  try {
    await lock.query("SELECT pg_advisory_lock($1)", [lockNumber.toString()]);
    const open = await openColumns(db, tables);
    for (const [table, found] of Map.groupBy(open, ({ of }) => of)) {
      const columns = found.map(({ column }) => column);
      const rows = await sealTable(db, vault, table, columns, (rows) =>
        onProgress({ table: table.table, rows }),
      );
      for (const column of columns)
        await db.query(`ALTER TABLE ${table.table} VALIDATE CONSTRAINT ${column}_is_sealed`);
      // Until then the old versions of the rows, with all they said, lie in the files of the table.
      if (rows > 0) await db.query(`VACUUM ${table.table}`);
    }
  } finally {
    await lock.query("SELECT pg_advisory_unlock($1)", [lockNumber.toString()]).catch(() => {});
    lock.release();
  }
}

type OpenColumn = { of: PersonalTable; column: string };

/** Columns of which the database does not vouch yet that they are sealed. */
async function openColumns(db: Queryable, tables: readonly PersonalTable[]): Promise<OpenColumn[]> {
  const rows = await db.query<{ table: string; constraint: string }>(
    `SELECT n.nspname || '.' || t.relname AS table, c.conname AS constraint
       FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
      WHERE c.conname LIKE '%\\_is\\_sealed' AND NOT c.convalidated`,
  );
  const open = new Set(rows.map((row) => `${row.table} ${row.constraint}`));
  return tables.flatMap((of) =>
    of.columns
      .filter((column) => open.has(`${of.table} ${column}_is_sealed`))
      .map((column) => ({ of, column })),
  );
}

async function sealTable(
  db: Db,
  vault: Vault,
  table: PersonalTable,
  columns: readonly string[],
  onProgress: (rows: number) => void,
): Promise<number> {
  const data = personalData(vault, table);
  const indexed = columns.filter((column) => table.indexed?.includes(column));
  const sets = [
    ...columns.map((column) => ({ name: `${column}_sealed`, type: "text" })),
    ...indexed.map((column) => ({ name: `${column}_index`, type: "bytea" })),
  ];
  const assignments = [
    ...columns.map((column) => `${column} = NULL`),
    ...sets.map(({ name }) => `${name} = coalesce(s.${name}, t.${name})`),
  ];
  type OldRow = { id: string; subject: string | null } & Record<string, string | null>;

  let done = 0;
  for (let after = ""; ; ) {
    const rows = await db.query<OldRow>(
      `SELECT t.${table.id} AS id, ${table.subject ? `t.${table.subject}` : "NULL"} AS subject,
              ${columns.map((column) => `t.${column}::text AS ${column}`).join(", ")}
         FROM ${table.table} t
        WHERE t.${table.id} > $1 AND num_nonnulls(${columns.map((column) => `t.${column}`).join(", ")}) > 0
        ORDER BY t.${table.id} LIMIT ${batchRows}`,
      [after],
    );
    const last = rows.at(-1);
    if (last === undefined) return done;
    after = last.id;
    await vault.ready({ subjects: rows.flatMap(({ subject }) => subject ?? []) });
    const valuesOf = (column: string) => rows.map((row) => [row, row[column] ?? null] as const);
    await db.query(
      `UPDATE ${table.table} t SET ${assignments.join(", ")}
         FROM unnest($1::text[], ${sets.map(({ type }, index) => `$${index + 2}::${type}[]`).join(", ")})
              AS s (id, ${sets.map(({ name }) => name).join(", ")})
        WHERE t.${table.id} = s.id`,
      [
        rows.map(({ id }) => id),
        ...columns.map((column) => valuesOf(column).map(([row, value]) => data.seal(column, row, value))),
        ...indexed.map((column) =>
          valuesOf(column).map(([, value]) => (value === null ? null : data.index(column, value))),
        ),
      ],
    );
    done += rows.length;
    onProgress(done);
  }
}

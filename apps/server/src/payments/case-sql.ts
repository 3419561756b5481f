import type { Queryable } from "../platform/db.ts";
import type { CaseActionRow, CaseRow } from "./case-rows.ts";

export async function selectCase(db: Queryable, id: string): Promise<CaseRow | undefined> {
  return (await db.query<CaseRow>("SELECT * FROM payments.staff_case WHERE id = $1", [id]))[0];
}

/** Newest first; the cursor is the last id seen. */
export function selectCases(
  db: Queryable,
  filter: { open: boolean | undefined; cursor: string | undefined; limit: number },
): Promise<CaseRow[]> {
  return db.query<CaseRow>(
    `SELECT * FROM payments.staff_case
      WHERE ($1::boolean IS NULL OR (closed_at IS NULL) = $1) AND ($2::text IS NULL OR id < $2)
      ORDER BY id DESC LIMIT $3`,
    [filter.open ?? null, filter.cursor ?? null, filter.limit],
  );
}

/** Oldest first. */
export function selectActions(db: Queryable, caseId: string): Promise<CaseActionRow[]> {
  return db.query<CaseActionRow>("SELECT * FROM payments.case_action WHERE case_id = $1 ORDER BY at", [
    caseId,
  ]);
}

/** What moves no money needs no commit of the ledger. */
export async function writeRows(
  db: Queryable,
  rows: readonly { row: Record<string, unknown> }[],
): Promise<void> {
  await db.query("SELECT payments.write($1)", [JSON.stringify(rows.map(({ row }) => row))]);
}

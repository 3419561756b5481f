import type { Queryable } from "../platform/db.ts";
import { personalData, type Vault } from "../vault/index.ts";
import { type CaseActionRow, type CaseRow, caseActionData, caseData } from "./case-rows.ts";

type SealedCaseRow = Omit<CaseRow, "closed_by" | "proposed_note"> & {
  closed_by_sealed: string | null;
  proposed_note_sealed: string | null;
};
const openCase = (
  vault: Vault,
  { closed_by_sealed, proposed_note_sealed, ...row }: SealedCaseRow,
): CaseRow => {
  const data = personalData(vault, caseData);
  return {
    ...row,
    closed_by: data.open("closed_by", row, closed_by_sealed, null),
    proposed_note: data.open("proposed_note", row, proposed_note_sealed, null),
  };
};

export async function selectCase(db: Queryable, vault: Vault, id: string): Promise<CaseRow | undefined> {
  const [row] = await db.query<SealedCaseRow>("SELECT * FROM payments.staff_case WHERE id = $1", [id]);
  return row && openCase(vault, row);
}

/** Newest first; the cursor is the last id seen. */
export async function selectCases(
  db: Queryable,
  vault: Vault,
  filter: { open: boolean | undefined; cursor: string | undefined; limit: number },
): Promise<CaseRow[]> {
  const rows = await db.query<SealedCaseRow>(
    `SELECT * FROM payments.staff_case
      WHERE ($1::boolean IS NULL OR (closed_at IS NULL) = $1) AND ($2::text IS NULL OR id < $2)
      ORDER BY id DESC LIMIT $3`,
    [filter.open ?? null, filter.cursor ?? null, filter.limit],
  );
  return rows.map((row) => openCase(vault, row));
}

/** Oldest first. */
export async function selectActions(db: Queryable, vault: Vault, caseId: string): Promise<CaseActionRow[]> {
  const rows = await db.query<Omit<CaseActionRow, "note"> & { note_sealed: string }>(
    "SELECT * FROM payments.case_action WHERE case_id = $1 ORDER BY at",
    [caseId],
  );
  const data = personalData(vault, caseActionData);
  return rows.map(({ note_sealed, ...row }) => ({ ...row, note: data.open("note", row, note_sealed, "") }));
}

/** What moves no money needs no commit of the ledger. */
export async function writeRows(
  db: Queryable,
  rows: readonly { row: Record<string, unknown> }[],
): Promise<void> {
  await db.query("SELECT payments.write($1)", [JSON.stringify(rows.map(({ row }) => row))]);
}

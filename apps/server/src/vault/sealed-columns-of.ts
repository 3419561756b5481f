import type { PersonalTable } from "./personal-data.ts";
import type { IndexedColumn, SealedColumn } from "./types.ts";

/** The sealed columns of a table of personal data. */
export function sealedColumnsOf(table: PersonalTable): SealedColumn[] {
  const common = {
    table: table.table,
    id: table.id,
    ...(table.subject === undefined ? {} : { subject: table.subject }),
  };
  return table.columns.map((column) => ({ ...common, column: `${column}_sealed` }));
}

/** Of the sealed columns of a table of personal data, those that are found by blind indexes. */
export const indexedColumnsOf = (table: PersonalTable): IndexedColumn[] =>
  (table.indexed ?? []).map((index) => ({
    table: table.table,
    id: table.id,
    ...(table.subject === undefined ? {} : { subject: table.subject }),
    column: `${index}_sealed`,
    index,
  }));

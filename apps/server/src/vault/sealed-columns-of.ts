import type { PersonalTable } from "./personal-data.ts";
import type { SealedColumn } from "./types.ts";

/** The sealed columns of a table of personal data. */
export function sealedColumnsOf(table: PersonalTable): SealedColumn[] {
  const common = {
    table: table.table,
    id: table.id,
    ...(table.subject === undefined ? {} : { subject: table.subject }),
  };
  return table.columns.map((column) => ({ ...common, column: `${column}_sealed` }));
}

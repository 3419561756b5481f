import type { Vault, VaultContext } from "./index.ts";
import { VaultError } from "./index.ts";

/**
 * A table that keeps personal data. Each of `columns` stands in the database as `<column>_sealed`; the column of the
 * plain name is what releases before sealing wrote, and the constraint `<column>_is_sealed` keeps it empty.
 */
export type PersonalTable = {
  /** Schema and table. */
  table: string;
  /** Column that names a row; of type text. */
  id: string;
  columns: readonly string[];
  /** Of `columns`: those found by equal value, through `<column>_index`. */
  indexed?: readonly string[];
  /** Column with the id of the customer whose data it is: erasing that customer makes the row's data unreadable. */
  subject?: string;
};

/** What is shown in the place of the name of somebody whose data was erased. */
export const erasedName = "已注销客户 Erased customer";

/** Seals and opens the personal data of one table. */
export type PersonalData<Column extends string> = {
  /** Value for the column `<column>_sealed`; null stays null. */
  seal(column: Column, row: Row, value: string | null): string | null;
  /** @throws VaultError when the value was changed, moved, or sealed with another key */
  open(column: Column, row: Row, sealed: string | null, erased?: string | null): string | null;
  /** Value for `<column>_index`. */
  index(column: Column, value: string): Buffer;
};
/** Which row: its id, and the customer whose data it is where the table has a subject. */
export type Row = { id: string; subject?: string | null };

/** @param table what is declared of the table; its `columns` are the names that may be sealed */
export function personalData<const Table extends PersonalTable>(
  vault: Vault,
  { table, subject }: Table,
): PersonalData<Table["columns"][number]> {
  const place = (column: string, row: Row): VaultContext => ({
    table,
    column: `${column}_sealed`,
    row: row.id,
    ...(subject !== undefined && row.subject ? { subject: row.subject } : {}),
  });
  return {
    seal: (column, row, value) => (value === null ? null : vault.seal(place(column, row), value)),
    open(column, row, sealed, erased = null) {
      if (sealed === null) return null;
      try {
        return vault.open(place(column, row), sealed);
      } catch (error) {
        if (error instanceof VaultError && isShredded(error)) return erased;
        throw error;
      }
    },
    index: (column, value) => vault.blindIndex({ table, column }, value),
  };
}

function isShredded(error: VaultError): boolean {
  return "shredded" in error && error.shredded === true;
}

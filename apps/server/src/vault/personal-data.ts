import type { Answers } from "../platform/answers.ts";
import { type Vault, type VaultContext, VaultError } from "./types.ts";

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

/** Which row: its id, and the customer whose data it is where the table has a subject. */
export type Row = { id: string; subject?: string | null };

/** Seals and opens the personal data of one table. The subjects' keys must be ready. */
export type PersonalData<Column extends string = string> = {
  /** Value for the column `<column>_sealed`; null stays null. */
  seal<Text extends string | null>(column: Column, row: Row, value: Text): Text;
  /**
   * @param erased what to answer when the customer's data was erased
   * @throws VaultError when the value was changed, moved, or sealed with another key
   */
  open<Text extends string | null>(column: Column, row: Row, sealed: Text, erased: Text): Text;
  /** Value for `<column>_index`. */
  index(column: Column, value: string): Buffer;
};

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
    seal: (column, row, value) =>
      (value === null ? null : vault.seal(place(column, row), value)) as typeof value,
    open(column, row, sealed, erased) {
      if (sealed === null) return sealed;
      try {
        return vault.open(place(column, row), sealed) as typeof sealed;
      } catch (error) {
        if (error instanceof VaultError && error.shredded) return erased;
        throw error;
      }
    },
    index: (column, value) => vault.blindIndex({ table, column }, value),
  };
}

/** Answers to writes, sealed where they lie. */
export const requestData = {
  table: "platform.request",
  id: "key",
  columns: ["result"],
} as const satisfies PersonalTable;

/** Seals the answers that are kept for repeated requests. */
export function sealedAnswers(vault: Vault): Answers {
  const data = personalData(vault, requestData);
  return {
    seal: (key, result) => data.seal("result", { id: key }, JSON.stringify(result)),
    open: (key, stored) => JSON.parse(data.open("result", { id: key }, stored, "null")),
  };
}

import { notificationsSealed } from "./notifications/index.ts";
import { personalTables } from "./personal-tables.ts";
import { type SealedColumn, sealedColumnsOf } from "./vault/index.ts";

const column = (table: string, name: string, id = "id", subject?: string): SealedColumn => ({
  table,
  column: name,
  id,
  ...(subject === undefined ? {} : { subject }),
});

/**
 * Every column that holds sealed values. A table that is not here has no data key, so nothing can be sealed for it; a
 * test holds the list to the schema.
 */
export const sealedColumns: readonly SealedColumn[] = [
  ...personalTables.flatMap(sealedColumnsOf),
  column("ledger.log_key", "sealed", "origin"),
  column("identity.message", "sealed"),
  column("banks.consent", "authorisation_url_sealed"),
  column("banks.consent", "secrets_sealed"),
  column("banks.consent", "access_sealed"),
  column("banks.linked_account", "iban_sealed", "id", "customer_id"),
  column("banks.statement_import", "file_sealed"),
  column("banks.statement_import", "summary_sealed"),
  column("banks.imported_account", "number_sealed"),
  column("banks.imported_line", "content_sealed"),
  column("banks.statement_file", "xml_sealed", "sha256"),
  ...notificationsSealed,
];

import { merchantsIndexed, merchantsSealed } from "./merchants/index.ts";
import { notificationsSealed } from "./notifications/index.ts";
import { personalTables } from "./personal-tables.ts";
import { type IndexedColumn, indexedColumnsOf, type SealedColumn, sealedColumnsOf } from "./vault/index.ts";

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
  column("identity.message", "sealed", "id", "customer_id"),
  column("identity.customer", "phone_sealed", "id", "id"),
  column("identity.device", "name_sealed", "id", "customer_id"),
  column("identity.passkey", "name_sealed", "id", "customer_id"),
  column("identity.totp", "secret_sealed", "customer_id", "customer_id"),
  column("identity.sign_up", "email_sealed"),
  column("identity.step_up", "sealed", "id", "customer_id"),
  column("identity.token", "name"),
  column("identity.token", "secret"),
  column("identity.audit_entry", "sealed"),
  column("identity.freeze", "sealed"),
  column("identity.appeal", "sealed"),
  column("identity.appeal", "answer_sealed"),
  column("identity.proposal", "sealed"),
  column("identity.proposal", "answer_sealed"),
  column("identity.data_access", "sealed"),
  column("banks.consent", "authorisation_url_sealed"),
  column("banks.consent", "secrets_sealed"),
  column("banks.consent", "access_sealed"),
  column("banks.linked_account", "iban_sealed", "id", "customer_id"),
  column("banks.statement_import", "file_sealed"),
  column("banks.statement_import", "summary_sealed"),
  column("banks.imported_account", "number_sealed"),
  column("banks.imported_line", "content_sealed"),
  column("banks.statement_file", "xml_sealed", "sha256"),
  ...merchantsSealed,
  ...notificationsSealed,
];

/** Columns whose blind indexes can be computed anew from what is sealed. */
export const indexedColumns: readonly IndexedColumn[] = [
  ...personalTables.flatMap(indexedColumnsOf),
  ...merchantsIndexed,
  { ...column("banks.linked_account", "iban_sealed", "id", "customer_id"), index: "iban" },
];

import type { PersonalTable } from "../vault/index.ts";

/** Names of linked accounts and of those who own them. */
export const accountData = {
  table: "banks.linked_account",
  id: "id",
  columns: ["name", "owner_name"],
  subject: "customer_id",
} as const satisfies PersonalTable;

/** With whom entries of linked accounts were, and what they say. They are deleted when the permission ends. */
export const entryData = {
  table: "banks.entry",
  id: "id",
  columns: ["counterparty_name", "remittance"],
} as const satisfies PersonalTable;

/** Messages exchanged about payments. */
export const messageData = {
  table: "banks.message",
  id: "id",
  columns: ["content"],
} as const satisfies PersonalTable;

/** What banks told us unasked. */
export const noticeData = {
  table: "banks.notice",
  id: "digest",
  columns: ["body"],
} as const satisfies PersonalTable;

/** Names of accounts whose statements customers imported. */
export const importedAccountData = {
  table: "banks.imported_account",
  id: "id",
  columns: ["name"],
  subject: "customer_id",
} as const satisfies PersonalTable;

/** Where this module keeps personal data, sealed. */
export const banksData: readonly PersonalTable[] = [
  accountData,
  entryData,
  messageData,
  noticeData,
  importedAccountData,
];

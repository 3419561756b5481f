import type { ModuleMigrations } from "../platform/migrations.ts";

export { type KeyStatus, type OpenVault, openVault, publishMs } from "./open-vault.ts";
export {
  erasedName,
  type PersonalData,
  type PersonalTable,
  personalData,
  requestData,
  sealedAnswers,
} from "./personal-data.ts";
export { createKeyProviders, forgetPreviousKeys } from "./providers/index.ts";
export { resealJob } from "./reseal-job.ts";
export { sealOldRows } from "./seal-old-rows.ts";
export { indexedColumnsOf, sealedColumnsOf } from "./sealed-columns-of.ts";
export { createVault } from "./single-key.ts";
export {
  type IndexedColumn,
  type KeyEncryptionKey,
  type KeyProvider,
  type SealedColumn,
  type Vault,
  type VaultContext,
  VaultError,
} from "./types.ts";

export const vaultMigrations: ModuleMigrations = {
  module: "vault",
  folder: new URL("./migrations/", import.meta.url),
};

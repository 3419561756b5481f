import { banksMigrations } from "./banks/index.ts";
import { developersMigrations } from "./developers/index.ts";
import { identityMigrations } from "./identity/index.ts";
import { ledgerMigrations } from "./ledger/index.ts";
import { merchantsMigrations } from "./merchants/index.ts";
import { notificationsMigrations } from "./notifications/index.ts";
import { onboardingMigrations } from "./onboarding/index.ts";
import { paymentsMigrations } from "./payments/index.ts";
import type { ModuleMigrations } from "./platform/migrations.ts";
import { settlementMigrations } from "./settlement/index.ts";
import { vaultMigrations } from "./vault/index.ts";

/** Every module's schema, lower modules first. */
export const migrations: readonly ModuleMigrations[] = [
  { module: "platform", folder: new URL("./platform/migrations/", import.meta.url) },
  vaultMigrations,
  ledgerMigrations,
  identityMigrations,
  banksMigrations,
  paymentsMigrations,
  merchantsMigrations,
  settlementMigrations,
  developersMigrations,
  notificationsMigrations,
  onboardingMigrations,
];

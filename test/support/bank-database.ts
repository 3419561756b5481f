import { openDatabase } from "../../apps/sandbox-bank/src/database.ts";
import { createTestDatabase, type TestDatabase } from "./database.ts";

/** A fresh database with the sandbox bank's schema, cloned from a template migrated once per run. */
export function createBankDatabase(): Promise<TestDatabase> {
  return createTestDatabase({
    template: { name: "sandbox-bank", migrate: async (url) => (await openDatabase(url)).close() },
  });
}

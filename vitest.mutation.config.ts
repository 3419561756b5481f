import { defineConfig } from "vitest/config";

/**
 * The tests that `npm run mutation` runs against each mutant: those that need no database, so that thousands of runs
 * take minutes. What they let live is caught, or not, by tests on PostgreSQL; the score does not count those.
 */
export default defineConfig({
  test: {
    environment: "node",
    include: [
      "packages/money/src/**/*.test.ts",
      "apps/server/src/ledger/{chart,decide,decide-state}.test.ts",
    ],
  },
});

import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/support/longest-first.ts";

export default defineConfig({
  test: {
    environment: "node",
    include: ["apps/*/src/**/*.test.{ts,tsx}", "packages/*/src/**/*.test.{ts,tsx}", "test/**/*.test.ts"],
    // One PostgreSQL for the whole run; every test file makes its own databases on it.
    globalSetup: ["./test/global-setup.ts"],
    // Two cores in CI. A third worker uses the time in which tests wait for browsers, banks and the disk.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    reporters: ["default", "./test/support/reporter.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { DemoReport } from "../apps/cli/src/demo/main-job.ts";
import { everything } from "./support/everything.ts";
import { launch } from "./support/launcher.ts";

// The Berka data may not be copied into the repository; where it lies beside it, the real accounts are used too.
const berka = fileURLToPath(new URL("../../shared/data/berka", import.meta.url));

function databases(): Record<string, string> {
  return { JINQIAO_TEST_DATABASE_URL: process.env.JINQIAO_TEST_DATABASE_URL ?? "" };
}

function reportOf(printed: string): DemoReport {
  return JSON.parse(printed.slice(printed.indexOf("\n{\n") + 1, printed.lastIndexOf("}") + 1)) as DemoReport;
}

function expectSound(report: DemoReport): void {
  expect(report.breaks).toBe(0);
  expect(report.matched).toBe(report.statementLines);
  expect(report.statementLines).toBe(report.topUps + report.withdrawals);
  expect(Object.values(report.trialBalance).filter((difference) => Number(difference) !== 0)).toEqual([]);
  expect(Object.keys(report.trialBalance)).not.toEqual([]);
}

test("jinqiao demo walks the main job with invented people", { timeout: 300_000 }, async () => {
  const demo = launch(["demo", "--json"], databases());
  expect(await demo.ended, demo.printed()).toBe(0);
  const report = reportOf(demo.printed());
  expectSound(report);
  expect(report.linkedAccounts).toBeGreaterThanOrEqual(3);
  expect(report.transfers).toBe(report.topUps);
});

test.runIf(everything && existsSync(berka))(
  "jinqiao demo walks it with real accounts",
  { timeout: 600_000 },
  async () => {
    const demo = launch(["demo", "--bank-data", berka, "--json"], databases());
    expect(await demo.ended, demo.printed()).toBe(0);
    const report = reportOf(demo.printed());
    expectSound(report);
    expect(report.linkedAccounts).toBeGreaterThanOrEqual(50);
  },
);

test("a folder without the bank's data is refused before anything starts", { timeout: 60_000 }, async () => {
  const demo = launch(["demo", "--bank-data", "/nowhere"], databases());
  expect(await demo.ended).toBe(1);
  expect(demo.printed()).toContain("/nowhere holds no account.asc");
});

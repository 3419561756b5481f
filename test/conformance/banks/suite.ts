import { afterAll, beforeAll, describe, it } from "vitest";
import { checks } from "../../../apps/cli/src/certify/checks/index.ts";
import { runCheck } from "../../../apps/cli/src/certify/run.ts";
import { startSandbox } from "../../../apps/cli/src/certify/sandbox.ts";
import type { BankUnderTest } from "../../../apps/cli/src/certify/subject.ts";
import { sandboxBanks } from "../../../apps/cli/src/instance/sandbox-banks/index.ts";

/** Starts one of the banks that `npm start` runs, by its id, on a database of its own. */
export function sandboxSubject(id: string): Promise<BankUnderTest> {
  const plan = sandboxBanks.find((candidate) => candidate.id === id);
  if (plan === undefined) throw new Error(`there is no sandbox bank "${id}"`);
  return startSandbox(plan);
}

/**
 * Drills that are part of every test run: all faults of sending a payment, and of each other step the answer that is lost
 * after the bank has acted. The rest, some hundred waits for time-outs, runs by `npx jinqiao certify BANK`.
 */
const isDrilledAlways = (id: string): boolean =>
  /^fault\.(?:pay\.|[^.]+\.reset-connection-after$|clock\.)/.test(id);

/** The checks of the certification (`npx jinqiao certify`) as tests of one bank. */
export function describeBank(subject: () => Promise<BankUnderTest>): void {
  describe("certification", () => {
    let bank: BankUnderTest;
    beforeAll(async () => {
      bank = await subject();
    });
    afterAll(() => bank?.close());

    for (const check of checks.filter(({ id }) => !id.startsWith("fault.") || isDrilledAlways(id))) {
      it(`${check.id}: ${check.title.en}`, { timeout: 300_000 }, async (context) => {
        const { outcome, detail } = await runCheck(bank, check);
        if (outcome === "skipped") context.skip(detail);
        if (outcome === "failed") throw new Error(detail);
      });
    }
  });
}

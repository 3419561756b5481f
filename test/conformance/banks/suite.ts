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
 * Drills that are part of every test run: each kind of fault once, on a step where it hurts, and on sending a payment
 * those that may lead to paying twice. The rest, some hundred waits for time-outs, runs by `npx jinqiao certify BANK`.
 */
const drilledAlways: ReadonlySet<string> = new Set([
  "fault.pay.error",
  "fault.pay.timeout-after",
  "fault.pay.reset-connection-before",
  "fault.pay.reset-connection-after",
  "fault.pay.cut-answer",
  "fault.pay.client-certificate-foreign",
  "fault.pay.clock-ahead",
  "fault.complete-link.reset-connection-after",
  "fault.complete-pay.reset-connection-after",
  "fault.confirm-binding.reset-connection-after",
  "fault.refresh.refresh-token-expired",
  "fault.balance.token-expired",
  "fault.entries.account-moved",
  "fault.status.wrong-signature",
  "fault.status.client-certificate-revoked",
  "fault.find.bank-certificate-expired",
  "fault.find.clock-behind",
  "fault.statement.bank-certificate-foreign",
  "fault.statement.delay",
  "fault.cancel.refuse",
  "fault.start-link.timeout-before",
  "fault.end-link.client-certificate-expired",
]);
/** Minutes of several days each: `npx jinqiao certify BANK`, and in the tests of settlement and of each dialect's world. */
const isLong = (id: string): boolean => id === "week.settlement";
const isRunAlways = (id: string): boolean => (id.startsWith("fault.") ? drilledAlways.has(id) : !isLong(id));

/** The checks of the certification (`npx jinqiao certify`) as tests of one bank. */
export function describeBank(subject: () => Promise<BankUnderTest>): void {
  describe("certification", () => {
    let bank: BankUnderTest;
    beforeAll(async () => {
      bank = await subject();
    });
    afterAll(() => bank?.close());

    for (const check of checks.filter(({ id }) => isRunAlways(id))) {
      it(`${check.id}: ${check.title.en}`, { timeout: 300_000 }, async (context) => {
        const { outcome, detail } = await runCheck(bank, check);
        if (outcome === "skipped") context.skip(detail);
        if (outcome === "failed") throw new Error(detail);
      });
    }
  });
}

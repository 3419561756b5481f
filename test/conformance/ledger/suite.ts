import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Ledger } from "../../../apps/server/src/ledger/index.ts";
import { manualClock } from "../../../apps/server/src/platform/clock.ts";
import { createKit, type Kit, type LedgerUnderTest, type MakeLedger, type ManualClock } from "./kit.ts";
import { describeAccounts } from "./suite-accounts.ts";
import { describeHolds } from "./suite-holds.ts";
import { describeOnce } from "./suite-once.ts";
import { describePosting } from "./suite-posting.ts";
import { describeProperty } from "./suite-property.ts";
import { describeReading } from "./suite-reading.ts";
import { describeRefusals } from "./suite-refusals.ts";

/** What the parts of the suite work with. Filled before the first test of an engine runs. */
export type Context = { under: LedgerUnderTest; ledger: Ledger; kit: Kit; clock: ManualClock };

/**
 * What every engine behind `ledger/index.ts` must do. The suite knows the interface and nothing of how an engine
 * keeps its books: one engine passes when all of this does, and its books are whole at the end.
 */
export function describeLedger(name: string, makeLedger: MakeLedger): void {
  describe(name, () => {
    const clock = manualClock("2026-03-01T08:00:00.000Z");
    const context = { clock, kit: createKit(clock) } as Context;

    beforeAll(async () => {
      context.under = await makeLedger(clock);
      context.ledger = context.under.ledger;
    });
    afterAll(() => context.under?.close());

    describePosting(context);
    describeRefusals(context);
    describeOnce(context);
    describeHolds(context);
    describeAccounts(context);
    describeReading(context);
    describeProperty(context);

    it("leaves books in which every invariant holds", async () => {
      await context.ledger.idle();
      expect(await context.ledger.violations()).toEqual([]);
    });
  });
}

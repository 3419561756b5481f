import { expect, it } from "vitest";
import { createServerDatabase } from "../../../../test/support/server-database.ts";
import { manualClock } from "../platform/clock.ts";
import { createSubscriptions } from "../platform/events.ts";
import { forgetAllowances } from "./allowances.ts";
import { createLedger } from "./index.ts";

it("forgets counters of limits a day after their window ended, and no others", async () => {
  const clock = manualClock("2026-03-01T08:00:00Z");
  const database = await createServerDatabase();
  const ledger = createLedger({ db: database.db, clock, subscriptions: createSubscriptions() });
  const count = (counter: string, resetsAt: string, amount = 10n) =>
    ledger.commit({
      key: `${counter} ${amount}`,
      hash: "count",
      allowances: [{ counter, currency: "CNY", amount, max: 100n, resetsAt: new Date(resetsAt) }],
    });
  await count("yesterday", "2026-03-01T00:00:00Z");
  await count("today", "2026-03-02T00:00:00Z");
  await count("never", "2026-03-02T00:00:00Z", 101n);
  clock.set("2026-03-02T08:00:00Z");
  expect(await forgetAllowances({ db: database.db, clock })).toBeGreaterThanOrEqual(1);
  const left = await database.db.query("SELECT counter, used FROM ledger.allowance");
  expect(left).toEqual([{ counter: "today", used: 10n }]);
  await ledger.idle();
  await database.drop();
});

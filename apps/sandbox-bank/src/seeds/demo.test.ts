import { expect, test } from "vitest";
import { addDays } from "../context.ts";
import { parseAmount } from "../money.ts";
import type { SeedAccount } from "./bulk.ts";
import { historyOf } from "./demo.ts";
import { DEMO_PEOPLE } from "./people.ts";

test("whatever the day of the first start, no demo account was ever below zero and all end at their balance", () => {
  for (const demo of DEMO_PEOPLE.flatMap((person) => person.accounts)) {
    const account = { currency: demo.currency } as SeedAccount;
    for (let day = 0; day < 366; day++) {
      const entries = historyOf(account, demo, addDays("2026-01-01", day));
      let balance = 0n;
      for (const entry of entries) {
        balance += entry.amountMinor;
        expect(balance, `${demo.currency} ${entry.date}`).toBeGreaterThanOrEqual(0n);
      }
      expect(balance).toBe(parseAmount(demo.balance, demo.currency));
      expect(entries.map(({ date }) => date)).toEqual(entries.map(({ date }) => date).toSorted());
    }
  }
});

test("the same day gives the same history", () => {
  const [demo] = DEMO_PEOPLE[0]?.accounts ?? [];
  if (demo === undefined) throw new Error("no demo account");
  const account = { currency: demo.currency } as SeedAccount;
  expect(historyOf(account, demo, "2026-05-05")).toEqual(historyOf(account, demo, "2026-05-05"));
});

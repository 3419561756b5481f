import { expect, test } from "vitest";
import { periodStart } from "./periods.ts";

const consented = new Date("2026-01-31T10:00:00Z");

test.each([
  ["Day", "Calendar", "2026-03-10", "2026-03-10"],
  ["Week", "Calendar", "2026-03-10", "2026-03-09"],
  ["Week", "Consent", "2026-03-10", "2026-03-07"],
  ["Fortnight", "Consent", "2026-03-10", "2026-02-28"],
  ["Month", "Calendar", "2026-03-10", "2026-03-01"],
  // A month counted from the 31st begins on the last day of a shorter one.
  ["Month", "Consent", "2026-03-10", "2026-02-28"],
  ["Month", "Consent", "2026-03-31", "2026-03-31"],
  ["Half-year", "Calendar", "2026-09-10", "2026-07-01"],
  ["Year", "Consent", "2027-01-30", "2026-01-31"],
  ["Year", "Calendar", "2026-12-31", "2026-01-01"],
])("a limit per %s by %s on %s counts since %s", (PeriodType, PeriodAlignment, date, start) => {
  expect(periodStart({ PeriodType, PeriodAlignment }, consented, date)).toBe(start);
});

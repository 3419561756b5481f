import { expect, test } from "vitest";
import { bucketOf, businessDaysBetween } from "./ageing.ts";

test.each([
  ["2026-03-06", "2026-03-06", 0, "0-1"],
  // Friday to Monday is one day of business.
  ["2026-03-06", "2026-03-09", 1, "0-1"],
  ["2026-03-06", "2026-03-10", 2, "2-5"],
  ["2026-03-06", "2026-03-13", 5, "2-5"],
  ["2026-03-06", "2026-03-16", 6, "6-30"],
  // Across the end of a year and the day on which clocks go forward; a date has no clock.
  ["2025-12-31", "2026-01-02", 1, "0-1"],
  ["2026-03-27", "2026-03-30", 1, "0-1"],
  ["2026-01-01", "2026-02-12", 30, "6-30"],
  ["2026-01-01", "2026-02-13", 31, "over-30"],
  // A bank's clock that is behind: nothing is older than it can be.
  ["2026-03-10", "2026-03-09", 0, "0-1"],
] as const)("from %s to %s are %i business days", (from, to, days, bucket) => {
  const holidays = ["2026-01-01"];
  expect(businessDaysBetween(from, to, { holidays })).toBe(days);
  expect(bucketOf(days)).toBe(bucket);
});

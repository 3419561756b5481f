import { expect, test } from "vitest";
import { addDays, dayIn, startOfDay } from "./local-days.ts";

test.each([
  ["Asia/Shanghai", "2026-11-22", "2026-11-21T16:00:00.000Z"],
  ["Europe/London", "2026-11-22", "2026-11-22T00:00:00.000Z"],
  // The day on which summer time ends begins in summer time, and the day after it in winter time.
  ["Europe/London", "2026-10-25", "2026-10-24T23:00:00.000Z"],
  ["Europe/London", "2026-10-26", "2026-10-26T00:00:00.000Z"],
  ["America/New_York", "2026-03-08", "2026-03-08T05:00:00.000Z"],
  ["America/New_York", "2026-03-09", "2026-03-09T04:00:00.000Z"],
  ["Asia/Kolkata", "2026-01-01", "2025-12-31T18:30:00.000Z"],
])("in %s, %s begins at %s", (zone, day, instant) => {
  expect(startOfDay(zone, day).toISOString()).toBe(instant);
  expect(dayIn(zone, new Date(instant))).toBe(day);
  expect(dayIn(zone, new Date(Date.parse(instant) - 1))).toBe(addDays(day, -1));
});

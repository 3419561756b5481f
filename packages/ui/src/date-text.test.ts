import { expect, test } from "vitest";
import { localDay } from "./date-text.tsx";

test("an instant belongs to the day of the device's calendar", () => {
  expect(localDay(new Date(2026, 0, 5, 0, 0, 0))).toBe("2026-01-05");
  expect(localDay(new Date(2026, 10, 22, 23, 59, 59))).toBe("2026-11-22");
});

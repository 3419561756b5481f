import { describe, expect, it } from "vitest";
import { addDays, dateIn, manualClock } from "./clock.ts";

describe("plain dates", () => {
  it("belong to the bank's zone, not to UTC", () => {
    expect(dateIn("Asia/Shanghai", new Date("2026-03-01T15:59:59Z"))).toBe("2026-03-01");
    expect(dateIn("Asia/Shanghai", new Date("2026-03-01T16:00:00Z"))).toBe("2026-03-02");
    expect(dateIn("America/New_York", new Date("2026-03-01T04:59:59Z"))).toBe("2026-02-28");
  });

  it("step by one through the days of 23 and 25 hours", () => {
    // Prague: clocks go forward on 2026-03-29 and back on 2026-10-25.
    for (const day of ["2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25"]) {
      const next = addDays(day, 1);
      expect(Date.parse(`${next}T00:00:00Z`) - Date.parse(`${day}T00:00:00Z`)).toBe(86_400_000);
    }
    expect(dateIn("Europe/Prague", new Date("2026-03-28T22:59:59Z"))).toBe("2026-03-28");
    expect(dateIn("Europe/Prague", new Date("2026-03-28T23:00:00Z"))).toBe("2026-03-29");
    expect(dateIn("Europe/Prague", new Date("2026-03-29T21:59:59Z"))).toBe("2026-03-29");
    expect(dateIn("Europe/Prague", new Date("2026-03-29T22:00:00Z"))).toBe("2026-03-30");
    expect(dateIn("Europe/Prague", new Date("2026-10-25T22:59:59Z"))).toBe("2026-10-25");
    expect(dateIn("Europe/Prague", new Date("2026-10-25T23:00:00Z"))).toBe("2026-10-26");
  });

  it("walk over the ends of months, years and leap days", () => {
    expect(addDays("2027-12-31", 1)).toBe("2028-01-01");
    expect(addDays("2028-02-28", 1)).toBe("2028-02-29");
    expect(addDays("2026-03-01", -1)).toBe("2026-02-28");
  });

  it("a clock that stands still moves only when told", () => {
    const clock = manualClock("2026-03-01T00:00:00Z");
    clock.advance(1_500);
    expect(clock.now().toISOString()).toBe("2026-03-01T00:00:01.500Z");
    clock.set("2026-04-01T00:00:00Z");
    expect(clock.now().toISOString()).toBe("2026-04-01T00:00:00.000Z");
  });
});

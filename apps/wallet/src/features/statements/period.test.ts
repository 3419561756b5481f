import { describe, expect, it } from "vitest";
import { addDays, dateIn, knownTimeZone, periodOf, timeZones } from "./period.ts";

describe("periods", () => {
  it("are whole months and years of the calendar, also across a new year", () => {
    expect(periodOf("this_month", "2026-02-28")).toEqual({ from: "2026-02-01", to: "2026-03-01" });
    expect(periodOf("this_month", "2026-12-31")).toEqual({ from: "2026-12-01", to: "2027-01-01" });
    expect(periodOf("last_month", "2026-01-15")).toEqual({ from: "2025-12-01", to: "2026-01-01" });
    expect(periodOf("last_month", "2026-03-31")).toEqual({ from: "2026-02-01", to: "2026-03-01" });
    expect(periodOf("this_year", "2026-07-01")).toEqual({ from: "2026-01-01", to: "2027-01-01" });
  });

  it("begin today by the clocks of the zone", () => {
    const at = new Date("2026-11-30T16:30:00Z");
    expect(dateIn("Asia/Shanghai", at)).toBe("2026-12-01");
    expect(dateIn("Europe/Berlin", at)).toBe("2026-11-30");
  });

  it("end a day later for the API than for the person, over clock changes too", () => {
    expect(addDays("2026-03-29", 1)).toBe("2026-03-30");
    expect(addDays("2026-12-31", 1)).toBe("2027-01-01");
    expect(addDays("2024-03-01", -1)).toBe("2024-02-29");
  });

  it("know real zones only", () => {
    expect(knownTimeZone("Asia/Shanghai")).toBe("Asia/Shanghai");
    expect(knownTimeZone("Mars/Olympus")).toBeUndefined();
    expect(knownTimeZone("")).toBeFalsy();
    expect(knownTimeZone(undefined)).toBeUndefined();
  });

  it("offer every zone once, the chosen one first", () => {
    const { usual, others } = timeZones("America/Lima");
    expect(usual[0]).toBe("America/Lima");
    expect(new Set([...usual, ...others]).size).toBe(usual.length + others.length);
    expect(others).toContain("Pacific/Apia");
  });
});

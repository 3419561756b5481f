import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addDays } from "../../platform/clock.ts";
import { isoOf, localTimesIn, periodIn } from "./calendar.ts";

const hours = ({ start, end }: { start: Date; end: Date }) => (end.getTime() - start.getTime()) / 3_600_000;
const day = (timeZone: string, date: string) => periodIn(timeZone, { from: date, to: addDays(date, 1) });

describe("days of a time zone", () => {
  it("have 23, 24 or 25 hours, as the clocks of the zone say", () => {
    expect(hours(day("Europe/Berlin", "2026-03-29"))).toBe(23);
    expect(hours(day("Europe/Berlin", "2026-03-30"))).toBe(24);
    expect(hours(day("Europe/Berlin", "2026-10-25"))).toBe(25);
    expect(hours(day("Asia/Shanghai", "2026-03-29"))).toBe(24);
    // Half an hour, as Lord Howe Island does it.
    expect(hours(day("Australia/Lord_Howe", "2026-10-04"))).toBe(23.5);
  });

  it("begin at midnight there, or when the clocks went on where they skipped midnight", () => {
    expect(day("Asia/Shanghai", "2026-03-01").start.toISOString()).toBe("2026-02-28T16:00:00.000Z");
    expect(day("Europe/Berlin", "2026-03-29").end.toISOString()).toBe("2026-03-29T22:00:00.000Z");
    // Chile's clocks go from Saturday 24:00 to Sunday 01:00.
    const santiago = day("America/Santiago", "2026-09-06");
    expect(isoOf(localTimesIn("America/Santiago")(santiago.start))).toBe("2026-09-06T01:00:00-03:00");
    expect(hours(santiago)).toBe(23);
    // Samoa crossed the date line and had no 30 December 2011.
    expect(hours(day("Pacific/Apia", "2011-12-30"))).toBe(0);
  });

  it("tell the hour that comes twice apart by its offset", () => {
    const local = localTimesIn("Europe/Berlin");
    expect(isoOf(local(new Date("2026-10-25T00:30:00Z")))).toBe("2026-10-25T02:30:00+02:00");
    expect(isoOf(local(new Date("2026-10-25T01:30:00Z")))).toBe("2026-10-25T02:30:00+01:00");
    expect(isoOf(localTimesIn("UTC")(new Date("2026-10-25T00:00:00Z")))).toBe("2026-10-25T00:00:00+00:00");
    expect(isoOf(localTimesIn("Asia/Kathmandu")(new Date("2026-10-25T00:00:00Z")))).toBe(
      "2026-10-25T05:45:00+05:45",
    );
  });

  it("hold every moment in exactly one day, the one that local clocks name", () => {
    const zones = [
      "Asia/Shanghai",
      "Europe/Berlin",
      "America/New_York",
      "America/Santiago",
      "Asia/Kathmandu",
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2037, 0, 1) }),
        (zone, ms) => {
          const at = new Date(ms);
          const { date } = localTimesIn(zone)(at);
          const { start, end } = day(zone, date);
          expect(start.getTime()).toBeLessThanOrEqual(ms);
          expect(end.getTime()).toBeGreaterThan(ms);
          expect(localTimesIn(zone)(start).date).toBe(date);
          expect(localTimesIn(zone)(new Date(end.getTime() - 1)).date).toBe(date);
        },
      ),
      { numRuns: 300 },
    );
  });
});

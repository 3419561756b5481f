import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { availableOn, lastCutOff, nextCutOff, type SettlementCalendar } from "./settlement-calendar.ts";

const calendar = (over: Partial<SettlementCalendar> = {}): SettlementCalendar => ({
  timeZone: "Europe/Berlin",
  cutOffHour: 0,
  delayDays: 0,
  holidays: [],
  ...over,
});
const next = (over: Partial<SettlementCalendar>, at: string) =>
  nextCutOff(calendar(over), new Date(at)).toISOString();
const available = (over: Partial<SettlementCalendar>, at: string) =>
  availableOn(calendar(over), new Date(at)).toISOString();

describe("cut-offs", () => {
  it("are at the hour of the merchant's clock, winter and summer", () => {
    expect(next({}, "2026-11-24T12:00:00Z")).toBe("2026-11-24T23:00:00.000Z");
    expect(next({}, "2026-07-21T12:00:00Z")).toBe("2026-07-21T22:00:00.000Z");
    expect(next({ timeZone: "Asia/Shanghai", cutOffHour: 22 }, "2026-11-24T12:00:00Z")).toBe(
      "2026-11-24T14:00:00.000Z",
    );
  });

  it("come once on days of 23 and 25 hours, also at an hour that is skipped or comes twice", () => {
    // In New York clocks change on a Sunday; Fridays are no business days in Cairo's bank calendar, but Europe's Sunday
    // is made a business day nowhere, so Lord Howe and Santiago stand in with a calendar of their own below.
    const sunday = { timeZone: "America/New_York", cutOffHour: 2 };
    expect(next(sunday, "2026-03-07T12:00:00Z")).toBe("2026-03-09T06:00:00.000Z");
    expect(next(sunday, "2026-10-31T12:00:00Z")).toBe("2026-11-02T07:00:00.000Z");
    // Cairo's clocks go on from Thursday 24:00 to Friday 01:00 (24 April 2026): midnight of that Friday does not exist.
    expect(next({ timeZone: "Africa/Cairo" }, "2026-04-23T12:00:00Z")).toBe("2026-04-23T22:00:00.000Z");
    // And back at the end of Thursday 29 October: 23:00 comes twice, and counts the first time.
    const late = { timeZone: "Africa/Cairo", cutOffHour: 23 };
    expect(next(late, "2026-10-29T12:00:00Z")).toBe("2026-10-29T20:00:00.000Z");
    expect(next(late, "2026-10-29T20:30:00Z")).toBe("2026-10-30T21:00:00.000Z");
  });

  it("leave out weekends and holidays; T+1 is one business day later", () => {
    // Friday noon: Saturday's midnight is no business day's, Monday's is.
    expect(available({}, "2026-11-20T11:00:00Z")).toBe("2026-11-22T23:00:00.000Z");
    expect(available({ delayDays: 1 }, "2026-11-20T11:00:00Z")).toBe("2026-11-23T23:00:00.000Z");
    expect(available({ holidays: ["2026-11-23"] }, "2026-11-20T11:00:00Z")).toBe("2026-11-23T23:00:00.000Z");
    expect(available({ delayDays: 1 }, "2026-11-24T11:00:00Z")).toBe("2026-11-25T23:00:00.000Z");
  });

  it("follow each other, and every moment lies between two of them", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(
          "Asia/Shanghai",
          "Europe/Berlin",
          "America/Santiago",
          "Africa/Cairo",
          "Asia/Kathmandu",
        ),
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2035, 0, 1) }),
        (timeZone, cutOffHour, ms) => {
          const of = calendar({ timeZone, cutOffHour });
          const at = new Date(ms);
          const [last, following] = [lastCutOff(of, at), nextCutOff(of, at)];
          expect(last.getTime()).toBeLessThanOrEqual(ms);
          expect(following.getTime()).toBeGreaterThan(ms);
          expect(nextCutOff(of, last)).toEqual(following);
          expect(lastCutOff(of, following)).toEqual(following);
        },
      ),
      { numRuns: 300 },
    );
  });
});

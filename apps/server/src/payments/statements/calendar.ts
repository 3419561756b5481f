import { Temporal } from "temporal-polyfill";

/**
 * The moments between which plain dates lie in a named time zone: from the first moment of `from` up to the first
 * moment of `to`. A day of 23 or 25 hours is as long as the zone's clocks made it, and a day whose midnight the
 * clocks skipped begins when they went on.
 */
export function periodIn(timeZone: string, days: { from: string; to: string }): { start: Date; end: Date } {
  const startOf = (date: string) =>
    new Date(Temporal.PlainDate.from(date).toZonedDateTime(timeZone).epochMilliseconds);
  return { start: startOf(days.from), end: startOf(days.to) };
}

/** What a clock on the wall showed at a moment: plain date, time to the second, and how far the zone was from UTC. */
export type LocalTime = { date: string; time: string; offset: string };

/** Answers for many moments of one zone; the formatter is made once, because making it is what costs. */
export function localTimesIn(timeZone: string): (at: Date) => LocalTime {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    calendar: "iso8601",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "longOffset",
  });
  return (at) => {
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
    const offset = (parts.timeZoneName ?? "GMT").replace("GMT", "").replace("\u2212", "-");
    return {
      date: `${(parts.year ?? "").padStart(4, "0")}-${parts.month}-${parts.day}`,
      time: `${parts.hour}:${parts.minute}:${parts.second}`,
      offset: offset === "" ? "+00:00" : offset,
    };
  };
}

/** ISO 8601 with the offset, so that the hour that comes twice in autumn is told apart: `2026-10-25T02:30:00+01:00`. */
export function isoOf(local: LocalTime): string {
  return `${local.date}T${local.time}${local.offset}`;
}

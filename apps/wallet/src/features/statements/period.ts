/** Which days a statement is about: a month by the calendar of a time zone, or days of one's own choice. */
export type PeriodChoice = "this_month" | "last_month" | "this_year" | "own";

/** Plain dates; `to` is the first day that is no longer part of it, as the API counts. */
export type Period = { from: string; to: string };

/** The plain date that a moment has in a time zone. */
export function dateIn(timeZone: string, at: Date): string {
  return new Intl.DateTimeFormat("en-CA", {
    timeZone,
    calendar: "iso8601",
    numberingSystem: "latn",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).format(at);
}

/** The plain date so many days after another one. Plain dates have no zone and no clock change. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** The days of a choice, seen from today. */
export function periodOf(choice: Exclude<PeriodChoice, "own">, today: string): Period {
  const year = Number(today.slice(0, 4));
  const month = Number(today.slice(5, 7)) - 1;
  const first = (monthIndex: number) => new Date(Date.UTC(year, monthIndex, 1)).toISOString().slice(0, 10);
  switch (choice) {
    case "this_month":
      return { from: first(month), to: first(month + 1) };
    case "last_month":
      return { from: first(month - 1), to: first(month) };
    case "this_year":
      return { from: first(0), to: first(12) };
  }
}

/** The zone, where this browser knows it: an address may be old, or typed by hand. */
export function knownTimeZone(name: string | undefined): string | undefined {
  try {
    return name && new Intl.DateTimeFormat("en", { timeZone: name }) && name;
  } catch {
    return undefined;
  }
}

/** The time zone of this browser. */
export function ownTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/** All time zones this browser knows, the usual ones first; the API knows the same database of zones. */
export function timeZones(chosen: string): { usual: string[]; others: string[] } {
  const usual = [
    ...new Set([
      chosen,
      ownTimeZone(),
      "Asia/Shanghai",
      "Asia/Hong_Kong",
      "Asia/Singapore",
      "Asia/Tokyo",
      "Europe/Berlin",
      "Europe/London",
      "America/New_York",
      "UTC",
    ]),
  ];
  return { usual, others: Intl.supportedValuesOf("timeZone").filter((zone) => !usual.includes(zone)) };
}

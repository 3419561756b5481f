import { Temporal } from "temporal-polyfill";

/** When a merchant's money is settled. Cut-offs are hours of the merchant's clock, on business days. */
export type SettlementCalendar = {
  /** IANA name. */
  timeZone: string;
  /** Hour of the day on the clock there, 0 to 23. */
  cutOffHour: number;
  /** T+0 or T+1: how many business days after the next cut-off. */
  delayDays: number;
  /** Plain dates without business, beside Saturdays and Sundays. */
  holidays: readonly string[];
};

/** No calendar rests longer than this: one that says so is wrong, and the search ends here. */
const longestRestDays = 60;

/** The first cut-off after a moment. */
export function nextCutOff(calendar: SettlementCalendar, at: Date): Date {
  return searched(calendar, at, 1, (cutOffMs) => cutOffMs > at.getTime());
}

/** The last cut-off at or before a moment. */
export function lastCutOff(calendar: SettlementCalendar, at: Date): Date {
  return searched(calendar, at, -1, (cutOffMs) => cutOffMs <= at.getTime());
}

/** The cut-off at which money taken at a moment becomes available: the next one (T+0), or the one after it (T+1). */
export function availableOn(calendar: SettlementCalendar, takenAt: Date): Date {
  let cutOff = nextCutOff(calendar, takenAt);
  for (let left = calendar.delayDays; left > 0; left -= 1) cutOff = nextCutOff(calendar, cutOff);
  return cutOff;
}

function searched(
  calendar: SettlementCalendar,
  at: Date,
  step: 1 | -1,
  fits: (cutOffMs: number) => boolean,
): Date {
  let day = Temporal.Instant.fromEpochMilliseconds(at.getTime())
    .toZonedDateTimeISO(calendar.timeZone)
    .toPlainDate();
  for (let rest = 0; rest < longestRestDays; rest += 1) {
    if (isBusinessDay(day, calendar)) {
      const cutOffMs = cutOffOn(day, calendar);
      if (fits(cutOffMs)) return new Date(cutOffMs);
    }
    day = day.add({ days: step });
  }
  throw new Error(`the calendar of ${calendar.timeZone} has no business day in ${longestRestDays} days`);
}

/**
 * The moment at which the clock shows the cut-off's hour. An hour that the clocks skip in spring is taken when they have
 * gone on, one that comes twice in autumn the first time: one cut-off each day, of 23 and of 25 hours.
 */
function cutOffOn(day: Temporal.PlainDate, { timeZone, cutOffHour }: SettlementCalendar): number {
  const plainTime = new Temporal.PlainTime(cutOffHour);
  return day.toPlainDateTime(plainTime).toZonedDateTime(timeZone, { disambiguation: "compatible" })
    .epochMilliseconds;
}

function isBusinessDay(day: Temporal.PlainDate, { holidays }: SettlementCalendar): boolean {
  return day.dayOfWeek <= 5 && !holidays.includes(day.toString());
}

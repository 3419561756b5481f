import { Temporal } from "temporal-polyfill";
import type { Arrival } from "../banks/index.ts";

/** When money is there: to the minute, or by the end of a day of the bank's calendar. */
export type Expected = { at: Date; precision: "minutes" | "day" };

/** Whose days and hours count. */
export type BankCalendar = {
  timeZone: string;
  /** Plain dates on which the bank books nothing, beside Saturdays and Sundays. */
  holidays: readonly string[];
};

/** No bank rests longer than this: a calendar that says so is wrong, and the count ends here. */
const longestRestDays = 60;

/**
 * When money sent at a moment arrives by a rail. A business day is a day of the bank on which it books; an order after
 * the cut-off counts as of the next one. Pure.
 */
export function expectedArrival(arrival: Arrival, sentAt: Date, calendar: BankCalendar): Expected {
  if ("withinSeconds" in arrival)
    return { at: new Date(sentAt.getTime() + arrival.withinSeconds * 1_000), precision: "minutes" };
  const local = Temporal.Instant.fromEpochMilliseconds(sentAt.getTime()).toZonedDateTimeISO(
    calendar.timeZone,
  );
  let day = local.toPlainDate();
  const late =
    arrival.cutOff !== undefined &&
    isBusinessDay(day, calendar) &&
    Temporal.PlainTime.compare(local.toPlainTime(), Temporal.PlainTime.from(arrival.cutOff)) >= 0;
  if (late) day = day.add({ days: 1 });
  day = businessDayFrom(day, calendar);
  for (let left = arrival.businessDays; left > 0; left -= 1)
    day = businessDayFrom(day.add({ days: 1 }), calendar);
  const end = day.toZonedDateTime({ timeZone: calendar.timeZone, plainTime: "23:59:59" });
  return { at: new Date(end.epochMilliseconds), precision: "day" };
}

function businessDayFrom(day: Temporal.PlainDate, calendar: BankCalendar): Temporal.PlainDate {
  let found = day;
  for (let rest = 0; rest < longestRestDays && !isBusinessDay(found, calendar); rest += 1)
    found = found.add({ days: 1 });
  return found;
}

function isBusinessDay(day: Temporal.PlainDate, { holidays }: BankCalendar): boolean {
  return day.dayOfWeek <= 5 && !holidays.includes(day.toString());
}

import { addDays } from "../platform/clock.ts";

/** How old an open break is, in the bank's business days. */
export const ageBuckets = ["0-1", "2-5", "6-30", "over-30"] as const;
export type AgeBucket = (typeof ageBuckets)[number];

/** After so many business days a break is overdue, unless the bank's entry in `banks.json` says otherwise. */
export const usualBreakLimitDays = 5;
/** Nothing is counted beyond; a break that old needs no finer number. */
const mostDays = 2_000;

export type Calendar = {
  /** Plain dates on which the bank does not work, besides Saturdays and Sundays. */
  holidays?: readonly string[] | undefined;
};

export function isBusinessDay(date: string, { holidays }: Calendar): boolean {
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
  return weekday !== 0 && weekday !== 6 && !(holidays?.includes(date) ?? false);
}

/** Business days after `from`, up to and including `to`; 0 when `to` is not later. Both plain dates of the bank. */
export function businessDaysBetween(from: string, to: string, calendar: Calendar): number {
  let days = 0;
  for (
    let date = addDays(from, 1), step = 0;
    date <= to && step < mostDays;
    date = addDays(date, 1), step += 1
  )
    if (isBusinessDay(date, calendar)) days += 1;
  return days;
}

export function bucketOf(days: number): AgeBucket {
  if (days <= 1) return "0-1";
  if (days <= 5) return "2-5";
  return days <= 30 ? "6-30" : "over-30";
}

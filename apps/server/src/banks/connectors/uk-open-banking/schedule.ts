import { addDays } from "../../../platform/clock.ts";
import type { PeriodicOrder } from "../../connector-services.ts";

/** `OBFrequency6Code` with how far two payments lie apart. */
const frequencies: Record<
  PeriodicOrder["frequency"],
  { code: string; days: number } | { code: string; months: number }
> = {
  daily: { code: "DAIL", days: 1 },
  weekly: { code: "WEEK", days: 7 },
  every_two_weeks: { code: "FRTN", days: 14 },
  monthly: { code: "MNTH", months: 1 },
  every_two_months: { code: "TWMH", months: 2 },
  quarterly: { code: "QURT", months: 3 },
  semi_annual: { code: "MIAN", months: 6 },
  annual: { code: "YEAR", months: 12 },
};
/** A daily order of 25 years has fewer payments. */
const maxPayments = 10_000;

/** A standing order's first and last day as UK Open Banking wants them: days on which a payment is due. */
export type Days = { first: string; last: string | null; frequency: { Type: string; PointInTime?: string } };

/**
 * The days of an order, or undefined when none lies between its start and its end. Banks move a day that falls on a
 * weekend or bank holiday by themselves.
 */
export function daysOf(
  order: Pick<PeriodicOrder, "startDate" | "endDate" | "frequency" | "dayOfExecution">,
): Days | undefined {
  const { startDate, endDate, dayOfExecution } = order;
  const step = frequencies[order.frequency];
  let first: string | undefined;
  let last: string | null = null;
  for (let index = 0; index < maxPayments; index += 1) {
    const day =
      "days" in step
        ? addDays(startDate, step.days * index)
        : monthsAfter(startDate, step.months * index, dayOfExecution);
    if (day < startDate) continue;
    if (endDate !== null && day > endDate) break;
    first ??= day;
    if (endDate === null) break;
    last = day;
  }
  if (first === undefined) return undefined;
  const point = "months" in step && dayOfExecution !== undefined;
  return {
    first,
    last,
    frequency: {
      Type: step.code,
      ...(point ? { PointInTime: String(dayOfExecution).padStart(2, "0") } : {}),
    },
  };
}

/** The same day, or the one given, so many months later; the month's last where it has no such day. */
function monthsAfter(date: string, count: number, dayOfExecution: number | undefined): string {
  const [year = 0, month = 1, day = 1] = date.split("-").map(Number);
  const months = year * 12 + (month - 1) + count;
  const last = new Date(Date.UTC(Math.floor(months / 12), (months % 12) + 1, 0)).getUTCDate();
  const chosen = Math.min(dayOfExecution ?? day, last);
  return new Date(Date.UTC(Math.floor(months / 12), months % 12, chosen)).toISOString().slice(0, 10);
}

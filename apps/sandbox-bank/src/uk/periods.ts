/** Periods of a VRP consent's limits (VRP API profile 4.0, OBDomesticVRPControlParameters, PeriodicLimits). */
import { addDays } from "../context.ts";

/**
 * The first day of the period that a date lies in. `Consent` counts periods from the day of the consent, `Calendar`
 * from the calendar's own beginnings (weeks on Monday, fortnights from the first Monday of the year 2000).
 */
export function periodStart(
  limit: { PeriodType: string; PeriodAlignment: string },
  consentedAt: Date,
  date: string,
): string {
  const first = consentedAt.toISOString().slice(0, 10);
  const [year = "", month = "", day = ""] = date.split("-");
  const byConsent = limit.PeriodAlignment === "Consent";
  const daysBack = (length: number, anchor: string) => {
    const days = Math.round((Date.parse(date) - Date.parse(anchor)) / 86_400_000);
    return addDays(date, -(((days % length) + length) % length));
  };
  const monthsBack = (length: number) => {
    if (!byConsent) {
      const start = Math.floor((Number(month) - 1) / length) * length + 1;
      return `${year}-${String(start).padStart(2, "0")}-01`;
    }
    const [firstYear = "", firstMonth = "", firstDay = ""] = first.split("-");
    let months = (Number(year) - Number(firstYear)) * 12 + Number(month) - Number(firstMonth);
    if (day < firstDay) months -= 1;
    months -= ((months % length) + length) % length;
    const start = new Date(Date.UTC(Number(firstYear), Number(firstMonth) - 1 + months, 1));
    const last = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 0)).getUTCDate();
    start.setUTCDate(Math.min(Number(firstDay), last));
    return start.toISOString().slice(0, 10);
  };
  switch (limit.PeriodType) {
    case "Day":
      return date;
    case "Week":
      return daysBack(7, byConsent ? first : "2000-01-03");
    case "Fortnight":
      return daysBack(14, byConsent ? first : "2000-01-03");
    case "Half-year":
      return monthsBack(6);
    case "Year":
      return monthsBack(12);
    default:
      return monthsBack(1);
  }
}

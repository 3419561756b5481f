import { useLocaleTag, useTranslate } from "./i18n.tsx";

export type DateStyle = "date" | "time" | "date-time" | "day" | "recent";

/**
 * An instant (UTC, shown in the device's zone) or a plain date (`2026-11-22`, shown as it is: a bank's booking date
 * belongs to the bank's calendar and must not move with the reader's zone).
 */
export function DateText({ value, style = "date-time" }: { value: string; style?: DateStyle }) {
  const format = useFormatDate();
  return (
    <time dateTime={value} className="tabular">
      {format(value, style)}
    </time>
  );
}

/** Formats as `DateText`, for sentences. `day` says "Today" and "Yesterday"; `recent` is the time today, the day before that. */
export function useFormatDate(): (value: string, style?: DateStyle) => string {
  const tag = useLocaleTag();
  const t = useTranslate();
  return (value, style = "date-time") => {
    const plain = /^\d{4}-\d{2}-\d{2}$/.test(value);
    const date = new Date(plain ? `${value}T00:00:00Z` : value);
    const zone = plain ? { timeZone: "UTC" } : {};
    if (style === "day") {
      const key = plain ? value : localDay(date);
      if (key === localDay(new Date())) return t("ui.day.today");
      if (key === localDay(dayBefore(new Date()))) return t("ui.day.yesterday");
      const sameYear = key.slice(0, 4) === localDay(new Date()).slice(0, 4);
      return date.toLocaleDateString(tag, {
        ...zone,
        weekday: "short",
        day: "numeric",
        month: "long",
        ...(sameYear ? {} : { year: "numeric" }),
      });
    }
    const today = localDay(date) === localDay(new Date());
    if (style === "recent" && !today)
      return date.toLocaleDateString(tag, { ...zone, day: "numeric", month: "short" });
    if (style === "time" || style === "recent")
      return date.toLocaleTimeString(tag, { hour: "2-digit", minute: "2-digit", hour12: false });
    const day: Intl.DateTimeFormatOptions = { ...zone, day: "numeric", month: "short", year: "numeric" };
    if (style === "date" || plain) return date.toLocaleDateString(tag, day);
    return date.toLocaleString(tag, { ...day, hour: "2-digit", minute: "2-digit", hour12: false });
  };
}

/** The calendar day of an instant in the device's zone, as `2026-11-22`: the key for grouping a list by day. */
export function localDay(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Yesterday by the calendar, which stays right on days of 23 and 25 hours. */
function dayBefore(date: Date): Date {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() - 1, 12);
}

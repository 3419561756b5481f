import { Temporal } from "temporal-polyfill";
import { z } from "zod";

const timeOfDay = /^([01]\d|2[0-3]):[0-5]\d$/;
const localInstant = /^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d$/;

/**
 * When a bank takes no orders, in the bank's own time: every day between two times of day (over midnight where `to`
 * is the earlier one), or once between two moments such as `2026-11-28T22:00`.
 */
export const maintenanceWindow = z
  .union([
    z.strictObject({
      from: z.string().regex(timeOfDay),
      to: z.string().regex(timeOfDay),
      daily: z.literal(true),
    }),
    z.strictObject({
      from: z.string().regex(localInstant),
      to: z.string().regex(localInstant),
      daily: z.literal(false).optional(),
    }),
  ])
  .refine(({ from, to, daily }) => (daily ? from !== to : from < to));
export type MaintenanceWindow = z.infer<typeof maintenanceWindow>;

/**
 * When the bank is open again, or undefined when it is open now. Windows that follow each other count as one. Times
 * of day are the bank's own, also on the nights when its clocks change.
 */
export function closedUntil(
  windows: readonly MaintenanceWindow[],
  timeZone: string,
  now: Date,
): Date | undefined {
  let until: Date | undefined;
  // Each round either follows a window that begins before the last one ended, or stops.
  for (let round = 0; round <= windows.length; round += 1) {
    const at = until ?? now;
    const ends = windows.flatMap((window) => endOf(window, timeZone, at) ?? []);
    const latest = ends.sort((a, b) => b.getTime() - a.getTime())[0];
    if (latest === undefined) break;
    until = latest;
  }
  return until;
}

function endOf(window: MaintenanceWindow, timeZone: string, now: Date): Date | undefined {
  const instantOf = (local: Temporal.PlainDateTime) =>
    new Date(local.toZonedDateTime(timeZone).epochMilliseconds);
  const holds = (from: Temporal.PlainDateTime, to: Temporal.PlainDateTime): Date | undefined => {
    const [start, end] = [instantOf(from), instantOf(to)];
    return start <= now && now < end ? end : undefined;
  };
  if (!window.daily)
    return holds(Temporal.PlainDateTime.from(window.from), Temporal.PlainDateTime.from(window.to));
  const today = Temporal.Instant.fromEpochMilliseconds(now.getTime())
    .toZonedDateTimeISO(timeZone)
    .toPlainDate();
  const at = (date: Temporal.PlainDate, time: string) => date.toPlainDateTime(Temporal.PlainTime.from(time));
  // A window over midnight that holds now began today or yesterday.
  for (const date of [today, today.subtract({ days: 1 })]) {
    const end = window.from < window.to ? date : date.add({ days: 1 });
    const found = holds(at(date, window.from), at(end, window.to));
    if (found) return found;
  }
  return undefined;
}

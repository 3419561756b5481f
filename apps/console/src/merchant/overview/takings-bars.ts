import type { Takings } from "@jinqiao/contract";
import { formatDecimal, parseDecimal } from "@jinqiao/money";

export type TakingsTotal = Takings["totals"][number];

/** What was taken in one currency, also where nothing was. */
export function sumOf(takings: Takings, currency: string): TakingsTotal {
  const zero = { amount: formatDecimal(0n, currency), currency };
  return (
    takings.totals.find((one) => one.currency === currency) ?? {
      currency,
      payments: 0,
      gross: zero,
      fees: zero,
      refunds: 0,
      refunded: zero,
      net: zero,
    }
  );
}

const hourMs = 3_600_000;

/**
 * One bar for each hour of a shop's day, with the same hour of the day before beside it. Hours are counted from
 * midnight, so that a day on which the clocks change has as many bars as it has hours.
 */
export function hourBars(day: {
  today: Takings;
  yesterday: Takings;
  begin: Date;
  before: Date;
  end: Date;
  currency: string;
}): { id: string; label: string; minor: bigint; beside: bigint }[] {
  const perHour = (takings: Takings, begin: Date): Map<number, bigint> => {
    const sums = new Map<number, bigint>();
    for (const step of takings.steps) {
      if (step.currency !== day.currency) continue;
      const hour = Math.floor((Date.parse(step.at) - begin.getTime()) / hourMs);
      sums.set(hour, (sums.get(hour) ?? 0n) + parseDecimal(step.gross.amount, day.currency));
    }
    return sums;
  };
  const today = perHour(day.today, day.begin);
  const yesterday = perHour(day.yesterday, day.before);
  const hours = Math.round((day.end.getTime() - day.begin.getTime()) / hourMs);
  return Array.from({ length: hours }, (_, hour) => ({
    id: String(hour),
    label: String(hour),
    minor: today.get(hour) ?? 0n,
    beside: yesterday.get(hour) ?? 0n,
  }));
}

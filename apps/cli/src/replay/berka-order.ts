import type { BerkaRow } from "./berka-file.ts";

/** The bank hid the last decimal of some amounts: a stated balance may be off by this much, minor units (0.10 CZK). */
export const toleranceMinor = 10n;

/** A movement in its place, with what must be added after it to arrive at the balance the bank states. */
export type Placed = { row: BerkaRow; difference: bigint };

/** The best of all orders is looked for among so many movements of one account and day; beyond, the nearest next. */
const maxExhaustive = 12;

/**
 * Puts the movements of one account and day into the order in which they happened. The file states the balance after
 * each but not their order: the right one is that in which the balances follow from one another. Among all orders the
 * one is taken with the fewest balances outside the tolerance, then with the fewest that are not exact, then with the
 * smallest differences, then the earliest in the file.
 *
 * The balance after a movement is stated, whatever came before. So the cost of going on depends only on which movements
 * are done and which was last, and 2ⁿ·n² steps find the best of n! orders (Held and Karp 1962).
 *
 * @param opening balance at the end of the day before, minor units
 */
export function orderDay(rows: readonly BerkaRow[], opening: bigint): Placed[] {
  const order = rows.length <= maxExhaustive ? bestOrder(rows, opening) : nearestOrder(rows, opening);
  let balance = opening;
  return order.map((row) => {
    const difference = row.stated - (balance + row.amount);
    balance = row.stated;
    return { row, difference };
  });
}

/** Three costs in one number, so that orders compare at once: each outweighs all of the next over a day. */
const outsideCost = 1e14;
const inexactCost = 1e12;
const largestDistance = 10n ** 10n;

function costOf(row: BerkaRow, before: bigint): number {
  const difference = row.stated - (before + row.amount);
  if (difference === 0n) return 0;
  const distance = difference < 0n ? -difference : difference;
  return (
    (distance > toleranceMinor ? outsideCost : 0) +
    inexactCost +
    Number(distance < largestDistance ? distance : largestDistance)
  );
}

function bestOrder(rows: readonly BerkaRow[], opening: bigint): BerkaRow[] {
  const count = rows.length;
  if (count === 1) return [...rows];
  const step = rows.map((from) => rows.map((to) => costOf(to, from.stated)));
  const all = (1 << count) - 1;
  // For each set still to come and the movement done last: what the rest costs at least, and which comes next.
  const cost = new Float64Array((all + 1) * count);
  const next = new Int8Array((all + 1) * count);
  for (let rest = 1; rest <= all; rest += 1) {
    for (let last = 0; last < count; last += 1) {
      if (rest & (1 << last)) continue;
      let best = Number.POSITIVE_INFINITY;
      for (let candidate = 0; candidate < count; candidate += 1) {
        if (!(rest & (1 << candidate))) continue;
        const total =
          (step[last]?.[candidate] as number) +
          (cost[(rest & ~(1 << candidate)) * count + candidate] as number);
        if (total >= best) continue;
        best = total;
        next[rest * count + last] = candidate;
      }
      cost[rest * count + last] = best;
    }
  }
  let first = 0;
  let best = Number.POSITIVE_INFINITY;
  rows.forEach((row, candidate) => {
    const total = costOf(row, opening) + (cost[(all & ~(1 << candidate)) * count + candidate] as number);
    if (total >= best) return;
    best = total;
    first = candidate;
  });
  const order: BerkaRow[] = [];
  for (let last = first, rest = all; ; last = next[rest * count + last] as number) {
    order.push(rows[last] as BerkaRow);
    rest &= ~(1 << last);
    if (rest === 0) return order;
  }
}

function nearestOrder(rows: readonly BerkaRow[], opening: bigint): BerkaRow[] {
  const rest = [...rows];
  const order: BerkaRow[] = [];
  let balance = opening;
  while (rest.length > 0) {
    let nearest = 0;
    let best = Number.POSITIVE_INFINITY;
    for (let index = 0; index < rest.length && best > 0; index += 1) {
      const cost = costOf(rest[index] as BerkaRow, balance);
      if (cost >= best) continue;
      best = cost;
      nearest = index;
    }
    const [row] = rest.splice(nearest, 1) as [BerkaRow];
    order.push(row);
    balance = row.stated;
  }
  return order;
}

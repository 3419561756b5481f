/**
 * Puts one account's movements into the order in which they happened. The data set gives the day and the balance
 * after each movement, but not the order within a day; its balances are rounded in places.
 */

export interface Movement {
  date: string;
  amountMinor: bigint;
  /** The balance that the data set states after this movement. */
  statedBalanceMinor: bigint;
  remittance: string;
  family: string;
  counterpartyAccount: string | null;
}

export interface Step {
  movement: Movement;
  /** What must be added after the movement to arrive at the stated balance; mostly zero. */
  roundingMinor: bigint;
}

export interface OrderedHistory {
  movements: Movement[];
  steps: Step[];
  /** Balance before the first movement that makes the history consistent. */
  openingMinor: bigint;
  /** Movements whose stated balance is exact. */
  exact: number;
  largestDifference: bigint;
  lowest: bigint;
}

// Every order of a day is tried up to this many movements (720 orders); longer days take the nearest next one.
const MAX_TRIED = 6;

/** Orders a history of at least one movement. */
export function orderHistory(movements: Movement[]): OrderedHistory {
  const days = new Map<string, Movement[]>();
  for (const movement of movements) {
    const day = days.get(movement.date);
    if (day === undefined) days.set(movement.date, [movement]);
    else day.push(movement);
  }
  const dates = [...days.keys()].sort();
  const firstDay = days.get(dates[0] ?? "") ?? [];
  const openingMinor = openingOf(firstDay);
  const steps: Step[] = [];
  let balance = openingMinor;
  for (const date of dates) {
    const ordered = orderDay(days.get(date) ?? [], balance);
    steps.push(...ordered);
    balance = ordered.at(-1)?.movement.statedBalanceMinor ?? balance;
  }
  const differences = steps.map((step) => absolute(step.roundingMinor));
  return {
    movements,
    steps,
    openingMinor,
    exact: differences.filter((difference) => difference === 0n).length,
    largestDifference: differences.reduce(
      (largest, difference) => (difference > largest ? difference : largest),
      0n,
    ),
    lowest: steps.reduce(
      (lowest, { movement }) => (movement.statedBalanceMinor < lowest ? movement.statedBalanceMinor : lowest),
      openingMinor,
    ),
  };
}

/** The opening balance with which the first day fits best; an account that opened with its first deposit gives 0. */
function openingOf(day: Movement[]): bigint {
  let best: { opening: bigint; cost: bigint } | undefined;
  for (const first of day) {
    const opening = first.statedBalanceMinor - first.amountMinor;
    const cost = costOf(orderDay(day, opening));
    const better = best === undefined || cost < best.cost || (cost === best.cost && opening === 0n);
    if (better) best = { opening, cost };
  }
  return best?.opening ?? 0n;
}

function orderDay(day: Movement[], opening: bigint): Step[] {
  return day.length <= MAX_TRIED ? bestOrder(day, opening) : nearestOrder(day, opening);
}

function bestOrder(rest: Movement[], balance: bigint): Step[] {
  let best: { steps: Step[]; cost: bigint } | undefined;
  for (const movement of rest) {
    const roundingMinor = movement.statedBalanceMinor - (balance + movement.amountMinor);
    const later = bestOrder(
      rest.filter((other) => other !== movement),
      movement.statedBalanceMinor,
    );
    const steps = [{ movement, roundingMinor }, ...later];
    const cost = costOf(steps);
    if (best === undefined || cost < best.cost) best = { steps, cost };
    if (cost === 0n) break;
  }
  return best?.steps ?? [];
}

function nearestOrder(day: Movement[], opening: bigint): Step[] {
  const rest = [...day];
  const steps: Step[] = [];
  let balance = opening;
  while (rest.length > 0) {
    const roundings = rest.map((movement) => movement.statedBalanceMinor - (balance + movement.amountMinor));
    const nearest = roundings.reduce(
      (at, rounding, index) => (absolute(rounding) < absolute(roundings[at] ?? 0n) ? index : at),
      0,
    );
    const [movement] = rest.splice(nearest, 1);
    if (movement === undefined) break;
    steps.push({ movement, roundingMinor: roundings[nearest] ?? 0n });
    balance = movement.statedBalanceMinor;
  }
  return steps;
}

function costOf(steps: Step[]): bigint {
  return steps.reduce((sum, step) => sum + absolute(step.roundingMinor), 0n);
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

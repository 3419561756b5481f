/** One of several amounts, in minor units, more than zero. */
export type Part = { id: string; amount: bigint };

export type SumLimits = {
  /** Most amounts in one group. */
  parts: number;
  /** How many groups are enough. */
  groups: number;
  /** How many choices are tried before the search gives up: subsets are too many to try them all. */
  steps: number;
};

const usual: SumLimits = { parts: 12, groups: 3, steps: 20_000 };

/**
 * Groups of two or more amounts whose sum is exactly the total, small groups before large ones of the same beginning.
 * Bounded: a search that has used up its steps answers what it found so far, so that an empty answer is no proof that
 * there is none.
 */
export function exactSums(
  parts: readonly Part[],
  total: bigint,
  limits: Partial<SumLimits> = {},
): string[][] {
  const { parts: most, groups, steps } = { ...usual, ...limits };
  const sorted = parts
    .filter(({ amount }) => amount > 0n && amount < total)
    .sort((a, b) => (a.amount === b.amount ? (a.id < b.id ? -1 : 1) : a.amount > b.amount ? -1 : 1));
  // What all amounts from here on add up to: when that is too little, no choice among them can be enough.
  const rest: bigint[] = [0n];
  for (const { amount } of sorted.toReversed()) rest.unshift(amount + (rest[0] as bigint));
  const found: string[][] = [];
  const chosen: string[] = [];
  let left = steps;

  const choose = (from: number, missing: bigint): void => {
    if (missing === 0n) {
      if (chosen.length > 1) found.push([...chosen]);
      return;
    }
    if (chosen.length === most) return;
    for (let index = from; index < sorted.length; index += 1) {
      if (found.length >= groups || left <= 0 || (rest[index] as bigint) < missing) return;
      left -= 1;
      const part = sorted[index] as Part;
      if (part.amount > missing) continue;
      chosen.push(part.id);
      choose(index + 1, missing - part.amount);
      chosen.pop();
    }
  };
  choose(0, total);
  return found;
}

/** The least amount of the form 1, 2 or 5 times a power of ten that is not below any value: the top of a scale. */
export function niceTop(values: readonly bigint[]): bigint {
  const largest = values.reduce((most, value) => (value > most ? value : most), 1n);
  let step = 1n;
  while (step * 10n <= largest) step *= 10n;
  return [1n, 2n, 5n, 10n].map((factor) => factor * step).find((top) => top >= largest) ?? largest;
}

/** Heights in pixels: the largest amounts stay exact by division of whole numbers first; negative ones have no height. */
export function barHeights(values: readonly bigint[], top: bigint, room: number): number[] {
  const fine = 10_000n;
  return values.map((value) => (value <= 0n ? 0 : (Number((value * fine) / top) / Number(fine)) * room));
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** How long it is waited after each failed attempt: quickly at first, and over about three days in all. */
export const retryWaitsMs: readonly number[] = [
  5 * second,
  minute,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  8 * hour,
  12 * hour,
  20 * hour,
  24 * hour,
];

/** An endpoint that has answered nothing for so long is paused. */
export const pauseAfterMs = 72 * hour;

/**
 * When to try again after so many attempts; undefined when enough was tried. A tenth more or less, so that what failed
 * together does not come back together.
 * @param chance from 0 up to and without 1
 */
export function retryWaitMs(attempts: number, chance: number): number | undefined {
  const wait = retryWaitsMs[attempts - 1];
  return wait === undefined ? undefined : Math.round(wait * (0.9 + chance * 0.2));
}

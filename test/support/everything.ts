/**
 * Whether everything is tried: `JINQIAO_TESTS=all npm test`. A usual run has to end in a quarter of an hour on two cores,
 * so there most walks go through the browser in one language, and every statement is lost once, either before or after
 * it took effect, instead of both.
 */
export const everything = process.env.JINQIAO_TESTS === "all";

/** The first of the looks, languages or cases that a test goes through, or all of them. */
export const someOf = <One>(all: readonly One[]): readonly One[] => (everything ? all : all.slice(0, 1));

/** Which calls are lost, the first, second, third …: odd ones before they took effect, even ones after, or all of them. */
export function* lostCalls(when: "before" | "after", limit: number): Generator<number> {
  const step = everything ? 1 : 2;
  for (let n = everything || when === "before" ? 1 : 2; n < limit; n += step) yield n;
}

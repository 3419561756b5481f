import { setTimeout as sleep } from "node:timers/promises";

/** Does `work` for every item, at most `width` at a time, and keeps the order of the answers. */
export async function mapPool<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const index = next;
      next += 1;
      results[index] = await work(items[index] as T, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  return results;
}

/** Asks again until `look` gives an answer. @throws after `limitMs`, saying what was waited for */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined>,
  signal: AbortSignal,
  limitMs = 120_000,
): Promise<T> {
  const began = performance.now();
  for (let pauseMs = 25; ; pauseMs = Math.min(pauseMs * 2, 400)) {
    signal.throwIfAborted();
    const answer = await look();
    if (answer !== undefined) return answer;
    if (performance.now() - began > limitMs) throw new Error(`Waited in vain for ${what}.`);
    await sleep(pauseMs, undefined, { signal });
  }
}

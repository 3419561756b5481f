/** What one turn of a slot gave. */
export type Sample = {
  /** Things done per second. */
  rate: number;
  /** CPU seconds per second of this process and of PostgreSQL with all its backends; null where they cannot be read. */
  cpuNode?: number | null;
  cpuPostgres?: number | null;
  /** Bytes of write-ahead log per thing done; null where others may write to the same server. */
  walBytes?: number | null;
};

/** One thing to measure, again and again. `null`: it cannot be measured here. */
export type Slot = { name: string; run(): Promise<Sample | null> };

/**
 * Runs every slot once per round, so that whatever else the machine does meanwhile hits all of them alike. Every other
 * round goes backwards, so that none always follows the same one.
 * @returns the samples of each slot, by name; none for what could not be measured
 */
export async function inRounds(
  slots: readonly Slot[],
  options: { rounds: number; signal: AbortSignal; onTurn?(slot: Slot, round: number): void },
): Promise<Map<string, Sample[]>> {
  const samples = new Map<string, Sample[]>(slots.map(({ name }) => [name, []]));
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const slot of round % 2 === 1 ? slots : slots.toReversed()) {
      options.signal.throwIfAborted();
      options.onTurn?.(slot, round);
      const sample = await slot.run();
      if (sample !== null) samples.get(slot.name)?.push(sample);
    }
  }
  return samples;
}

/** The middle value, or the mean of the two in the middle; null of nothing. */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined) return null;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/** Median of one property of the samples; null when none of them has it. */
export function medianOf(samples: readonly Sample[] | undefined, property: keyof Sample): number | null {
  return median((samples ?? []).flatMap((sample) => sample[property] ?? []));
}

/** `part` ÷ `whole`, or null when either was not measured. */
export function ratio(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole === 0 ? null : part / whole;
}

/**
 * Clients that each do one thing after another until the time is up. What is under way then is waited for and counted.
 * @param act does one thing and answers how many it counts as
 * @returns how much was done, and in how many seconds
 */
export async function closedLoop(options: {
  clients: number;
  ms: number;
  signal: AbortSignal;
  act(client: number): Promise<number>;
}): Promise<{ count: number; seconds: number }> {
  const began = performance.now();
  const end = began + options.ms;
  let count = 0;
  const one = async (client: number): Promise<void> => {
    while (performance.now() < end && !options.signal.aborted) {
      const done = await options.act(client);
      count += done;
    }
  };
  await Promise.all(Array.from({ length: options.clients }, (_, client) => one(client)));
  options.signal.throwIfAborted();
  return { count, seconds: (performance.now() - began) / 1000 };
}

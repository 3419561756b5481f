import type { Db } from "./db.ts";

/** A page asks for several things at once, and a busy client again and again: for so long one look serves them. */
const keptMs = 1_000;
const maxKept = 10_000;

/**
 * Rows that were just read, for a second at most. Whatever changes one empties the whole: in the process that changes it
 * by `clear`, in others by a notice that the database sends with the commit. While nobody listens for notices, nothing is
 * remembered. Only for rows that may be a second old without harm to anybody's money.
 */
export type Memory<Row> = {
  find(key: string): Row | undefined;
  /** @param age `age` as it was before the row was read; a row read before something was forgotten is not kept */
  keep(key: string, row: Row, age: number): void;
  /** A number that changes whenever something was forgotten. */
  readonly age: number;
  clear(): void;
  listen(): Promise<{ close(): Promise<void> }>;
};

/** @param channel where the database tells of changes (a trigger of the module whose rows they are) */
export function createMemory<Row>(db: Db, channel: string): Memory<Row> {
  const kept = new Map<string, { row: Row; until: number }>();
  let age = 0;
  let hears = false;
  const clear = () => {
    age += 1;
    kept.clear();
  };
  return {
    find(key) {
      const found = kept.get(key);
      // Not the clock of the business: a test's clock stands still, and a second passes all the same.
      if (found !== undefined && found.until > performance.now()) return found.row;
      kept.delete(key);
      return undefined;
    },
    keep(key, row, readAt) {
      if (!hears || readAt !== age) return;
      if (kept.size >= maxKept) kept.clear();
      kept.set(key, { row, until: performance.now() + keptMs });
    },
    get age() {
      return age;
    },
    clear,
    listen: () =>
      db.listen(
        channel,
        clear,
        () => {
          clear();
          hears = true;
        },
        () => {
          hears = false;
          clear();
        },
      ),
  };
}

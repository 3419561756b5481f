import type { Db } from "../platform/db.ts";
import type { SessionRow } from "./session-sql.ts";

/** Where the database tells that a session ended or has another token (migration 012). */
const channel = "identity_session_ended";
/** A page asks for several things at once, and a busy client again and again: for so long one look serves them. */
const keptMs = 1_000;
const maxKept = 10_000;

/**
 * Customers' sessions that were just read, for a second at most. Whatever ends or renews a session empties it: in this
 * process at once, in others by the database's notice. While nobody listens for notices, nothing is remembered.
 */
export type SessionMemory = {
  find(token: string): SessionRow | undefined;
  keep(row: SessionRow): void;
  /** A number that changes whenever something was forgotten: what was read before must not be kept after. */
  readonly age: number;
  clear(): void;
  listen(): Promise<{ close(): Promise<void> }>;
};

export function createSessionMemory(db: Db): SessionMemory {
  const kept = new Map<string, { row: SessionRow; until: number }>();
  let age = 0;
  let hears = false;
  const clear = () => {
    age += 1;
    kept.clear();
  };
  return {
    find(token) {
      const found = kept.get(token);
      // Not the clock of the business: a test's clock stands still, and a second passes all the same.
      if (found !== undefined && found.until > performance.now()) return found.row;
      kept.delete(token);
      return undefined;
    },
    keep(row) {
      if (!hears) return;
      if (kept.size >= maxKept) kept.clear();
      kept.set(row.token, { row, until: performance.now() + keptMs });
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

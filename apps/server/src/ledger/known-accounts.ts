import type { Before, Names } from "./batch.ts";
import {
  type AccountState,
  type BatchState,
  type Decision,
  type HoldState,
  type Item,
  nameOf,
} from "./decide.ts";
import type { AccountRef } from "./instruction.ts";

/** How many accounts, and how many holds, are kept at least; twice as many at most, about 120 MB together. */
const maxKnown = 150_000;
/** How many batches go the long way after one that another process got in between, at most. */
const maxPause = 256;

/**
 * What this process knows of accounts and open holds since its last batch on them. A batch that needs no more than that
 * is decided at once and stored in one round trip; the tables refuse it whole when an account or hold is not as it was
 * known, because another process has changed it or the batch before did not come to pass. It is then locked, read and
 * decided anew. So the next batch may build on one whose commit is still awaited: its rows are free when that is done,
 * and as they were known, or it is refused. Nothing rests on this memory but speed.
 */
export function createKnownAccounts() {
  const accounts = new Recent<AccountState>();
  const holds = new Recent<HoldState>();
  let pause = 0;
  let pauseLength = 1;

  return {
    /**
     * Asked once for each batch: the accounts to be read for it to go the short way, or undefined where that would not
     * be enough. What batches in flight touch is known, so that an account to be read is nobody's meanwhile.
     */
    missing(items: readonly Item[], names: Names): AccountRef[] | undefined {
      if (pause > 0) {
        pause -= 1;
        return undefined;
      }
      if (!items.every(needsNoMore)) return undefined;
      if (!names.holds.every((id) => holds.get(id)?.status === "open")) return undefined;
      return names.accounts.filter((ref) => accounts.get(nameOf(ref)) === undefined);
    },
    /** The state to decide on, as it is before, or undefined where the batch must be locked and read first. */
    stateFor(names: Names): (Before & { state: BatchState }) | undefined {
      const state: BatchState = {
        accounts: new Map(),
        holds: new Map(),
        allowances: new Map(),
        known: new Map(),
        stale: new Set(),
      };
      const before: Before & { state: BatchState } = { state, accounts: new Map(), captured: new Map() };
      for (const ref of names.accounts) {
        const name = nameOf(ref);
        const account = accounts.get(name);
        if (account === undefined) return undefined;
        state.accounts.set(name, account);
        const { balance, held, sequence, lastMs, status, floor } = account;
        before.accounts.set(account, { balance, held, sequence, lastMs, status, floor });
      }
      for (const id of names.holds) {
        const hold = holds.get(id);
        if (hold?.status !== "open") return undefined;
        state.holds.set(id, hold);
        before.captured.set(hold, hold.captured);
      }
      return before;
    },
    /** Keeps accounts as they were read. */
    learn(read: ReadonlyMap<string, AccountState>): void {
      for (const [name, account] of read) accounts.set(name, account);
    },
    /** Keeps how a batch leaves what it touched. */
    remember(state: BatchState): void {
      for (const [name, account] of state.accounts) accounts.set(name, account);
      for (const [id, hold] of state.holds)
        if (hold.status === "open" && accounts.get(nameOf(hold.account.ref)) === hold.account)
          holds.set(id, hold);
        else holds.delete(id);
    },
    forget(names: Names): void {
      for (const ref of names.accounts) accounts.delete(nameOf(ref));
      for (const id of names.holds) holds.delete(id);
    },
    /** Another process works on the same accounts: the short way is tried again later, and later each time. */
    wasRight(right: boolean): void {
      pauseLength = right ? 1 : Math.min(pauseLength * 2, maxPause);
      pause = right ? 0 : pauseLength;
    },
  };
}

/** Guards, limits and changed accounts are always read under lock. */
const needsNoMore = ({ instruction }: Item): boolean =>
  !instruction.guards?.length && !instruction.allowances?.length && !instruction.accounts?.length;

/** What the books refuse is decided on locked rows only: what is not changed is not checked when it is stored. */
export const refusesByState = (decision: Decision, items: readonly Item[]): boolean =>
  decision.answers.some(({ item, code }) => code !== null && items[item]?.malformed === undefined);

/** A map that forgets what was not asked for or set for a long time: the older half, when the newer is full. */
class Recent<Value> {
  #newer = new Map<string, Value>();
  #older = new Map<string, Value>();

  get(name: string): Value | undefined {
    const value = this.#newer.get(name);
    if (value !== undefined) return value;
    const old = this.#older.get(name);
    if (old !== undefined) this.set(name, old);
    return old;
  }
  set(name: string, value: Value): void {
    if (this.#newer.size >= maxKnown) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(name, value);
  }
  delete(name: string): void {
    this.#newer.delete(name);
    this.#older.delete(name);
  }
}

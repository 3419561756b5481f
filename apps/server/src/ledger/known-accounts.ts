import type { Before, Names } from "./batch.ts";
import {
  type AccountState,
  type BatchState,
  type Decision,
  type HoldState,
  type Item,
  nameOf,
} from "./decide.ts";

/** How many accounts and holds are kept, about 20 MB. */
const maxKnown = 50_000;
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
  const accounts = new Map<string, AccountState>();
  const holds = new Map<string, HoldState>();
  let pause = 0;
  let pauseLength = 1;

  return {
    /** The state to decide on, as it is before, or undefined where the batch must be locked and read first. */
    stateFor(items: readonly Item[], names: Names): (Before & { state: BatchState }) | undefined {
      if (pause > 0) {
        pause -= 1;
        return undefined;
      }
      if (!items.every(needsNoMore)) return undefined;
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
    /** Keeps how a batch leaves what it touched. */
    remember(state: BatchState): void {
      if (accounts.size > maxKnown) accounts.clear();
      if (holds.size > maxKnown) holds.clear();
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

import type { Before } from "./batch.ts";
import { type AccountState, type BatchState, type Decision, type Item, nameOf } from "./decide.ts";
import type { AccountRef } from "./instruction.ts";

/** How many accounts are kept, about 20 MB. */
const maxAccounts = 50_000;
/** How many batches go the long way after one that another process got in between, at most. */
const maxPause = 256;

/**
 * What this process knows of accounts since its last batch on them. A batch that needs no more than that is decided at
 * once and stored in one round trip; the tables refuse it whole when an account is not as it was known, because another
 * process has changed it. It is then locked, read and decided anew. Nothing rests on this memory but speed.
 */
export function createKnownAccounts() {
  const accounts = new Map<string, AccountState>();
  let pause = 0;
  let pauseLength = 1;

  return {
    /** The state to decide on, or undefined where the batch must be locked and read first. */
    stateFor(
      items: readonly Item[],
      refs: readonly AccountRef[],
    ): { state: BatchState; before: Map<AccountState, Before> } | undefined {
      if (pause > 0) {
        pause -= 1;
        return undefined;
      }
      if (!items.every(needsAccountsOnly)) return undefined;
      const state: BatchState = {
        accounts: new Map(),
        holds: new Map(),
        allowances: new Map(),
        known: new Map(),
        stale: new Set(),
      };
      const before = new Map<AccountState, Before>();
      for (const ref of refs) {
        const name = nameOf(ref);
        const account = accounts.get(name);
        if (account === undefined) return undefined;
        state.accounts.set(name, account);
        const { balance, held, sequence, lastMs, status, floor } = account;
        before.set(account, { balance, held, sequence, lastMs, status, floor });
      }
      return { state, before };
    },
    remember(states: Iterable<AccountState>): void {
      if (accounts.size > maxAccounts) accounts.clear();
      for (const account of states) accounts.set(nameOf(account.ref), account);
    },
    forget(refs: readonly AccountRef[]): void {
      for (const ref of refs) accounts.delete(nameOf(ref));
    },
    /** Another process works on the same accounts: the short way is tried again later, and later each time. */
    wasRight(right: boolean): void {
      pauseLength = right ? 1 : Math.min(pauseLength * 2, maxPause);
      pause = right ? 0 : pauseLength;
    },
  };
}

/** Guards, holds in use, limits and changed accounts are always read under lock. */
const needsAccountsOnly = ({ instruction }: Item): boolean =>
  !instruction.guards?.length &&
  !instruction.releases?.length &&
  !instruction.allowances?.length &&
  !instruction.accounts?.length;

/** What the books refuse is decided on locked rows only: what is not changed is not checked when it is stored. */
export const refusesByState = (decision: Decision, items: readonly Item[]): boolean =>
  decision.answers.some(({ item, code }) => code !== null && items[item]?.malformed === undefined);

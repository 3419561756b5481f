import { normalSign, ruleOf } from "../chart.ts";
import { type AccountState, type BatchState, type Decision, decide, nameOf, toItem } from "../decide.ts";
import type { AccountRef, Instruction, Leg, Outcome } from "../instruction.ts";

// Books in memory, for tests of what is decided about them without a database.

export const cny = (code: string): AccountRef => ({ code, currency: "CNY" });
export const eur = (code: string): AccountRef => ({ code, currency: "EUR" });
export const custody = cny("custody:bank");
export const noonMs = Date.parse("2026-03-01T12:00:00Z");
export const tomorrow = new Date("2026-03-02T00:00:00Z");
/** The largest amount that fits a column of the tables, minor units. */
export const largest = 2n ** 63n - 1n;

/** An account as the chart opens it, but for what is given. */
export function account(ref: AccountRef, given: Partial<AccountState> = {}): AccountState {
  const rule = ruleOf(ref) as NonNullable<ReturnType<typeof ruleOf>>;
  return {
    id: 1n,
    ref,
    sign: normalSign(rule.kind),
    safeguarding: rule.safeguarding,
    floor: rule.floor,
    balance: 0n,
    held: 0n,
    sequence: 0n,
    lastMs: 0,
    status: "open",
    ...given,
  };
}

export function stateOf(accounts: readonly AccountState[]): BatchState {
  return {
    accounts: new Map(accounts.map((one) => [nameOf(one.ref), one])),
    holds: new Map(),
    allowances: new Map(),
    known: new Map(),
    stale: new Set(),
  };
}

/** All that may change, as plain values, so that two moments can be compared. */
export function snapshot(state: BatchState): Record<"accounts" | "holds" | "allowances", unknown[]> {
  return structuredClone({
    accounts: [...state.accounts.values()].map((one) => ({ ...one })),
    holds: [...state.holds.values()].map(({ account: of, ...hold }) => ({ ...hold, of: nameOf(of.ref) })),
    allowances: [...state.allowances.values()],
  });
}

let serial = 0;
/** The same with a key that was never used. */
export const fresh = (body: Omit<Instruction, "key" | "hash">): Instruction => {
  serial += 1;
  return { key: `key/${serial}`, hash: "hash", ...body };
};
export const run = (state: BatchState, ...instructions: readonly Instruction[]): Decision =>
  decide(state, instructions.map(toItem), noonMs);

export const transferOf = (legs: readonly Leg[]) => ({ id: "trf_1" as const, kind: "test", legs });
export const postingOf = (debit: AccountRef, credit: AccountRef, amount: bigint) => ({
  transfer: { id: "trf_1" as const, kind: "test", postings: [{ debit, credit, amount }] },
});
export const holdOn = (ref: AccountRef, amount: bigint, id: `hld_${string}` = "hld_new") => ({
  id,
  account: ref,
  amount,
  expiresAt: tomorrow,
});

/** The refusal's name, or what else became of it. */
export const codeOf = (outcome: Outcome | undefined): string =>
  outcome?.status === "refused" ? outcome.code : (outcome?.status ?? "nothing");

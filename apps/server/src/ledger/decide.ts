import type { ErrorCode } from "@jinqiao/contract";
import { isKnownCurrency, ruleOf } from "./chart.ts";
import {
  type AccountRef,
  type AccountStatus,
  type HoldRelease,
  type Instruction,
  type Leg,
  maxLegs,
  type Outcome,
  type RefusalCode,
  refusals,
} from "./instruction.ts";

/** An account as it stands while the batch is decided. The object itself is changed by what is accepted. */
export type AccountState = {
  readonly id: bigint;
  readonly ref: AccountRef;
  /** +1n where debits raise the balance. */
  readonly sign: 1n | -1n;
  readonly safeguarding: -1 | 0 | 1;
  floor: bigint | null;
  balance: bigint;
  held: bigint;
  /** Number of its last entry. */
  sequence: bigint;
  /** When that was booked, ms since 1970. */
  lastMs: number;
  status: AccountStatus;
};

export type HoldState = {
  readonly id: string;
  readonly account: AccountState;
  readonly amount: bigint;
  captured: bigint;
  status: "open" | "captured" | "voided" | "expired";
};
export type AllowanceState = {
  readonly counter: string;
  readonly currency: string;
  used: bigint;
  resetsAt: Date;
};

/** What was stored under a key before. */
export type Known = {
  hash: string;
  outcome: "accepted" | "refused";
  code: RefusalCode | null;
  result: unknown;
};

/** Everything a batch touches, locked and read. Maps are by `nameOf`, hold id, and `counter currency`. */
export type BatchState = {
  accounts: Map<string, AccountState>;
  holds: Map<string, HoldState>;
  allowances: Map<string, AllowanceState>;
  known: Map<string, Known>;
  /** Items (by index) that rest on something that has changed. */
  stale: ReadonlySet<number>;
};

export type BookedLeg = {
  account: AccountState;
  amount: bigint;
  sequence: bigint;
  after: bigint;
  other: AccountState | null;
};
export type BookedTransfer = {
  id: string;
  kind: string;
  subject: string | null;
  atMs: number;
  legs: BookedLeg[];
};

/** What is to be written. Accounts, holds and allowances appear once, in their last state. */
export type Decision = {
  outcomes: Outcome[];
  /** Answers to store: index of the item, and the refusal if it is one. */
  answers: { item: number; code: RefusalCode | null }[];
  transfers: BookedTransfer[];
  accounts: Set<AccountState>;
  restated: Set<AccountState>;
  newHolds: { hold: HoldState; subject: string | null; expiresAt: Date }[];
  holds: Set<HoldState>;
  allowances: Set<AllowanceState>;
};

export const nameOf = (ref: AccountRef): string => `${ref.code} ${ref.currency}`;
export const counterName = (of: { counter: string; currency: string }): string =>
  `${of.counter} ${of.currency}`;

const maxAmount = 2n ** 63n - 1n;
const fits = (amount: bigint): boolean => amount <= maxAmount && amount >= -maxAmount;

/** Every account an instruction names. */
export function accountsOf(instruction: Instruction): AccountRef[] {
  const refs: AccountRef[] = [];
  for (const posting of instruction.transfer?.postings ?? []) refs.push(posting.debit, posting.credit);
  for (const leg of instruction.transfer?.legs ?? []) refs.push(leg.account);
  for (const hold of instruction.holds ?? []) refs.push(hold.account);
  for (const release of instruction.releases ?? []) refs.push(release.account);
  for (const change of instruction.accounts ?? []) refs.push(change.account);
  return refs;
}

/** What no state of the books could mend, or undefined where the instruction is well formed. */
export function formProblem(instruction: Instruction): RefusalCode | undefined {
  const { postings, legs } = instruction.transfer ?? {};
  const count = legs?.length ?? (postings?.length ?? 0) * 2;
  if (count > maxLegs) return "ledger.too_many_legs";
  if (instruction.transfer && count === 0) return "ledger.amount_invalid";

  let invalid = false;
  let large = false;
  const look = (amount: bigint, positive: boolean): void => {
    if (amount === 0n || (positive && amount < 0n)) invalid = true;
    else if (!fits(amount)) large = true;
  };
  for (const posting of postings ?? []) look(posting.amount, true);
  for (const leg of legs ?? []) look(leg.amount, false);
  for (const hold of instruction.holds ?? []) look(hold.amount, true);
  for (const release of instruction.releases ?? [])
    if (release.as === "captured" && release.amount !== undefined) look(release.amount, true);
  if (invalid) return "ledger.amount_invalid";
  for (const { amount, max } of instruction.allowances ?? []) if (!fits(amount) || !fits(max)) large = true;
  for (const { floor } of instruction.accounts ?? []) if (floor && !fits(floor)) large = true;
  if (large) return "ledger.amount_too_large";

  const refs = accountsOf(instruction);
  for (const ref of refs) if (ruleOf(ref) === undefined) return "ledger.account_unknown";
  for (const ref of refs) if (!isKnownCurrency(ref)) return "ledger.currency_mismatch";
  for (const { debit, credit } of postings ?? [])
    if (debit.currency !== credit.currency) return "ledger.currency_mismatch";
  for (const { debit, credit } of postings ?? []) if (debit.code === credit.code) return "ledger.unbalanced";
  return legs && !balances(legs) ? "ledger.unbalanced" : undefined;
}

function balances(legs: readonly Leg[]): boolean {
  const sums = new Map<string, bigint>();
  for (const { account, amount } of legs)
    sums.set(account.currency, (sums.get(account.currency) ?? 0n) + amount);
  return [...sums.values()].every((sum) => sum === 0n);
}

/** How one item would change one account. Kept until the item is accepted or refused. */
type Effect = { balance: bigint; held: bigint; debited: boolean; credited: boolean; reserved: boolean };

/** An instruction with what is looked at more than once. */
export type Item = {
  readonly instruction: Instruction;
  /** What is wrong in its form. */
  readonly malformed: RefusalCode | undefined;
  /** What it must be alone with, even in its own batch. */
  readonly guards: readonly string[];
  /** Everything it reads or changes: key, accounts, holds, counters, guards. */
  readonly touches: readonly string[];
};

export function toItem(instruction: Instruction): Item {
  const guards = (instruction.guards ?? []).map((guard) => `guard ${guard.check} ${guard.id}`);
  const touches = [`key ${instruction.key}`, ...guards];
  for (const ref of accountsOf(instruction)) touches.push(nameOf(ref));
  for (const release of instruction.releases ?? []) touches.push(`hold ${release.holdId}`);
  for (const allowance of instruction.allowances ?? []) touches.push(`counter ${counterName(allowance)}`);
  return { instruction, malformed: formProblem(instruction), guards, touches };
}

/**
 * Accepts or refuses each item on its own, in arrival order, and says what is to be written. Pure but for the states
 * it is given, which end as they will stand in the tables; a refused item leaves them untouched.
 * @param nowMs when the batch is decided; a transfer is never dated before the last entry of an account it touches
 */
export function decide(state: BatchState, items: readonly Item[], nowMs: number): Decision {
  const decision: Decision = {
    outcomes: [],
    answers: [],
    transfers: [],
    accounts: new Set(),
    restated: new Set(),
    newHolds: [],
    holds: new Set(),
    allowances: new Set(),
  };
  items.forEach(({ instruction, malformed }, item) => {
    const known = state.known.get(instruction.key);
    if (known) {
      decision.outcomes.push(replayOf(known, instruction));
      return;
    }
    if (state.stale.has(item)) {
      decision.outcomes.push({ status: "stale" });
      return;
    }
    const code = malformed ?? tryItem(state, instruction, nowMs, decision) ?? null;
    decision.answers.push({ item, code });
    decision.outcomes.push(
      code ? refusedAs(code) : { status: "accepted", result: instruction.result ?? null },
    );
    // The same key again in this batch is answered from here.
    state.known.set(instruction.key, {
      hash: instruction.hash,
      outcome: code ? "refused" : "accepted",
      code,
      result: instruction.result ?? null,
    });
  });
  return decision;
}

const refusedAs = (code: RefusalCode): Outcome => ({
  status: "refused",
  code,
  retryable: refusals[code]?.retryable ?? false,
});

function replayOf(known: Known, instruction: Instruction): Outcome {
  if (known.hash !== instruction.hash) return { status: "conflict" };
  return known.outcome === "refused"
    ? refusedAs(known.code as RefusalCode & ErrorCode)
    : { status: "replayed", result: known.result };
}

/** Does the item on the states, or answers why not and leaves them as they were. */
function tryItem(
  state: BatchState,
  instruction: Instruction,
  nowMs: number,
  decision: Decision,
): RefusalCode | undefined {
  const accountOf = (ref: AccountRef): AccountState => state.accounts.get(nameOf(ref)) as AccountState;
  const effects = new Map<AccountState, Effect>();
  const effectOn = (account: AccountState): Effect => {
    let effect = effects.get(account);
    if (!effect) {
      effect = { balance: 0n, held: 0n, debited: false, credited: false, reserved: false };
      effects.set(account, effect);
    }
    return effect;
  };
  let tooLarge = false;
  const post = (account: AccountState, amount: bigint): void => {
    const effect = effectOn(account);
    effect.balance += account.sign * amount;
    // Every entry stores the balance after it, so the balance must fit on the way, too.
    if (!fits(account.balance + effect.balance)) tooLarge = true;
    if (amount > 0n) effect.debited = true;
    else effect.credited = true;
  };

  const legs: { account: AccountState; amount: bigint; other: AccountState | null }[] = [];
  for (const { debit, credit, amount } of instruction.transfer?.postings ?? []) {
    const [from, to] = [accountOf(debit), accountOf(credit)];
    legs.push({ account: from, amount, other: to }, { account: to, amount: -amount, other: from });
  }
  const given = instruction.transfer?.legs ?? [];
  given.forEach(({ account, amount }, index) => {
    const other = given.length === 2 ? accountOf((given[1 - index] as (typeof given)[number]).account) : null;
    legs.push({ account: accountOf(account), amount, other });
  });
  for (const leg of legs) post(leg.account, leg.amount);
  for (const hold of instruction.holds ?? []) {
    const effect = effectOn(accountOf(hold.account));
    effect.held += hold.amount;
    effect.reserved = true;
  }
  const releases = (instruction.releases ?? []).map((release) => taken(state, release, accountOf));
  for (const release of releases)
    if (typeof release !== "string") effectOn(release.hold.account).held -= release.freed;

  for (const [account, effect] of effects) if (!fits(account.held + effect.held)) tooLarge = true;
  if (tooLarge) return "ledger.amount_too_large";
  for (const problem of ["ledger.hold_not_open", "ledger.hold_exceeded"] as const)
    if (releases.includes(problem)) return problem;

  const changes = instruction.accounts ?? [];
  for (const [account] of effects)
    if (account.status === "closed" && !onlyFrees(effects.get(account) as Effect))
      return "ledger.account_closed";
  if (changes.some((change) => accountOf(change.account).status === "closed")) return "ledger.account_closed";
  for (const [account, effect] of effects) if (isBarred(account, effect)) return "ledger.account_frozen";
  for (const change of changes) {
    if (change.status !== "closed") continue;
    const account = accountOf(change.account);
    const effect = effects.get(account);
    if (account.balance + (effect?.balance ?? 0n) !== 0n || account.held + (effect?.held ?? 0n) !== 0n)
      return "ledger.account_not_empty";
  }

  const counters = new Map<AllowanceState, bigint>();
  for (const allowance of instruction.allowances ?? []) {
    const counter = state.allowances.get(counterName(allowance)) as AllowanceState;
    const used = (counters.get(counter) ?? counter.used) + allowance.amount;
    if (allowance.amount > 0n && used > allowance.max) return "ledger.limit_exceeded";
    counters.set(counter, used > 0n ? used : 0n);
  }

  const floors = new Map(
    changes.flatMap((change) =>
      change.floor === undefined ? [] : [[accountOf(change.account), change.floor] as const],
    ),
  );
  for (const account of new Set([...effects.keys(), ...floors.keys()])) {
    const effect = effects.get(account);
    const lowers = floors.has(account) || (effect !== undefined && effect.balance - effect.held < 0n);
    const floor = floors.has(account) ? (floors.get(account) as bigint | null) : account.floor;
    const available = account.balance - account.held + (effect ? effect.balance - effect.held : 0n);
    if (lowers && floor !== null && available < floor) return "payment.insufficient_funds";
  }

  // Accepted: from here on nothing refuses.
  let atMs = nowMs;
  for (const leg of legs) if (leg.account.lastMs > atMs) atMs = leg.account.lastMs;
  const booked = legs.map(({ account, amount, other }): BookedLeg => {
    account.balance += account.sign * amount;
    account.sequence += 1n;
    account.lastMs = atMs;
    return { account, amount, sequence: account.sequence, after: account.balance, other };
  });
  if (instruction.transfer) {
    const { id, kind, subject } = instruction.transfer;
    decision.transfers.push({ id, kind, subject: subject ?? null, atMs, legs: booked });
  }
  for (const [account, effect] of effects) {
    account.held += effect.held;
    decision.accounts.add(account);
  }
  for (const draft of instruction.holds ?? []) {
    const hold: HoldState = {
      id: draft.id,
      account: accountOf(draft.account),
      amount: draft.amount,
      captured: 0n,
      status: "open",
    };
    state.holds.set(hold.id, hold);
    decision.newHolds.push({ hold, subject: draft.subject ?? null, expiresAt: draft.expiresAt });
  }
  for (const release of releases as Taken[]) {
    release.hold.captured += release.captured;
    release.hold.status = release.becomes;
    decision.holds.add(release.hold);
  }
  for (const [counter, used] of counters) {
    counter.used = used;
    decision.allowances.add(counter);
  }
  for (const change of changes) {
    const account = accountOf(change.account);
    if (change.status !== undefined) account.status = change.status;
    if (change.floor !== undefined) account.floor = change.floor;
    decision.restated.add(account);
  }
  return undefined;
}

type Taken = { hold: HoldState; captured: bigint; freed: bigint; becomes: HoldState["status"] };

/** What a release does to its hold, or why it cannot. */
function taken(
  state: BatchState,
  release: HoldRelease,
  accountOf: (ref: AccountRef) => AccountState,
): Taken | "ledger.hold_not_open" | "ledger.hold_exceeded" {
  const hold = state.holds.get(release.holdId);
  if (hold?.status !== "open" || hold.account !== accountOf(release.account)) return "ledger.hold_not_open";
  const left = hold.amount - hold.captured;
  if (release.as !== "captured") return { hold, captured: 0n, freed: left, becomes: release.as };
  const captured = release.amount ?? left;
  if (captured > left) return "ledger.hold_exceeded";
  const staysOpen = release.keepRest === true && captured < left;
  return { hold, captured, freed: staysOpen ? captured : left, becomes: staysOpen ? "open" : "captured" };
}

/** A hold may end on an account that takes no more postings. */
const onlyFrees = (effect: Effect): boolean => !effect.debited && !effect.credited && !effect.reserved;

/** Whether the account's status bars what the item does. Setting money aside prepares to lower the balance. */
function isBarred(account: AccountState, effect: Effect): boolean {
  if (account.status === "open" || onlyFrees(effect)) return false;
  if (account.status === "frozen") return true;
  const lowersByDebit = account.sign === -1n;
  if (account.status === "credit_only") return effect.debited || (effect.reserved && lowersByDebit);
  return effect.credited || (effect.reserved && !lowersByDebit);
}

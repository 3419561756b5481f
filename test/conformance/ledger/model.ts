import { type AccountKind, ruleOf } from "../../../apps/server/src/ledger/chart.ts";
import type {
  AccountRef,
  AccountStatus,
  Instruction,
  Leg,
  Outcome,
  RefusalCode,
} from "../../../apps/server/src/ledger/index.ts";
import { maxLegs, refusals } from "../../../apps/server/src/ledger/index.ts";
import { isCurrency } from "../../../packages/money/src/index.ts";

/**
 * The books as plain arithmetic: one instruction after another on maps in memory, no batches, no SQL, no locks. It
 * shares nothing with the engine but the words of its interface and the chart of accounts, so that one mistake cannot
 * hide on both sides. It is the simulation's auditor, and behind `model-ledger.ts` an engine of its own.
 */
export type Model = {
  readonly accounts: ReadonlyMap<string, ModelAccount>;
  readonly holds: ReadonlyMap<string, ModelHold>;
  readonly transfers: readonly ModelTransfer[];
  /** What the books say to an instruction at `now`, and what it changes. */
  answer(instruction: Instruction, now: Date): Outcome;
  /** What they would say to it under a new key. Changes nothing. */
  foresee(instruction: Instruction): "accepted" | "stale" | RefusalCode;
  /** The hash that something was stored for under a key; undefined where the key is new. */
  hashUnder(key: string): string | undefined;
  /** How many keys there are. */
  readonly keys: number;
  /** How much of each limit is used, by `counter currency`. */
  readonly used: ReadonlyMap<string, bigint>;
};

export type ModelAccount = AccountRef & {
  kind: AccountKind;
  safeguarding: -1 | 0 | 1;
  floor: bigint | null;
  balance: bigint;
  held: bigint;
  status: AccountStatus;
  entries: ModelEntry[];
};
export type ModelEntry = {
  sequence: bigint;
  at: Date;
  transfer: ModelTransfer;
  /** In the account's normal direction, minor units. */
  amount: bigint;
  balance: bigint;
  /** Code of the account on the other side, where there is just one. */
  counterparty: string | null;
};
export type ModelTransfer = { id: string; kind: string; subject: string | null; at: Date; legs: Leg[] };
export type ModelHold = {
  id: string;
  account: AccountRef;
  amount: bigint;
  captured: bigint;
  subject: string | null;
  status: "open" | "captured" | "voided" | "expired";
  at: Date;
  expiresAt: Date;
};

const largest = 2n ** 63n - 1n;
const nameOf = (ref: AccountRef): string => `${ref.code} ${ref.currency}`;
const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);
const magnitude = (amount: bigint): bigint => (amount < 0n ? -amount : amount);

/** +1 where debits raise the balance (assets, expenses), −1 where credits do. */
export const directionOf = (kind: AccountKind): bigint => (kind === "asset" || kind === "expense" ? 1n : -1n);

/** The sides of a transfer in their order, debit positive: two for each posting. */
export function legsOf(instruction: Instruction): Leg[] {
  const { transfer } = instruction;
  if (transfer?.legs) return [...transfer.legs];
  return (transfer?.postings ?? []).flatMap(({ debit, credit, amount }) => [
    { account: debit, amount },
    { account: credit, amount: -amount },
  ]);
}

export function createModel(
  options: {
    /** Whether what a guard was decided on has changed. */
    isStale?(guard: { check: string; arg: Record<string, unknown> }): boolean;
    /** Stores the rows of other modules. When it throws, the instruction is not done and leaves nothing. */
    write?(instruction: Instruction): void;
  } = {},
): Model {
  const accounts = new Map<string, ModelAccount>();
  const holds = new Map<string, ModelHold>();
  const transfers: ModelTransfer[] = [];
  const used = new Map<string, bigint>();
  const answers = new Map<string, { hash: string; outcome: Outcome }>();

  function accountOf(ref: AccountRef): ModelAccount {
    const found = accounts.get(nameOf(ref));
    if (found) return found;
    const rule = ruleOf(ref);
    if (!rule) throw new Error(`the chart of accounts has no place for ${nameOf(ref)}`);
    return {
      code: ref.code,
      currency: ref.currency,
      kind: rule.kind,
      safeguarding: rule.safeguarding,
      floor: rule.floor,
      balance: 0n,
      held: 0n,
      status: "open",
      entries: [],
    };
  }

  const heldIn = (release: { holdId: string; account: AccountRef }): ModelHold | undefined => {
    const hold = holds.get(release.holdId);
    return hold?.status === "open" && nameOf(hold.account) === nameOf(release.account) ? hold : undefined;
  };

  /** What the releases of an instruction take out of each hold, and out of what its account holds. */
  function takenBy(instruction: Instruction): { hold: ModelHold; captured: bigint; freed: bigint }[] {
    return (instruction.releases ?? []).flatMap((release) => {
      const hold = heldIn(release);
      if (!hold) return [];
      const left = hold.amount - hold.captured;
      if (release.as !== "captured") return [{ hold, captured: 0n, freed: left }];
      const captured = release.amount ?? left;
      return [{ hold, captured, freed: release.keepRest ? captured : left }];
    });
  }

  /** Balance and held amount of an account after the instruction, were it done. */
  function after(instruction: Instruction, ref: AccountRef): { balance: bigint; held: bigint } {
    const account = accountOf(ref);
    const here = (one: AccountRef): boolean => nameOf(one) === nameOf(ref);
    const moved = sum(legsOf(instruction).flatMap((leg) => (here(leg.account) ? [leg.amount] : [])));
    const freed = sum(
      takenBy(instruction).flatMap((taken) => (here(taken.hold.account) ? [taken.freed] : [])),
    );
    const held = sum((instruction.holds ?? []).flatMap((hold) => (here(hold.account) ? [hold.amount] : [])));
    return {
      balance: account.balance + directionOf(account.kind) * moved,
      held: account.held - freed + held,
    };
  }

  /** Whether a balance, or what is held, would at any moment of the transfer pass what the books can hold. */
  function overflows(instruction: Instruction, ref: AccountRef): boolean {
    const account = accountOf(ref);
    const steps = legsOf(instruction).filter((leg) => nameOf(leg.account) === nameOf(ref));
    return (
      after(instruction, ref).held > largest ||
      steps.some(
        (_, index) =>
          magnitude(
            account.balance +
              directionOf(account.kind) * sum(steps.slice(0, index + 1).map((leg) => leg.amount)),
          ) > largest,
      )
    );
  }

  /** Every side, and every hold as the side that it promises: a debit where debits lower the account. */
  function usesOfAccounts(instruction: Instruction): { account: AccountRef; amount: bigint }[] {
    const promised = (instruction.holds ?? []).map(({ account, amount }) => ({
      account,
      amount: -directionOf(accountOf(account).kind) * amount,
    }));
    return [...legsOf(instruction), ...promised];
  }

  const isWellFormed = (instruction: Instruction): boolean =>
    !(["ledger.account_unknown", "ledger.currency_mismatch", "ledger.unbalanced"] as const).some((code) =>
      checks[code](instruction),
    );

  /** Each allowance with what is used of it before, where one instruction may name a counter twice. */
  function usesOf(instruction: Instruction): { counter: string; used: bigint; passes: boolean }[] {
    const during = new Map<string, bigint>();
    return (instruction.allowances ?? []).map(({ counter, currency, amount, max }) => {
      const name = `${counter} ${currency}`;
      const before = during.get(name) ?? used.get(name) ?? 0n;
      const next = before + amount < 0n ? 0n : before + amount;
      during.set(name, next);
      return { counter: name, used: next, passes: amount > 0n && next > max };
    });
  }

  /** One line per refusal, in the order they are looked for: whether it applies. */
  const checks: { [Code in RefusalCode]: (instruction: Instruction) => boolean } = {
    "ledger.too_many_legs": (instruction) => legsOf(instruction).length > maxLegs,
    "ledger.amount_invalid": (instruction) =>
      (instruction.transfer !== undefined && legsOf(instruction).length === 0) ||
      (instruction.transfer?.postings ?? []).some((posting) => posting.amount <= 0n) ||
      legsOf(instruction).some((leg) => leg.amount === 0n) ||
      (instruction.holds ?? []).some((hold) => hold.amount <= 0n) ||
      (instruction.releases ?? []).some(
        (release) => release.as === "captured" && release.amount !== undefined && release.amount <= 0n,
      ),
    "ledger.amount_too_large": (instruction) =>
      amountsOf(instruction).some((amount) => magnitude(amount) > largest) ||
      // Only a well-formed instruction says what balances it would lead to.
      (isWellFormed(instruction) && touchedBy(instruction).some((ref) => overflows(instruction, ref))),
    "ledger.account_unknown": (instruction) =>
      touchedBy(instruction).some((ref) => ruleOf(ref) === undefined),
    "ledger.currency_mismatch": (instruction) =>
      touchedBy(instruction).some((ref) => !isCurrency(ref.currency)) ||
      (instruction.transfer?.postings ?? []).some(({ debit, credit }) => debit.currency !== credit.currency),
    "ledger.unbalanced": (instruction) =>
      [...new Set(legsOf(instruction).map((leg) => leg.account.currency))].some(
        (currency) =>
          sum(
            legsOf(instruction).flatMap((leg) => (leg.account.currency === currency ? [leg.amount] : [])),
          ) !== 0n,
      ) ||
      (instruction.transfer?.postings ?? []).some(({ debit, credit }) => nameOf(debit) === nameOf(credit)),
    "ledger.hold_not_open": (instruction) => (instruction.releases ?? []).some((release) => !heldIn(release)),
    "ledger.hold_exceeded": (instruction) =>
      takenBy(instruction).some(({ hold, captured }) => captured > hold.amount - hold.captured),
    // Closed is for good: neither money nor a change comes after it.
    "ledger.account_closed": (instruction) =>
      [...usesOfAccounts(instruction), ...(instruction.accounts ?? [])].some(
        ({ account }) => accountOf(account).status === "closed",
      ),
    "ledger.account_frozen": (instruction) =>
      usesOfAccounts(instruction).some(({ account, amount }) => {
        const { status } = accountOf(account);
        return (
          status === "frozen" ||
          (status === "credit_only" && amount > 0n) ||
          (status === "debit_only" && amount < 0n)
        );
      }),
    "ledger.account_not_empty": (instruction) =>
      (instruction.accounts ?? []).some(({ account, status }) => {
        const { balance, held } = after(instruction, account);
        return status === "closed" && (balance !== 0n || held !== 0n);
      }),
    "ledger.limit_exceeded": (instruction) => usesOf(instruction).some((use) => use.passes),
    "payment.insufficient_funds": (instruction) =>
      touchedBy(instruction).some((ref) => {
        const account = accountOf(ref);
        const floors = (instruction.accounts ?? []).flatMap((change) =>
          nameOf(change.account) === nameOf(ref) && change.floor !== undefined ? [change.floor] : [],
        );
        const [lowest] = [...floors.reverse(), account.floor];
        const { balance, held } = after(instruction, ref);
        const available = balance - held;
        if (lowest === null || lowest === undefined || available >= lowest) return false;
        // What raises an account is not refused for want of funds, even where it stays below its floor.
        return floors.length > 0 || available < account.balance - account.held;
      }),
  };

  function foresee(instruction: Instruction): "accepted" | "stale" | RefusalCode {
    if ((instruction.guards ?? []).some((guard) => options.isStale?.(guard))) return "stale";
    return (Object.keys(refusals) as RefusalCode[]).find((code) => checks[code](instruction)) ?? "accepted";
  }

  function perform(instruction: Instruction, now: Date): void {
    const legs = legsOf(instruction);
    for (const ref of touchedBy(instruction)) accounts.set(nameOf(ref), accountOf(ref));
    for (const { counter, used: next } of usesOf(instruction)) used.set(counter, next);
    for (const [index, { hold, captured, freed }] of takenBy(instruction).entries()) {
      const release = instruction.releases?.[index];
      hold.captured += captured;
      accountOf(hold.account).held -= freed;
      if (!(release?.as === "captured" && release.keepRest && hold.captured < hold.amount))
        hold.status = release?.as ?? "open";
    }
    if (instruction.transfer) {
      const { id, kind, subject } = instruction.transfer;
      const last = legs.map((leg) => accountOf(leg.account).entries.at(-1)?.at.getTime() ?? 0);
      // Never before the last entry of an account it touches, whatever the clock says.
      const at = new Date(Math.max(now.getTime(), ...last));
      const transfer = { id, kind, subject: subject ?? null, at, legs };
      transfers.push(transfer);
      for (const [index, leg] of legs.entries()) {
        const account = accountOf(leg.account);
        const amount = directionOf(account.kind) * leg.amount;
        account.balance += amount;
        account.entries.push({
          sequence: BigInt(account.entries.length + 1),
          at,
          transfer,
          amount,
          balance: account.balance,
          counterparty: counterpartyOf(instruction, index),
        });
      }
    }
    for (const draft of instruction.holds ?? []) {
      accountOf(draft.account).held += draft.amount;
      holds.set(draft.id, {
        ...draft,
        subject: draft.subject ?? null,
        captured: 0n,
        status: "open",
        at: now,
      });
    }
    for (const change of instruction.accounts ?? []) {
      const account = accountOf(change.account);
      if (change.status !== undefined) account.status = change.status;
      if (change.floor !== undefined) account.floor = change.floor;
    }
  }

  function answer(instruction: Instruction, now: Date): Outcome {
    assertMeant(instruction);
    const known = answers.get(instruction.key);
    if (known) {
      if (known.hash !== instruction.hash) return { status: "conflict" };
      return known.outcome.status === "accepted" ? { ...known.outcome, status: "replayed" } : known.outcome;
    }
    const foreseen = foresee(instruction);
    if (foreseen === "stale") return { status: "stale" };
    if (foreseen === "accepted") {
      for (const hold of instruction.holds ?? [])
        if (holds.has(hold.id) || hold.expiresAt <= now) throw new Error(`hold ${hold.id} cannot be placed`);
      options.write?.(instruction);
      perform(instruction, now);
    }
    const outcome: Outcome =
      foreseen === "accepted"
        ? { status: "accepted", result: instruction.result ?? null }
        : { status: "refused", code: foreseen, retryable: refusals[foreseen].retryable };
    answers.set(instruction.key, { hash: instruction.hash, outcome });
    return outcome;
  }

  return {
    accounts,
    holds,
    transfers,
    used,
    answer,
    foresee,
    hashUnder: (key) => answers.get(key)?.hash,
    get keys() {
      return answers.size;
    },
  };
}

/** The other side of a posting, or of a transfer of two legs. */
function counterpartyOf(instruction: Instruction, index: number): string | null {
  const legs = legsOf(instruction);
  if (instruction.transfer?.legs && legs.length !== 2) return null;
  return legs[index % 2 === 0 ? index + 1 : index - 1]?.account.code ?? null;
}

/** What only a bug can ask for is no refusal but an error, and nothing is stored. */
function assertMeant({ key, hash, releases = [] }: Instruction): void {
  if (key === "" || hash === "") throw new Error("an instruction has a key and a hash");
  if (hasTwins(releases.map((release) => release.holdId))) throw new Error("a hold is named twice");
}

const hasTwins = (names: readonly string[]): boolean => new Set(names).size < names.length;

function legsAndHolds(instruction: Instruction): { account: AccountRef; amount: bigint }[] {
  return [...legsOf(instruction), ...(instruction.holds ?? [])];
}

function touchedBy(instruction: Instruction): AccountRef[] {
  return [...legsAndHolds(instruction), ...(instruction.releases ?? []), ...(instruction.accounts ?? [])].map(
    ({ account }) => account,
  );
}

function amountsOf(instruction: Instruction): bigint[] {
  return [
    ...legsAndHolds(instruction).map(({ amount }) => amount),
    ...(instruction.releases ?? []).map((release) =>
      release.as === "captured" ? (release.amount ?? 0n) : 0n,
    ),
    ...(instruction.allowances ?? []).flatMap(({ amount, max }) => [amount, max]),
    ...(instruction.accounts ?? []).map(({ floor }) => floor ?? 0n),
  ];
}

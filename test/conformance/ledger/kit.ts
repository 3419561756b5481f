import { randomBytes } from "node:crypto";
import {
  type AccountChange,
  type AccountRef,
  type Allowance,
  custodyAccount,
  customerAccount,
  type HoldDraft,
  type HoldRelease,
  hashOf,
  type Instruction,
  type Ledger,
  type Leg,
  type Outcome,
  type Posting,
} from "../../../apps/server/src/ledger/index.ts";
import type { manualClock } from "../../../apps/server/src/platform/clock.ts";
import { createIds } from "../../../apps/server/src/platform/ids.ts";

export type ManualClock = ReturnType<typeof manualClock>;

/** A row of another module, as the suite sees it. A note that was never written has version 0. */
export type Note = { id: string; version: number };

/** One engine with empty books, and what stands around it in a server. */
export type LedgerUnderTest = {
  ledger: Ledger;
  /** A second engine on the same books, as another process of the server would be. */
  another(): Promise<Ledger>;
  notes: {
    /** Name of the writer for `rows`: stores a note, whatever version it had. */
    writer: string;
    /** Name of the check for `guards`: stale unless the note of `arg.id` still has the version `arg.version`. */
    check: string;
    all(): Promise<Note[]>;
  };
  /** Names of the events and tasks of the jobs that were stored, in order. */
  emitted(): Promise<{ events: string[]; jobs: string[] }>;
  close(): Promise<void>;
};

/** Makes the engine. `clock` is what it must take the time from. */
export type MakeLedger = (clock: ManualClock) => Promise<LedgerUnderTest>;

/** What an instruction may bring beside its key, hash and transfer. */
export type Extras = Partial<Omit<Instruction, "key" | "hash" | "transfer">> & { key?: string };

/** Words to write instructions with. Every name and key it makes is new. */
export function createKit(clock: ManualClock) {
  const run = randomBytes(4).toString("hex");
  const ids = createIds(clock);
  let serial = 0;
  const next = (prefix: string): string => `${prefix}${run}${++serial}`;
  const later = (ms: number): Date => new Date(clock.now().getTime() + ms);

  const customer = (currency = "CNY"): AccountRef => customerAccount(next("c"), currency);
  const custody = (currency = "CNY"): AccountRef => custodyAccount("suite", currency);
  const key = (): string => next("suite/");

  /** An instruction whose hash follows from what it asks, but not from its random ids or its answer. */
  function instruct(parts: Partial<Instruction> & Extras): Instruction {
    const { key: given, result, ...asked } = parts;
    const plain = JSON.parse(
      JSON.stringify(asked, (name, value) =>
        typeof value === "bigint" ? String(value) : name === "id" || name === "holdId" ? undefined : value,
      ),
    );
    return {
      key: given ?? key(),
      hash: hashOf(plain),
      ...asked,
      ...(result === undefined ? {} : { result }),
    };
  }
  const post = (postings: readonly Posting[], extras: Extras & { kind?: string; subject?: string } = {}) => {
    const { kind = "suite.post", subject, ...rest } = extras;
    const about = subject === undefined ? {} : { subject };
    return instruct({ transfer: { id: ids.next("trf"), kind, ...about, postings }, ...rest });
  };
  const book = (legs: readonly Leg[], extras: Extras & { kind?: string; subject?: string } = {}) => {
    const { kind = "suite.book", subject, ...rest } = extras;
    const about = subject === undefined ? {} : { subject };
    return instruct({ transfer: { id: ids.next("trf"), kind, ...about, legs }, ...rest });
  };
  const move = (debit: AccountRef, credit: AccountRef, amount: bigint, extras: Extras = {}) =>
    post([{ debit, credit, amount }], extras);

  return {
    ids,
    key,
    next,
    later,
    customer,
    custody,
    instruct,
    post,
    book,
    move,
    /** Money comes from the bank to a customer. */
    fund: (account: AccountRef, amount: bigint, extras: Extras = {}) =>
      move(custody(account.currency), account, amount, extras),
    hold: (account: AccountRef, amount: bigint, draft: Partial<HoldDraft> = {}, extras: Extras = {}) =>
      instruct({
        holds: [{ id: ids.next("hld"), account, amount, expiresAt: later(3_600_000), ...draft }],
        ...extras,
      }),
    release: (release: HoldRelease, extras: Extras = {}) => instruct({ releases: [release], ...extras }),
    change: (change: AccountChange) => instruct({ accounts: [change] }),
    allow: (allowance: Pick<Allowance, "counter" | "amount" | "max"> & Partial<Allowance>) =>
      instruct({ allowances: [{ currency: "CNY", resetsAt: later(86_400_000), ...allowance }] }),
  };
}
export type Kit = ReturnType<typeof createKit>;

/** `{ balance, held }` of one account in minor units; zero where nobody has used it. */
export async function balanceOf(ledger: Ledger, { code, currency }: AccountRef) {
  const row = (await ledger.balances(code)).find((found) => found.currency === currency);
  return { balance: row?.balance ?? 0n, held: row?.held ?? 0n };
}

/** How often each answer came, a refusal under its code: `{ accepted: 3, "payment.insufficient_funds": 2 }`. */
export function tally(outcomes: readonly Outcome[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) {
    const name = outcome.status === "refused" ? outcome.code : outcome.status;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

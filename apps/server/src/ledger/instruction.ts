import type { DomainEvent, ErrorCode } from "@jinqiao/contract";
import type { Currency, Id } from "@jinqiao/money";
import type { Job } from "../platform/events.ts";

/** A ledger account by code and currency, e.g. `{ code: "customer:cus_…", currency: "CNY" }`. */
export type AccountRef = { code: string; currency: Currency };

/** Moves `amount` minor units: debits one account and credits another of the same currency. */
export type Posting = { debit: AccountRef; credit: AccountRef; amount: bigint };

/** One side of a transfer in minor units, debit positive. The legs of a transfer sum to zero in each currency. */
export type Leg = { account: AccountRef; amount: bigint };

/**
 * Several postings that stand or fall together. Several currencies go in one transfer through the position accounts
 * `fx:position:{A/B}`, so that each currency balances by itself.
 */
export type TransferDraft = {
  id: Id<"trf">;
  /** What happened, e.g. `top_up.settle`. */
  kind: string;
  /** What it belongs to, e.g. a payment id. Opaque to the ledger. */
  subject?: string;
} & (
  | { postings: readonly Posting[]; legs?: never }
  /** For more than two accounts at once, e.g. a purchase with a fee: one line per account on its statement. */
  | { legs: readonly Leg[]; postings?: never }
);

/** Sets `amount` minor units of an account aside until `expiresAt`. Available balance = balance − held. */
export type HoldDraft = {
  id: Id<"hld">;
  account: AccountRef;
  amount: bigint;
  subject?: string;
  expiresAt: Date;
};

/**
 * Takes from a hold or ends it. A capture goes with postings that use the money: `amount` minor units of it (all that
 * is left when absent). What a capture leaves is free again, unless `keepRest` holds it for the next capture.
 */
export type HoldRelease = { holdId: string; account: AccountRef } & (
  | { as: "captured"; amount?: bigint; keepRest?: boolean }
  | { as: "voided" | "expired" }
);

/**
 * Uses up part of a limit: a counter such as `customer:cus_…/send/2026-11-22`, in minor units. Refused when it would
 * pass `max`. A negative amount gives back, never below zero. The counter may be forgotten after `resetsAt`.
 */
export type Allowance = { counter: string; currency: Currency; amount: bigint; max: bigint; resetsAt: Date };

/** What may be done to an account. `credit_only` takes money and lets none out by debit; `debit_only` the reverse. */
export type AccountStatus = "open" | "debit_only" | "credit_only" | "frozen" | "closed";

/** Freezes, reopens or closes an account, or moves its floor (`null` = none, minor units). Only an empty account closes. */
export type AccountChange = { account: AccountRef; status?: AccountStatus; floor?: bigint | null };

/**
 * Everything one decision changes. It is stored whole or not at all, in one database commit, at most once per key.
 */
export type Instruction = {
  /** Unique per decision: actor / operation / Idempotency-Key, or `payment / step` for our own jobs. */
  key: string;
  /** SHA-256 (hex) of what was asked; the same key with another hash is a conflict. */
  hash: string;
  /** What a replay of the same key is answered. */
  result?: unknown;
  transfer?: TransferDraft;
  holds?: readonly HoldDraft[];
  releases?: readonly HoldRelease[];
  allowances?: readonly Allowance[];
  accounts?: readonly AccountChange[];
  /** Rows of other modules: `writer` is their SQL function taking a jsonb array. */
  rows?: readonly { writer: string; row: Record<string, unknown> }[];
  /**
   * What was read before deciding and must not have changed: `check` is a SQL function that locks the rows and
   * answers the numbers of stale items. Two items with equal guards never share a batch.
   */
  guards?: readonly { check: string; arg: Record<string, unknown>; id: string }[];
  events?: readonly DomainEvent[];
  jobs?: readonly Job[];
};

/** What became of an instruction. */
export type Outcome<R = unknown> =
  | { status: "accepted"; result: R }
  /** The same key and hash were committed before; `result` is what they were answered. */
  | { status: "replayed"; result: R }
  /**
   * Not done, now or before under this key. The refusal is stored. `retryable`: the same decision under a new key may
   * succeed later, because the refusal lies in the state of an account or limit and not in what was asked.
   */
  | { status: "refused"; code: RefusalCode; retryable: boolean }
  /** The key was used for something else. Nothing was done. */
  | { status: "conflict" }
  /** Something the decision rests on has changed. Nothing was done or stored: read again and decide again. */
  | { status: "stale" };

/**
 * Why the books refuse, in the order they are looked for: the first that applies is the answer. First what no state of
 * the books could mend, then holds, accounts, limits, and funds last.
 */
export const refusals = {
  "ledger.too_many_legs": { retryable: false },
  "ledger.amount_invalid": { retryable: false },
  "ledger.amount_too_large": { retryable: false },
  "ledger.account_unknown": { retryable: false },
  "ledger.currency_mismatch": { retryable: false },
  "ledger.unbalanced": { retryable: false },
  "ledger.hold_not_open": { retryable: false },
  "ledger.hold_exceeded": { retryable: false },
  "ledger.account_closed": { retryable: false },
  "ledger.account_frozen": { retryable: true },
  "ledger.account_not_empty": { retryable: true },
  "ledger.limit_exceeded": { retryable: true },
  "payment.insufficient_funds": { retryable: true },
} as const satisfies Partial<Record<ErrorCode, { retryable: boolean }>>;

export type RefusalCode = keyof typeof refusals;

/** Most legs one transfer may have. */
export const maxLegs = 1000;

import type { DomainEvent, ErrorCode } from "@jinqiao/contract";
import type { Currency, Id } from "@jinqiao/money";
import type { Job } from "../platform/events.ts";

/** A ledger account by code and currency, e.g. `{ code: "customer:cus_…", currency: "CNY" }`. */
export type AccountRef = { code: string; currency: Currency };

/** Moves `amount` minor units: debits one account and credits another of the same currency. */
export type Posting = { debit: AccountRef; credit: AccountRef; amount: bigint };

/** Several postings that stand or fall together, as one transfer. */
export type TransferDraft = {
  id: Id<"trf">;
  /** What happened, e.g. `top_up.settle`. */
  kind: string;
  /** What it belongs to, e.g. a payment id. Opaque to the ledger. */
  subject?: string;
  postings: readonly Posting[];
};

/** Sets `amount` minor units of an account aside until `expiresAt`. Available balance = balance − held. */
export type HoldDraft = {
  id: Id<"hld">;
  account: AccountRef;
  amount: bigint;
  subject?: string;
  expiresAt: Date;
};

/** Ends a hold. `captured` goes with postings that use the money; what they leave is free again. */
export type HoldRelease = { holdId: string; account: AccountRef; as: "captured" | "voided" | "expired" };

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
  /** Not done, now or before under this key. The refusal is stored. */
  | { status: "refused"; code: ErrorCode }
  /** The key was used for something else. Nothing was done. */
  | { status: "conflict" }
  /** Something the decision rests on has changed. Nothing was done or stored: read again and decide again. */
  | { status: "stale" };

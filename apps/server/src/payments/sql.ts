import type { Id } from "@jinqiao/money";
import type { PayeeVerification, Rail } from "../banks/index.ts";
import type { PaymentAuthentication } from "../identity/index.ts";
import type { Queryable } from "../platform/db.ts";
import type { Kind, Status } from "./lifecycle.ts";
import type { PaidOutKind } from "./own-account.ts";
import type { Choice, Criterion, Exclusion } from "./routing.ts";

export type PayeeCheck = {
  result: PayeeVerification["result"];
  by: PayeeVerification["by"];
  /** The customer went on although the name does not match. */
  confirmed: boolean;
};

/** A way that certainly moved nothing, and when it was given up. */
export type RouteFrom = {
  bankId: string;
  rail: Rail["id"];
  /** `closed`: the bank took no orders; nothing was sent. */
  why: "not_sent" | "refused" | "closed";
  code: string | null;
  at: string;
};
type RouteFacts = {
  bankId: string;
  rail: Rail["id"];
  /** What the bank charges the operator, minor units as text. */
  fee: string;
  expectedAt: string;
  precision: "minutes" | "day";
  successPerMille: number;
  /** How many payments the rate was counted from. */
  payments: number;
};
/** By which way a payment goes, as it was chosen: facts of that moment. */
export type RouteRow = RouteFacts & {
  urgency: Rail["urgency"];
  reasons: Choice["reasons"];
  others: readonly (RouteFacts & { whyNot: Exclusion | Criterion | "order" })[];
  /** The way before this one; a payment is sent another way once at most. */
  from: RouteFrom | null;
};

/** A payment as stored. Amounts are minor units. */
export type PaymentRow = {
  id: Id<"pay">;
  kind: Kind;
  status: Status;
  customer_id: Id<"cus">;
  payee_id: Id<"cus"> | null;
  bank_id: string | null;
  linked_account_id: Id<"lac"> | null;
  consent_id: Id<"cns"> | null;
  /** A payout: the merchant's account that it goes to. */
  settlement_account_id: Id<"mac"> | null;
  currency: string;
  amount: bigint;
  /** What the payer wrote; see notes.ts. */
  note_sealed: string | null;
  reference: string;
  request_id: string;
  hold_id: Id<"hld"> | null;
  bank_payment_id: string | null;
  bank_status: string | null;
  action_url: string | null;
  credited: boolean;
  reason_code: string | null;
  reason_en: string | null;
  reason_zh: string | null;
  sent_at: Date | null;
  accepted_at: Date | null;
  inquiries: number;
  needs_review: boolean;
  /** A return: the payment that came back, and its kind. */
  original_id: Id<"pay"> | null;
  original_kind: "top_up" | PaidOutKind | "purchase" | null;
  /** Purchases and refunds: the shop, by its name when it was paid, and its order number. */
  merchant_id: Id<"mer"> | null;
  merchant_name: string | null;
  merchant_reference: string | null;
  /** What a shop asked for: of a purchase, its refunds, and a top-up made to pay it. */
  intent_id: Id<"pi"> | null;
  /** A purchase of which the shop took less than was held: what was held. */
  authorised_amount: bigint | null;
  /** What the check of the payee's name said before a payout. */
  payee_check: PayeeCheck | null;
  /** Top-ups and withdrawals; null for those made before ways were chosen. */
  route: RouteRow | null;
  /** How its customer confirmed it; null where the bank asked them, and for payments made before it was kept. */
  authentication: PaymentAuthentication | null;
  version: number;
  created_at: Date;
  updated_at: Date;
};

export type TransitionRow = { payment_id: string; version: number; status: Status; cause: string; at: Date };
export type ListFilter = {
  customerId?: string | undefined;
  kind?: Kind | undefined;
  status?: Status | undefined;
  currency?: string | undefined;
  cursor?: string | undefined;
  /** Payment id, reference, or amount in minor units. */
  search?: { text: string; amount: bigint | null } | undefined;
  limit: number;
};

export async function selectPayment(db: Queryable, id: string): Promise<PaymentRow | undefined> {
  return (await db.query<PaymentRow>("SELECT * FROM payments.payment WHERE id = $1", [id]))[0];
}

export function selectPaymentsById(db: Queryable, ids: readonly string[]): Promise<PaymentRow[]> {
  return db.query<PaymentRow>("SELECT * FROM payments.payment WHERE id = ANY ($1)", [ids]);
}

export function selectByReferences(db: Queryable, references: readonly string[]): Promise<PaymentRow[]> {
  return db.query<PaymentRow>("SELECT * FROM payments.payment WHERE reference = ANY ($1)", [references]);
}

/** Payments at a bank that a statement line may still settle, those sent nearest to a moment first. */
export function selectWaitingForLine(
  db: Queryable,
  account: { bankId: string; currency: string; kinds: readonly ("top_up" | PaidOutKind)[] },
  around: { from: Date; to: Date; at: Date },
  limit: number,
): Promise<PaymentRow[]> {
  return db.query<PaymentRow>(
    `SELECT * FROM payments.payment
      WHERE bank_id = $1 AND currency = $2 AND kind = ANY ($3) AND status IN ('authorised', 'action_required', 'unknown', 'submitted')
        AND sent_at BETWEEN $4 AND $5
      ORDER BY abs(extract(epoch FROM sent_at - $6)), id LIMIT $7`,
    [account.bankId, account.currency, account.kinds, around.from, around.to, around.at, limit],
  );
}

/** By what a bank's notice may carry: our reference or the bank's own id of the payment. */
export async function selectByReferenceOrBankId(
  db: Queryable,
  bankId: string,
  id: string,
): Promise<PaymentRow | undefined> {
  return (
    await db.query<PaymentRow>(
      "SELECT * FROM payments.payment WHERE bank_id = $1 AND (reference = $2 OR bank_payment_id = $2)",
      [bankId, id],
    )
  )[0];
}

/** Newest first; the cursor is the last id seen. A payee sees a transfer, nobody else sees another's payment. */
export function selectPayments(db: Queryable, filter: ListFilter): Promise<PaymentRow[]> {
  return db.query<PaymentRow>(
    `SELECT * FROM payments.payment
      WHERE ($1::text IS NULL OR customer_id = $1 OR payee_id = $1)
        AND ($2::text IS NULL OR kind = $2) AND ($3::text IS NULL OR status = $3) AND ($4::text IS NULL OR currency = $4)
        AND ($5::text IS NULL OR id < $5)
        AND ($6::text IS NULL OR id = $6 OR reference = $6 OR amount = $7)
      ORDER BY id DESC LIMIT $8`,
    [
      filter.customerId ?? null,
      filter.kind ?? null,
      filter.status ?? null,
      filter.currency ?? null,
      filter.cursor ?? null,
      filter.search?.text ?? null,
      filter.search?.amount ?? null,
      filter.limit,
    ],
  );
}

export function selectTransitions(db: Queryable, paymentIds: readonly string[]): Promise<TransitionRow[]> {
  return db.query<TransitionRow>(
    "SELECT * FROM payments.transition WHERE payment_id = ANY ($1) ORDER BY payment_id, version",
    [paymentIds],
  );
}

export async function selectRecentPayees(
  db: Queryable,
  customerId: string,
  limit: number,
): Promise<Id<"cus">[]> {
  const rows = await db.query<{ payee_id: Id<"cus"> }>(
    "SELECT payee_id FROM payments.payment WHERE customer_id = $1 AND kind = 'transfer' GROUP BY payee_id ORDER BY max(id) DESC LIMIT $2",
    [customerId, limit],
  );
  return rows.map((row) => row.payee_id);
}

/** Top-ups credited before the bank's statement confirmed them, minor units. */
export async function selectUncleared(db: Queryable, customerId: string, currency: string): Promise<bigint> {
  const [row] = await db.query<{ used: bigint }>(
    "SELECT coalesce(sum(amount), 0)::bigint AS used FROM payments.payment WHERE customer_id = $1 AND currency = $2 AND kind = 'top_up' AND credited AND status = 'submitted'",
    [customerId, currency],
  );
  return row?.used ?? 0n;
}

export function selectWithBank(db: Queryable, bankId: string, currency: string): Promise<PaymentRow[]> {
  return db.query<PaymentRow>(
    "SELECT * FROM payments.payment WHERE bank_id = $1 AND currency = $2 AND status = 'submitted' ORDER BY id",
    [bankId, currency],
  );
}

export async function selectFirstMadeAt(
  db: Queryable,
  bankId: string,
  currency: string,
): Promise<Date | undefined> {
  const [row] = await db.query<{ at: Date | null }>(
    "SELECT min(created_at) AS at FROM payments.payment WHERE bank_id = $1 AND currency = $2",
    [bankId, currency],
  );
  return row?.at ?? undefined;
}

/**
 * Payments of which news is due and nobody may be asking: a safety net under the jobs. Without the withdrawals that
 * wait because payments out are stopped in their currency.
 */
export function selectStuck(
  db: Queryable,
  { before, stopped, limit }: { before: Date; stopped: readonly string[]; limit: number },
): Promise<PaymentRow[]> {
  return db.query<PaymentRow>(
    `SELECT * FROM payments.payment WHERE status IN ('authorised', 'unknown', 'action_required') AND NOT needs_review AND updated_at < $1 AND kind <> 'purchase'
        AND NOT (status = 'authorised' AND kind IN ('withdrawal', 'payout') AND sent_at IS NULL AND currency = ANY ($2))
      ORDER BY updated_at LIMIT $3`,
    [before, stopped, limit],
  );
}

/** Withdrawals not sent yet because payments out were stopped or frozen, in currencies where they are not stopped. */
export function selectHeldBack(
  db: Queryable,
  { stopped, limit }: { stopped: readonly string[]; limit: number },
): Promise<PaymentRow[]> {
  return db.query<PaymentRow>(
    `SELECT * FROM payments.payment WHERE status = 'authorised' AND kind IN ('withdrawal', 'payout') AND sent_at IS NULL
        AND reason_code IN ('ledger.outgoing_stopped', 'freeze.payments', 'payout.on_hold') AND NOT currency = ANY ($1)
      ORDER BY id LIMIT $2`,
    [stopped, limit],
  );
}

export async function insertUnfit(
  db: Queryable,
  payment: PaymentRow,
  cause: string,
  at: Date,
): Promise<void> {
  await db.query(
    "INSERT INTO payments.unfit_event (payment_id, status, cause, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    [payment.id, payment.status, cause, at],
  );
}

/** Withdrawals made before a moment of which nobody knows what the bank did. */
export function selectLongUnknown(db: Queryable, madeBefore: Date, limit: number): Promise<PaymentRow[]> {
  return db.query<PaymentRow>(
    `SELECT * FROM payments.payment
      WHERE kind IN ('withdrawal', 'payout') AND status IN ('authorised', 'unknown', 'action_required') AND created_at < $1
      ORDER BY created_at LIMIT $2`,
    [madeBefore, limit],
  );
}

import type { CancellationReason, MerchantBalance, Payable, PaymentIntent, Refund } from "@jinqiao/contract";
import type { Id, WireMoney } from "@jinqiao/money";
import type { z } from "zod";
import type { PaymentAuthentication } from "../identity/index.ts";
import type { PaymentView } from "../payments/index.ts";
import type { CustomerSession } from "../platform/http/sessions.ts";
import type { IntentRow } from "./rows.ts";

export type PaymentIntentView = z.input<typeof PaymentIntent>;
export type RefundView = z.input<typeof Refund>;
export type PayableView = z.input<typeof Payable>;
export type MerchantBalanceView = z.input<typeof MerchantBalance>;

/** For which merchant, in which of its two worlds. */
export type MerchantMode = { merchantId: string; livemode: boolean };

/** Key and hash of the request; the same key and body give the same answer. */
export type Request = { key: string; hash: string };

/** What an intent is made of. */
export type IntentDraft = {
  amount: WireMoney;
  captureMethod?: "automatic" | "manual" | undefined;
  description?: string | undefined;
  reference?: string | undefined;
  metadata?: Record<string, string> | undefined;
  customer?: string | undefined;
  storeId?: string | undefined;
  tillId?: string | undefined;
  origin: { kind: IntentRow["origin_kind"]; id?: string | undefined };
  /** Unpaid until then, it is cancelled; null: never by itself. */
  expiresAt: Date | null;
  /** Where the payer goes when it is paid; checked by the caller. */
  returnUrl?: string | undefined;
};

/** By which means the payer pays. */
export type PaySource = { kind: "balance" } | { kind: "linked_account"; linkedAccountId: string };

export type Intents = {
  /**
   * @param more rows that are stored in the same commit, made from the intent that is about to be
   * @throws Refusal `merchant.not_active`, `payment.currency_not_supported`, `payment.limit_exceeded`,
   * `intent.fee_above_amount`, `request.not_found` (a store, till or customer of another merchant)
   */
  create(
    merchant: MerchantMode,
    request: Request,
    draft: IntentDraft,
    more?: (intent: PaymentIntentView, row: IntentRow) => Together,
  ): Promise<PaymentIntentView>;
  /**
   * The payer pays, after having confirmed it.
   * @throws Refusal every code that the route `payPayable` declares
   */
  pay(input: {
    token: string;
    session: CustomerSession;
    request: Request;
    /** What the payer was shown. */
    amount: WireMoney;
    source: PaySource;
    stepUpId?: string | undefined;
  }): Promise<{ payable: PayableView; payment: PaymentView | null }>;
  /**
   * Charges a payer who has shown a payment code: the code already proves who pays, and `authentication` says how.
   * @param input.together stored in the same commit, e.g. that the code is used up, with the guard that it was not
   * @throws Refusal every code that the route `confirmPaymentIntent` declares
   */
  charge(input: {
    merchant: MerchantMode;
    intentId: string;
    customerId: string;
    request: Request;
    authentication: PaymentAuthentication;
    together?: Together;
  }): Promise<PaymentIntentView>;
  /** Gives an unpaid or held intent up; one that is given up already is answered as it is. */
  cancel(
    merchant: MerchantMode,
    request: Request,
    intentId: string,
    reason?: z.infer<typeof CancellationReason>,
  ): Promise<PaymentIntentView>;
  byId(intentId: string): Promise<IntentRow | undefined>;
  byIds(intentIds: readonly string[]): Promise<Map<string, IntentRow>>;
  byToken(token: string): Promise<IntentRow | undefined>;
  byPayment(paymentId: string): Promise<IntentRow | undefined>;
  /** As the API shows them to their merchant, in the order given. */
  views(intents: readonly IntentRow[]): Promise<PaymentIntentView[]>;
  /** As whoever has the link may see it. */
  payable(intent: IntentRow): Promise<PayableView>;
  linkOf(intent: Pick<IntentRow, "token">): string;
};

/** Rows, guards and events that another part stores in the same commit. */
export type Together = {
  rows?: readonly { writer: string; row: Record<string, unknown> }[];
  guards?: readonly { check: string; arg: Record<string, unknown>; id: string }[];
};

export type Refunds = {
  /** @throws Refusal every code that the route `createRefund` declares */
  create(
    merchant: MerchantMode,
    request: Request,
    draft: {
      paymentIntent: string;
      amount?: WireMoney | undefined;
      reason?: RefundView["reason"] | undefined;
      metadata?: Record<string, string> | undefined;
    },
  ): Promise<RefundView>;
};

/** A merchant's money in one currency, minor units. */
export type BalanceOf = {
  currency: string;
  pending: bigint;
  available: bigint;
  reserve: bigint;
  /** Of `available`, what a dispute or payout holds. */
  held: bigint;
  /** Of each part, what nothing holds. */
  free: { available: bigint; pending: bigint; reserve: bigint };
  owed: bigint;
};

export type MerchantId = Id<"mer">;

import type { CheckoutSession } from "@jinqiao/contract";
import { type Currency, type Id, toWire } from "@jinqiao/money";
import type { z } from "zod";
import type { Queryable } from "../platform/db.ts";
import { type PersonalTable, personalData, type Vault } from "../vault/index.ts";

/** Where checkouts keep what may name people: what is bought, where payers go back to, notes of the shop. */
export const checkoutData = {
  table: "merchants.checkout_session",
  id: "id",
  columns: ["content"],
} as const satisfies PersonalTable;
export const checkoutSecretData = {
  table: "merchants.checkout_secret",
  id: "id",
  columns: ["secret"],
} as const satisfies PersonalTable;

/** What the shop lists, as it lies sealed. Amounts in minor units, as digits. */
export type CheckoutContent = {
  lines: { name: string; quantity: number; unit: string }[];
  description: string | null;
  metadata: Record<string, string>;
  successUrl: string;
  cancelUrl: string;
};

/** A checkout as stored. */
export type CheckoutRow = {
  id: Id<"cs">;
  merchant_id: Id<"mer">;
  livemode: boolean;
  intent_id: Id<"pi">;
  shopper_id: Id<"shp"> | null;
  store_id: Id<"sto"> | null;
  locale: "auto" | "zh" | "en";
  content_sealed: string;
  expires_at: Date;
  completed_at: Date | null;
  expired_at: Date | null;
  version: number;
  created_at: Date;
  updated_at: Date;
};
/** With what the intent behind it says now. */
export type CheckoutWithIntent = CheckoutRow & {
  intent_status: string;
  currency: Currency;
  amount: bigint;
  capture_method: "automatic" | "manual";
  reference: string | null;
  token: string;
};

const selected = `SELECT s.*, i.status AS intent_status, i.currency, i.amount, i.capture_method, i.reference, i.token
  FROM merchants.checkout_session s JOIN merchants.intent i ON i.id = s.intent_id`;

export const sql = {
  async byId(db: Queryable, id: string): Promise<CheckoutWithIntent | undefined> {
    return (await db.query<CheckoutWithIntent>(`${selected} WHERE s.id = $1`, [id]))[0];
  },
  async byToken(db: Queryable, token: string): Promise<CheckoutWithIntent | undefined> {
    return (await db.query<CheckoutWithIntent>(`${selected} WHERE i.token = $1`, [token]))[0];
  },
  async byIntent(db: Queryable, intentId: string): Promise<CheckoutWithIntent | undefined> {
    return (await db.query<CheckoutWithIntent>(`${selected} WHERE s.intent_id = $1`, [intentId]))[0];
  },
  /** Newest first; the cursor is the last id seen. */
  list(
    db: Queryable,
    filter: {
      merchantId: string;
      livemode: boolean;
      status: "open" | "complete" | "expired" | undefined;
      intentId: string | undefined;
      cursor: string | undefined;
      limit: number;
      now: Date;
    },
  ): Promise<CheckoutWithIntent[]> {
    const { merchantId, livemode, status, intentId, cursor, limit, now } = filter;
    return db.query<CheckoutWithIntent>(
      `${selected} WHERE s.merchant_id = $1 AND s.livemode = $2 AND ($3::text IS NULL OR s.id < $3)
         AND ($4::text IS NULL OR s.intent_id = $4)
         AND ($5::text IS NULL OR $5 = CASE
           WHEN i.status IN ('requires_capture', 'succeeded') THEN 'complete'
           WHEN i.status = 'canceled' AND s.completed_at IS NOT NULL THEN 'complete'
           WHEN i.status = 'canceled' OR (s.expires_at <= $7 AND i.status <> 'processing') THEN 'expired' ELSE 'open' END)
       ORDER BY s.id DESC LIMIT $6`,
      [merchantId, livemode, cursor ?? null, intentId ?? null, status ?? null, limit, now],
    );
  },
  async origins(db: Queryable, merchantId: string, livemode: boolean) {
    return db.query<{ origin: string; created_at: Date }>(
      `SELECT origin, created_at FROM merchants.return_origin
        WHERE merchant_id = $1 AND livemode = $2 ORDER BY created_at, origin`,
      [merchantId, livemode],
    );
  },
  /** The newest first; those that still hold. */
  async secrets(db: Queryable, merchantId: string, livemode: boolean, now: Date) {
    return db.query<{ id: string; secret_sealed: string; created_at: Date; ends_at: Date | null }>(
      `SELECT id, secret_sealed, created_at, ends_at FROM merchants.checkout_secret
        WHERE merchant_id = $1 AND livemode = $2 AND (ends_at IS NULL OR ends_at > $3)
        ORDER BY created_at DESC, id DESC`,
      [merchantId, livemode, now],
    );
  },
};

/** Where a checkout stands. What the intent says decides, so that no reader waits for the row to follow it. */
export function standing(
  row: Pick<CheckoutWithIntent, "intent_status" | "expires_at" | "completed_at">,
  now: Date,
): { status: "open" | "complete" | "expired"; paymentStatus: CheckoutSession["paymentStatus"] } {
  switch (row.intent_status) {
    case "succeeded":
      return { status: "complete", paymentStatus: "paid" };
    case "requires_capture":
      return { status: "complete", paymentStatus: "authorised" };
    case "processing":
      // A bank that says no leads back to the payer's choice, so it is not over yet.
      return { status: "open", paymentStatus: "processing" };
    case "canceled":
      // Cancelled after the money was set aside: the payer had done their part.
      return { status: row.completed_at === null ? "expired" : "complete", paymentStatus: "unpaid" };
    default:
      return { status: row.expires_at <= now ? "expired" : "open", paymentStatus: "unpaid" };
  }
}

export function contentOf(vault: Vault, row: Pick<CheckoutRow, "id" | "content_sealed">): CheckoutContent {
  const data = personalData(vault, checkoutData);
  return JSON.parse(data.open("content", { id: row.id }, row.content_sealed, "null")) as CheckoutContent;
}

export function linesOf(content: CheckoutContent, currency: Currency) {
  return content.lines.map(({ name, quantity, unit }) => ({
    name,
    quantity,
    unitAmount: toWire({ minor: BigInt(unit), currency }),
    amount: toWire({ minor: BigInt(unit) * BigInt(quantity), currency }),
  }));
}

/** A checkout as the shop's API shows it. */
export function viewOf(
  row: CheckoutWithIntent,
  { content, publicUrl, now }: { content: CheckoutContent; publicUrl: string; now: Date },
): z.input<typeof CheckoutSession> {
  const { status, paymentStatus } = standing(row, now);
  return {
    object: "checkout_session",
    id: row.id,
    livemode: row.livemode,
    status,
    paymentStatus,
    url: status === "open" ? `${publicUrl}/checkout/${row.token}` : null,
    amount: toWire({ minor: row.amount, currency: row.currency }),
    lineItems: linesOf(content, row.currency),
    paymentIntent: row.intent_id,
    customer: row.shopper_id,
    storeId: row.store_id,
    reference: row.reference,
    description: content.description,
    captureMethod: row.capture_method,
    successUrl: content.successUrl,
    cancelUrl: content.cancelUrl,
    locale: row.locale,
    metadata: content.metadata,
    expiresAt: row.expires_at.toISOString(),
    completedAt: row.completed_at?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
    version: row.version,
  };
}

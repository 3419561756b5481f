import { errorCatalogue } from "@jinqiao/contract";
import { type Currency, toWire } from "@jinqiao/money";
import { type CustomerName, maskName } from "../identity/index.ts";
import { isErrorCode } from "../platform/errors.ts";
import { type PersonalTable, personalData, type Vault } from "../vault/index.ts";
import { itemisedFee } from "./fees.ts";
import { endStatuses, isExpired, mayMove } from "./lifecycle.ts";
import type { MerchantProfile } from "./profiles.ts";
import type { IntentRow, RefundRow } from "./rows.ts";
import type { PayableView, PaymentIntentView, RefundView } from "./types.ts";

/** Where intents and refunds keep what a shop writes, sealed: it may name people. */
export const intentData = {
  table: "merchants.intent",
  id: "id",
  columns: ["description", "metadata"],
} as const satisfies PersonalTable;
export const refundData = {
  table: "merchants.refund",
  id: "id",
  columns: ["metadata"],
} as const satisfies PersonalTable;

export type IntentViews = {
  seal(
    id: string,
    text: { description?: string | undefined; metadata?: Record<string, string> | undefined },
  ): {
    description_sealed: string | null;
    metadata_sealed: string | null;
  };
  sealRefund(id: string, metadata: Record<string, string> | undefined): string | null;
  linkOf(intent: Pick<IntentRow, "token">): string;
  intent(
    intent: IntentRow,
    known: { people: ReadonlyMap<string, CustomerName>; profile?: MerchantProfile | undefined; now: Date },
  ): PaymentIntentView;
  refund(refund: RefundRow): RefundView;
  payable(
    intent: IntentRow,
    known: { profile: MerchantProfile; storeName: string | null; now: Date },
  ): PayableView;
};

/** What the catalogue says of a code, as an intent keeps it. */
function errorView(code: string | null): PaymentIntentView["lastError"] {
  if (code === null) return null;
  const { en, zh } = errorCatalogue[isErrorCode(code) ? code : "intent.declined"];
  return { code, text: { en, zh } };
}

export function createIntentViews({ vault, publicUrl }: { vault: Vault; publicUrl: string }): IntentViews {
  const intents = personalData(vault, intentData);
  const refunds = personalData(vault, refundData);
  const linkOf = ({ token }: Pick<IntentRow, "token">) => `${publicUrl}/pay/${token}`;
  const metadataOf = (text: string | null) =>
    text === null ? {} : (JSON.parse(text) as Record<string, string>);
  const isGiven = (metadata: Record<string, string> | undefined) =>
    metadata !== undefined && Object.keys(metadata).length > 0;

  return {
    seal: (id, { description, metadata }) => ({
      description_sealed: description ? intents.seal("description", { id }, description) : null,
      metadata_sealed: isGiven(metadata) ? intents.seal("metadata", { id }, JSON.stringify(metadata)) : null,
    }),
    sealRefund: (id, metadata) =>
      isGiven(metadata) ? refunds.seal("metadata", { id }, JSON.stringify(metadata)) : null,
    linkOf,
    intent(intent, { people, profile, now }) {
      const { id, currency } = intent;
      const money = (minor: bigint) => toWire({ minor, currency });
      const payer = intent.payer_id === null ? undefined : people.get(intent.payer_id);
      const link = linkOf(intent);
      return {
        object: "payment_intent",
        id,
        livemode: intent.livemode,
        createdAt: intent.created_at.toISOString(),
        updatedAt: intent.updated_at.toISOString(),
        version: intent.version,
        status: intent.status,
        amount: money(intent.amount),
        amountCapturable: money(intent.capturable),
        amountReceived: money(intent.received),
        amountRefunded: money(intent.refunded),
        fee: intent.status === "succeeded" ? money(intent.fee) : null,
        feeDetails: intent.fee_details ?? [],
        feeEstimate:
          profile === undefined || endStatuses.includes(intent.status)
            ? null
            : money(
                itemisedFee(profile.terms, {
                  method: "wallet_balance",
                  amount: { minor: intent.amount, currency: currency as Currency },
                  volume: profile.volumes.get(currency) ?? 0n,
                  at: now,
                }).amount,
              ),
        captureMethod: intent.capture_method,
        description: intents.open<string | null>("description", { id }, intent.description_sealed, null),
        reference: intent.reference,
        metadata: metadataOf(intents.open<string | null>("metadata", { id }, intent.metadata_sealed, null)),
        customer: intent.shopper_id,
        storeId: intent.store_id,
        tillId: intent.till_id,
        origin: { kind: intent.origin_kind, id: intent.origin_id },
        paymentMethod: intent.method === null ? null : { type: intent.method },
        payer: payer === undefined ? null : { maskedName: maskName(payer.displayName) },
        lastError: errorView(intent.error_code),
        cancellationReason: intent.cancellation_reason,
        nextAction:
          intent.status === "requires_action"
            ? { type: "redirect_to_url", url: link }
            : intent.status === "processing"
              ? { type: "wait_for_bank", url: null }
              : null,
        expiresAt: intent.expires_at?.toISOString() ?? null,
        captureBefore: intent.capture_before?.toISOString() ?? null,
        clientSecret: intent.token,
        link,
        latestRefund: intent.latest_refund_id,
        dispute: intent.dispute_id,
        balanceTransaction: intent.balance_transaction_id,
      };
    },
    refund(refund) {
      const { id, currency } = refund;
      return {
        object: "refund",
        id,
        livemode: refund.livemode,
        createdAt: refund.created_at.toISOString(),
        version: refund.version,
        status: refund.status,
        paymentIntent: refund.intent_id,
        amount: toWire({ minor: refund.amount, currency }),
        fee: toWire({ minor: refund.fee, currency }),
        reason: refund.reason,
        metadata: metadataOf(refunds.open<string | null>("metadata", { id }, refund.metadata_sealed, null)),
        balanceTransaction: refund.balance_transaction_id,
      };
    },
    payable(intent, { profile, storeName, now }) {
      const { id, currency } = intent;
      const money = (minor: bigint) => toWire({ minor, currency });
      const canPay = mayMove(intent.status, "pay") && !isExpired(intent, now);
      const isPaid = intent.status === "succeeded" || intent.status === "requires_capture";
      return {
        object: "payable",
        token: intent.token,
        livemode: intent.livemode,
        status: intent.status,
        payable: canPay && (profile.active || !intent.livemode),
        merchant: { id: profile.id, name: profile.name },
        store: intent.store_id === null ? null : { id: intent.store_id, name: storeName ?? "" },
        amount: money(intent.amount),
        amountReceived: money(intent.received),
        amountRefunded: money(intent.refunded),
        description: intents.open<string | null>("description", { id }, intent.description_sealed, null),
        reference: intent.reference,
        expiresAt: intent.expires_at?.toISOString() ?? null,
        lastError: errorView(intent.error_code),
        cancellationReason: intent.cancellation_reason,
        returnUrl: isPaid ? intent.return_url : null,
      };
    },
  };
}

import { z } from "zod";
import { idOf, instant, listOf, listQuery, Money, PaymentAmount } from "../../common.ts";
import { route } from "../../route.ts";
import { Refund } from "./refund-schema.ts";
import {
  expandable,
  expandQuery,
  FeeDetail,
  gatewayObject,
  Metadata,
  shopDescription,
  shopReference,
} from "./shared.ts";

export const PaymentIntentStatus = z
  .enum([
    "requires_payment_method",
    "requires_action",
    "processing",
    "requires_capture",
    "succeeded",
    "canceled",
  ])
  .meta({ id: "PaymentIntentStatus" });
export type PaymentIntentStatus = z.infer<typeof PaymentIntentStatus>;

export const PaymentIntentOrigin = z.enum([
  "api",
  "checkout",
  "static_code",
  "dynamic_code",
  "pay_code",
  "tap",
  "link",
]);
export const PaymentMethodType = z.enum(["wallet_balance", "linked_bank", "pay_code", "test"]);

export const CancellationReason = z.enum([
  "requested_by_customer",
  "duplicate",
  "fraudulent",
  "abandoned",
  "expired",
]);

/** Why the last attempt to pay did not succeed. */
export const IntentError = z
  .object({ code: z.string(), text: z.object({ en: z.string(), zh: z.string() }) })
  .meta({ id: "PaymentIntentError" });

export const PaymentIntent = z
  .object({
    ...gatewayObject("payment_intent", "pi"),
    updatedAt: instant,
    status: PaymentIntentStatus,
    amount: Money,
    amountCapturable: Money.describe(
      "Held on the payer's wallet for this, until it is captured or given up.",
    ),
    amountReceived: Money.describe("Taken from the payer, before fees."),
    amountRefunded: Money,
    fee: Money.nullable().describe("What the gateway charges for it; null while nothing was taken."),
    feeDetails: z.array(FeeDetail).describe("The fee line by line; the lines sum to `fee`."),
    feeEstimate: Money.nullable().describe(
      "Before it is paid: the fee if the whole amount is paid by wallet balance now.",
    ),
    captureMethod: z.enum(["automatic", "manual"]),
    description: z.string().nullable(),
    reference: z.string().nullable().describe("The shop's own number of the order."),
    metadata: Metadata,
    customer: idOf("shp").nullable().describe("The shop's customer, where it named one."),
    storeId: idOf("sto").nullable(),
    tillId: idOf("til").nullable(),
    origin: z.object({ kind: PaymentIntentOrigin, id: z.string().nullable() }),
    paymentMethod: z.object({ type: PaymentMethodType }).nullable(),
    payer: z.object({ maskedName: z.string().meta({ example: "王*" }) }).nullable(),
    lastError: IntentError.nullable(),
    cancellationReason: CancellationReason.nullable(),
    nextAction: z
      .object({ type: z.enum(["redirect_to_url", "wait_for_bank"]), url: z.string().nullable() })
      .nullable(),
    expiresAt: instant.nullable().describe("Unpaid until then, it is cancelled."),
    captureBefore: instant.nullable().describe("Not captured until then, the payer gets the money back."),
    clientSecret: z
      .string()
      .describe("What the payer needs to see and pay it; part of `link`. Whoever has it may pay."),
    link: z.string().describe("Where it is paid: as a link, as a QR code, as an NFC tag."),
    latestRefund: expandable(idOf("re"), Refund).nullable(),
    dispute: idOf("dp").nullable(),
    balanceTransaction: idOf("txn").nullable(),
  })
  .meta({
    id: "PaymentIntent",
    description: "What a shop wants to be paid, from the first wish to the money on its balance.",
  });
export type PaymentIntent = z.infer<typeof PaymentIntent>;

const params = z.object({ paymentIntentId: z.string().max(60) });
const tag = "Payment intents";

export const createPaymentIntent = route({
  id: "createPaymentIntent",
  method: "POST",
  path: "/v1/payment_intents",
  tag,
  audience: "merchant",
  scope: "payments.write",
  idempotent: true,
  summary: "Ask for a payment; the payer pays at `link`",
  status: 201,
  response: PaymentIntent,
  body: z.strictObject({
    amount: PaymentAmount,
    captureMethod: z.enum(["automatic", "manual"]).optional(),
    description: shopDescription.optional(),
    reference: shopReference.optional(),
    metadata: Metadata.optional(),
    customer: idOf("shp").optional(),
    storeId: idOf("sto").optional(),
    tillId: idOf("til").optional(),
    expiresInSeconds: z
      .number()
      .int()
      .min(30)
      .max(30 * 86_400)
      .optional()
      .describe("How long it may be paid; 24 hours when absent."),
  }),
  errors: [
    "merchant.not_active",
    "payment.currency_not_supported",
    "payment.limit_exceeded",
    "intent.fee_above_amount",
  ],
});
export const getPaymentIntent = route({
  id: "getPaymentIntent",
  method: "GET",
  path: "/v1/payment_intents/{paymentIntentId}",
  tag,
  audience: "merchant",
  scope: "payments.read",
  summary: "One payment intent as it stands",
  params,
  query: z.object(expandQuery),
  status: 200,
  response: PaymentIntent,
  errors: [],
});
export const listPaymentIntents = route({
  id: "listPaymentIntents",
  method: "GET",
  path: "/v1/payment_intents",
  tag,
  audience: "merchant",
  scope: "payments.read",
  summary: "Payment intents, newest first",
  query: z.object({
    ...listQuery,
    ...expandQuery,
    status: PaymentIntentStatus.optional(),
    refunded: z.enum(["true"]).optional().describe("Only those of which something was refunded."),
    disputed: z.enum(["true"]).optional().describe("Only those that are or were disputed."),
    storeId: idOf("sto").optional(),
    customer: idOf("shp").optional(),
    from: instant.optional(),
    to: instant.optional(),
    reference: z.string().max(64).optional(),
    q: z.string().trim().max(64).optional().describe("An id, a reference, or an amount such as `12.50`."),
  }),
  status: 200,
  response: listOf(PaymentIntent),
  errors: [],
});
export const confirmPaymentIntent = route({
  id: "confirmPaymentIntent",
  method: "POST",
  path: "/v1/payment_intents/{paymentIntentId}/confirm",
  tag,
  audience: "merchant",
  scope: "payments.write",
  idempotent: true,
  summary: "Charge the payment code that the payer shows, or in test mode a test payer",
  params,
  status: 200,
  response: PaymentIntent,
  body: z.strictObject({
    paymentMethod: z.discriminatedUnion("type", [
      z.strictObject({ type: z.literal("pay_code"), code: z.string().min(1, "field.required").max(600) }),
      z.strictObject({
        type: z.literal("test"),
        outcome: z.enum(["succeeds", "insufficient_funds", "declined", "requires_action"]),
      }),
    ]),
  }),
  errors: [
    "merchant.not_active",
    "intent.unexpected_state",
    "intent.expired",
    "intent.test_only",
    "intent.live_only",
    "pay_code.unknown",
    "pay_code.expired",
    "pay_code.used",
    "pay_code.ended",
    "code.limit_day",
    "ledger.limit_exceeded",
    "payment.insufficient_funds",
    "payment.limit_exceeded",
    "payment.currency_not_supported",
    "payment.changed_meanwhile",
    "freeze.payments",
    "ledger.account_closed",
    "ledger.account_frozen",
    "sca.required",
    "sca.locked",
  ],
});
export const capturePaymentIntent = route({
  id: "capturePaymentIntent",
  method: "POST",
  path: "/v1/payment_intents/{paymentIntentId}/capture",
  tag,
  audience: "merchant",
  scope: "payments.write",
  idempotent: true,
  summary: "Take what is held, or part of it; the rest is given back to the payer at once",
  params,
  status: 200,
  response: PaymentIntent,
  body: z.strictObject({ amount: PaymentAmount.optional() }).optional(),
  errors: [
    "intent.unexpected_state",
    "intent.expired",
    "capture.amount_too_large",
    "payment.currency_not_supported",
    "payment.changed_meanwhile",
    "ledger.account_closed",
    "ledger.account_frozen",
  ],
});
export const cancelPaymentIntent = route({
  id: "cancelPaymentIntent",
  method: "POST",
  path: "/v1/payment_intents/{paymentIntentId}/cancel",
  tag,
  audience: "merchant",
  scope: "payments.write",
  idempotent: true,
  summary: "Give it up; what is held is given back to the payer at once",
  params,
  status: 200,
  response: PaymentIntent,
  body: z
    .strictObject({
      reason: z.enum(["requested_by_customer", "duplicate", "fraudulent", "abandoned"]).optional(),
    })
    .optional(),
  errors: ["intent.unexpected_state", "payment.changed_meanwhile"],
});

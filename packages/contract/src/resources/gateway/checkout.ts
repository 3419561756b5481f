import { z } from "zod";
import { idOf, instant, listOf, listQuery, Money, PaymentAmount } from "../../common.ts";
import { route } from "../../route.ts";
import { expandQuery, gatewayObject, Metadata, shopDescription, shopReference } from "./shared.ts";

/** Most lines of one checkout. */
const maxLines = 100;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const plainText = /^[^\u0000-\u001f\u007f]*$/;
const line = (max: number) =>
  z.string().trim().min(1, "field.required").max(max, "field.too_long").regex(plainText, "field.invalid");

/** Where the shop's page lies to which the payer is sent back: held to the merchant's allow-list. */
const returnUrl = z
  .string()
  .max(2_000, "field.too_long")
  .meta({ example: "https://shop.example.com/thanks" });

export const CheckoutLineItem = z
  .object({ name: z.string(), quantity: z.number().int(), unitAmount: Money, amount: Money })
  .meta({ id: "CheckoutLineItem", description: "`amount` is `unitAmount` times `quantity`." });

export const CheckoutStatus = z.enum(["open", "complete", "expired"]);
export const CheckoutPaymentStatus = z
  .enum(["unpaid", "processing", "authorised", "paid"])
  .describe("`authorised`: set aside for a later capture; only `paid` means that the shop has the money.");

export const CheckoutSession = z
  .object({
    ...gatewayObject("checkout_session", "cs"),
    status: CheckoutStatus,
    paymentStatus: CheckoutPaymentStatus,
    url: z.string().nullable().describe("Send the payer there; null once it is over."),
    amount: Money,
    lineItems: z.array(CheckoutLineItem),
    paymentIntent: z
      .union([idOf("pi"), z.looseObject({ object: z.literal("payment_intent") })])
      .describe("The intent behind it; the whole object with `expand=paymentIntent`."),
    customer: idOf("shp").nullable(),
    storeId: idOf("sto").nullable(),
    reference: z.string().nullable().describe("The shop's order number."),
    description: z.string().nullable(),
    captureMethod: z.enum(["automatic", "manual"]),
    successUrl: z.string(),
    cancelUrl: z.string(),
    locale: z.enum(["auto", "zh", "en"]),
    metadata: Metadata,
    expiresAt: instant,
    completedAt: instant.nullable(),
  })
  .meta({
    id: "CheckoutSession",
    description: "One hosted checkout: a page of ours where somebody pays for what a shop lists.",
  });
export type CheckoutSession = z.infer<typeof CheckoutSession>;

export const CreateCheckoutSession = z
  .strictObject({
    lineItems: z
      .array(
        z.strictObject({
          name: line(120),
          quantity: z.number().int().min(1).max(10_000).default(1),
          unitAmount: PaymentAmount,
        }),
      )
      .min(1, "field.required")
      .max(maxLines, "field.too_long")
      .optional()
      .describe("All of one currency. Either these or `amount`."),
    amount: PaymentAmount.optional(),
    description: shopDescription.optional(),
    successUrl: returnUrl,
    cancelUrl: returnUrl,
    customer: idOf("shp").optional(),
    storeId: idOf("sto").optional(),
    reference: shopReference.optional(),
    captureMethod: z.enum(["automatic", "manual"]).default("automatic"),
    locale: z.enum(["auto", "zh", "en"]).default("auto"),
    metadata: Metadata.optional(),
    expiresAt: instant
      .optional()
      .describe("Between five minutes and 24 hours from now; 24 hours when absent."),
  })
  .refine((value) => (value.lineItems === undefined) !== (value.amount === undefined), {
    path: ["lineItems"],
    message: "field.required",
  });

const params = z.object({ checkoutSessionId: z.string().max(40) });
const tag = "Checkout";

export const createCheckoutSession = route({
  id: "createCheckoutSession",
  method: "POST",
  path: "/v1/checkout_sessions",
  tag,
  audience: "merchant",
  scope: "payments.write",
  idempotent: true,
  summary: "Begin a checkout; send the payer to its `url`",
  body: CreateCheckoutSession,
  status: 201,
  response: CheckoutSession,
  errors: [
    "checkout.return_address_not_allowed",
    "checkout.currencies_differ",
    "checkout.amount_too_large",
    "checkout.expiry_out_of_range",
    "merchant.not_active",
    "intent.fee_above_amount",
    "payment.currency_not_supported",
    "payment.limit_exceeded",
  ],
});
export const listCheckoutSessions = route({
  id: "listCheckoutSessions",
  method: "GET",
  path: "/v1/checkout_sessions",
  tag,
  audience: "merchant",
  scope: "payments.read",
  summary: "Checkouts, newest first",
  query: z.object({ ...listQuery, status: CheckoutStatus.optional(), paymentIntent: idOf("pi").optional() }),
  status: 200,
  response: listOf(CheckoutSession),
  errors: [],
});
export const getCheckoutSession = route({
  id: "getCheckoutSession",
  method: "GET",
  path: "/v1/checkout_sessions/{checkoutSessionId}",
  tag,
  audience: "merchant",
  scope: "payments.read",
  summary: "One checkout and where it stands: what proves to the shop that it was paid",
  params,
  query: z.object(expandQuery),
  status: 200,
  response: CheckoutSession,
  errors: [],
});
export const expireCheckoutSession = route({
  id: "expireCheckoutSession",
  method: "POST",
  path: "/v1/checkout_sessions/{checkoutSessionId}/expire",
  tag,
  audience: "merchant",
  scope: "payments.write",
  idempotent: true,
  summary: "End an open checkout; it can be paid no longer",
  params,
  status: 200,
  response: CheckoutSession,
  errors: ["checkout.not_open"],
});

export const ReturnOrigin = z
  .object({ object: z.literal("return_origin"), origin: z.string(), createdAt: instant })
  .meta({ id: "ReturnOrigin", description: "A place to which checkouts may send payers back." });

export const CheckoutSettings = z
  .object({
    object: z.literal("checkout_settings"),
    livemode: z.boolean(),
    returnOrigins: z.array(ReturnOrigin),
    signingSecret: z
      .object({
        createdAt: instant,
        previousUntil: instant.nullable().describe("Until when results are signed with the earlier one too."),
      })
      .nullable()
      .describe("What results on return addresses are signed with; null before the first one is made."),
    paymentMethod: z.string().describe("Our payment method identifier for the Payment Request API (W3C)."),
  })
  .meta({ id: "CheckoutSettings" });
export type CheckoutSettings = z.infer<typeof CheckoutSettings>;

export const getCheckoutSettings = route({
  id: "getCheckoutSettings",
  method: "GET",
  path: "/v1/checkout_settings",
  tag,
  audience: "merchant",
  scope: "account.read",
  summary: "Where checkouts may send payers back to, and what results are signed with",
  status: 200,
  response: CheckoutSettings,
  errors: [],
});
const originBody = z.strictObject({
  origin: z.string().trim().min(1, "field.required").max(200, "field.too_long").meta({
    example: "https://shop.example.com",
    description: "Scheme, host and port alone; https, or http on this very machine for trying out.",
  }),
});
export const addReturnOrigin = route({
  id: "addReturnOrigin",
  method: "POST",
  path: "/v1/checkout_settings/return_origins",
  tag,
  audience: "merchant",
  scope: "account.write",
  idempotent: true,
  summary: "Let checkouts send payers back to one more origin",
  body: originBody,
  status: 201,
  response: CheckoutSettings,
  errors: ["checkout.origin_invalid", "checkout.origins_full"],
});
export const removeReturnOrigin = route({
  id: "removeReturnOrigin",
  method: "POST",
  path: "/v1/checkout_settings/return_origins/remove",
  tag,
  audience: "merchant",
  scope: "account.write",
  idempotent: true,
  summary: "Let no new checkout send payers back to an origin",
  body: originBody,
  status: 200,
  response: CheckoutSettings,
  errors: [],
});
export const rollCheckoutSecret = route({
  id: "rollCheckoutSecret",
  method: "POST",
  path: "/v1/checkout_settings/signing_secret",
  tag,
  audience: "merchant",
  scope: "keys.write",
  summary:
    "Make a new secret for signed results; it is told once, and the earlier one holds for another 24 hours",
  status: 201,
  response: z.object({ secret: z.string().describe("`cksec_…`, told once."), settings: CheckoutSettings }),
  errors: [],
});

/** What the hosted page shows to whoever holds the address. */
export const Checkout = z
  .object({
    checkoutSessionId: idOf("cs"),
    status: CheckoutStatus,
    paymentStatus: CheckoutPaymentStatus,
    livemode: z.boolean(),
    merchant: z.object({ id: idOf("mer"), name: z.string() }),
    storeName: z.string().nullable(),
    amount: Money,
    lineItems: z.array(CheckoutLineItem),
    description: z.string().nullable(),
    reference: z.string().nullable(),
    locale: z.enum(["auto", "zh", "en"]),
    payLink: z.string().describe("The same payment for a phone beside a desktop."),
    returnUrl: z
      .string()
      .nullable()
      .describe("Once it is paid: the shop's page with a signed result, which is no proof of payment."),
    cancelUrl: z.string(),
    shopHost: z.string().describe("The host of the shop's page, to be shown before somebody goes there."),
    expiresAt: instant,
  })
  .meta({ id: "Checkout" });
export type Checkout = z.infer<typeof Checkout>;

export const getCheckout = route({
  id: "getCheckout",
  method: "GET",
  path: "/v1/checkouts/{token}",
  tag,
  audience: "public",
  summary: "What a payer is asked to pay, and where it stands",
  params: z.object({ token: z.string().max(64) }),
  status: 200,
  response: Checkout,
  errors: [],
});

export const chooseTestOutcome = route({
  id: "chooseTestOutcome",
  method: "POST",
  path: "/v1/checkouts/{token}/test_outcomes",
  tag,
  audience: "public",
  summary: "In test mode: let the payment come out in one way or the other",
  params: z.object({ token: z.string().max(64) }),
  body: z.strictObject({
    outcome: z.enum(["succeeds", "insufficient_funds", "declined", "requires_action"]),
  }),
  status: 204,
  errors: [
    "intent.test_only",
    "intent.unexpected_state",
    "intent.expired",
    "merchant.not_active",
    "payment.changed_meanwhile",
  ],
});

/** What a signed result on a return address says, as JSON in base64url before the first dot. */
export const CheckoutResult = z
  .object({
    checkoutSession: idOf("cs"),
    status: CheckoutPaymentStatus,
    amount: Money,
    reference: z.string().nullable(),
    at: instant,
  })
  .meta({ id: "CheckoutResult" });
export type CheckoutResult = z.infer<typeof CheckoutResult>;

import { z } from "zod";
import { idOf, instant, Money, note, PaymentAmount } from "../common.ts";
import { route } from "../route.ts";
import { factorCode, PasskeyAssertion, PasskeyRequestOptions } from "./credentials-schemas.ts";

export const StepUpReason = z
  .enum(["above_limit", "new_payee", "new_device", "idle", "cumulative", "risk"])
  .describe(
    "`above_limit`: more than may go without; `cumulative`: several small payments since the last confirmation; `idle`: nothing was done for a while.",
  );
export type StepUpReason = z.infer<typeof StepUpReason>;

export const StepUpMethodKind = z.enum(["passkey", "pin", "code", "totp", "hardware_token", "in_app"]);
export type StepUpMethodKind = z.infer<typeof StepUpMethodKind>;

const CodeChannel = z.enum(["email", "sms"]);

export const StepUpMethod = z
  .object({
    kind: StepUpMethodKind,
    channels: z
      .array(z.object({ channel: CodeChannel, masked: z.string() }))
      .optional()
      .describe("Of `code`: where it may be sent."),
    locked: z.boolean().describe("Set up, but not to be used now after wrong tries."),
  })
  .meta({ id: "StepUpMethod" });

/** What a browser needs for Secure Payment Confirmation (W3C), section 4. */
const SecurePaymentRequest = z.object({
  challenge: z.string().describe("The digest, base64url."),
  rpId: z.string(),
  credentialIds: z.array(z.string()).describe("base64url"),
  payeeName: z.string(),
  amount: Money,
});

export const StepUp = z
  .object({
    id: idOf("sca"),
    status: z.enum(["pending", "confirmed", "used", "void", "expired"]),
    kind: z.enum(["transfer", "withdrawal", "purchase"]),
    amount: Money,
    payee: z.object({ id: z.string(), name: z.string() }),
    note: z.string().nullable(),
    trustPayee: z.boolean(),
    statement: z
      .string()
      .describe("The text that is confirmed: canonical JSON of amount, currency, payee, note and more."),
    digest: z.string().describe("SHA-256 of `statement`, base64url: what a passkey signs."),
    reasons: z.array(StepUpReason),
    methods: z.array(StepUpMethod).describe("By which the payment can be confirmed, the best first."),
    passkeyOptions: PasskeyRequestOptions.nullable(),
    spc: SecurePaymentRequest.nullable().describe("For browsers with Secure Payment Confirmation."),
    triesLeft: z.number().int(),
    expiresAt: instant,
  })
  .meta({
    id: "StepUp",
    description: "A confirmation of one payment by the customer, bound to its content.",
  });
export type StepUp = z.infer<typeof StepUp>;

const trustPayee = z
  .boolean()
  .optional()
  .describe("From now on small payments to this payee go without being asked (PSD2 RTS Art. 13).");

/** The very payment that is to be confirmed. */
export const StepUpRequest = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("transfer"),
    payeeId: idOf("cus"),
    amount: PaymentAmount,
    note: note.optional(),
    trustPayee,
  }),
  z.strictObject({
    kind: z.literal("withdrawal"),
    linkedAccountId: idOf("lac"),
    amount: PaymentAmount,
    trustPayee,
  }),
]);

export const StepUpAnswer = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("passkey"), credential: PasskeyAssertion }),
  z.strictObject({ kind: z.literal("code"), code: factorCode }),
  z.strictObject({ kind: z.literal("pin"), pin: factorCode }),
  z.strictObject({ kind: z.literal("totp"), code: factorCode }),
  z.strictObject({ kind: z.literal("hardware_token"), code: factorCode }),
  z.strictObject({ kind: z.literal("in_app"), code: factorCode }),
]);
export type StepUpAnswer = z.infer<typeof StepUpAnswer>;

const params = z.object({ stepUpId: z.string().max(40) });
const tag = "Step-up";

export const createStepUp = route({
  id: "createStepUp",
  method: "POST",
  path: "/v1/step-ups",
  tag,
  audience: "customer",
  summary: "Ask how a payment can be confirmed; send the very payment that will be made",
  status: 201,
  response: StepUp,
  body: StepUpRequest,
  errors: [
    "payment.currency_not_supported",
    "payment.limit_exceeded",
    "payment.payee_not_found",
    "payment.payee_is_payer",
    "bank.consent_ended",
  ],
});
export const listStepUps = route({
  id: "listStepUps",
  method: "GET",
  path: "/v1/step-ups",
  tag,
  audience: "customer",
  summary:
    "Payments that wait to be confirmed on any device, newest first, to show a dynamic code on another",
  status: 200,
  response: z.object({ items: z.array(StepUp) }),
  errors: [],
});
export const getStepUp = route({
  id: "getStepUp",
  method: "GET",
  path: "/v1/step-ups/{stepUpId}",
  tag,
  audience: "customer",
  summary: "One confirmation and where it stands",
  params,
  status: 200,
  response: StepUp,
  errors: [],
});
export const sendStepUpCode = route({
  id: "sendStepUpCode",
  method: "POST",
  path: "/v1/step-ups/{stepUpId}/codes",
  tag,
  audience: "customer",
  summary: "Send a code that works for exactly this payment; its text names amount and payee",
  params,
  status: 202,
  response: z.object({ channel: CodeChannel, masked: z.string(), expiresAt: instant }),
  body: z.strictObject({ channel: CodeChannel }),
  errors: ["sca.method_not_offered", "sca.expired", "sca.locked", "sca.used", "sca.dynamic_link_mismatch"],
});
export const answerStepUp = route({
  id: "answerStepUp",
  method: "POST",
  path: "/v1/step-ups/{stepUpId}/answers",
  tag,
  audience: "customer",
  summary: "Confirm the payment; afterwards it is sent again with `stepUpId`",
  params,
  status: 200,
  response: StepUp,
  body: StepUpAnswer,
  errors: [
    "sca.method_not_offered",
    "sca.answer_wrong",
    "sca.expired",
    "sca.locked",
    "sca.pin_locked",
    "sca.used",
    "sca.dynamic_link_mismatch",
  ],
});

export const PaymentPin = z
  .object({ set: z.boolean(), locked: z.boolean(), changedAt: instant.nullable() })
  .meta({ id: "PaymentPin" });

export const getPin = route({
  id: "getPin",
  method: "GET",
  path: "/v1/me/pin",
  tag,
  audience: "customer",
  summary: "Whether a payment PIN is set",
  status: 200,
  response: PaymentPin,
  errors: [],
});
export const setPin = route({
  id: "setPin",
  method: "POST",
  path: "/v1/me/pin",
  tag,
  audience: "customer",
  summary: "Set or change the payment PIN for small sums",
  status: 200,
  response: PaymentPin,
  body: z.strictObject({ pin: z.string().regex(/^\d{6}$/, "field.code") }),
  errors: ["identity.reauthentication_needed", "sca.pin_too_easy"],
});
export const removePin = route({
  id: "removePin",
  method: "DELETE",
  path: "/v1/me/pin",
  tag,
  audience: "customer",
  summary: "Remove the payment PIN",
  status: 204,
  errors: ["identity.reauthentication_needed"],
});

export const Token = z
  .object({
    id: idOf("tok"),
    kind: z.enum(["in_app", "hardware"]),
    name: z.string().describe("The device's name, or the serial number of a hardware token."),
    createdAt: instant,
    lastUsedAt: instant.nullable(),
  })
  .meta({ id: "DynamicToken", description: "What makes dynamic codes for payments." });
export type Token = z.infer<typeof Token>;

const tokenParams = z.object({ tokenId: z.string().max(40) });
/** Two codes one after the other, as RFC 4226, section 7.4, asks for resynchronisation. */
const twoCodes = z.tuple([factorCode, factorCode]);

export const listTokens = route({
  id: "listTokens",
  method: "GET",
  path: "/v1/me/tokens",
  tag,
  audience: "customer",
  summary: "Devices and hardware tokens that make codes for payments",
  status: 200,
  response: z.object({ items: z.array(Token) }),
  errors: [],
});
export const addInAppToken = route({
  id: "addInAppToken",
  method: "POST",
  path: "/v1/me/in-app-tokens",
  tag,
  audience: "customer",
  summary: "Let this device show dynamic codes; its secret is told once",
  status: 201,
  response: z.object({ token: Token, secret: z.string().describe("32 bytes, base64; for HMAC-SHA-256.") }),
  body: z.strictObject({ name: z.string().trim().min(1, "field.required").max(60, "field.too_long") }),
  errors: ["identity.reauthentication_needed"],
});
export const addHardwareToken = route({
  id: "addHardwareToken",
  method: "POST",
  path: "/v1/me/hardware-tokens",
  tag,
  audience: "customer",
  summary: "Connect a hardware token by its serial number and two codes one after the other",
  status: 201,
  response: Token,
  body: z.strictObject({
    serial: z
      .string()
      .trim()
      .regex(/^[A-Za-z0-9-]{4,40}$/, "field.invalid"),
    codes: twoCodes,
  }),
  errors: ["identity.reauthentication_needed", "sca.token_unknown", "sca.locked"],
});
export const resyncHardwareToken = route({
  id: "resyncHardwareToken",
  method: "POST",
  path: "/v1/me/tokens/{tokenId}/resynchronisation",
  tag,
  audience: "customer",
  summary: "Find a hardware token's counter again by two codes one after the other",
  params: tokenParams,
  status: 200,
  response: Token,
  body: z.strictObject({ codes: twoCodes }),
  errors: ["sca.token_unknown", "sca.locked"],
});
export const removeToken = route({
  id: "removeToken",
  method: "DELETE",
  path: "/v1/me/tokens/{tokenId}",
  tag,
  audience: "customer",
  summary: "Remove a device or hardware token",
  params: tokenParams,
  status: 204,
  errors: ["identity.reauthentication_needed"],
});

export const TrustedPayee = z
  .object({
    payeeId: z.string(),
    name: z.string().describe("As it was shown when it was trusted."),
    since: instant,
  })
  .meta({ id: "TrustedPayee" });
export const listTrustedPayees = route({
  id: "listTrustedPayees",
  method: "GET",
  path: "/v1/me/trusted-payees",
  tag,
  audience: "customer",
  summary: "Payees to whom small payments go without being asked",
  status: 200,
  response: z.object({ items: z.array(TrustedPayee) }),
  errors: [],
});
export const removeTrustedPayee = route({
  id: "removeTrustedPayee",
  method: "DELETE",
  path: "/v1/me/trusted-payees/{payeeId}",
  tag,
  audience: "customer",
  summary: "Trust a payee no longer",
  params: z.object({ payeeId: z.string().max(40) }),
  status: 204,
  errors: [],
});
export const importHardwareTokens = route({
  id: "importHardwareTokens",
  method: "POST",
  path: "/v1/console/hardware-tokens",
  tag: "Console",
  audience: "staff",
  permission: "tokens.import",
  summary: "Take hardware tokens into stock: serial numbers and secrets from the maker's file",
  status: 201,
  response: z.object({ added: z.number().int(), known: z.number().int() }),
  body: z.strictObject({
    tokens: z
      .array(
        z.strictObject({
          serial: z
            .string()
            .trim()
            .regex(/^[A-Za-z0-9-]{4,40}$/, "field.invalid"),
          secret: z
            .string()
            .regex(/^[0-9A-Fa-f]{32,128}$/, "field.invalid")
            .describe("Hexadecimal, 16 to 64 bytes."),
          counter: z.number().int().min(0).max(1_000_000_000).default(0),
          digits: z.union([z.literal(6), z.literal(8)]).default(6),
        }),
      )
      .min(1, "field.required")
      .max(1_000, "field.too_long"),
  }),
  errors: [],
});

import { z } from "zod";
import { currency, idOf, instant, LocalText, listOf, listQuery, Money, PaymentAmount } from "../../common.ts";
import { route } from "../../route.ts";

const tag = "Codes";
const codeId = z.object({ codeId: idOf("qrc") });

export const CodeStatus = z.enum(["active", "revoked"]).meta({ id: "CodeStatus" });

export const CodeLimits = z
  .object({
    perPayment: Money.nullable(),
    perPayerPerDay: Money.nullable(),
    source: LocalText.describe("Whose rule it is: a named law, or the operator's own."),
  })
  .meta({
    id: "CodeLimits",
    description: "What may be paid with a code of this kind; null where there is no limit.",
  });

export const Code = z
  .object({
    object: z.literal("code"),
    id: idOf("qrc"),
    livemode: z.boolean(),
    createdAt: instant,
    version: z.number().int(),
    status: CodeStatus,
    storeId: idOf("sto").nullable(),
    tillId: idOf("til").nullable(),
    label: z.string().nullable().describe("What the merchant calls it, e.g. where it hangs."),
    merchantName: LocalText,
    storeName: LocalText,
    currency: z.string(),
    payload: z
      .string()
      .describe(
        "Text of the QR code: EMVCo Merchant-Presented Mode 1.1, static, signed with Ed25519 in templates 80 and 81.",
      ),
    link: z
      .string()
      .describe("The same code as a signed address, for an NFC tag (NDEF URI record) or a web page."),
    limits: CodeLimits,
    replacedBy: idOf("qrc").nullable(),
    revokedAt: instant.nullable(),
  })
  .meta({ id: "Code", description: "A static code of a store or till: the payer types the amount." });

export const createCode = route({
  id: "createCode",
  method: "POST",
  path: "/v1/codes",
  tag,
  audience: "merchant",
  scope: "codes.write",
  idempotent: true,
  summary: "Make a static code for a store or till",
  body: z.strictObject({
    storeId: idOf("sto").optional().describe("The merchant as a whole when absent."),
    tillId: idOf("til").optional(),
    currency: currency.optional().describe("The store's currency when absent."),
    label: z.string().trim().min(1).max(60, "field.too_long").optional(),
  }),
  status: 201,
  response: Code,
  errors: ["code.store_missing", "payment.currency_not_supported"],
});
export const listCodes = route({
  id: "listCodes",
  method: "GET",
  path: "/v1/codes",
  tag,
  audience: "merchant",
  scope: "codes.read",
  summary: "Static codes, newest first",
  query: z.object({ ...listQuery, storeId: idOf("sto").optional(), status: CodeStatus.optional() }),
  status: 200,
  response: listOf(Code),
  errors: [],
});
export const getCode = route({
  id: "getCode",
  method: "GET",
  path: "/v1/codes/{codeId}",
  tag,
  audience: "merchant",
  scope: "codes.read",
  summary: "A static code",
  params: codeId,
  status: 200,
  response: Code,
  errors: [],
});
export const revokeCode = route({
  id: "revokeCode",
  method: "POST",
  path: "/v1/codes/{codeId}/revoke",
  tag,
  audience: "merchant",
  scope: "codes.write",
  idempotent: true,
  summary: "Withdraw a static code: it takes no more payments",
  params: codeId,
  status: 200,
  response: Code,
  errors: ["code.revoked", "payment.changed_meanwhile"],
});
export const replaceCode = route({
  id: "replaceCode",
  method: "POST",
  path: "/v1/codes/{codeId}/replace",
  tag,
  audience: "merchant",
  scope: "codes.write",
  idempotent: true,
  summary: "Withdraw a static code and make the one that takes its place, in one step",
  params: codeId,
  status: 201,
  response: Code,
  errors: ["code.revoked", "code.store_missing", "payment.changed_meanwhile"],
});
export const getCodeFile = route({
  id: "getCodeFile",
  method: "GET",
  path: "/v1/codes/{codeId}/file",
  tag,
  audience: "merchant",
  scope: "codes.read",
  summary: "A static code to print: SVG, or an A5 page as PDF",
  params: codeId,
  query: z.object({ format: z.enum(["svg", "pdf"]).default("pdf") }),
  status: 200,
  produces: "file",
  mediaTypes: ["image/svg+xml", "application/pdf"],
  errors: ["code.revoked"],
});

export const PaymentCode = z
  .object({
    object: z.literal("payment_code"),
    paymentIntentId: idOf("pi"),
    payload: z.string().describe("EMVCo Merchant-Presented Mode 1.1, dynamic, with amount, signed."),
    link: z.string().describe("The same payment as an address: web link and NFC tag."),
    svg: z.string().describe("The payload as a picture."),
    expiresAt: instant,
  })
  .meta({ id: "PaymentCode", description: "A dynamic code: one payment, its amount, and when it ends." });
export const getPaymentIntentCode = route({
  id: "getPaymentIntentCode",
  method: "GET",
  path: "/v1/payment_intents/{paymentIntentId}/code",
  tag,
  audience: "merchant",
  scope: "payments.read",
  summary: "The dynamic code of a payment, for a till's screen",
  params: z.object({ paymentIntentId: idOf("pi") }),
  status: 200,
  response: PaymentCode,
  errors: [],
});

export const CodeKey = z
  .object({
    id: z.string().describe("As field 01 of template 80 names it."),
    algorithm: z.literal("Ed25519"),
    publicKey: z.string().describe("32 bytes, base64url (RFC 8032)."),
    createdAt: instant,
  })
  .meta({ id: "CodeKey" });
export const listCodeKeys = route({
  id: "listCodeKeys",
  method: "GET",
  path: "/v1/code-keys",
  tag,
  audience: "public",
  summary:
    "Public keys by which anybody can tell a genuine merchant's code, also without a network afterwards",
  status: 200,
  response: z.object({ items: z.array(CodeKey) }),
  errors: [],
});

/** What a code of another scheme, or one that nobody signed, says of itself. Nobody has checked it. */
export const CodeClaims = z
  .object({
    name: z.string().nullable(),
    place: z.string().nullable(),
    amount: Money.nullable(),
    reference: z.string().nullable(),
    address: z.string().nullable(),
  })
  .meta({ id: "CodeClaims" });
export const CodeReading = z
  .object({
    kind: z
      .enum(["static_code", "payment", "pay_code", "other_scheme", "website", "not_readable"])
      .describe(
        "`static_code` and `payment` are ours. `pay_code`: a payer's code, which is shown to a till and never scanned by a payer.",
      ),
    verdict: z
      .enum(["genuine", "forged", "revoked", "ended"])
      .nullable()
      .describe(
        "Of our own codes. `forged`: it claims to be ours and is not, or was changed. Nothing must be paid with it.",
      ),
    code: z
      .object({
        id: idOf("qrc"),
        merchantName: LocalText,
        storeName: LocalText,
        livemode: z.boolean(),
        currency: z.string(),
        limits: CodeLimits,
      })
      .nullable()
      .describe("Of a genuine static code."),
    payment: z
      .object({ token: z.string(), link: z.string() })
      .nullable()
      .describe("Of a genuine code of one payment: what `/v1/payables/{token}` takes."),
    schemes: z.array(z.object({ id: z.string(), name: LocalText, country: z.string().nullable() })),
    claims: CodeClaims.nullable(),
    text: LocalText.describe("What the code is, and what to do now."),
    problem: z.string().nullable().describe("Of a code that cannot be read: a stable word."),
  })
  .meta({ id: "CodeReading" });
export type CodeReading = z.infer<typeof CodeReading>;

export const readCode = route({
  id: "readCode",
  method: "POST",
  path: "/v1/codes/read",
  tag,
  audience: "customer",
  summary:
    "Say what a scanned text is: one of our codes (genuine, forged, withdrawn), another scheme's, or nothing to pay",
  body: z.strictObject({ text: z.string().min(1).max(4_096, "field.too_long") }),
  status: 200,
  response: CodeReading,
  errors: [],
});
export const payStaticCode = route({
  id: "payStaticCode",
  method: "POST",
  path: "/v1/codes/{codeId}/payment_intents",
  tag,
  audience: "customer",
  idempotent: true,
  summary: "Begin a payment to a static code: the payer names the amount, then pays `/v1/payables/{token}`",
  params: codeId,
  body: z.strictObject({ amount: PaymentAmount }),
  status: 201,
  response: z.object({ paymentIntentId: idOf("pi"), token: z.string(), link: z.string() }),
  errors: [
    "code.revoked",
    "code.currency_other",
    "code.limit_payment",
    "code.limit_day",
    "payment.currency_not_supported",
    "payment.limit_exceeded",
  ],
});

export const PayCodeKey = z
  .object({
    id: idOf("pck"),
    handle: z.string().regex(/^\d{9}$/),
    secret: z
      .string()
      .describe("32 bytes, base64. Told once; the wallet keeps it where it can be used and not read."),
    expiresAt: instant,
    now: instant.describe("Our clock, so that the phone can set its codes by it."),
    withoutConfirmation: z
      .array(
        z.object({
          currency: z.string(),
          perPayment: Money,
          inARow: z.number().int(),
          together: Money.nullable(),
        }),
      )
      .describe("What a till may charge before the payer is asked to confirm."),
  })
  .meta({ id: "PayCodeKey" });
export const issuePayCodeKey = route({
  id: "issuePayCodeKey",
  method: "POST",
  path: "/v1/pay-code-keys",
  tag,
  audience: "customer",
  summary: "Switch on pay codes on this device: one key a device, an older one of it ends",
  status: 201,
  response: PayCodeKey,
  errors: ["pay_code.no_device", "freeze.payments"],
});
export const listPayCodeKeys = route({
  id: "listPayCodeKeys",
  method: "GET",
  path: "/v1/pay-code-keys",
  tag,
  audience: "customer",
  summary: "Devices that may show pay codes",
  status: 200,
  response: z.object({
    items: z.array(
      z.object({
        id: idOf("pck"),
        deviceId: idOf("dev"),
        current: z.boolean(),
        createdAt: instant,
        expiresAt: instant,
      }),
    ),
  }),
  errors: [],
});
export const revokePayCodeKey = route({
  id: "revokePayCodeKey",
  method: "DELETE",
  path: "/v1/pay-code-keys/{keyId}",
  tag,
  audience: "customer",
  summary: "Switch off the pay codes of a device",
  params: z.object({ keyId: idOf("pck") }),
  status: 204,
  errors: [],
});
export const PayCodeUse = z
  .object({
    paymentIntentId: idOf("pi"),
    token: z.string(),
    outcome: z.enum(["paid", "to_confirm"]),
    merchantName: LocalText,
    amount: Money,
    paymentId: idOf("pay").nullable(),
    at: instant,
  })
  .meta({ id: "PayCodeUse" });
/** The last use of a code of this device, so that the phone can say what was charged although it heard no event. */
export const getPayCodeUse = route({
  id: "getPayCodeUse",
  method: "GET",
  path: "/v1/pay-code-uses/latest",
  tag,
  audience: "customer",
  summary: "What a till did last with a pay code of this customer within five minutes",
  status: 200,
  response: z.object({ use: PayCodeUse.nullable() }),
  errors: [],
});

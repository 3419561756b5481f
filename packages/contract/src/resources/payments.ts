import { z } from "zod";
import { idOf, instant, LocalText, listOf, listQuery, Money, note, PaymentAmount } from "../common.ts";
import { route } from "../route.ts";
import { PaymentRoute } from "./payment-routes.ts";

export const PaymentKind = z.enum([
  "top_up",
  "transfer",
  "withdrawal",
  "return",
  "purchase",
  "refund",
  "payout",
]);
export const PaymentStatus = z.enum([
  "created",
  "authorised",
  "action_required",
  "under_review",
  "submitted",
  "settled",
  "unknown",
  "rejected",
  "cancelled",
  "expired",
  "returned",
  "refunded",
  "declined",
]);

export const Balance = z
  .object({ currency: z.string(), total: Money, available: Money, held: Money })
  .meta({ id: "Balance", description: "`available` is `total` less `held`." });
export type Balance = z.infer<typeof Balance>;

const PayeeResult = z
  .enum(["match", "close_match", "no_match", "not_possible"])
  .describe("As the EPC Verification of Payee scheme names them.");

export const Payment = z
  .object({
    id: idOf("pay"),
    kind: PaymentKind,
    direction: z.enum(["in", "out"]).describe("Seen from the customer who asks."),
    status: PaymentStatus,
    amount: Money,
    counterparty: z.object({
      kind: z.enum(["customer", "bank_account", "merchant"]),
      name: z.string(),
      detail: z.string().nullable().describe("Masked account number or e-mail address."),
      bankName: LocalText.nullable(),
    }),
    note: z.string().nullable(),
    reference: z.string().describe("Our reference; the bank's statement shows it as the end-to-end id."),
    reason: z
      .object({ code: z.string(), text: LocalText })
      .nullable()
      .describe("Why it was rejected, cancelled, returned or is not known."),
    credited: z
      .boolean()
      .describe("Top-ups: true once the money can be spent, also before the bank's statement shows it."),
    actionUrl: z
      .string()
      .nullable()
      .describe("The bank's page where the customer must approve, while `action_required`."),
    payeeCheck: z
      .object({
        result: PayeeResult,
        by: z.enum(["bank", "name_comparison"]),
        confirmed: z.boolean().describe("The customer went on although the name does not match."),
      })
      .nullable()
      .default(null)
      .describe("What the check of the payee's name said before a withdrawal."),
    originalPaymentId: idOf("pay")
      .nullable()
      .default(null)
      .describe("Of a return: the payment that the bank sent or took back. Of a refund: the purchase."),
    returns: z
      .array(z.object({ paymentId: idOf("pay"), amount: Money, at: instant }))
      .default([])
      .describe("What came back of a settled payment, oldest first; each is a payment of kind `return`."),
    returned: Money.nullable().default(null).describe("All returns together; null where nothing came back."),
    refunds: z
      .array(z.object({ paymentId: idOf("pay"), amount: Money, at: instant }))
      .default([])
      .describe("Of a purchase: what the shop gave back, oldest first; each is a payment of kind `refund`."),
    refunded: Money.nullable().default(null).describe("All refunds together; null where nothing came back."),
    authorisedAmount: Money.nullable()
      .default(null)
      .describe("Of a purchase of which the shop took a part: what was held at first."),
    paymentIntentId: idOf("pi")
      .nullable()
      .default(null)
      .describe("Of a purchase, its refunds, and a top-up made to pay it: what the shop asked for."),
    route: PaymentRoute.nullable()
      .default(null)
      .describe("Top-ups and withdrawals: by which way it goes, and why."),
    authentication: z
      .object({
        method: z.enum(["passkey", "pin", "code", "totp", "hardware_token", "in_app"]).nullable(),
        stepUpId: idOf("sca").nullable(),
        exemption: z.enum(["low_value", "trusted_payee", "not_asked"]).nullable(),
        reasons: z.array(z.string()),
      })
      .nullable()
      .default(null)
      .describe(
        "How the customer confirmed it, or why that was not needed; null where the bank asked them, and for the payee.",
      ),
    timeline: z.array(
      z.object({
        status: PaymentStatus,
        at: instant,
        event: z
          .enum(["rerouted"])
          .optional()
          .describe("`rerouted`: nothing had been moved, and the order went another way from then on."),
      }),
    ),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: "Payment" });
export type Payment = z.infer<typeof Payment>;

export const PayeeVerification = z
  .object({
    result: PayeeResult,
    name: z.string().describe("The name that was compared."),
    bankSpelling: z.string().nullable().describe("The bank's spelling, only with `close_match`."),
    by: z
      .enum(["bank", "name_comparison"])
      .describe("Who compared: the bank, or we with the holder's name it gave."),
  })
  .meta({ id: "PayeeVerification" });

export const Payee = z
  .object({ payeeId: idOf("cus"), maskedName: z.string().meta({ example: "王*" }), maskedEmail: z.string() })
  .meta({ id: "Payee" });
export type Payee = z.infer<typeof Payee>;

export const Limit = z
  .object({
    currency: z.string(),
    maxPerPayment: Money,
    instantCredit: z
      .object({ limit: Money, remaining: Money })
      .describe("How much of top-ups may be spent before the bank's statement confirms them."),
  })
  .meta({ id: "Limit" });

const paymentParams = z.object({ paymentId: z.string() });
/** Which confirmation authorises the payment; absent where none is needed. */
const stepUpId = idOf("sca").optional();
const stepUpErrors = [
  "sca.required",
  "sca.dynamic_link_mismatch",
  "sca.expired",
  "sca.used",
  "sca.locked",
] as const;
const freezeErrors = ["freeze.payments"] as const;
const moneyErrors = [
  "payment.currency_not_supported",
  "payment.limit_exceeded",
  "ledger.account_closed",
  "ledger.account_frozen",
] as const;

export const listBalances = route({
  id: "listBalances",
  method: "GET",
  path: "/v1/balances",
  tag: "Payments",
  audience: "customer",
  summary: "Wallet balances by currency",
  status: 200,
  response: z.object({ items: z.array(Balance) }),
  errors: [],
});
export const listLimits = route({
  id: "listLimits",
  method: "GET",
  path: "/v1/limits",
  tag: "Payments",
  audience: "customer",
  summary: "Limits by currency, to tell before a payment",
  status: 200,
  response: z.object({ items: z.array(Limit) }),
  errors: [],
});
export const createTopUp = route({
  id: "createTopUp",
  method: "POST",
  path: "/v1/top-ups",
  tag: "Payments",
  audience: "customer",
  idempotent: true,
  summary: "Move money from a linked bank account into the wallet",
  status: 201,
  response: Payment,
  body: z.strictObject({ linkedAccountId: idOf("lac"), amount: PaymentAmount }),
  errors: [...moneyErrors, ...freezeErrors, "freeze.card", "payment.no_route", "bank.consent_ended"],
});
export const createTransfer = route({
  id: "createTransfer",
  method: "POST",
  path: "/v1/transfers",
  tag: "Payments",
  audience: "customer",
  idempotent: true,
  summary: "Send money to another customer at once",
  status: 201,
  response: Payment,
  body: z.strictObject({ payeeId: idOf("cus"), amount: PaymentAmount, note: note.optional(), stepUpId }),
  proofs: ["stepUpId"],
  errors: [
    ...moneyErrors,
    ...stepUpErrors,
    ...freezeErrors,
    "payment.insufficient_funds",
    "payment.payee_not_found",
    "payment.payee_is_payer",
  ],
});
export const createWithdrawal = route({
  id: "createWithdrawal",
  method: "POST",
  path: "/v1/withdrawals",
  tag: "Payments",
  audience: "customer",
  idempotent: true,
  summary: "Move money from the wallet to a linked bank account",
  status: 201,
  response: Payment,
  body: z.strictObject({
    linkedAccountId: idOf("lac"),
    amount: PaymentAmount,
    payeeConfirmed: z
      .boolean()
      .optional()
      .describe("The customer has read that the name does not match and goes on all the same."),
    stepUpId,
  }),
  proofs: ["stepUpId"],
  errors: [
    ...moneyErrors,
    ...stepUpErrors,
    ...freezeErrors,
    "freeze.card",
    "payment.no_route",
    "payment.payee_not_confirmed",
    "payment.insufficient_funds",
    "bank.consent_ended",
    "ledger.outgoing_stopped",
  ],
});
export const verifyPayee = route({
  id: "verifyPayee",
  method: "POST",
  path: "/v1/payee-verifications",
  tag: "Payments",
  audience: "customer",
  summary:
    "Whether the customer's name is the one the bank has for a linked account, to tell before a withdrawal",
  status: 200,
  response: PayeeVerification,
  body: z.strictObject({ linkedAccountId: idOf("lac") }),
  errors: [],
});
export const lookUpPayee = route({
  id: "lookUpPayee",
  method: "POST",
  path: "/v1/payee-lookups",
  tag: "Payments",
  audience: "customer",
  summary: "Find a person by exact e-mail address; answers a masked name to confirm",
  status: 200,
  response: Payee,
  body: z.strictObject({ email: z.email("field.email").max(254, "field.too_long") }),
  errors: ["payment.payee_not_found", "payment.payee_is_payer"],
});
export const listRecentPayees = route({
  id: "listRecentPayees",
  method: "GET",
  path: "/v1/recent-payees",
  tag: "Payments",
  audience: "customer",
  summary: "People money was sent to lately, newest first",
  status: 200,
  response: z.object({ items: z.array(Payee) }),
  errors: [],
});
export const listPayments = route({
  id: "listPayments",
  method: "GET",
  path: "/v1/payments",
  tag: "Payments",
  audience: "customer",
  summary: "Activity, newest first",
  query: z.object({
    ...listQuery,
    kind: PaymentKind.optional(),
    status: PaymentStatus.optional(),
    currency: z.string().max(3).optional(),
  }),
  status: 200,
  response: listOf(Payment),
  errors: [],
});
export const getPayment = route({
  id: "getPayment",
  method: "GET",
  path: "/v1/payments/{paymentId}",
  tag: "Payments",
  audience: "customer",
  summary: "One payment with its timeline",
  params: paymentParams,
  status: 200,
  response: Payment,
  errors: [],
});
export const cancelPayment = route({
  id: "cancelPayment",
  method: "POST",
  path: "/v1/payments/{paymentId}/cancellation",
  tag: "Payments",
  audience: "customer",
  summary: "Cancel a payment that waits for the customer's approval at the bank",
  params: paymentParams,
  status: 200,
  response: Payment,
  errors: ["payment.not_cancellable", "payment.changed_meanwhile"],
});
export const streamEvents = route({
  id: "streamEvents",
  method: "GET",
  path: "/v1/events",
  tag: "Events",
  audience: "customer",
  produces: "text/event-stream",
  summary: "Live changes of the signed-in customer's records (server-sent events)",
  status: 200,
  errors: [],
});

import { z } from "zod";
import { idOf, instant, Money, PaymentAmount } from "../../common.ts";
import { route } from "../../route.ts";
import { Payment } from "../payments.ts";
import { StepUp } from "../step-up.ts";
import { IntentError, PaymentIntentStatus } from "./payment-intents.ts";

const tag = "Paying a shop";

export const Payable = z
  .object({
    object: z.literal("payable"),
    token: z.string(),
    livemode: z.boolean().describe("False: a test, and no money is real."),
    status: PaymentIntentStatus,
    payable: z.boolean().describe("Whether it can be paid now."),
    merchant: z.object({ id: idOf("mer"), name: z.string() }),
    store: z.object({ id: idOf("sto"), name: z.string() }).nullable(),
    amount: Money,
    amountReceived: Money,
    amountRefunded: Money,
    description: z.string().nullable(),
    reference: z.string().nullable(),
    expiresAt: instant.nullable(),
    lastError: IntentError.nullable(),
    cancellationReason: z.string().nullable(),
    returnUrl: z
      .string()
      .nullable()
      .describe("Where the payer goes when it is paid. The shop must not take arriving there as proof."),
  })
  .meta({ id: "Payable", description: "A payment intent as whoever has its link may see it." });
export type Payable = z.infer<typeof Payable>;

const params = z.object({ token: z.string().regex(/^[0-9a-z]{32}$/, "field.invalid") });

export const getPayable = route({
  id: "getPayable",
  method: "GET",
  path: "/v1/payables/{token}",
  tag,
  audience: "public",
  summary: "What is to be paid at a link, to whom, and where it stands",
  params,
  status: 200,
  response: Payable,
  errors: [],
});
export const createPayableStepUp = route({
  id: "createPayableStepUp",
  method: "POST",
  path: "/v1/payables/{token}/step-ups",
  tag,
  audience: "customer",
  summary: "Ask how the payment can be confirmed",
  params,
  status: 201,
  response: StepUp,
  body: z.strictObject({
    amount: PaymentAmount,
    trustPayee: z
      .boolean()
      .optional()
      .describe("From now on small payments to this shop go without being asked (PSD2 RTS Art. 13)."),
  }),
  errors: [
    "payable.amount_changed",
    "payable.already_paid",
    "payable.expired",
    "payable.closed",
    "payment.limit_exceeded",
    "payment.currency_not_supported",
  ],
});
export const payPayable = route({
  id: "payPayable",
  method: "POST",
  path: "/v1/payables/{token}/payments",
  tag,
  audience: "customer",
  idempotent: true,
  proofs: ["stepUpId"],
  summary: "Pay it from the wallet's balance or from a linked bank account",
  params,
  status: 201,
  response: z
    .object({
      payable: Payable,
      payment: Payment.nullable().describe(
        "The payer's payment: the purchase, or the top-up that brings the money from the bank. Null in test mode.",
      ),
    })
    .meta({ id: "PaidPayable" }),
  body: z.strictObject({
    amount: PaymentAmount.describe("What the payer was shown; another amount is refused."),
    source: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("balance") }),
      z.strictObject({ kind: z.literal("linked_account"), linkedAccountId: idOf("lac") }),
    ]),
    stepUpId: idOf("sca").optional(),
  }),
  errors: [
    "payable.amount_changed",
    "payable.already_paid",
    "payable.expired",
    "payable.closed",
    "merchant.not_active",
    "payment.insufficient_funds",
    "payment.limit_exceeded",
    "payment.currency_not_supported",
    "payment.changed_meanwhile",
    "payment.no_route",
    "bank.consent_ended",
    "code.limit_day",
    "ledger.limit_exceeded",
    "freeze.payments",
    "freeze.card",
    "ledger.account_closed",
    "ledger.account_frozen",
    "sca.required",
    "sca.dynamic_link_mismatch",
    "sca.expired",
    "sca.used",
    "sca.locked",
  ],
});

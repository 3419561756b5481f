import { z } from "zod";
import { idOf, listOf, listQuery, PaymentAmount } from "../../common.ts";
import { route } from "../../route.ts";
import { PaymentIntent } from "./payment-intents.ts";
import { Refund, RefundReason } from "./refund-schema.ts";
import { expandQuery, Metadata } from "./shared.ts";

const tag = "Refunds";
/** With `expand=paymentIntent` the payment stands in the place of its id. */
const RefundExpanded = Refund.extend({ paymentIntent: z.union([idOf("pi"), PaymentIntent]) });

export const createRefund = route({
  id: "createRefund",
  method: "POST",
  path: "/v1/refunds",
  tag,
  audience: "merchant",
  scope: "refunds.write",
  idempotent: true,
  summary: "Give a payment back, whole or in part, as often as something of it is left",
  status: 201,
  response: Refund,
  body: z.strictObject({
    paymentIntent: idOf("pi"),
    amount: PaymentAmount.optional().describe("All that is left when absent."),
    reason: RefundReason.optional(),
    metadata: Metadata.optional(),
  }),
  errors: [
    "intent.unexpected_state",
    "refund.amount_too_large",
    "refund.insufficient_balance",
    "payment.currency_not_supported",
    "payment.changed_meanwhile",
    "ledger.account_closed",
    "ledger.account_frozen",
  ],
});
export const getRefund = route({
  id: "getRefund",
  method: "GET",
  path: "/v1/refunds/{refundId}",
  tag,
  audience: "merchant",
  scope: "payments.read",
  summary: "One refund",
  params: z.object({ refundId: z.string().max(60) }),
  query: z.object(expandQuery),
  status: 200,
  response: RefundExpanded,
  errors: [],
});
export const listRefunds = route({
  id: "listRefunds",
  method: "GET",
  path: "/v1/refunds",
  tag,
  audience: "merchant",
  scope: "payments.read",
  summary: "Refunds, newest first",
  query: z.object({ ...listQuery, paymentIntent: idOf("pi").optional() }),
  status: 200,
  response: listOf(Refund),
  errors: [],
});

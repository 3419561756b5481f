import { z } from "zod";
import { instant, LocalText, note } from "../common.ts";
import { route } from "../route.ts";

export const RecallReason = z
  .enum(["DUPL", "TECH", "FRAD", "CUST"])
  .describe(
    "ISO 20022 ExternalCancellationReason1Code: paid twice, technical error, fraud, the customer asks for it.",
  );

export const Recall = z.object({
  reason: RecallReason,
  note: z.string(),
  by: z.string(),
  status: z
    .enum(["to_be_sent", "asked", "granted", "refused", "unanswered"])
    .describe("`granted`: the money is to come as a return on the bank's statement."),
  refusal: z.object({ code: z.string(), text: LocalText }).nullable(),
  askedAt: instant,
  updatedAt: instant,
});

export const RecallState = z
  .object({
    possible: z
      .enum(["yes", "no", "bank_offers_none", "asked_before"])
      .describe("Whether staff can ask the bank for the payment back now."),
    recall: Recall.nullable(),
  })
  .meta({ id: "RecallState", description: "A withdrawal that staff ask the bank to get back." });
export type RecallState = z.infer<typeof RecallState>;

export const recallPayment = route({
  id: "recallPayment",
  method: "POST",
  path: "/v1/console/payments/{paymentId}/recall",
  tag: "Console",
  audience: "staff",
  permission: "payments.recall",
  summary: "Ask the bank to get a withdrawal back that it has taken",
  params: z.object({ paymentId: z.string() }),
  status: 202,
  response: RecallState,
  body: z.strictObject({ reason: RecallReason, note: note.min(5, "field.required") }),
  errors: [
    "payment.not_recallable",
    "payment.recall_not_offered",
    "payment.already_recalled",
    "identity.not_allowed",
  ],
});

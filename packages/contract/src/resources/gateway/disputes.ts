import { z } from "zod";
import { idOf, instant, LocalText, listOf, listQuery, Money, PaymentAmount } from "../../common.ts";
import { route } from "../../route.ts";
import { namesHidden } from "../console.ts";

/** Largest file of evidence, in bytes. */
export const maxEvidenceBytes = 5 * 1024 * 1024;
/** Most files that one side may add to a dispute. */
export const maxEvidenceFiles = 10;

/** What payers may say is wrong with a purchase. */
export const DisputeReasonCode = z
  .enum([
    "fraudulent",
    "product_not_received",
    "product_unacceptable",
    "canceled",
    "credit_not_processed",
    "duplicate",
    "incorrect_amount",
    "general",
  ])
  .meta({ id: "DisputeReasonCode" });
export type DisputeReasonCode = z.infer<typeof DisputeReasonCode>;

export const DisputeStatus = z
  .enum(["needs_response", "under_review", "won", "lost", "accepted", "expired", "refunded", "withdrawn"])
  .meta({
    id: "DisputeStatus",
    description:
      "As the merchant sees it. `accepted`: the merchant gave the money back; `expired`: the merchant did not answer in time, and the payer gets the money; `refunded`: refunds of the payment left nothing to dispute; `withdrawn`: by the payer.",
  });
export type DisputeStatus = z.infer<typeof DisputeStatus>;

export const DisputeReason = z
  .object({
    code: DisputeReasonCode,
    name: LocalText,
    iso20022: z
      .object({ codeSet: z.string(), code: z.string() })
      .describe("The code of ISO 20022's external code sets that says the same."),
    cards: z.object({
      visa: z.array(z.string()).describe("Codes of Visa's dispute conditions that say the same."),
      mastercard: z.array(z.string()).describe("Codes of Mastercard's message reasons that say the same."),
    }),
  })
  .meta({ id: "DisputeReason" });
export type DisputeReason = z.infer<typeof DisputeReason>;

export const EvidenceFile = z
  .object({
    id: idOf("evd"),
    name: z.string(),
    mediaType: z.enum(["application/pdf", "image/png", "image/jpeg"]),
    size: z.number().int().describe("In bytes."),
    sha256: z.string(),
    addedAt: instant,
  })
  .meta({ id: "EvidenceFile" });
export type EvidenceFile = z.infer<typeof EvidenceFile>;

/** What one side says, with its files. */
export const DisputeStatement = z
  .object({
    by: z.enum(["payer", "merchant"]),
    stage: z.enum(["first", "representment"]),
    text: z.string().nullable().describe("Null where it was erased."),
    files: z.array(EvidenceFile),
    at: instant,
  })
  .meta({ id: "DisputeStatement" });
export type DisputeStatement = z.infer<typeof DisputeStatement>;

export const DisputeStep = z.object({
  at: instant,
  step: z.enum([
    "opened",
    "answered",
    "accepted",
    "expired",
    "decided_for_payer",
    "decided_for_merchant",
    "represented",
    "representment_waived",
    "reduced_by_refund",
    "refunded",
    "withdrawn",
  ]),
  by: z.enum(["payer", "merchant", "operator", "time"]),
  amount: Money.describe("What was in dispute after this step."),
});

const shared = {
  id: idOf("dp"),
  status: DisputeStatus,
  stage: z
    .enum(["first", "representment"])
    .describe("`representment`: a decision for the payer was answered once more with new evidence."),
  final: z.boolean().describe("True once nothing can change any more."),
  amount: Money.describe("What the payer disputed."),
  contested: Money.describe("What of it is still in dispute: refunds take from it."),
  reason: DisputeReason,
  statements: z.array(DisputeStatement).describe("What both sides said, oldest first."),
  timeline: z.array(DisputeStep),
  answerBy: instant.describe("Until then the merchant may answer; afterwards the payer gets the money."),
  representBy: instant
    .nullable()
    .describe("Until then the merchant may represent once, after a decision for the payer."),
  deadlines: z
    .string()
    .describe("Which deadlines apply: `operator` for the operator's own, else the jurisdiction's."),
  createdAt: instant,
  closedAt: instant.nullable(),
  version: z.number().int(),
};

/** A dispute as the merchant sees it. */
export const Dispute = z
  .object({
    object: z.literal("dispute"),
    ...shared,
    livemode: z.boolean(),
    paymentIntent: z
      .union([idOf("pi"), z.looseObject({ object: z.literal("payment_intent") })])
      .describe("The payment; the whole object with `expand=paymentIntent`."),
    reference: z.string().nullable().describe("The shop's order number."),
    payer: z.object({ maskedName: z.string() }).nullable().describe("Null in test mode."),
    held: Money.describe("What of the merchant's money is set aside for it now."),
    exposure: Money.describe(
      "What is in dispute and not set aside: the merchant's money does not bear it yet.",
    ),
    drafts: z.array(EvidenceFile).describe("Files that were added and not sent with an answer yet."),
    balanceTransactions: z.array(idOf("txn")),
  })
  .meta({ id: "Dispute", description: "A payer says that something is wrong with a purchase." });
export type Dispute = z.infer<typeof Dispute>;

/** The same as the payer sees it. */
export const PurchaseDispute = z
  .object({
    ...shared,
    paymentId: idOf("pay"),
    merchantName: LocalText,
    refundPaymentId: idOf("pay").nullable().describe("The payment by which the money came back."),
    canWithdraw: z.boolean(),
    canAddFiles: z.boolean(),
  })
  .meta({ id: "PurchaseDispute" });
export type PurchaseDispute = z.infer<typeof PurchaseDispute>;

export const DisputeOptions = z
  .object({
    possible: z.boolean(),
    why: LocalText.nullable().describe("Why it is not possible; null where it is."),
    disputeId: idOf("dp").nullable().describe("The dispute that there is already."),
    maxAmount: Money.nullable().describe("What may be disputed: what was paid less what was refunded."),
    until: instant.nullable().describe("The last moment for any of the reasons."),
    reasons: z.array(
      z.object({
        code: DisputeReasonCode,
        name: LocalText,
        hint: LocalText.describe("What helps to decide it."),
        until: instant,
        possible: z.boolean(),
      }),
    ),
  })
  .meta({ id: "DisputeOptions" });
export type DisputeOptions = z.infer<typeof DisputeOptions>;

/** The same as staff see it. */
export const StaffDispute = z
  .object({
    ...shared,
    livemode: z.boolean(),
    merchantId: idOf("mer"),
    merchantName: LocalText,
    intentId: idOf("pi"),
    paymentId: idOf("pay").nullable(),
    customerId: idOf("cus").nullable(),
    customerName: z.string().nullable(),
    namesHidden,
    held: Money,
    exposure: Money,
    decideBy: instant
      .nullable()
      .describe("Until then staff should decide; null while nobody waits for them."),
    proposal: z
      .object({
        id: idOf("prp"),
        outcome: z.enum(["payer", "merchant"]),
        by: z.string(),
        at: instant,
        own: z.boolean(),
        mayDecide: z.boolean(),
        reason: z.string(),
      })
      .nullable()
      .describe("What one person proposed and a second one has not decided yet."),
    decisions: z.array(
      z.object({
        at: instant,
        stage: z.enum(["first", "representment"]),
        outcome: z.enum(["payer", "merchant"]),
        note: z.string(),
        by: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: "StaffDispute" });
export type StaffDispute = z.infer<typeof StaffDispute>;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters but line ends and tabs are refused
const plainText = /^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$/;
const decisionNote = z
  .string()
  .trim()
  .min(5, "field.required")
  .max(1_000, "field.too_long")
  .regex(plainText, "field.invalid");
const statementText = z
  .string()
  .trim()
  .min(10, "field.required")
  .max(4_000, "field.too_long")
  .regex(plainText, "field.invalid");
const fileName = z
  .string()
  .trim()
  .min(1, "field.required")
  .max(120, "field.too_long")
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters and separators of paths are refused
  .regex(/^[^\u0000-\u001f\u007f/\\]*$/, "field.invalid");
const expand = z
  .string()
  .max(100)
  .optional()
  .describe("Ids to turn into objects, comma between: `paymentIntent`.");

const disputeParams = z.object({ disputeId: z.string().max(40) });
const fileParams = z.object({ disputeId: z.string().max(40), fileId: z.string().max(40) });
const fileErrors = [
  "dispute.file_kind",
  "dispute.file_pixels",
  "dispute.too_many_files",
  "dispute.not_open",
] as const;
const evidenceTypes = ["application/pdf", "image/png", "image/jpeg"];

const customer = { tag: "Disputes of purchases", audience: "customer" } as const;

export const getDisputeOptions = route({
  ...customer,
  id: "getDisputeOptions",
  method: "GET",
  path: "/v1/payments/{paymentId}/dispute-options",
  summary: "Whether a purchase can be disputed, for which reasons, how much of it and until when",
  params: z.object({ paymentId: z.string().max(40) }),
  status: 200,
  response: DisputeOptions,
  errors: [],
});
export const createPurchaseDispute = route({
  ...customer,
  id: "createPurchaseDispute",
  method: "POST",
  path: "/v1/payments/{paymentId}/disputes",
  summary: "Say that something is wrong with a purchase; the shop is asked for its answer",
  idempotent: true,
  params: z.object({ paymentId: z.string().max(40) }),
  body: z.strictObject({
    reason: DisputeReasonCode,
    amount: PaymentAmount.optional().describe("A part of it; all that is left when absent."),
    text: statementText,
  }),
  status: 201,
  response: PurchaseDispute,
  errors: [
    "dispute.not_a_purchase",
    "dispute.exists",
    "dispute.too_late",
    "dispute.amount_too_large",
    "dispute.nothing_left",
    "payment.changed_meanwhile",
  ],
});
export const listPurchaseDisputes = route({
  ...customer,
  id: "listPurchaseDisputes",
  method: "GET",
  path: "/v1/purchase-disputes",
  summary: "One's own disputes, newest first",
  query: z.object(listQuery),
  status: 200,
  response: listOf(PurchaseDispute),
  errors: [],
});
export const getPurchaseDispute = route({
  ...customer,
  id: "getPurchaseDispute",
  method: "GET",
  path: "/v1/purchase-disputes/{disputeId}",
  summary: "One dispute and where it stands",
  params: disputeParams,
  status: 200,
  response: PurchaseDispute,
  errors: [],
});
export const addPurchaseDisputeFile = route({
  ...customer,
  id: "addPurchaseDisputeFile",
  method: "POST",
  path: "/v1/purchase-disputes/{disputeId}/files",
  summary: "Add a file of evidence: PDF, PNG or JPEG. The same file is kept once",
  params: disputeParams,
  query: z.object({ name: fileName }),
  acceptsFile: { maxBytes: maxEvidenceBytes },
  status: 201,
  response: EvidenceFile,
  errors: fileErrors,
});
export const getPurchaseDisputeFile = route({
  ...customer,
  id: "getPurchaseDisputeFile",
  method: "GET",
  path: "/v1/purchase-disputes/{disputeId}/files/{fileId}",
  summary: "A file of evidence",
  params: fileParams,
  produces: "file",
  mediaTypes: evidenceTypes,
  status: 200,
  errors: [],
});
export const withdrawPurchaseDispute = route({
  ...customer,
  id: "withdrawPurchaseDispute",
  method: "POST",
  path: "/v1/purchase-disputes/{disputeId}/withdrawal",
  summary: "Take the dispute back, for good",
  idempotent: true,
  params: disputeParams,
  status: 200,
  response: PurchaseDispute,
  errors: ["dispute.not_open", "payment.changed_meanwhile"],
});

const merchant = { tag: "Disputes", audience: "merchant" } as const;

export const listDisputes = route({
  ...merchant,
  id: "listDisputes",
  method: "GET",
  path: "/v1/disputes",
  scope: "disputes.read",
  summary: "Disputes, newest first",
  query: z.object({
    ...listQuery,
    status: DisputeStatus.optional(),
    paymentIntent: z.string().max(40).optional(),
    expand,
  }),
  status: 200,
  response: listOf(Dispute),
  errors: [],
});
export const getDispute = route({
  ...merchant,
  id: "getDispute",
  method: "GET",
  path: "/v1/disputes/{disputeId}",
  scope: "disputes.read",
  summary: "One dispute",
  params: disputeParams,
  query: z.object({ expand }),
  status: 200,
  response: Dispute,
  errors: [],
});
export const addDisputeFile = route({
  ...merchant,
  id: "addDisputeFile",
  method: "POST",
  path: "/v1/disputes/{disputeId}/files",
  scope: "disputes.write",
  summary: "Add a file to the next answer: PDF, PNG or JPEG. The same file is kept once",
  params: disputeParams,
  query: z.object({ name: fileName }),
  acceptsFile: { maxBytes: maxEvidenceBytes },
  status: 201,
  response: EvidenceFile,
  errors: fileErrors,
});
export const removeDisputeFile = route({
  ...merchant,
  id: "removeDisputeFile",
  method: "DELETE",
  path: "/v1/disputes/{disputeId}/files/{fileId}",
  scope: "disputes.write",
  summary: "Remove a file that was not sent with an answer yet. Safe to repeat",
  params: fileParams,
  status: 204,
  errors: ["dispute.not_open"],
});
export const getDisputeFile = route({
  ...merchant,
  id: "getDisputeFile",
  method: "GET",
  path: "/v1/disputes/{disputeId}/files/{fileId}",
  scope: "disputes.read",
  summary: "A file of evidence",
  params: fileParams,
  produces: "file",
  mediaTypes: evidenceTypes,
  status: 200,
  errors: [],
});
const answering = {
  ...merchant,
  method: "POST",
  scope: "disputes.write",
  idempotent: true,
  params: disputeParams,
  status: 200,
  response: Dispute,
} as const;
export const submitDisputeEvidence = route({
  ...answering,
  id: "submitDisputeEvidence",
  path: "/v1/disputes/{disputeId}/evidence",
  summary: "Answer, with all files added before; the operator then decides. Once only",
  body: z.strictObject({ text: statementText }),
  errors: ["dispute.not_open", "payment.changed_meanwhile"],
});
export const acceptDispute = route({
  ...answering,
  id: "acceptDispute",
  path: "/v1/disputes/{disputeId}/accept",
  summary: "Give the payer the money; ends the dispute at once. Also waives representment",
  errors: ["dispute.not_open", "payment.changed_meanwhile"],
});
export const representDispute = route({
  ...answering,
  id: "representDispute",
  path: "/v1/disputes/{disputeId}/represent",
  summary: "Answer a decision for the payer with new evidence, once; the operator decides again, for good",
  body: z.strictObject({ text: statementText }),
  errors: ["dispute.not_open", "dispute.representment_not_possible", "payment.changed_meanwhile"],
});
export const createTestDispute = route({
  ...answering,
  id: "createTestDispute",
  path: "/v1/test_helpers/payment_intents/{paymentIntentId}/dispute",
  params: z.object({ paymentIntentId: z.string().max(40) }),
  summary: "In test mode: let the payer dispute a payment",
  body: z.strictObject({ reason: DisputeReasonCode.default("general"), amount: PaymentAmount.optional() }),
  status: 201,
  errors: [
    "dispute.test_mode_only",
    "dispute.not_a_purchase",
    "dispute.exists",
    "dispute.too_late",
    "dispute.amount_too_large",
    "dispute.nothing_left",
    "payment.changed_meanwhile",
  ],
});
export const decideTestDispute = route({
  ...answering,
  id: "decideTestDispute",
  path: "/v1/test_helpers/disputes/{disputeId}/decide",
  summary: "In test mode: decide a dispute, let time run out, or withdraw it",
  body: z.strictObject({ outcome: z.enum(["payer", "merchant", "expired", "withdrawn"]) }),
  errors: ["dispute.test_mode_only", "dispute.not_open", "payment.changed_meanwhile"],
});

const staff = { tag: "Console", audience: "staff", permission: "merchants.read" } as const;

export const listStaffDisputes = route({
  ...staff,
  id: "listStaffDisputes",
  method: "GET",
  path: "/v1/console/disputes",
  summary: "Disputes of real purchases, newest first",
  query: z.object({
    ...listQuery,
    tab: z.enum(["to_decide", "waiting", "closed"]).optional(),
    merchantId: z.string().max(40).optional(),
  }),
  status: 200,
  response: listOf(StaffDispute),
  errors: [],
});
export const getStaffDispute = route({
  ...staff,
  id: "getStaffDispute",
  method: "GET",
  path: "/v1/console/disputes/{disputeId}",
  summary: "One dispute with what both sides said",
  params: disputeParams,
  status: 200,
  response: StaffDispute,
  errors: [],
});
export const getStaffDisputeFile = route({
  ...staff,
  id: "getStaffDisputeFile",
  method: "GET",
  path: "/v1/console/disputes/{disputeId}/files/{fileId}",
  summary: "A file of evidence; asks for a reason to see the payer's data",
  params: fileParams,
  produces: "file",
  mediaTypes: evidenceTypes,
  status: 200,
  errors: ["staff.reason_needed"],
});
export const proposeDisputeDecision = route({
  ...staff,
  permission: "disputes.decide",
  id: "proposeDisputeDecision",
  method: "POST",
  path: "/v1/console/disputes/{disputeId}/decisions",
  summary: "Propose who is right; a second person lets it happen or refuses it",
  params: disputeParams,
  body: z.strictObject({ outcome: z.enum(["payer", "merchant"]), note: decisionNote }),
  status: 200,
  response: StaffDispute,
  errors: ["dispute.not_open", "staff.proposal_exists", "staff.reason_needed", "identity.not_allowed"],
});

import { z } from "zod";
import { idOf, instant } from "../common.ts";
import { route } from "../route.ts";

const hash = z
  .string()
  .describe("SHA-256, standard base64.")
  .meta({ example: "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=" });
const wholeNumber = (description: string) =>
  z
    .string()
    .regex(/^(?:0|[1-9][0-9]{0,18})$/, "field.invalid")
    .describe(description)
    .meta({ example: "20852014" });
const minorUnits = z.string().describe("Minor units as whole-number text.").meta({ example: "-12050" });

export const Receipt = z
  .object({
    format: z.literal("jinqiao.receipt/1"),
    origin: z.string().describe("Name of the log."),
    position: z.string().describe("Place of the transfer in the log, from 0."),
    header: z.object({
      id: idOf("trf"),
      kind: z.string().meta({ example: "transfer" }),
      subject: z.string().nullable().describe("What the transfer belongs to, for example a payment."),
      at: instant,
      salt: hash,
    }),
    sides: z
      .array(
        z.union([
          z.object({
            account: z.string(),
            currency: z.string(),
            amount: minorUnits.describe("Minor units, debit positive, credit negative."),
            sequence: z.string().describe("Number of this entry among all of the account, from 1."),
            balance: minorUnits.describe("Balance after it, in the account's normal direction."),
            salt: hash,
          }),
          z.object({ commitment: hash }).describe("A side of somebody else: nothing of it is told."),
        ]),
      )
      .describe("In the order of the transfer. Only the customer's own sides are opened."),
    proof: z.array(hash).describe("Inclusion proof, RFC 9162, section 2.1.3."),
    checkpoint: z
      .string()
      .describe("Signed tree head, C2SP tlog-checkpoint, with cosignatures of witnesses."),
  })
  .meta({
    id: "Receipt",
    description: "Proof that one transfer stands in the log. Verified without asking anyone.",
  });

export const getPaymentReceipts = route({
  id: "getPaymentReceipts",
  method: "GET",
  path: "/v1/payments/{paymentId}/receipt",
  tag: "Transparency",
  audience: "customer",
  summary: "Receipts of a payment: one per transfer that touched the customer's account, oldest first",
  params: z.object({ paymentId: z.string() }),
  status: 200,
  response: z.object({ receipts: z.array(Receipt) }),
  errors: ["payment.nothing_booked", "log.not_signing"],
});
export const getLogKey = route({
  id: "getLogKey",
  method: "GET",
  path: "/log/key",
  tag: "Transparency",
  audience: "public",
  summary: "Name and public keys of the transparency log and of its witnesses",
  status: 200,
  response: z.object({
    origin: z.string(),
    key: z.string().describe("Verifier key of the log, C2SP signed-note."),
    witnesses: z.array(z.string()).describe("Verifier keys of the witnesses that are asked to cosign."),
  }),
  errors: [],
});
export const getInclusionProof = route({
  id: "getInclusionProof",
  method: "GET",
  path: "/log/proof/inclusion",
  tag: "Transparency",
  audience: "public",
  summary: "Proof that an entry stands in the log (RFC 9162, section 2.1.3)",
  query: z.object({
    position: wholeNumber("Place of the entry, from 0."),
    size: wholeNumber("Size of the tree, that of the newest checkpoint when absent.").optional(),
  }),
  status: 200,
  response: z.object({ position: z.string(), size: z.string(), leaf: hash, proof: z.array(hash) }),
  errors: [],
});
export const getConsistencyProof = route({
  id: "getConsistencyProof",
  method: "GET",
  path: "/log/proof/consistency",
  tag: "Transparency",
  audience: "public",
  summary: "Proof that the log only grew between two sizes (RFC 9162, section 2.1.4)",
  query: z.object({
    from: wholeNumber("The smaller size."),
    to: wholeNumber("The larger size, that of the newest checkpoint when absent.").optional(),
  }),
  status: 200,
  response: z.object({ from: z.string(), to: z.string(), proof: z.array(hash) }),
  errors: [],
});

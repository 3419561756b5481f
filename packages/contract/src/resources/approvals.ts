import { z } from "zod";
import { idOf, instant, LocalText, listOf, Money, note } from "../common.ts";
import { route } from "../route.ts";

/** Something that one person proposed and that only a second one can let happen. */
export const Proposal = z
  .object({
    id: idOf("prp"),
    kind: z.string().describe("Such as `freeze.lift` or `staff.role`; each module brings its own."),
    title: LocalText,
    facts: z.array(z.object({ label: LocalText, value: LocalText })),
    amount: Money.nullable(),
    customerId: idOf("cus").nullable(),
    reason: z.string(),
    proposedBy: z.string().describe("Name of the member of staff."),
    proposedAt: instant,
    expiresAt: instant,
    status: z.enum(["waiting", "executed", "rejected", "withdrawn", "expired"]),
    decidedBy: z.string().nullable(),
    decidedAt: instant.nullable(),
    answer: z.string().nullable(),
    own: z.boolean().describe("Proposed by whoever asks: they may withdraw it and not approve it."),
    mayDecide: z.boolean().describe("Whoever asks may approve or reject it."),
  })
  .meta({ id: "Proposal" });
export type Proposal = z.infer<typeof Proposal>;

const params = z.object({ proposalId: z.string() });
const deciding = {
  tag: "Console",
  audience: "staff",
  permission: "proposals.read",
  params,
  status: 200,
  response: Proposal,
} as const;

export const listProposals = route({
  id: "listProposals",
  method: "GET",
  path: "/v1/console/proposals",
  tag: "Console",
  audience: "staff",
  permission: "proposals.read",
  summary: "What waits for a second person, or was decided lately, newest first",
  query: z.object({ status: z.enum(["waiting", "decided"]).optional() }),
  status: 200,
  response: listOf(Proposal),
  errors: [],
});
export const approveProposal = route({
  ...deciding,
  id: "approveProposal",
  method: "POST",
  path: "/v1/console/proposals/{proposalId}/approval",
  summary: "Let it happen, as a second person; it happens exactly once",
  errors: [
    "staff.second_person_needed",
    "staff.proposal_over",
    "staff.proposal_failed",
    "identity.not_allowed",
  ],
});
export const rejectProposal = route({
  ...deciding,
  id: "rejectProposal",
  method: "POST",
  path: "/v1/console/proposals/{proposalId}/rejection",
  summary: "Refuse it, as a second person, with the reason",
  body: z.strictObject({ answer: note.min(5, "field.required") }),
  errors: ["staff.second_person_needed", "staff.proposal_over", "identity.not_allowed"],
});
export const withdrawProposal = route({
  ...deciding,
  id: "withdrawProposal",
  method: "POST",
  path: "/v1/console/proposals/{proposalId}/withdrawal",
  summary: "Take back one's own proposal",
  errors: ["staff.proposal_over", "identity.not_allowed"],
});

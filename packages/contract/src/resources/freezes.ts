import { z } from "zod";
import { idOf, instant, LocalText, listOf, note } from "../common.ts";
import { route } from "../route.ts";

export const FreezeScope = z.enum(["payments", "sign_in", "card"]).meta({
  id: "FreezeScope",
  description: "What stands still: money leaving the wallet, signing in, one card.",
});
export type FreezeScope = z.infer<typeof FreezeScope>;

export const FreezeReason = z.enum([
  "customer_asked",
  "not_me",
  "device_lost",
  "suspected_fraud",
  "account_takeover",
  "identity_check",
  "legal_order",
  "risk_unusual",
]);
export type FreezeReason = z.infer<typeof FreezeReason>;

export const Freeze = z
  .object({
    id: idOf("frz"),
    scope: FreezeScope,
    bindingId: z.string().nullable().describe("The card, where the scope is one card."),
    by: z.enum(["customer", "staff", "risk"]),
    reason: FreezeReason,
    since: instant,
    endedAt: instant.nullable(),
    told: z
      .object({ stops: LocalText, goesOn: LocalText, why: LocalText, undo: LocalText })
      .describe("In plain words: what stops, what goes on, why, and how to undo it."),
    undo: z
      .enum(["self", "appeal"])
      .describe(
        "The customer's own freeze ends by their own hand; any other by an appeal that two people decide.",
      ),
    appeal: z
      .object({
        id: idOf("apl"),
        status: z.enum(["open", "accepted", "refused"]),
        text: z.string(),
        at: instant,
        decidedAt: instant.nullable(),
        answer: z.string().nullable(),
      })
      .nullable()
      .describe("The newest appeal against it."),
  })
  .meta({ id: "Freeze" });
export type Freeze = z.infer<typeof Freeze>;

const freezeParams = z.object({ freezeId: z.string() });
const appealText = note.min(5, "field.required");

export const listFreezes = route({
  id: "listFreezes",
  method: "GET",
  path: "/v1/me/freezes",
  tag: "Security",
  audience: "customer",
  summary: "What is frozen now and was lately, newest first",
  status: 200,
  response: listOf(Freeze),
  errors: [],
});
export const createFreeze = route({
  id: "createFreeze",
  method: "POST",
  path: "/v1/me/freezes",
  tag: "Security",
  audience: "customer",
  summary: "Freeze payments, signing in, or one card at once; the same again changes nothing",
  body: z.strictObject({
    scope: FreezeScope,
    bindingId: z.string().max(60).optional().describe("Needed for a card."),
    reason: z.enum(["customer_asked", "not_me", "device_lost"]).optional(),
  }),
  status: 201,
  response: Freeze,
  errors: [],
});
export const endFreeze = route({
  id: "endFreeze",
  method: "DELETE",
  path: "/v1/me/freezes/{freezeId}",
  tag: "Security",
  audience: "customer",
  summary: "Lift one's own freeze, soon after a strong authentication",
  params: freezeParams,
  status: 204,
  errors: ["freeze.needs_appeal", "freeze.ended", "identity.reauthentication_needed"],
});
export const appealFreeze = route({
  id: "appealFreeze",
  method: "POST",
  path: "/v1/me/freezes/{freezeId}/appeals",
  tag: "Security",
  audience: "customer",
  summary: "Appeal against a freeze that staff or risk set; two people decide",
  params: freezeParams,
  body: z.strictObject({ text: appealText }),
  status: 201,
  response: Freeze,
  errors: ["freeze.ended", "freeze.appeal_open"],
});
export const appealFreezeByToken = route({
  id: "appealFreezeByToken",
  method: "POST",
  path: "/v1/freeze-appeals",
  tag: "Security",
  audience: "public",
  summary:
    "Appeal with the token of the notice, for who cannot sign in; answers alike whether or not the token is known",
  body: z.strictObject({ token: z.string().min(1).max(100), text: appealText }),
  status: 202,
  errors: [],
});

/** One time that somebody of the operator looked at this customer's data. */
export const DataAccess = z
  .object({
    at: instant,
    role: z.string().describe("Role of who looked; names of staff are not told."),
    reason: z.enum([
      "customer_contact",
      "payment_inquiry",
      "fraud_check",
      "identity_check",
      "legal_request",
      "incident",
    ]),
  })
  .meta({ id: "DataAccess" });
export type DataAccess = z.infer<typeof DataAccess>;

export const listDataAccess = route({
  id: "listDataAccess",
  method: "GET",
  path: "/v1/me/data-access",
  tag: "Security",
  audience: "customer",
  summary: "Who at the operator looked at my data, when and why",
  status: 200,
  response: listOf(DataAccess),
  errors: [],
});

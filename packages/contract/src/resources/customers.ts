import { z } from "zod";
import { idOf, instant, LocalText, listOf, locale, note } from "../common.ts";
import { route } from "../route.ts";
import { Proposal } from "./approvals.ts";
import { email } from "./credentials-schemas.ts";
import { DataAccess, Freeze, FreezeReason, FreezeScope } from "./freezes.ts";

/** A customer as staff see them once they have said why. */
export const ConsoleCustomer = z
  .object({
    id: idOf("cus"),
    displayName: z.string(),
    emailMasked: z.string(),
    phoneMasked: z.string().nullable(),
    locale,
    createdAt: instant,
    passkeys: z.number().int(),
    passwordSet: z.boolean(),
    devices: z.array(z.object({ name: z.string(), firstSeenAt: instant, lastSeenAt: instant })),
    freezes: z.array(Freeze),
    looks: z.array(DataAccess.extend({ by: z.string(), text: z.string(), ticket: z.string().nullable() })),
    until: instant.describe("Until then the reason that was given holds."),
  })
  .meta({ id: "ConsoleCustomer" });
export type ConsoleCustomer = z.infer<typeof ConsoleCustomer>;

const params = z.object({ customerId: z.string() });
const reason = note.min(5, "field.required");

export const findCustomer = route({
  id: "findCustomer",
  method: "POST",
  path: "/v1/console/customer-lookups",
  tag: "Console",
  audience: "staff",
  permission: "customers.read",
  summary: "Find a customer by exact address or id; answers who it may be, masked, and is recorded",
  body: z.union([z.strictObject({ email }), z.strictObject({ customerId: idOf("cus") })]),
  status: 200,
  response: z.object({ customerId: idOf("cus"), nameMasked: z.string(), emailMasked: z.string() }),
  errors: [],
});
export const giveAccessReason = route({
  id: "giveAccessReason",
  method: "POST",
  path: "/v1/console/customers/{customerId}/access",
  tag: "Console",
  audience: "staff",
  permission: "customers.read",
  summary: "Say why a customer's data must be seen; holds for 30 minutes, and the customer sees it",
  params,
  body: z.strictObject({
    reason: DataAccess.shape.reason,
    text: reason,
    ticket: z
      .string()
      .trim()
      .max(40, "field.too_long")
      .regex(/^[\w#./-]*$/, "field.invalid")
      .optional(),
  }),
  status: 201,
  response: z.object({ until: instant }),
  errors: [],
});
export const getConsoleCustomer = route({
  id: "getConsoleCustomer",
  method: "GET",
  path: "/v1/console/customers/{customerId}",
  tag: "Console",
  audience: "staff",
  permission: "customers.read",
  summary: "A customer, for who has said why within the last 30 minutes",
  params,
  status: 200,
  response: ConsoleCustomer,
  errors: ["staff.reason_needed"],
});
export const freezeCustomer = route({
  id: "freezeCustomer",
  method: "POST",
  path: "/v1/console/customers/{customerId}/freezes",
  tag: "Console",
  audience: "staff",
  permission: "freezes.set",
  summary: "Freeze payments, signing in or a card of a customer at once",
  params,
  body: z.strictObject({
    scope: FreezeScope,
    bindingId: z.string().max(60).optional(),
    reason: FreezeReason.extract(["suspected_fraud", "account_takeover", "identity_check", "legal_order"]),
    note: reason,
  }),
  status: 201,
  response: Freeze,
  errors: ["staff.reason_needed"],
});
export const proposeUnfreeze = route({
  id: "proposeUnfreeze",
  method: "POST",
  path: "/v1/console/customers/{customerId}/freezes/{freezeId}/proposals",
  tag: "Console",
  audience: "staff",
  permission: "freezes.lift",
  summary:
    "Propose to lift a freeze, or to refuse the appeal against it, with the answer for the customer; a second person decides",
  params: params.extend({ freezeId: z.string() }),
  body: z.strictObject({ action: z.enum(["lift", "refuse_appeal"]), reason, answer: note.optional() }),
  status: 202,
  response: Proposal,
  errors: ["staff.proposal_exists", "freeze.ended", "staff.reason_needed"],
});
export const listAppeals = route({
  id: "listAppeals",
  method: "GET",
  path: "/v1/console/appeals",
  tag: "Console",
  audience: "staff",
  permission: "freezes.lift",
  summary:
    "Appeals that wait for an answer, oldest first; their text is left out without a reason given for that customer",
  status: 200,
  response: listOf(Freeze.extend({ customerId: idOf("cus") })),
  errors: [],
});

export const listConsoleCards = route({
  id: "listConsoleCards",
  method: "GET",
  path: "/v1/console/customers/{customerId}/cards",
  tag: "Console",
  audience: "staff",
  permission: "customers.read",
  summary: "Cards that a customer has bound, for who has said why; each may be frozen",
  params,
  status: 200,
  response: listOf(
    z.object({
      bindingId: idOf("cns"),
      bankName: LocalText,
      maskedNumber: z.string().meta({ example: "•• 4711" }),
    }),
  ),
  errors: ["staff.reason_needed"],
});
/** Why a customer's data cannot be erased now. */
export const ErasureObstacleView = z
  .object({
    code: z
      .enum(["already_erased", "money", "open_payments", "bank_access", "merchants", "retention"])
      .describe("`retention`: the law keeps the records of payments until `at`."),
    count: z
      .number()
      .int()
      .nullable()
      .describe("Accounts, payments, permissions at banks, or shops that they own and have not closed."),
    at: instant.nullable(),
  })
  .meta({ id: "ErasureObstacle" });
export type ErasureObstacleView = z.infer<typeof ErasureObstacleView>;

export const getErasureObstacles = route({
  id: "getErasureObstacles",
  method: "GET",
  path: "/v1/console/customers/{customerId}/erasure",
  tag: "Console",
  audience: "staff",
  permission: "customers.erase",
  summary: "What stands in the way of erasing a customer's personal data; nothing: it may be proposed",
  params,
  status: 200,
  response: listOf(ErasureObstacleView),
  errors: ["staff.reason_needed"],
});
export const proposeErasure = route({
  id: "proposeErasure",
  method: "POST",
  path: "/v1/console/customers/{customerId}/erasure-proposals",
  tag: "Console",
  audience: "staff",
  permission: "customers.erase",
  summary: "Propose to erase a customer's personal data for good; done when a second person approves",
  params,
  body: z.strictObject({ reason }),
  status: 202,
  response: Proposal,
  errors: ["staff.proposal_exists", "staff.reason_needed", "customer.not_erasable"],
});

import { z } from "zod";
import { idOf, instant, LocalText, listOf, listQuery } from "../common.ts";
import { route } from "../route.ts";

export const AuditEntry = z
  .object({
    id: idOf("aud"),
    at: instant,
    actor: z.enum(["customer", "staff", "risk", "system", "public", "operator"]),
    actorId: z.string().nullable(),
    actorName: z.string().nullable().describe("Of staff alone; customers are named by their id."),
    action: z.string(),
    subject: z.string().nullable(),
    outcome: z.enum(["done", "refused"]),
    from: z.string().nullable().describe("Network address."),
    details: z.record(z.string(), z.string().nullable()),
  })
  .meta({ id: "AuditEntry" });
export type AuditEntry = z.infer<typeof AuditEntry>;

const word = z
  .string()
  .max(60)
  .regex(/^[\w.:-]*$/, "field.invalid")
  .optional();
const filters = {
  actorId: word,
  action: word.describe(
    "An action, or the record it is about: `freeze` finds `freeze.set` and `freeze.lifted`.",
  ),
  subject: word,
  outcome: z.enum(["done", "refused"]).optional(),
  from: instant.optional(),
  to: instant.optional(),
};

export const listAudit = route({
  id: "listAudit",
  method: "GET",
  path: "/v1/console/audit",
  tag: "Console",
  audience: "staff",
  permission: "audit.read",
  summary: "The audit trail, newest first",
  query: z.object({ ...listQuery, ...filters }),
  status: 200,
  response: listOf(AuditEntry),
  errors: [],
});
export const exportAudit = route({
  id: "exportAudit",
  method: "GET",
  path: "/v1/console/audit/export",
  tag: "Console",
  audience: "staff",
  permission: "audit.read",
  summary: "The audit trail as CSV (RFC 4180), newest first; the export itself is recorded",
  query: z.object(filters),
  produces: "file",
  mediaTypes: ["text/csv"],
  status: 200,
  errors: [],
});
export const verifyAuditTrail = route({
  id: "verifyAuditTrail",
  method: "GET",
  path: "/v1/console/audit/verification",
  tag: "Console",
  audience: "staff",
  permission: "audit.read",
  summary: "Hash the whole trail anew and hold it against the transparency log",
  status: 200,
  response: z.object({
    ok: z.boolean(),
    entries: z.string(),
    heads: z.string().describe("Heads of the trail in the transparency log that were found again."),
    waiting: z.string().describe("Entries that are not in the log yet."),
    problem: LocalText.nullable(),
  }),
  errors: [],
});

import { z } from "zod";
import { idOf, instant, LocalText, note, plainDate } from "../common.ts";
import { StaffRole } from "../permissions.ts";
import { route } from "../route.ts";
import { Proposal } from "./approvals.ts";

/** What an assessment (`npm run security`) looks at, one after the other. */
export const SecurityCheckId = z.enum([
  "dependencies",
  "licences",
  "lockfile",
  "secrets",
  "headers",
  "tls",
  "authorisation",
  "fuzzing",
  "attacks",
  "threat_model",
]);
export type SecurityCheckId = z.infer<typeof SecurityCheckId>;

export const SecuritySeverity = z.enum(["critical", "high", "medium", "low"]);
export type SecuritySeverity = z.infer<typeof SecuritySeverity>;

export const SecurityFinding = z
  .object({
    id: z
      .string()
      .describe("The same for the same finding in every run, so that it can be accepted by name."),
    check: SecurityCheckId,
    severity: SecuritySeverity,
    title: z.string().describe("In the words of the tool that found it."),
    where: z.string().describe("File and line, package, or address."),
    accepted: z
      .object({ reason: z.string(), by: z.string(), until: plainDate })
      .nullable()
      .describe("Why it may stay, who said so, and until when."),
  })
  .meta({ id: "SecurityFinding" });
export type SecurityFinding = z.infer<typeof SecurityFinding>;

export const SecurityCheck = z
  .object({
    id: SecurityCheckId,
    status: z.enum(["passed", "failed", "not_run"]),
    detail: LocalText.describe("What was looked at, or why it was not."),
  })
  .meta({ id: "SecurityCheck" });
export type SecurityCheck = z.infer<typeof SecurityCheck>;

/** The report of one run, as `docs/security-report.json` holds it. */
export const SecurityReport = z
  .object({
    ranAt: instant,
    commit: z.string().nullable(),
    target: z
      .string()
      .describe("The server that was looked at: its address, or that it was started for the run."),
    checks: z.array(SecurityCheck),
    findings: z.array(SecurityFinding),
  })
  .meta({ id: "SecurityReport" });
export type SecurityReport = z.infer<typeof SecurityReport>;

export const SecurityKey = z
  .object({
    id: z.string(),
    use: z.string().describe("Table whose values it seals, or what it wraps."),
    status: z.enum(["pending", "active", "retired", "root", "wrapping"]),
    keptBy: z.string().describe("The provider that keeps or wraps it."),
    createdAt: instant.nullable(),
    ageDays: z.number().int().nullable(),
    due: z.boolean().describe("Older than a year and still sealing: to be rotated."),
  })
  .meta({ id: "SecurityKey" });

export const SecurityCertificate = z
  .object({
    bankId: z.string(),
    use: z.enum(["tls", "seal"]),
    subject: z.string(),
    validFrom: instant,
    validTo: instant,
    daysLeft: z.number().int(),
    state: z.enum(["valid", "ending", "ended"]),
  })
  .meta({ id: "SecurityCertificate" });

export const SecurityStatus = z
  .object({
    lastRun: SecurityReport.nullable(),
    openFindings: z
      .number()
      .int()
      .describe("Findings of the last run that nobody has accepted, or not any more."),
    keys: z.array(SecurityKey),
    certificates: z.array(SecurityCertificate),
    staffWithoutPasskey: z.array(z.object({ id: idOf("stf"), displayName: z.string(), role: StaffRole })),
  })
  .meta({ id: "SecurityStatus" });
export type SecurityStatus = z.infer<typeof SecurityStatus>;

export const getSecurityStatus = route({
  id: "getSecurityStatus",
  method: "GET",
  path: "/v1/console/security",
  tag: "Console",
  audience: "staff",
  permission: "security.read",
  summary: "Last security assessment, keys and certificates with their ages, staff without a passkey",
  status: 200,
  response: SecurityStatus,
  errors: [],
});
export const proposeKeyRotation = route({
  id: "proposeKeyRotation",
  method: "POST",
  path: "/v1/console/key-rotation-proposals",
  tag: "Console",
  audience: "staff",
  permission: "keys.change",
  summary: "Propose new data keys for every table; made when a second person approves",
  body: z.strictObject({ reason: note.min(5, "field.required") }),
  status: 202,
  response: Proposal,
  errors: ["staff.proposal_exists"],
});

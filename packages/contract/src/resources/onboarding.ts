import { z } from "zod";
import { idOf, instant, LocalText, note, PaymentAmount, plainDate } from "../common.ts";
import { route } from "../route.ts";

/** The steps by which a bank is taken in, in their order. */
export const onboardingSteps = ["needs", "technical", "legal", "experience", "launch"] as const;
const StepName = z.enum(onboardingSteps);

const line = note.max(140).nullable();
/** What is noted down in the five steps; each step reads its own part. */
const OnboardingFacts = z.strictObject({
  segments: line.describe("Which customers: e.g. retail, small business."),
  products: line.describe("What they use: e.g. linked accounts, top-ups, payouts."),
  monthlyVolume: PaymentAmount.nullable(),
  endpoint: z.string().max(200).nullable().describe("Address of the bank's interface."),
  credentialsHeld: z.boolean(),
  certificateExpiresOn: plainDate.nullable(),
  capabilities: z.array(z.string().max(60)).max(30),
  custodyAccount: line.describe("The custody account, masked."),
  nameEn: line,
  nameZh: line,
  colour: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i, "field.invalid")
    .nullable(),
  supportContact: line,
  limitsRamp: z
    .array(z.strictObject({ from: plainDate, dailyLimit: PaymentAmount }))
    .max(12)
    .describe("From which day how much may move through the bank per day; grows."),
  pilotCustomers: z.number().int().min(0).max(10_000_000).nullable(),
  campaign: line,
});
export type OnboardingFacts = z.infer<typeof OnboardingFacts>;

export const evidenceKinds = [
  "certification",
  "record_keeping",
  "disclosure",
  "aml_kyc",
  "data_sharing",
  "pages_preview",
  "messages",
  "other",
] as const;
export const onboardingChecks = [
  "segments",
  "products",
  "monthly_volume",
  "endpoint",
  "credentials",
  "certificate",
  "capabilities",
  "certification",
  "custody_account",
  "record_keeping",
  "disclosure",
  "aml_kyc",
  "data_sharing",
  "names",
  "colour",
  "support_contact",
  "pages_preview",
  "messages",
  "limits_ramp",
  "pilot_group",
] as const;

const OnboardingStep = z.object({
  step: StepName,
  closedAt: instant.nullable(),
  owner: z.string().nullable(),
  dueOn: plainDate.nullable(),
  checks: z.array(z.object({ id: z.enum(onboardingChecks), passed: z.boolean() })),
  evidence: z.array(
    z.object({
      id: idOf("evd"),
      kind: z.enum(evidenceKinds),
      title: z.string(),
      sha256: z.string(),
      addedBy: z.string(),
      addedAt: instant,
    }),
  ),
  signOffs: z.array(z.object({ by: z.string(), at: instant })),
});
export const Onboarding = z
  .object({
    id: idOf("onb"),
    bankId: z.string(),
    name: LocalText,
    openedBy: z.string(),
    openedAt: instant,
    launchedAt: instant.nullable(),
    version: z.number().int(),
    facts: OnboardingFacts,
    steps: z.array(OnboardingStep),
    record: z.array(
      z.object({
        at: instant,
        by: z.string(),
        step: StepName.nullable(),
        what: z.enum(["opened", "changed", "evidence", "signed_off", "reopened"]),
        detail: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: "Onboarding", description: "How a bank is taken in: five steps, each closed by two people." });
export type Onboarding = z.infer<typeof Onboarding>;

const params = z.object({ onboardingId: z.string() });
const stepParams = params.extend({ step: StepName });
const base = { tag: "Console", audience: "staff", permission: "onboarding.read", status: 200 } as const;
const deciding = { ...base, permission: "onboarding.decide" } as const;

export const listOnboardings = route({
  ...base,
  id: "listOnboardings",
  method: "GET",
  path: "/v1/console/onboardings",
  summary: "Banks that are being taken in, newest first",
  response: z.object({ items: z.array(Onboarding) }),
  errors: [],
});
export const openOnboarding = route({
  ...deciding,
  id: "openOnboarding",
  method: "POST",
  path: "/v1/console/onboardings",
  summary: "Begin to take a bank in",
  status: 201,
  body: z.strictObject({
    bankId: z.string().regex(/^[a-z0-9-]{1,40}$/, "field.invalid"),
    name: z.strictObject({ en: note.min(1, "field.required"), zh: note.min(1, "field.required") }),
  }),
  response: Onboarding,
  errors: ["onboarding.exists", "identity.not_allowed"],
});
export const getOnboarding = route({
  ...base,
  id: "getOnboarding",
  method: "GET",
  path: "/v1/console/onboardings/{onboardingId}",
  summary: "One bank that is being taken in, with all its steps",
  params,
  response: Onboarding,
  errors: [],
});
export const changeOnboardingStep = route({
  ...deciding,
  id: "changeOnboardingStep",
  method: "PATCH",
  path: "/v1/console/onboardings/{onboardingId}/steps/{step}",
  summary: "Note down what a step needs; sign-offs given before are void",
  params: stepParams,
  body: z.strictObject({
    version: z.number().int(),
    owner: line.optional(),
    dueOn: plainDate.nullable().optional(),
    facts: OnboardingFacts.partial().optional(),
  }),
  response: Onboarding,
  errors: ["onboarding.step_closed", "onboarding.changed_meanwhile", "identity.not_allowed"],
});
export const addOnboardingEvidence = route({
  ...deciding,
  id: "addOnboardingEvidence",
  method: "POST",
  path: "/v1/console/onboardings/{onboardingId}/steps/{step}/evidence",
  summary: "Attach evidence: a document's text, or the JSON report of a certification",
  params: stepParams,
  body: z.strictObject({
    kind: z.enum(evidenceKinds),
    title: note.min(1, "field.required"),
    content: z.string().min(1, "field.required").max(48_000, "field.too_long"),
  }),
  response: Onboarding,
  errors: ["onboarding.step_closed", "onboarding.report_unusable", "identity.not_allowed"],
});
export const signOffOnboardingStep = route({
  ...deciding,
  id: "signOffOnboardingStep",
  method: "POST",
  path: "/v1/console/onboardings/{onboardingId}/steps/{step}/sign-offs",
  summary: "Sign a step off; with the second person it is closed",
  params: stepParams,
  body: z.strictObject({ version: z.number().int() }),
  response: Onboarding,
  errors: [
    "onboarding.checks_fail",
    "onboarding.earlier_step_open",
    "onboarding.second_person_needed",
    "onboarding.step_closed",
    "onboarding.changed_meanwhile",
    "identity.not_allowed",
  ],
});
export const reopenOnboardingStep = route({
  ...deciding,
  id: "reopenOnboardingStep",
  method: "POST",
  path: "/v1/console/onboardings/{onboardingId}/steps/{step}/reopenings",
  summary: "Open a closed step again, with the reason; the steps after it open too",
  params: stepParams,
  body: z.strictObject({ note: note.min(5, "field.required") }),
  response: Onboarding,
  errors: ["identity.not_allowed"],
});

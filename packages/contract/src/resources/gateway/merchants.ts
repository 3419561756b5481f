import { z } from "zod";
import {
  currency,
  idOf,
  instant,
  LocalText,
  listOf,
  listQuery,
  locale,
  note,
  PaymentAmount,
} from "../../common.ts";
import { MerchantRole } from "../../merchant-scopes.ts";
import { route } from "../../route.ts";
import { email } from "../credentials-schemas.ts";
import { FeePlan, FeePlanAssignment } from "./fee-plans.ts";

/** How far a merchant is. In test mode it works at once; with real money only while it is active. */
export const MerchantStatus = z
  .enum(["draft", "under_review", "active", "declined", "suspended", "closed"])
  .meta({ id: "MerchantStatus" });
export type MerchantStatus = z.infer<typeof MerchantStatus>;

/** What we look at before a merchant takes real money. */
export const merchantCheckIds = [
  "details",
  "category",
  "registration_number",
  "owner_name",
  "duplicate",
  "settlement_account",
  "website",
  "documents",
] as const;
const MerchantCheck = z.object({
  id: z.enum(merchantCheckIds),
  outcome: z
    .enum(["passed", "attention", "failed"])
    .describe("`attention`: a person has to look; `failed`: it cannot go on like this."),
  detail: LocalText,
});
export type MerchantCheck = z.infer<typeof MerchantCheck>;

const words = (longest: number) => note.max(longest, "field.too_long");
const required = (longest: number) => words(longest).min(1, "field.required");
const country = z
  .string()
  .regex(/^[A-Z]{2}$/, "field.invalid")
  .describe("ISO 3166-1 alpha-2.");

/** Where a shop is; the country as ISO 3166-1 alpha-2. */
export const PostalAddress = z
  .strictObject({
    line1: required(100),
    line2: words(100).nullable().default(null),
    city: required(60),
    postalCode: words(16).nullable().default(null),
    country,
  })
  .meta({ id: "PostalAddress" });
export type PostalAddress = z.infer<typeof PostalAddress>;

const tradingName = z
  .strictObject({ en: required(60), zh: required(60) })
  .describe("What payers see. Write the same twice where the shop has one name.");
const website = z
  .url({ protocol: /^https?$/, error: "field.invalid" })
  .max(200, "field.too_long")
  .nullable();
const timeZone = z.string().max(60).refine(isTimeZone, "field.time_zone").describe("IANA time zone.");

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** What a merchant says of itself. */
const profile = {
  legalName: required(140).describe("As registered; of a sole trader, the person's name."),
  tradingName,
  form: z.enum(["sole_trader", "company"]),
  registrationNumber: words(30).nullable(),
  country,
  mcc: z
    .string()
    .regex(/^\d{4}$/, "field.invalid")
    .describe("Merchant category code, ISO 18245."),
  website,
  supportEmail: email,
  supportPhone: z
    .string()
    .trim()
    .regex(/^\+?[0-9 ()-]{5,24}$/, "field.phone")
    .nullable(),
  address: PostalAddress,
  timeZone,
  currency,
};
/** A draft may lack anything but its name: people fill the rest in step by step. */
const draft = {
  ...profile,
  legalName: profile.legalName.nullable(),
  form: profile.form.nullable(),
  mcc: profile.mcc.nullable(),
  supportEmail: profile.supportEmail.nullable(),
  address: profile.address.nullable(),
};

export const Merchant = z
  .object({
    object: z.literal("merchant"),
    id: idOf("mer"),
    status: MerchantStatus,
    statusNote: z.string().nullable().describe("What staff wrote to the merchant with their decision."),
    version: z.number().int(),
    createdAt: instant,
    submittedAt: instant.nullable(),
    activatedAt: instant.nullable(),
    profile: z.object({
      ...draft,
      tradingName: LocalText,
      timeZone: z.string(),
      supportEmail: z.string().nullable(),
      supportPhone: z.string().nullable(),
      website: z.string().nullable(),
      address: PostalAddress.nullable(),
      currency: z.string(),
    }),
    missing: z
      .array(z.string())
      .describe("Fields of the profile that are still needed before it is handed in."),
    checks: z
      .array(MerchantCheck)
      .describe("What stands against taking real money, as far as the merchant may know."),
    payoutsPausedUntil: instant.nullable(),
    role: MerchantRole.nullable().describe("The role of whoever asks; null for a key."),
  })
  .meta({ id: "Merchant", description: "A shop that takes payments." });
export type Merchant = z.infer<typeof Merchant>;

/** A merchant in a list to choose from. */
export const MerchantMembership = z
  .object({
    merchantId: idOf("mer"),
    memberId: idOf("mbr"),
    tradingName: LocalText,
    status: MerchantStatus,
    role: MerchantRole,
  })
  .meta({ id: "MerchantMembership" });

const about = { tag: "Merchants" } as const;
const asCustomer = { ...about, audience: "customer" } as const;
const asMerchant = { ...about, audience: "merchant" } as const;

export const createMerchant = route({
  ...asCustomer,
  id: "createMerchant",
  method: "POST",
  path: "/v1/merchants",
  summary: "Begin to open a merchant; the caller owns it, and test mode works at once",
  idempotent: true,
  body: z.strictObject({
    tradingName,
    country,
    currency,
    timeZone,
    legalName: profile.legalName.optional(),
    form: profile.form.optional(),
    registrationNumber: profile.registrationNumber.optional(),
    mcc: profile.mcc.optional(),
    website: website.optional(),
    supportEmail: email.optional(),
    supportPhone: profile.supportPhone.optional(),
    address: PostalAddress.optional(),
  }),
  status: 201,
  response: Merchant,
  errors: ["merchant.category_unknown", "merchant.registration_number_invalid", "merchant.too_many"],
});
export const listMyMerchants = route({
  ...asCustomer,
  id: "listMyMerchants",
  method: "GET",
  path: "/v1/merchants",
  summary: "Merchants whose team the caller belongs to",
  status: 200,
  response: listOf(MerchantMembership),
  errors: [],
});
export const getMerchant = route({
  ...asMerchant,
  id: "getMerchant",
  method: "GET",
  path: "/v1/merchant",
  scope: "account.read",
  summary: "The merchant that is acting, with its checks",
  status: 200,
  response: Merchant,
  errors: [],
});
export const updateMerchant = route({
  ...asMerchant,
  id: "updateMerchant",
  method: "PATCH",
  path: "/v1/merchant",
  scope: "account.write",
  summary: "Change the profile; once handed in, what staff looked at stays as it was",
  body: z.strictObject({
    version: z
      .number()
      .int()
      .optional()
      .describe("The version that was seen; refused when it changed since."),
    legalName: draft.legalName.optional(),
    tradingName: tradingName.optional(),
    form: draft.form.optional(),
    registrationNumber: draft.registrationNumber.optional(),
    country: country.optional(),
    mcc: draft.mcc.optional(),
    website: website.optional(),
    supportEmail: draft.supportEmail.optional(),
    supportPhone: draft.supportPhone.optional(),
    address: draft.address.optional(),
    timeZone: timeZone.optional(),
    currency: currency.optional(),
  }),
  status: 200,
  response: Merchant,
  errors: [
    "merchant.closed",
    "merchant.changed_meanwhile",
    "merchant.category_unknown",
    "merchant.registration_number_invalid",
    "merchant.profile_fixed",
  ],
});
export const submitMerchant = route({
  ...asMerchant,
  id: "submitMerchant",
  method: "POST",
  path: "/v1/merchant/submission",
  scope: "account.write",
  summary: "Hand the merchant in for review",
  status: 200,
  response: Merchant,
  errors: [
    "merchant.changed_meanwhile",
    "merchant.closed",
    "merchant.incomplete",
    "merchant.category_prohibited",
    "merchant.not_draft",
  ],
});
export const closeMerchant = route({
  ...asMerchant,
  id: "closeMerchant",
  method: "POST",
  path: "/v1/merchant/closure",
  scope: "account.write",
  summary: "Close the merchant for good; what it has still to pay out stays payable",
  body: z.strictObject({ reason: note.min(1, "field.required") }),
  status: 200,
  response: Merchant,
  errors: [
    "merchant.changed_meanwhile",
    "merchant.owners_only",
    "identity.reauthentication_needed",
    "merchant.closed",
  ],
});

/** Papers as text: what a register says, who owns the company. */
export const MerchantDocument = z
  .object({
    object: z.literal("merchant_document"),
    id: idOf("evd"),
    kind: z.enum(["registration_extract", "ownership", "licence", "lease", "other"]),
    title: z.string(),
    text: z.string(),
    createdAt: instant,
  })
  .meta({ id: "MerchantDocument" });
export const addMerchantDocument = route({
  ...asMerchant,
  id: "addMerchantDocument",
  method: "POST",
  path: "/v1/merchant/documents",
  scope: "account.write",
  summary: "Add a paper, as text, for the review",
  idempotent: true,
  body: z.strictObject({
    kind: MerchantDocument.shape.kind,
    title: required(100),
    text: z.string().trim().min(1, "field.required").max(20_000, "field.too_long"),
  }),
  status: 201,
  response: MerchantDocument,
  errors: ["merchant.changed_meanwhile", "merchant.closed", "merchant.too_many"],
});
export const listMerchantDocuments = route({
  ...asMerchant,
  id: "listMerchantDocuments",
  method: "GET",
  path: "/v1/merchant/documents",
  scope: "account.write",
  summary: "Papers of the merchant, newest first",
  status: 200,
  response: listOf(MerchantDocument),
  errors: [],
});

export const MerchantMember = z
  .object({
    object: z.literal("merchant_member"),
    id: idOf("mbr"),
    version: z.number().int(),
    status: z.enum(["invited", "active", "refused", "expired", "removed"]),
    role: MerchantRole,
    email: z.string(),
    displayName: z.string().nullable(),
    createdAt: instant,
    expiresAt: instant.nullable().describe("Until then an invitation can be accepted."),
    self: z.boolean(),
  })
  .meta({ id: "MerchantMember" });
export type MerchantMember = z.infer<typeof MerchantMember>;
const memberParams = z.object({ memberId: z.string() });

export const listMerchantMembers = route({
  ...asMerchant,
  id: "listMerchantMembers",
  method: "GET",
  path: "/v1/merchant/members",
  scope: "team.write",
  summary: "The team, invitations among it",
  status: 200,
  response: listOf(MerchantMember),
  errors: [],
});
export const inviteMerchantMember = route({
  ...asMerchant,
  id: "inviteMerchantMember",
  method: "POST",
  path: "/v1/merchant/members",
  scope: "team.write",
  summary: "Invite somebody by e-mail; only an owner makes owners",
  idempotent: true,
  body: z.strictObject({ email, role: MerchantRole, locale: locale.default("en") }),
  status: 201,
  response: MerchantMember,
  errors: [
    "merchant.changed_meanwhile",
    "merchant.member_exists",
    "merchant.owners_only",
    "merchant.closed",
    "merchant.too_many",
  ],
});
export const changeMerchantMember = route({
  ...asMerchant,
  id: "changeMerchantMember",
  method: "PATCH",
  path: "/v1/merchant/members/{memberId}",
  scope: "team.write",
  summary: "Give a member another role; the last owner stays",
  params: memberParams,
  body: z.strictObject({ role: MerchantRole }),
  status: 200,
  response: MerchantMember,
  errors: [
    "merchant.changed_meanwhile",
    "merchant.last_owner",
    "merchant.owners_only",
    "merchant.member_gone",
  ],
});
export const removeMerchantMember = route({
  ...asMerchant,
  id: "removeMerchantMember",
  method: "DELETE",
  path: "/v1/merchant/members/{memberId}",
  scope: "team.write",
  summary: "Take somebody off the team, or an invitation back; it holds from the next request",
  params: memberParams,
  status: 200,
  response: MerchantMember,
  errors: [
    "merchant.changed_meanwhile",
    "merchant.last_owner",
    "merchant.owners_only",
    "merchant.member_gone",
  ],
});

export const MerchantInvitation = z
  .object({
    memberId: idOf("mbr"),
    merchantId: idOf("mer"),
    tradingName: LocalText,
    role: MerchantRole,
    expiresAt: instant,
  })
  .meta({ id: "MerchantInvitation" });
export const listMerchantInvitations = route({
  ...asCustomer,
  id: "listMerchantInvitations",
  method: "GET",
  path: "/v1/merchant-invitations",
  summary: "Invitations to the caller's own e-mail address that wait for an answer",
  status: 200,
  response: listOf(MerchantInvitation),
  errors: [],
});
export const answerMerchantInvitation = route({
  ...asCustomer,
  id: "answerMerchantInvitation",
  method: "POST",
  path: "/v1/merchant-invitations/{memberId}/answer",
  summary: "Join the team, or decline",
  params: memberParams,
  body: z.strictObject({ accept: z.boolean() }),
  status: 200,
  response: z.object({ merchantId: idOf("mer"), accepted: z.boolean() }),
  errors: ["merchant.changed_meanwhile", "merchant.invitation_over", "merchant.closed"],
});

/** Lists to choose from: what kinds of business there are, and how companies are numbered where. */
export const MerchantChoices = z
  .object({
    categories: z.array(
      z.object({
        mcc: z.string(),
        name: LocalText,
        policy: z.enum(["usual", "looked_at", "prohibited"]),
      }),
    ),
    countries: z.array(
      z.object({
        country: z.string(),
        name: LocalText,
        number: LocalText.describe("What the registration number is called there."),
        example: z.string(),
        soleTraderNeedsNumber: z.boolean(),
      }),
    ),
  })
  .meta({ id: "MerchantChoices" });
export const listMerchantChoices = route({
  ...about,
  audience: "public",
  id: "listMerchantChoices",
  method: "GET",
  path: "/v1/merchant-choices",
  summary: "Merchant categories (a subset of ISO 18245) and the forms of registration numbers",
  status: 200,
  response: MerchantChoices,
  errors: [],
});

/** A merchant as staff see it. */
export const ConsoleMerchant = z
  .object({
    id: idOf("mer"),
    status: MerchantStatus,
    statusNote: z.string().nullable(),
    version: z.number().int(),
    profile: Merchant.shape.profile,
    createdAt: instant,
    submittedAt: instant.nullable(),
    activatedAt: instant.nullable(),
    checks: z.array(MerchantCheck),
    owners: z.array(z.object({ customerId: idOf("cus"), nameMasked: z.string() })),
    members: z.number().int(),
    stores: z.number().int(),
    settlementAccount: z
      .object({
        status: z.string(),
        maskedNumber: z.string(),
        holderName: z.string(),
        nameCheck: z.string(),
        currency: z.string(),
      })
      .nullable(),
    documents: z.array(MerchantDocument),
    plan: FeePlan,
    nextPlan: FeePlanAssignment.nullable(),
    record: z.array(
      z.object({ at: instant, what: z.string(), by: z.string().nullable(), detail: z.string().nullable() }),
    ),
  })
  .meta({ id: "ConsoleMerchant" });
export type ConsoleMerchant = z.infer<typeof ConsoleMerchant>;
export const ConsoleMerchantRow = z
  .object({
    id: idOf("mer"),
    status: MerchantStatus,
    tradingName: LocalText,
    country: z.string(),
    mcc: z.string().nullable(),
    currency: z.string(),
    createdAt: instant,
    submittedAt: instant.nullable(),
  })
  .meta({ id: "ConsoleMerchantRow" });

const asStaff = { tag: "Console", audience: "staff" } as const;
const merchantParams = z.object({ merchantId: z.string() });

export const listConsoleMerchants = route({
  ...asStaff,
  id: "listConsoleMerchants",
  method: "GET",
  path: "/v1/console/merchants",
  permission: "merchants.read",
  summary: "Merchants, newest first; `q` finds by trading name, id or exact registration number",
  query: z.object({
    ...listQuery,
    status: MerchantStatus.optional(),
    q: z.string().trim().max(80).optional(),
  }),
  status: 200,
  response: listOf(ConsoleMerchantRow).extend({
    counts: z.record(z.string(), z.number().int()).describe("How many there are of each status."),
  }),
  errors: [],
});
export const getConsoleMerchant = route({
  ...asStaff,
  id: "getConsoleMerchant",
  method: "GET",
  path: "/v1/console/merchants/{merchantId}",
  permission: "merchants.read",
  summary: "One merchant with its checks, papers, plan and record",
  params: merchantParams,
  status: 200,
  response: ConsoleMerchant,
  errors: [],
});
export const proposeMerchantDecision = route({
  ...asStaff,
  id: "proposeMerchantDecision",
  method: "POST",
  path: "/v1/console/merchants/{merchantId}/decisions",
  permission: "merchants.decide",
  summary: "Propose to a second person: open, decline, suspend or let go on, or another fee plan",
  params: merchantParams,
  body: z.discriminatedUnion("action", [
    z.strictObject({
      action: z.enum(["open", "decline", "suspend", "resume"]),
      version: z.number().int(),
      reason: note.min(5, "field.required").describe("For the second person."),
      message: words(140).default("").describe("What the merchant is told."),
    }),
    z.strictObject({
      action: z.literal("assign_plan"),
      version: z.number().int(),
      reason: note.min(5, "field.required"),
      planId: idOf("fpl"),
      from: instant.optional().describe("Absent: as soon as the merchant's notice is over."),
    }),
  ]),
  status: 201,
  response: z.object({ proposalId: idOf("prp") }),
  errors: [
    "staff.proposal_exists",
    "identity.not_allowed",
    "merchant.changed_meanwhile",
    "merchant.decision_not_possible",
    "merchant.checks_fail",
    "fee_plan.notice_too_short",
  ],
});

/** What a fee would be, itemised. */
export const FeePreview = z
  .object({
    amount: z.object({ amount: z.string(), currency: z.string() }),
    method: z.string(),
    basisPoints: z.number().int().describe("Hundredths of a percent of the amount."),
    percentFee: z.object({ amount: z.string(), currency: z.string() }),
    fixedFee: z.object({ amount: z.string(), currency: z.string() }),
    fee: z.object({ amount: z.string(), currency: z.string() }),
    net: z.object({ amount: z.string(), currency: z.string() }),
    promotional: z.boolean(),
    planId: idOf("fpl"),
  })
  .meta({ id: "FeePreview" });
export const previewFee = route({
  ...asMerchant,
  id: "previewFee",
  method: "POST",
  path: "/v1/fee_previews",
  scope: "account.read",
  summary:
    "What we would keep of a payment, by the plan that holds or the one that comes; nothing is charged",
  body: z.strictObject({
    amount: PaymentAmount,
    method: z.enum(["wallet_balance", "linked_bank", "pay_code", "test"]),
    monthlyVolume: PaymentAmount.optional().describe(
      "Taken this month in that currency; absent: what was taken.",
    ),
    plan: z.enum(["current", "next"]).default("current"),
  }),
  status: 200,
  response: FeePreview,
  errors: ["fee_plan.none_next"],
});

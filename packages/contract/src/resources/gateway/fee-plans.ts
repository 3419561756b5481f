import { z } from "zod";
import { currency, idOf, instant, LocalText, listOf, note } from "../../common.ts";
import { route } from "../../route.ts";

/** How a payment was made, as far as fees tell it apart. */
export const feeMethods = ["wallet_balance", "linked_bank", "pay_code", "test"] as const;

const basisPoints = z.number().int().min(0).max(10_000).describe("Hundredths of a percent.");
const decimalForm = /^\d{1,13}(\.\d{1,4})?$/;
const decimal = z.string().regex(decimalForm, "field.invalid");

const FeeTier = z.strictObject({
  from: decimal.describe(
    "Holds from this monthly volume, in the rate's currency; the first tier begins at 0.",
  ),
  basisPoints,
  fixed: decimal.describe("Per payment, in the rate's currency; 0 in a rate for any currency."),
});
const FeeRate = z.strictObject({
  method: z.enum(feeMethods).nullable().describe("Null: every way to pay that has no rate of its own."),
  currency: currency.nullable().describe("Null: every currency that has no rate of its own."),
  tiers: z.array(FeeTier).min(1).max(10),
});

/**
 * What a plan says. A payment is priced by the rate that names it most closely: method and currency, then currency, then
 * method, then the rate for everything, which every plan has; in it by the highest tier that the month's volume has
 * reached.
 */
export const FeeTerms = z
  .strictObject({
    rates: z.array(FeeRate).min(1).max(40),
    promotion: z.strictObject({ until: instant }).nullable().describe("Until then payments cost nothing."),
    refundFee: z.enum(["kept", "given_back"]).describe("What becomes of the fee when a payment is refunded."),
    settlement: z.strictObject({
      delayDays: z.union([z.literal(0), z.literal(1)]).describe("T+0 or T+1, in business days."),
      cutOffHour: z.number().int().min(0).max(23).describe("In the merchant's time zone."),
    }),
    reserve: z
      .strictObject({ basisPoints, days: z.number().int().min(1).max(365) })
      .nullable()
      .describe("Part of every settlement that is held back for so many days."),
  })
  .superRefine(({ rates }, context) => {
    const issue = (message: string, path: (string | number)[]) =>
      context.addIssue({ code: "custom", message, path: ["rates", ...path] });
    const names = rates.map(({ method, currency: of }) => `${method} ${of}`);
    if (!names.includes("null null")) issue("field.required", []);
    if (new Set(names).size < names.length) issue("field.invalid", []);
    rates.forEach(({ tiers, currency: of }, index) => {
      const froms = tiers.map(({ from }) => scaled(from));
      if (froms[0] !== 0n || froms.some((from, at) => at > 0 && from <= (froms[at - 1] ?? 0n)))
        issue("field.invalid", [index, "tiers"]);
      // Without a currency nobody could say how much a fixed part or a volume is.
      if (of === null && (tiers.length > 1 || tiers.some(({ fixed }) => scaled(fixed) !== 0n)))
        issue("field.invalid", [index, "tiers"]);
    });
  })
  .meta({ id: "FeeTerms" });
export type FeeTerms = z.infer<typeof FeeTerms>;

/**
 * A decimal text in ten-thousandths: for comparing, whatever the currency's decimals. What is no decimal was refused at its
 * own field and counts as nothing here.
 */
function scaled(text: string): bigint {
  if (!decimalForm.test(text)) return 0n;
  const [whole = "0", part = ""] = text.split(".");
  return BigInt(whole) * 10_000n + BigInt(part.padEnd(4, "0"));
}

export const FeePlan = z
  .object({
    object: z.literal("fee_plan"),
    id: idOf("fpl"),
    key: z.string().describe("Names the plan through its versions."),
    version: z.number().int().describe("A version never changes; another one takes its place."),
    name: LocalText,
    terms: FeeTerms,
    createdAt: instant,
  })
  .meta({ id: "FeePlan", description: "What a merchant pays, and when its money is paid out." });
export type FeePlan = z.infer<typeof FeePlan>;

export const FeePlanAssignment = z.object({ plan: FeePlan, from: instant }).meta({ id: "FeePlanAssignment" });

export const getFeePlan = route({
  id: "getFeePlan",
  method: "GET",
  path: "/v1/fee_plan",
  tag: "Merchants",
  audience: "merchant",
  scope: "account.read",
  summary: "The plan that holds, the one that comes, and those before",
  status: 200,
  response: z.object({
    current: FeePlanAssignment,
    next: FeePlanAssignment.nullable(),
    earlier: z.array(FeePlanAssignment),
  }),
  errors: [],
});
export const listFeePlans = route({
  id: "listFeePlans",
  method: "GET",
  path: "/v1/console/fee-plans",
  tag: "Console",
  audience: "staff",
  permission: "merchants.read",
  summary: "Every version of every plan, newest first",
  status: 200,
  response: listOf(FeePlan.extend({ merchants: z.number().int().describe("Merchants it holds for now.") })),
  errors: [],
});
export const proposeFeePlan = route({
  id: "proposeFeePlan",
  method: "POST",
  path: "/v1/console/fee-plans",
  tag: "Console",
  audience: "staff",
  permission: "merchants.decide",
  summary: "Propose a new plan, or a new version of one, to a second person",
  body: z.strictObject({
    key: z.string().regex(/^[a-z][a-z0-9-]{1,39}$/, "field.invalid"),
    name: z.strictObject({
      en: note.min(1, "field.required").max(60, "field.too_long"),
      zh: note.min(1, "field.required").max(60, "field.too_long"),
    }),
    terms: FeeTerms,
    reason: note.min(5, "field.required"),
  }),
  status: 201,
  response: z.object({ proposalId: idOf("prp") }),
  errors: ["staff.proposal_exists", "identity.not_allowed"],
});

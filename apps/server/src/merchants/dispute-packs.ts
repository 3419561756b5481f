import type { ReasonEntry } from "./dispute-reasons.ts";

/** Deadlines of disputes in one jurisdiction, in calendar days. */
export type DisputePack = {
  /** `operator` for the operator's own; otherwise the jurisdiction whose law changes them. */
  name: string;
  /** From the payment: so long the payer may dispute it. */
  payerDays: number;
  /** The same where the payer says that they never agreed to the payment. */
  unauthorisedDays: number;
  /** From the opening: so long the merchant may answer. */
  answerDays: number;
  /** From a decision for the payer that followed an answer: so long the merchant may represent. */
  representDays: number;
  /** From an answer: so long staff should take to decide. */
  decideDays: number;
  /** Where the numbers come from. */
  source: string;
};

/**
 * The operator's own deadlines. 120 days and ten days are what payers and shops know from card payments; no law asks
 * for them.
 */
export const operatorPack: DisputePack = {
  name: "operator",
  payerDays: 120,
  unauthorisedDays: 120,
  answerDays: 10,
  representDays: 7,
  decideDays: 15,
  source: "The operator's default.",
};

/** Thirteen months at their longest: 31 days of the thirteenth month and a year with a leap day. */
const thirteenMonths = 397;

const jurisdictions: readonly (DisputePack & { countries: readonly string[] })[] = [
  {
    ...operatorPack,
    name: "EEA",
    countries:
      "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split(" "),
    unauthorisedDays: thirteenMonths,
    source:
      "Directive (EU) 2015/2366, Article 71(1): an unauthorised payment is notified within 13 months of the debit; the rest is the operator's default.",
  },
  {
    ...operatorPack,
    name: "GB",
    countries: ["GB"],
    unauthorisedDays: thirteenMonths,
    source:
      "Payment Services Regulations 2017 (SI 2017/752), regulation 74: within 13 months of the debit date; the rest is the operator's default.",
  },
];

/** @param country ISO 3166-1 alpha-2 code of where the merchant is; the operator's pack where no other is known */
export const packFor = (country: string | null): DisputePack =>
  jurisdictions.find(({ countries }) => country !== null && countries.includes(country)) ?? operatorPack;

const dayMs = 86_400_000;

/** The moment so many calendar days after another; days are of 24 hours, so that every time zone has as long. */
export const daysAfter = (from: Date, days: number): Date => new Date(from.getTime() + days * dayMs);

/** Until when a purchase of that moment may be disputed for that reason. */
export const disputableUntil = (
  pack: DisputePack,
  paidAt: Date,
  reason: Pick<ReasonEntry, "unauthorised">,
): Date => daysAfter(paidAt, reason.unauthorised ? pack.unauthorisedDays : pack.payerDays);

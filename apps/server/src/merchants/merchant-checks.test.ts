import { FeeTerms } from "@jinqiao/contract";
import { type Currency, exponentOf } from "@jinqiao/money";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { categories } from "./accounts-categories.ts";
import { fitsCountry, normalNumber, numberForms } from "./accounts-registration-numbers.ts";
import { feeOf } from "./fee-plans.ts";
import { checksOf, missingFields } from "./merchant-checks.ts";
import type { MerchantRecord } from "./shop-data.ts";

const merchant: MerchantRecord = {
  id: "mer_01jd8c0v5k3m7q9r2t4w6x8y0z",
  status: "draft",
  statusNote: null,
  tradingName: { en: "Bridge Tea", zh: "桥茶" },
  legalName: "Emma Clarke",
  form: "sole_trader",
  registrationNumber: null,
  country: "GB",
  mcc: "5812",
  website: null,
  supportEmail: "tea@example.com",
  supportPhone: null,
  address: { line1: "1 Bridge Street", line2: null, city: "Bridgetown", postalCode: null, country: "GB" },
  timeZone: "Europe/London",
  currency: "GBP",
  openedBy: "cus_01jd8c0v5k3m7q9r2t4w6x8y0z",
  payoutsPausedUntil: null,
  version: 1,
  createdAt: new Date(0),
  submittedAt: null,
  activatedAt: null,
  closedAt: null,
};
const facts = {
  ownerNames: ["Emma Clarke"],
  sameNumber: 0,
  settlementAccount: "none",
  documents: 0,
} as const;
const outcomeOf = (changed: Partial<MerchantRecord>, given: Partial<Parameters<typeof checksOf>[1]> = {}) =>
  Object.fromEntries(
    checksOf({ ...merchant, ...changed }, { ...facts, ...given }).map(({ id, outcome }) => [id, outcome]),
  );

describe("business checks", () => {
  it("let a sole trader without a number pass where the country asks for none", () => {
    expect(outcomeOf({})).toMatchObject({
      details: "passed",
      registration_number: "passed",
      owner_name: "passed",
    });
    expect(missingFields({ ...merchant, country: "CN" })).toEqual(["registrationNumber"]);
    expect(outcomeOf({ country: "CN" })).toMatchObject({ details: "failed", registration_number: "failed" });
  });
  it("stop what is prohibited and have the rest looked at", () => {
    expect(outcomeOf({ mcc: "7995" }).category).toBe("failed");
    expect(outcomeOf({ mcc: "5921" }).category).toBe("attention");
    expect(outcomeOf({ website: "https://tea.example.com" }).website).toBe("attention");
    expect(outcomeOf({}, { sameNumber: 1 }).duplicate).toBe("attention");
    expect(outcomeOf({}, { ownerNames: ["Somebody Else"] }).owner_name).toBe("attention");
    expect(outcomeOf({ form: "company" }).owner_name).toBe("attention");
  });
});

describe("registration numbers", () => {
  it.each(numberForms)("of $country: the example fits, and any text does not", (form) => {
    expect(fitsCountry(form.country, normalNumber(form.example))).toBe(true);
    expect(fitsCountry(form.country, "?")).toBe(false);
  });
  it.each([
    ["CN", "91350100M000100Y43"],
    ["FR", "732829320"],
    ["IT", "12345670017"],
  ])("of %s: every single wrong digit is found", (country, number) => {
    for (let at = 0; at < number.length; at += 1)
      for (const digit of "0123456789")
        if (/\d/.test(number[at] ?? "") && digit !== number[at])
          expect(fitsCountry(country, number.slice(0, at) + digit + number.slice(at + 1))).toBe(false);
  });
});

it("categories are numbered once each, in both languages", () => {
  expect(new Set(categories.map(({ mcc }) => mcc)).size).toBe(categories.length);
  expect(categories.filter(({ en, zh }) => en === "" || !/\p{Script=Han}/u.test(zh))).toEqual([]);
});

describe("fees", () => {
  const terms = {
    rates: [
      { method: null, currency: null, tiers: [{ from: "0", basisPoints: 60, fixed: "0" }] },
      { method: "linked_bank", currency: null, tiers: [{ from: "0", basisPoints: 40, fixed: "0" }] },
      {
        method: null,
        currency: "GBP",
        tiers: [
          { from: "0", basisPoints: 60, fixed: "0.05" },
          { from: "20000", basisPoints: 50, fixed: "0.05" },
        ],
      },
    ],
    promotion: null,
    refundFee: "kept",
    settlement: { delayDays: 1, cutOffHour: 0 },
    reserve: null,
  } as const satisfies FeeTerms;
  const at = new Date("2026-11-22T12:00:00Z");
  const fee = (minor: bigint, currency: Currency, rest: Partial<Parameters<typeof feeOf>[1]> = {}) =>
    feeOf(terms as FeeTerms, {
      amount: { minor, currency },
      method: "wallet_balance",
      at,
      monthVolume: 0n,
      ...rest,
    }).total;

  it("follow the rate that names the payment most closely, and the tier that the volume has reached", () => {
    expect(fee(10_000n, "GBP")).toBe(65n);
    expect(fee(10_000n, "GBP", { method: "linked_bank" })).toBe(65n);
    expect(fee(10_000n, "EUR", { method: "linked_bank" })).toBe(40n);
    expect(fee(10_000n, "GBP", { monthVolume: 1_999_999n })).toBe(65n);
    expect(fee(10_000n, "GBP", { monthVolume: 2_000_000n })).toBe(55n);
  });
  it("round half to even", () => {
    expect(fee(7_500n, "EUR")).toBe(45n);
    expect([fee(250n, "EUR"), fee(750n, "EUR")]).toEqual([2n, 4n]);
  });
  it("are nothing until a promotion ends, and usual from that moment", () => {
    const free = { ...terms, promotion: { until: "2026-12-01T00:00:00.000Z" } } as FeeTerms;
    const total = (when: string) =>
      feeOf(free, {
        amount: { minor: 10_000n, currency: "GBP" },
        method: "wallet_balance",
        at: new Date(when),
        monthVolume: 0n,
      }).total;
    expect(total("2026-11-30T23:59:59.999Z")).toBe(0n);
    expect(total("2026-12-01T00:00:00.000Z")).toBe(65n);
  });
  it("never fall when the amount grows, in any currency", () => {
    const currencies = fc.constantFrom<Currency>("GBP", "JPY", "KWD", "CNY");
    fc.assert(
      fc.property(
        fc.bigInt(1n, 10n ** 12n),
        fc.bigInt(0n, 10n ** 9n),
        currencies,
        (minor, more, currency) => {
          expect(exponentOf(currency)).toBeGreaterThanOrEqual(0);
          expect(fee(minor + more, currency)).toBeGreaterThanOrEqual(fee(minor, currency));
        },
      ),
      { numRuns: 200 },
    );
  });
  it("cannot be written without a rate for everything, with a fixed part in no currency, or with tiers out of order", () => {
    const refused = (change: object) => FeeTerms.safeParse({ ...terms, ...change }).success;
    expect(FeeTerms.safeParse(terms).success).toBe(true);
    expect(refused({ rates: terms.rates.slice(1) })).toBe(false);
    expect(
      refused({
        rates: [{ method: null, currency: null, tiers: [{ from: "0", basisPoints: 1, fixed: "1" }] }],
      }),
    ).toBe(false);
    const unordered = [
      { from: "0", basisPoints: 1, fixed: "0" },
      { from: "10", basisPoints: 1, fixed: "0" },
      { from: "9.5", basisPoints: 1, fixed: "0" },
    ];
    expect(refused({ rates: [terms.rates[0], { method: null, currency: "GBP", tiers: unordered }] })).toBe(
      false,
    );
  });
});

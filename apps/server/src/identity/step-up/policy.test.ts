import { describe, expect, it } from "vitest";
import { decide, isAllowed, lenientStepUpPolicy, type PolicyFacts, usualStepUpPolicy } from "./policy.ts";

const calm: PolicyFacts = {
  amount: { minor: 1_000n, currency: "EUR" },
  payeeKnown: true,
  payeeTrusted: false,
  deviceKnown: true,
  idle: false,
  spent: 0n,
  count: 0,
  demanded: false,
};
const decided = (facts: Partial<PolicyFacts>) => decide(usualStepUpPolicy, { ...calm, ...facts });
const eur = (minor: bigint) => ({ amount: { minor, currency: "EUR" } });

describe("when a payment must be confirmed", () => {
  it.each<[string, Partial<PolicyFacts>, string[]]>([
    ["30.00, the most that is exempt", eur(3_000n), []],
    ["30.01", eur(3_001n), ["above_limit"]],
    ["a payee paid for the first time", { payeeKnown: false }, ["new_payee"]],
    ["a device that has confirmed nothing", { deviceKnown: false }, ["new_device"]],
    ["a return after five minutes", { idle: true }, ["idle"]],
    ["a demand of risk", { demanded: true }, ["risk"]],
    ["together 100.00", { ...eur(3_000n), spent: 7_000n, count: 3 }, []],
    ["together 100.01", { ...eur(3_000n), spent: 7_001n, count: 3 }, ["cumulative"]],
    ["the fifth in a row", { count: 4 }, []],
    ["the sixth in a row", { count: 5 }, ["cumulative"]],
    ["a currency without thresholds", { amount: { minor: 1n, currency: "XOF" } }, ["above_limit"]],
    ["a trusted payee, 150.00", { ...eur(15_000n), payeeTrusted: true, count: 9 }, []],
    ["a trusted payee, 150.01", { ...eur(15_001n), payeeTrusted: true }, ["above_limit"]],
    [
      "everything at once",
      { ...eur(20_000n), payeeKnown: false, deviceKnown: false, idle: true, demanded: true },
      ["above_limit", "new_payee", "new_device", "idle", "risk"],
    ],
  ])("%s", (_name, facts, reasons) => {
    const decision = decided(facts);
    expect(decision.needed ? decision.reasons : []).toEqual(reasons);
    expect(decision.needed).toBe(reasons.length > 0);
  });

  it("keeps to the decimals of each currency", () => {
    expect(decided({ amount: { minor: 4_500n, currency: "JPY" } }).needed).toBe(false);
    expect(decided({ amount: { minor: 9_001n, currency: "KWD" } }).needed).toBe(true);
    expect(decided({ amount: { minor: 9_000n, currency: "KWD" } }).needed).toBe(false);
    expect(decided({ amount: { minor: 2_501n, currency: "GBP" } }).needed).toBe(true);
  });

  it("has an order in every currency: exempt below strong, one below all", () => {
    for (const currency of ["CNY", "CZK", "EUR", "GBP", "JPY", "KWD", "USD"]) {
      const limits = usualStepUpPolicy.thresholds(currency);
      expect(limits && limits.exemptUpTo <= limits.exemptSum && limits.exemptUpTo <= limits.strongFrom).toBe(
        true,
      );
    }
  });
});

describe("by what at least", () => {
  it.each<[string, Partial<PolicyFacts>, string[]]>([
    [
      "a small sum on a known device",
      { idle: true },
      ["passkey", "pin", "code", "totp", "hardware_token", "in_app"],
    ],
    [
      "a small sum on a new device: no PIN",
      { deviceKnown: false },
      ["passkey", "code", "totp", "hardware_token", "in_app"],
    ],
    ["above 150.00: only what is bound to the payment", eur(15_001n), ["passkey", "code", "in_app"]],
    ["asked for by risk: the same", { demanded: true }, ["passkey", "code", "in_app"]],
    [
      "an unknown currency: the same",
      { amount: { minor: 1n, currency: "XOF" } },
      ["passkey", "code", "in_app"],
    ],
  ])("%s", (_name, facts, allowed) => {
    const decision = decided(facts);
    if (!decision.needed) throw new Error("it must be confirmed");
    const all = ["passkey", "pin", "code", "totp", "hardware_token", "in_app"] as const;
    expect(all.filter((kind) => isAllowed(kind, decision))).toEqual(allowed);
  });
});

it("the lenient policy is for tests: nothing but its first field differs", () => {
  expect({ ...lenientStepUpPolicy, asks: "by_rules" }).toEqual(usualStepUpPolicy);
});

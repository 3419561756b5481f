import { describe, expect, it } from "vitest";
import {
  custodyAccount,
  customerAccount,
  fxPosition,
  isKnownCurrency,
  losses,
  normalSign,
  ruleOf,
  suspense,
  transitIn,
  transitOut,
} from "./chart.ts";

const rule = (code: string) => ruleOf({ code, currency: "CNY" });

describe("the chart of accounts", () => {
  it.each([
    ["custody:harbour", "asset", null, 1],
    ["transit:in:harbour", "asset", null, 1],
    ["transit:out:harbour", "liability", null, -1],
    ["customer:cus_1", "liability", 0n, -1],
    ["merchant:m1:pending", "liability", 0n, -1],
    ["merchant:m1:available", "liability", 0n, -1],
    ["suspense:harbour", "liability", null, -1],
    ["reserve:m1", "liability", 0n, -1],
    ["disputed:m1", "liability", 0n, -1],
    ["test:disputed:m1", "liability", 0n, 0],
    ["fx:position:EUR/CNY", "asset", null, 0],
    ["fx:margin", "income", null, 0],
    ["fees:transfer", "income", null, 0],
    ["bank-fees", "expense", null, 0],
    ["rewards:spring", "expense", null, 0],
    ["losses:instant-credit", "expense", null, 0],
    ["rounding", "expense", null, 0],
    ["own-funds", "equity", null, 0],
  ] as const)("makes of %s an account of kind %s", (code, kind, floor, safeguarding) => {
    expect(rule(code)).toEqual({ kind, floor, safeguarding });
    expect(normalSign(kind)).toBe(kind === "asset" || kind === "expense" ? 1n : -1n);
  });

  it.each([
    "",
    "customer",
    "customer:",
    "customers:1",
    "xcustomer:1",
    "rounding:1",
    "rounding2",
    "own-fund",
    "fx:position:",
    "fx:margin:x",
    "transit:harbour",
    "customer:1 CNY",
    "customer:1\n",
    "customer:é",
    "客户:1",
    `customer:${"x".repeat(192)}`,
  ])("has no place for %j", (code) => {
    expect(rule(code)).toBeUndefined();
  });

  it("has room for codes of two hundred characters", () => {
    expect(rule(`customer:${"x".repeat(191)}`)).toBeDefined();
    expect(rule("customer:A-z0_9./*:b")).toBeDefined();
  });

  it("knows the currencies of ISO 4217", () => {
    expect(isKnownCurrency({ code: "rounding", currency: "CZK" })).toBe(true);
    expect(isKnownCurrency({ code: "rounding", currency: "XXX" })).toBe(false);
  });

  it("names the accounts that other modules post to", () => {
    const named = [
      customerAccount("c", "EUR"),
      custodyAccount("b", "EUR"),
      transitIn("b", "EUR"),
      transitOut("b", "EUR"),
      suspense("b", "EUR"),
      losses("fraud", "EUR"),
      fxPosition("EUR/CNY", "EUR"),
    ];
    expect(named.map(({ code }) => code)).toEqual([
      "customer:c",
      "custody:b",
      "transit:in:b",
      "transit:out:b",
      "suspense:b",
      "losses:fraud",
      "fx:position:EUR/CNY",
    ]);
    expect(named.every((one) => one.currency === "EUR" && ruleOf(one) !== undefined)).toBe(true);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  AmountError,
  currencyCodes,
  exponentOf,
  formatDecimal,
  formatMoney,
  isId,
  makeId,
  parseAmount,
  parseDecimal,
  toWire,
} from "./index.ts";

function problemOf(amount: string, currency: string): string {
  try {
    parseAmount({ amount, currency });
    return "accepted";
  } catch (error) {
    if (error instanceof AmountError) return error.problem;
    throw error;
  }
}

describe("amounts on the wire", () => {
  it.each([
    ["0", "CNY", "zero"],
    ["0.00", "CNY", "zero"],
    ["-0", "CNY", "negative"],
    ["-1.00", "CNY", "negative"],
    ["1.001", "CNY", "too_many_decimals"],
    ["1.0", "JPY", "too_many_decimals"],
    ["1.2345", "KWD", "too_many_decimals"],
    ["1e3", "CNY", "format"],
    ["１００", "CNY", "format"],
    ["1,000.00", "CNY", "format"],
    ["+1", "CNY", "format"],
    [" 1", "CNY", "format"],
    ["1.", "CNY", "format"],
    [".5", "CNY", "format"],
    ["01", "CNY", "format"],
    ["", "CNY", "format"],
    ["NaN", "CNY", "format"],
    ["0x10", "CNY", "format"],
    ["90071992547409.92", "CNY", "too_large"],
    ["9007199254740992", "JPY", "too_large"],
    ["1", "XXX", "unknown_currency"],
    ["1", "cny", "unknown_currency"],
  ])("refuses %s %s as %s", (amount, currency, problem) => {
    expect(problemOf(amount, currency)).toBe(problem);
  });

  it("reads amounts by the currency's own exponent", () => {
    expect(parseAmount({ amount: "0.29", currency: "CNY" }).minor).toBe(29n);
    expect(parseAmount({ amount: "1234567", currency: "JPY" }).minor).toBe(1234567n);
    expect(parseAmount({ amount: "1.234", currency: "KWD" }).minor).toBe(1234n);
    expect(parseAmount({ amount: "1.2345", currency: "CLF" }).minor).toBe(12345n);
    expect(parseAmount({ amount: "5", currency: "GBP" }).minor).toBe(500n);
    expect(parseAmount({ amount: "90071992547409.91", currency: "CNY" }).minor).toBe(2n ** 53n - 1n);
  });

  it("writes and reads back every amount of every currency exactly", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }),
        fc.constantFrom(...currencyCodes),
        (minor, currency) => {
          const text = formatDecimal(minor, currency);
          expect(parseDecimal(text, currency)).toBe(minor);
          expect((text.split(".")[1] ?? "").length).toBe(exponentOf(currency));
        },
      ),
    );
  });

  it("goes out as it came in", () => {
    expect(toWire({ minor: -29n, currency: "CNY" })).toEqual({ amount: "-0.29", currency: "CNY" });
    expect(toWire(parseAmount({ amount: "1.5", currency: "KWD" }))).toEqual({
      amount: "1.500",
      currency: "KWD",
    });
  });

  it("is refused with an error that names the problem", () => {
    expect(() => parseAmount({ amount: "0", currency: "CNY" })).toThrow(
      expect.objectContaining({ name: "AmountError", message: "amount refused: zero", problem: "zero" }),
    );
  });

  it("knows each currency of ISO 4217 once, in order, with its exponent", () => {
    expect(currencyCodes).toEqual([...new Set(currencyCodes)].sort());
    expect(currencyCodes.every((code) => /^[A-Z]{3}$/.test(code))).toBe(true);
    expect(["JPY", "CNY", "KWD", "UYW"].map(exponentOf)).toEqual([0, 2, 3, 4]);
    expect(() => exponentOf("XAU")).toThrow(RangeError);
  });

  it("shows the sign of an amount where a list asks for it", () => {
    expect(formatMoney({ amount: "5.00", currency: "CNY" }, "en", { signDisplay: "always" })).toBe("+¥5.00");
    expect(formatMoney({ amount: "-5.00", currency: "CNY" }, "en")).toBe("-¥5.00");
    expect(formatMoney({ amount: "5.00", currency: "CNY" }, "en")).toBe("¥5.00");
  });

  it("shows large amounts to people without rounding", () => {
    expect(formatMoney({ amount: "90071992547409.91", currency: "CNY" }, "zh-CN")).toBe(
      "¥90,071,992,547,409.91",
    );
    expect(formatMoney({ amount: "1234567", currency: "JPY" }, "en-GB")).toBe("JP¥1,234,567");
    expect(formatMoney({ amount: "1234567", currency: "JPY" }, "zh-CN")).toBe("JP¥1,234,567");
    expect(formatMoney({ amount: "1234567.00", currency: "CNY" }, "en-GB")).toBe("¥1,234,567.00");
    expect(formatMoney({ amount: "1.500", currency: "KWD" }, "en")).toContain("1.500");
  });
});

describe("ids", () => {
  it("sort by time and carry their prefix", () => {
    const zero = new Uint8Array(10);
    const full = new Uint8Array(10).fill(255);
    const earlier = makeId("pay", 1_700_000_000_000, full);
    const later = makeId("pay", 1_700_000_000_001, zero);
    expect(earlier < later).toBe(true);
    expect(isId("pay", earlier)).toBe(true);
    expect(isId("cus", earlier)).toBe(false);
    expect(isId("pay", "pay_../../etc")).toBe(false);
    expect(isId("pay", `${earlier}0`)).toBe(false);
    expect(isId("pay", earlier.replace("pay_", "pay_0"))).toBe(false);
    expect(isId("pay", earlier.slice(4))).toBe(false);
    expect(isId("pay", earlier.toUpperCase())).toBe(false);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  AmountError,
  ArithmeticError,
  currencyCodes,
  exponentOf,
  formatDecimal,
  multiplyByRate,
  parseDecimal,
  roundingModes,
} from "./index.ts";

const currency = fc.constantFrom(...currencyCodes);
const minor = fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n });
const mode = fc.constantFrom(...roundingModes.filter((name) => name !== "unnecessary"));
/** Rates up to nine whole digits and ten decimals, written as banks write them. */
const rate = fc
  .tuple(fc.bigInt({ min: 0n, max: 999_999_999n }), fc.stringMatching(/^[0-9]{0,10}$/))
  .map(([whole, decimals]) => (decimals === "" ? `${whole}` : `${whole}.${decimals}`))
  .filter((text) => /[1-9]/.test(text));

function problemOf(text: string): string {
  try {
    multiplyByRate(100n, text, "EUR", "CNY", "half_even");
    return "accepted";
  } catch (error) {
    if (error instanceof ArithmeticError) return error.problem;
    throw error;
  }
}

describe("an amount is converted at a rate", () => {
  it.each([
    ["euros to yuan", 10_000n, "7.8215", "EUR", "CNY", 78_215n],
    ["yen have no minor unit", 100n, "0.0478", "JPY", "CNY", 478n],
    ["and yuan to yen", 478n, "20.92", "CNY", "JPY", 100n],
    ["Kuwaiti dinars have three decimals", 1_000n, "23.456", "KWD", "CNY", 2_346n],
    ["into dinars", 2_346n, "0.042633", "CNY", "KWD", 1_000n],
    ["a tie goes to the even unit", 50n, "0.01", "EUR", "CNY", 0n],
    ["and to the even unit above", 150n, "0.01", "EUR", "CNY", 2n],
    ["a debt as the mirror image", -10_000n, "7.8215", "EUR", "CNY", -78_215n],
    ["a whole rate", 5n, "100", "CNY", "EUR", 500n],
    ["trailing zeros do not matter", 5n, "100.000", "CNY", "EUR", 500n],
    ["0.29 stays 0.29", 29n, "1", "EUR", "EUR", 29n],
    [
      "beyond what a double holds",
      9_007_199_254_740_993n,
      "1.0000000000000001",
      "EUR",
      "CNY",
      9_007_199_254_740_994n,
    ],
  ] as const)("%s", (_, amount, text, from, to, expected) => {
    expect(multiplyByRate(amount, text, from, to, "half_even")).toBe(expected);
  });

  it("within one unit of the exact amount, whatever the currencies and the mode", () => {
    fc.assert(
      fc.property(minor, rate, currency, currency, mode, (amount, text, from, to, rounding) => {
        const converted = multiplyByRate(amount, text, from, to, rounding);
        // Both sides as whole numbers of the finest unit in play, so that the test itself cannot round.
        const [whole = "", decimals = ""] = text.split(".");
        const exact = amount * BigInt(whole + decimals) * 10n ** BigInt(exponentOf(to));
        const unit = 10n ** BigInt(decimals.length + exponentOf(from));
        const difference = converted * unit - exact;
        expect(difference < unit && difference > -unit).toBe(true);
      }),
    );
  });

  it("at the rate 1 between currencies of one exponent, to itself", () => {
    fc.assert(
      fc.property(minor, currency, mode, (amount, code, rounding) => {
        expect(multiplyByRate(amount, "1", code, code, rounding)).toBe(amount);
        expect(multiplyByRate(amount, "1.00", code, code, "unnecessary")).toBe(amount);
      }),
    );
  });

  it("at a power of ten, by moving the point", () => {
    fc.assert(
      fc.property(minor, currency, fc.integer({ min: 0, max: 20 }), (amount, code, zeros) => {
        expect(multiplyByRate(amount, `1${"0".repeat(zeros)}`, code, code, "unnecessary")).toBe(
          amount * 10n ** BigInt(zeros),
        );
      }),
    );
  });

  it.each([
    ["", "rate_format"],
    ["1e3", "rate_format"],
    ["1,5", "rate_format"],
    ["+1", "rate_format"],
    ["-1", "rate_format"],
    [" 1", "rate_format"],
    ["1\n", "rate_format"],
    ["1.", "rate_format"],
    [".5", "rate_format"],
    ["01", "rate_format"],
    ["１", "rate_format"],
    ["NaN", "rate_format"],
    [`1.${"0".repeat(38)}`, "rate_format"],
    [`1.${"0".repeat(37)}`, "accepted"],
    [`9${"0".repeat(38)}`, "rate_format"],
    ["0", "rate_not_positive"],
    ["0.000", "rate_not_positive"],
    ["0.0001", "accepted"],
  ])("and the rate %j is %s", (text, problem) => {
    expect(problemOf(text)).toBe(problem);
  });

  it("or refused where rounding was forbidden or a currency does not exist", () => {
    expect(() => multiplyByRate(1n, "0.5", "EUR", "CNY", "unnecessary")).toThrow("rounding_necessary");
    expect(() => multiplyByRate(1n, "1", "XXX", "CNY", "up")).toThrow(RangeError);
    expect(() => multiplyByRate(1n, "1", "CNY", "XXX", "up")).toThrow("not an ISO 4217 currency: XXX");
  });
});

describe("decimal text", () => {
  it("is read to the same amount with every number of decimals that the currency allows", () => {
    fc.assert(
      fc.property(minor, currency, (amount, code) => {
        const full = formatDecimal(amount, code);
        // Zeros at the end of the fraction carry nothing, and neither does a point with nothing after it.
        const short = full.includes(".") ? full.replace(/\.?0+$/, "") : full;
        expect(parseDecimal(short, code)).toBe(amount);
      }),
    );
  });

  it("is refused, never guessed at, when it is anything else", () => {
    const plain = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/;
    const nearly = fc.stringMatching(/^[-+ 0-9.,eE_']{0,12}$/);
    fc.assert(
      fc.property(nearly, currency, (text, code) => {
        const decimals = text.split(".")[1]?.length ?? 0;
        const readable = plain.test(text) && decimals <= exponentOf(code);
        let read: bigint | undefined;
        try {
          read = parseDecimal(text, code);
        } catch (error) {
          expect(error).toBeInstanceOf(AmountError);
        }
        expect(read !== undefined).toBe(readable);
        if (read !== undefined) expect(parseDecimal(formatDecimal(read, code), code)).toBe(read);
      }),
      { numRuns: 1000 },
    );
  });
});

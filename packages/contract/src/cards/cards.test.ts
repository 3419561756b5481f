import { describe, expect, it } from "vitest";
import { cardTable } from "./card-table.ts";
import { digitsOf, isCardNumber, isResidentIdNumber, recogniseCard } from "./index.ts";
import { issuerNames } from "./issuer-names.ts";

describe("card numbers", () => {
  it.each([
    // ISO/IEC 7812-1 style examples that payment systems publish for tests.
    ["4111111111111111", true],
    ["5555555555554444", true],
    ["4111111111111112", false],
    ["411111111111111", false],
    ["41111111111111111111", false],
    ["４111111111111111", false],
    ["", false],
  ])("%s", (digits, right) => expect(isCardNumber(digits)).toBe(right));

  it("every single wrong digit and every swap of two neighbours but 09 and 90 is found", () => {
    const number = "4111111111111111".replace("1111", "1357");
    const last = [...Array(10).keys()].find((digit) => isCardNumber(number.slice(0, -1) + digit));
    const right = number.slice(0, -1) + last;
    for (let at = 0; at < right.length; at += 1)
      for (let digit = 0; digit < 10; digit += 1) {
        if (right[at] === String(digit)) continue;
        expect(isCardNumber(right.slice(0, at) + digit + right.slice(at + 1))).toBe(false);
      }
  });

  it("spaces and hyphens between groups do not count", () => {
    expect(digitsOf(" 6222 0200-0000 ")).toBe("622202000000");
  });
});

describe("citizen identification numbers", () => {
  it.each([
    // The example of GB 11643-1999, section 4.2.
    ["11010519491231002X", true],
    ["440524188001010014", true],
    ["110105194912310021", false],
    ["11010519491331002X", false],
    ["11010519490230002X", false],
    ["11010519491231002x", false],
    ["1101051949123100", false],
  ])("%s", (text, right) => expect(isResidentIdNumber(text)).toBe(right));
});

describe("whose card it is", () => {
  it.each([
    ["622848", "中国农业银行", "Agricultural Bank of China", "debit", 19],
    ["6228480402564890018", "中国农业银行", "Agricultural Bank of China", "debit", 19],
    ["622202", "中国工商银行", "Industrial and Commercial Bank of China", "debit", 19],
    ["356390", "中信银行", "China CITIC Bank", "credit", 16],
  ])("%s", (digits, zh, en, kind, length) =>
    expect(recogniseCard(digits)).toEqual({ issuer: { name: { zh, en }, romanised: false }, kind, length }),
  );
  it("an issuer without a well-known English name is named in Latin letters, and said to be", () =>
    expect(recogniseCard("622413")?.issuer).toEqual({
      name: { zh: "鞍山银行", en: "Anshan Yinhang" },
      romanised: true,
    }));
  it("every issuer has one English name, and no name is left over", () => {
    const first = (table: string) =>
      table
        .trim()
        .split("\n")
        .map((line) => line.split("|")[0]);
    const named = first(issuerNames);
    expect(new Set(named).size).toBe(named.length);
    expect(new Set(named)).toEqual(new Set(first(cardTable)));
    for (const line of issuerNames.trim().split("\n")) expect(line).toMatch(/^[^|]+\|~?[A-Z][A-Za-z' ,()]+$/);
  });
  it.each(["", "62", "000000", "6299990000000001018", "62284804025648900181"])("%s is not known", (digits) =>
    expect(recogniseCard(digits)).toBeUndefined(),
  );
});

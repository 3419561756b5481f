import fc from "fast-check";
import { expect, test } from "vitest";
import { bankIban, groupIban, isIban } from "./iban.ts";
import { CURRENCIES, formatAmount, parseAmount } from "./money.ts";

test.each([
  ["165.88", "GBP", 16588n],
  ["0.29", "CNY", 29n],
  ["1200", "JPY", 1200n],
  ["1.375", "KWD", 1375n],
  ["-5", "EUR", -500n],
  ["99999999999999.99", "EUR", 9999999999999999n],
])("%s %s", (text, currency, minor) => {
  expect(parseAmount(text, currency)).toBe(minor);
});

test.each([
  ["1.5", "JPY"],
  ["1.001", "EUR"],
  ["1e3", "EUR"],
  ["１００", "EUR"],
  ["1,000", "EUR"],
  [" 1", "EUR"],
  ["1.", "EUR"],
  [".5", "EUR"],
  ["", "EUR"],
  ["+1", "EUR"],
  ["0x10", "EUR"],
  ["123456789012345", "EUR"],
  ["NaN", "EUR"],
])("%s is no amount in %s", (text, currency) => {
  expect(parseAmount(text, currency)).toBeUndefined();
});

test("what is written reads back the same, in every currency", () => {
  const minor = fc.bigInt({ min: -(10n ** 13n), max: 10n ** 13n });
  fc.assert(
    fc.property(minor, fc.constantFrom(...CURRENCIES), (amount, currency) => {
      expect(parseAmount(formatAmount(amount, currency), currency)).toBe(amount);
    }),
  );
});

test("IBANs: right check numbers, and one wrong digit is noticed", () => {
  expect(isIban("DE89370400440532013000")).toBe(true);
  expect(isIban("GB33BUKB20201555555555")).toBe(true);
  expect(isIban("DE89370400440532013001")).toBe(false);
  expect(isIban("de89370400440532013000")).toBe(false);
  expect(groupIban("CZ1799990000001000000101")).toBe("CZ17 9999 0000 0010 0000 0101");
  fc.assert(
    fc.property(
      fc.nat(),
      fc.integer({ min: 4, max: 23 }),
      fc.integer({ min: 1, max: 9 }),
      (number, at, add) => {
        const iban = bankIban(number);
        expect(isIban(iban)).toBe(true);
        const digit = (Number(iban[at]) + add) % 10;
        expect(isIban(iban.slice(0, at) + digit + iban.slice(at + 1))).toBe(false);
      },
    ),
  );
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkAmount, type KeypadKey, pressKey } from "./amount.ts";

describe("checkAmount", () => {
  test.each([
    ["0", "CNY", "amount.zero"],
    ["", "CNY", "amount.format"],
    ["-5", "CNY", "amount.negative"],
    ["1e3", "CNY", "amount.format"],
    ["１００", "CNY", "amount.format"],
    ["1,000", "CNY", "amount.format"],
    ["1.005", "CNY", "amount.too_many_decimals"],
    ["1.5", "JPY", "amount.too_many_decimals"],
    ["1.2345", "KWD", "amount.too_many_decimals"],
    ["90071992547409.92", "CNY", "amount.too_large"],
    ["5", "XXX", "amount.unknown_currency"],
  ])("%s %s is refused by %s", (text, currency, id) => {
    expect(checkAmount(text, currency)).toMatchObject({ ok: false, id });
  });

  test("the amount gets exactly the currency's decimals", () => {
    expect(checkAmount("5", "CNY")).toEqual({ ok: true, money: { amount: "5.00", currency: "CNY" } });
    expect(checkAmount("5", "JPY")).toEqual({ ok: true, money: { amount: "5", currency: "JPY" } });
    expect(checkAmount("5.1", "KWD")).toEqual({ ok: true, money: { amount: "5.100", currency: "KWD" } });
  });

  test("what is available is told before the limit, and the bound itself is allowed", () => {
    const bounds = {
      available: { amount: "100.00", currency: "CNY" },
      limit: { amount: "50.00", currency: "CNY" },
    };
    expect(checkAmount("100.01", "CNY", bounds)).toMatchObject({ id: "amount.above_available" });
    expect(checkAmount("50.01", "CNY", bounds)).toMatchObject({ id: "amount.above_limit" });
    expect(checkAmount("50", "CNY", bounds)).toMatchObject({ ok: true });
  });

  test("a balance below zero leaves nothing available", () => {
    expect(checkAmount("0.01", "CNY", { available: { amount: "-3.00", currency: "CNY" } })).toMatchObject({
      id: "amount.above_available",
    });
  });
});

test("no sequence of keys makes a wrong form, in any currency", () => {
  const keys: KeypadKey[] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", ".", "delete"];
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...keys)),
      fc.constantFrom("CNY", "JPY", "KWD"),
      (pressed, currency) => {
        const text = pressed.reduce((before, key) => pressKey(before, key, currency), "");
        // A trailing point is a form under way; the next digit or delete mends it.
        const check = checkAmount(text.replace(/\.$/, ""), currency);
        if (text !== "" && !check.ok) expect(["amount.zero", "amount.too_large"]).toContain(check.id);
      },
    ),
  );
});

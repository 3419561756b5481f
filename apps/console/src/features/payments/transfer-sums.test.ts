import { expect, test } from "vitest";
import { isZero, transferSums } from "./transfer-sums.ts";

const entry = (direction: "debit" | "credit", amount: string, currency: string) => ({
  accountCode: "custody:harbour",
  direction,
  amount: { amount, currency },
  balanceAfter: { amount: "0", currency },
});

test("each currency is added on its own and exactly", () => {
  const sums = transferSums({
    entries: [
      entry("debit", "0.10", "EUR"),
      entry("debit", "0.20", "EUR"),
      entry("credit", "0.30", "EUR"),
      entry("debit", "9007199254740993.001", "KWD"),
      entry("credit", "9007199254740993.001", "KWD"),
    ],
  });
  expect(
    sums.map((sum) => [sum.currency, sum.debit.amount, sum.credit.amount, sum.difference.amount]),
  ).toEqual([
    ["EUR", "0.30", "0.30", "0.00"],
    ["KWD", "9007199254740993.001", "9007199254740993.001", "0.000"],
  ]);
  expect(sums.every((sum) => isZero(sum.difference))).toBe(true);
});

test("a transfer that does not balance is told by one minor unit", () => {
  const [sum] = transferSums({ entries: [entry("debit", "100", "JPY"), entry("credit", "101", "JPY")] });
  expect(sum?.difference).toEqual({ amount: "-1", currency: "JPY" });
  expect(sum && isZero(sum.difference)).toBe(false);
});

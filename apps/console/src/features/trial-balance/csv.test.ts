import { expect, test } from "vitest";
import { csvField, trialBalanceCsv } from "./csv.ts";

const eur = (amount: string) => ({ amount, currency: "EUR" });

test("the trial balance is written row by row with its totals", () => {
  const csv = trialBalanceCsv({
    asOf: "2026-11-22T08:00:00.000Z",
    currencies: [
      {
        currency: "EUR",
        rows: [
          {
            account: "custody:harbour",
            kind: "asset",
            accounts: 1,
            debit: eur("120.50"),
            credit: eur("0.00"),
          },
          {
            account: "customer:*",
            kind: "liability",
            accounts: 3,
            debit: eur("0.00"),
            credit: eur("120.50"),
          },
        ],
        branches: [],
        totalDebit: eur("120.50"),
        totalCredit: eur("120.50"),
        difference: eur("0.00"),
        safeguarding: { assets: eur("120.50"), owed: eur("120.50"), surplus: eur("0.00"), held: true },
      },
    ],
  });
  expect(csv.startsWith("\uFEFFas_of,currency,account,kind,accounts,debit,credit\r\n")).toBe(true);
  expect(csv.split("\r\n").slice(1)).toEqual([
    "2026-11-22T08:00:00.000Z,EUR,custody:harbour,asset,1,120.50,0.00",
    "2026-11-22T08:00:00.000Z,EUR,customer:*,liability,3,0.00,120.50",
    "2026-11-22T08:00:00.000Z,EUR,total,,,120.50,120.50",
    "2026-11-22T08:00:00.000Z,EUR,difference,,,0.00,",
    "",
  ]);
});

test.each([
  ["plain", "plain"],
  ["-5.00", "-5.00"],
  ["a,b", '"a,b"'],
  ['say "no"', '"say ""no"""'],
  ["two\nlines", '"two\nlines"'],
  ["=1+1", "'=1+1"],
  ["-1+1", "'-1+1"],
  ["@name", "'@name"],
])("field %j is written as %j", (text, written) => {
  expect(csvField(text)).toBe(written);
});

import { expect, test } from "vitest";
import { plannedPosting, writeOffSide } from "./planned-posting.ts";

const eur = (amount: string) => ({ amount, currency: "EUR" });
type Facts = Parameters<typeof plannedPosting>[0];

const bankSide = (amount: string, direction: "credit" | "debit") => ({
  amount: eur(amount),
  direction,
  reference: null,
  counterpartyName: null,
});
const ledgerSide = (amount: string, direction: "credit" | "debit") => ({
  amount: eur(amount),
  direction,
  reference: null,
  paymentId: null,
});
const found = (facts: Partial<Facts>): Facts => ({
  kind: "unexpected_line",
  bankId: "harbour",
  currency: "EUR",
  bankSide: null,
  ledgerSide: null,
  difference: eur("0.00"),
  ...facts,
});
const told = (facts: Partial<Facts>, action: Parameters<typeof plannedPosting>[1]) =>
  plannedPosting(found(facts), action).map((leg) => `Dr ${leg.debit} Cr ${leg.credit} ${leg.amount.amount}`);

test("money that nobody claims is kept, money that nobody explains is borne", () => {
  expect(told({ bankSide: bankSide("88.00", "credit") }, "write_off")).toEqual([
    "Dr suspense:harbour Cr losses:unreconciled 88.00",
  ]);
  expect(told({ bankSide: bankSide("88.00", "debit") }, "write_off")).toEqual([
    "Dr losses:unreconciled Cr suspense:harbour 88.00",
  ]);
  expect(writeOffSide(found({ bankSide: bankSide("88.00", "debit") }))).toBe("bears");
});

test("another closing balance is written off against custody, by its sign", () => {
  const facts = {
    kind: "closing_differs",
    bankSide: bankSide("10.00", "credit"),
    ledgerSide: ledgerSide("12.50", "credit"),
  } as const;
  expect(told({ ...facts, difference: eur("-2.50") }, "write_off")).toEqual([
    "Dr losses:unreconciled Cr custody:harbour 2.50",
  ]);
  expect(told({ ...facts, difference: eur("2.50") }, "write_off")).toEqual([
    "Dr custody:harbour Cr losses:unreconciled 2.50",
  ]);
});

test("a top-up of another amount is completed as agreed, the difference goes to losses", () => {
  const sides = (bank: string) => ({
    kind: "amount_differs" as const,
    bankSide: bankSide(bank, "credit"),
    ledgerSide: ledgerSide("500.00", "credit"),
  });
  expect(told(sides("512.00"), "complete_payment")).toEqual([
    "Dr suspense:harbour Cr transit:in:harbour / customer 500.00",
    "Dr suspense:harbour Cr losses:unreconciled 12.00",
  ]);
  expect(told(sides("480.00"), "complete_payment")).toEqual([
    "Dr suspense:harbour Cr transit:in:harbour / customer 480.00",
    "Dr losses:unreconciled Cr transit:in:harbour / customer 20.00",
  ]);
});

test("a withdrawal of another amount is completed as agreed", () => {
  const facts = {
    kind: "amount_differs",
    bankSide: bankSide("101.00", "debit"),
    ledgerSide: ledgerSide("100.00", "debit"),
  } as const;
  expect(told(facts, "complete_payment")).toEqual([
    "Dr transit:out:harbour Cr suspense:harbour 100.00",
    "Dr losses:unreconciled Cr suspense:harbour 1.00",
  ]);
});

test("what the bank never moved is undone", () => {
  expect(
    told({ kind: "missing_on_statement", ledgerSide: ledgerSide("75.10", "debit") }, "reverse_payment"),
  ).toEqual(["Dr transit:out:harbour Cr customer 75.10"]);
  expect(
    told({ kind: "missing_on_statement", ledgerSide: ledgerSide("75.10", "credit") }, "reverse_payment"),
  ).toEqual(["Dr customer Cr transit:in:harbour 75.10"]);
});

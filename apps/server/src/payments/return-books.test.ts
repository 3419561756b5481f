import fc from "fast-check";
import { expect, it } from "vitest";
import { returnBooking } from "./return-books.ts";
import type { PaymentRow } from "./sql.ts";

const returned = (original_kind: "top_up" | "withdrawal", amount: bigint) =>
  ({
    original_kind,
    amount,
    currency: "EUR",
    customer_id: "cus_x",
    bank_id: "harbour",
  }) as unknown as PaymentRow;

it("a withdrawal that comes back goes to its customer whole, whatever the balance", () => {
  expect(returnBooking(returned("withdrawal", 500n), -3n)).toEqual({
    kind: "return.withdrawal",
    postings: [
      {
        debit: { code: "custody:harbour", currency: "EUR" },
        credit: { code: "customer:cus_x", currency: "EUR" },
        amount: 500n,
      },
    ],
    owed: 0n,
  });
});

it("a top-up taken back leaves custody whole: the customer bears what the balance holds, the rest is owed", () => {
  fc.assert(
    fc.property(fc.bigInt(1n, 10n ** 15n), fc.bigInt(-(10n ** 15n), 10n ** 15n), (amount, bearable) => {
      const { postings, owed } = returnBooking(returned("top_up", amount), bearable);
      const by = (code: string) =>
        postings.reduce((sum, one) => (one.debit.code === code ? sum + one.amount : sum), 0n);
      expect(postings.every(({ credit }) => credit.code === "custody:harbour")).toBe(true);
      expect(postings.every((one) => one.amount > 0n)).toBe(true);
      expect(by("customer:cus_x") + by("receivable:cus_x")).toBe(amount);
      expect(by("receivable:cus_x")).toBe(owed);
      expect(by("customer:cus_x")).toBeLessThanOrEqual(bearable > 0n ? bearable : 0n);
      expect(owed === 0n || by("customer:cus_x") === (bearable > 0n ? bearable : 0n)).toBe(true);
    }),
  );
});

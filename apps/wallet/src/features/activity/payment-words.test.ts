import { PaymentKind, PaymentStatus } from "@jinqiao/contract";
import { expect, test } from "vitest";
import type { Payment } from "../../api.ts";
import { en as first } from "../../locales/en.ts";
import { en as own } from "../../locales/payment/en.ts";
import { explanationOf, hasArrived, hasReceipt } from "./payment-words.ts";

const en = { ...first, ...own };

const payment = (part: Partial<Payment>): Payment => ({
  id: "pay_01jd8c0v5k3m7q9r2t4w6x8y0z",
  kind: "top_up",
  direction: "in",
  status: "created",
  amount: { amount: "500.00", currency: "CNY" },
  counterparty: {
    kind: "bank_account",
    name: "Everyday",
    detail: "•• 3021",
    bankName: { en: "B", zh: "银" },
  },
  note: null,
  reference: "JQ1",
  reason: null,
  credited: false,
  actionUrl: null,
  payeeCheck: null,
  authentication: null,
  route: null,
  originalPaymentId: null,
  returns: [],
  returned: null,
  refunds: [],
  refunded: null,
  authorisedAmount: null,
  paymentIntentId: null,
  timeline: [],
  createdAt: "2026-11-22T08:30:00.000Z",
  updatedAt: "2026-11-22T08:30:00.000Z",
  ...part,
});

test("every kind and status of a payment is explained", () => {
  for (const kind of PaymentKind.options)
    for (const status of PaymentStatus.options)
      for (const direction of ["in", "out"] as const)
        for (const credited of [true, false])
          expect(en).toHaveProperty([explanationOf(payment({ kind, status, direction, credited }))]);
});

test("a top-up that can be spent is told so, whatever the bank has said since", () => {
  expect(explanationOf(payment({ status: "submitted", credited: true }))).toBe("explain.top_up.credited");
  expect(explanationOf(payment({ status: "unknown", credited: true }))).toBe("explain.top_up.credited");
  expect(explanationOf(payment({ status: "submitted" }))).toBe("explain.top_up.submitted");
});

test("a refusal after the bank had accepted says that the money was taken out again", () => {
  const timeline = (["created", "submitted", "rejected"] as const).map((status) => ({ status, at: "" }));
  expect(explanationOf(payment({ status: "rejected", timeline }))).toBe("explain.top_up.taken_back");
  expect(explanationOf(payment({ status: "rejected" }))).toBe("explain.top_up.rejected");
});

test("an unanswered withdrawal says that the money is on hold and safe", () => {
  const id = explanationOf(payment({ kind: "withdrawal", direction: "out", status: "unknown" }));
  expect(en[id as keyof typeof en]).toMatch(/on hold and safe/);
});

test("only money that has arrived is shown as a gain", () => {
  expect(hasArrived(payment({ status: "action_required" }))).toBe(false);
  expect(hasArrived(payment({ status: "submitted" }))).toBe(false);
  expect(hasArrived(payment({ status: "submitted", credited: true }))).toBe(true);
});

test.each([
  [{ status: "settled" }, true],
  [{ status: "submitted", credited: true }, true],
  [{ status: "returned" }, true],
  [{ status: "refunded" }, true],
  [{ status: "rejected", timeline: [{ status: "submitted", at: "2026-11-22T08:30:00.000Z" }] }, true],
  [{ status: "rejected" }, false],
  [
    {
      status: "rejected",
      kind: "withdrawal",
      timeline: [{ status: "submitted", at: "2026-11-22T08:30:00.000Z" }],
    },
    false,
  ],
  [{ status: "submitted" }, false],
  [{ status: "cancelled" }, false],
] satisfies [Partial<Payment>, boolean][])(
  "a receipt goes with money that has moved: %o %s",
  (part, expected) => {
    expect(hasReceipt(payment(part))).toBe(expected);
  },
);

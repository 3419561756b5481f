import type { FeeTerms } from "@jinqiao/contract";
import { parseDecimal } from "@jinqiao/money";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accountsOf, purchaseLegs, refundLegs, splitOf } from "./books.ts";
import { feeGivenBack, itemisedFee } from "./fees.ts";
import { isExpired, mayMove, refundable } from "./lifecycle.ts";

const terms: FeeTerms = {
  rates: [
    { method: null, currency: null, tiers: [{ from: "0", basisPoints: 60, fixed: "0" }] },
    {
      method: null,
      currency: "GBP",
      tiers: [
        { from: "0", basisPoints: 60, fixed: "0.05" },
        { from: "1000", basisPoints: 50, fixed: "0" },
      ],
    },
  ],
  promotion: null,
  refundFee: "given_back",
  settlement: { delayDays: 1, cutOffHour: 0 },
  reserve: null,
};
const at = new Date("2026-11-22T12:00:00Z");
const priced = (minor: bigint, volume = 0n, currency = "GBP") => ({
  method: "wallet_balance" as const,
  amount: { minor, currency },
  volume,
  at,
});
const sumOf = (fee: ReturnType<typeof itemisedFee>, currency = "GBP") =>
  fee.details.reduce((sum, { amount }) => sum + parseDecimal(amount.amount, currency), 0n);
const amounts = fc.bigInt({ min: 1n, max: 10_000_000n });

describe("fees", () => {
  it("percent and fixed part, by the month's volume, to the minor unit", () => {
    expect(itemisedFee(terms, priced(1_000n)).amount).toBe(11n);
    expect(itemisedFee(terms, priced(1_000n, 100_000n)).amount).toBe(5n);
    // 0.5 % of 1.00 is half a penny: half to even.
    expect(itemisedFee(terms, priced(100n, 100_000n)).amount).toBe(0n);
    expect(itemisedFee(terms, priced(300n, 100_000n)).amount).toBe(2n);
    expect(itemisedFee(terms, priced(1_000n, 0n, "JPY")).amount).toBe(6n);
  });

  it("nothing during a promotion, and from its end on as the plan says", () => {
    const promoted = { ...terms, promotion: { until: "2026-11-22T12:00:00.001Z" } };
    expect(itemisedFee(promoted, priced(1_000n))).toMatchObject({
      amount: 0n,
      details: [{ type: "promotion" }],
    });
    expect(itemisedFee({ ...terms, promotion: { until: at.toISOString() } }, priced(1_000n)).amount).toBe(
      11n,
    );
  });

  it("are never above their payment, and their lines sum to them", () => {
    fc.assert(
      fc.property(amounts, fc.bigInt({ min: 0n, max: 200_000n }), (amount, volume) => {
        const fee = itemisedFee(terms, priced(amount, volume));
        expect(fee.amount).toBeLessThanOrEqual(amount);
        expect(fee.amount).toBeGreaterThanOrEqual(0n);
        expect(sumOf(fee)).toBe(fee.amount);
      }),
    );
  });

  it("go back in parts that never pass the whole and end in it", () => {
    fc.assert(
      fc.property(
        amounts,
        fc.array(fc.bigInt({ min: 1n, max: 500_000n }), { maxLength: 12 }),
        (received, parts) => {
          const fee = received / 7n;
          let [refunded, back] = [0n, 0n];
          for (const part of parts) {
            if (refunded + part > received) continue;
            refunded += part;
            const next = feeGivenBack(fee, { received, refunded });
            expect(next).toBeGreaterThanOrEqual(back);
            expect(next).toBeLessThanOrEqual(fee);
            back = next;
          }
          expect(feeGivenBack(fee, { received, refunded: received })).toBe(fee);
        },
      ),
    );
  });
});

describe("postings", () => {
  const accounts = accountsOf("mer_x", true)("GBP");
  const sum = (legs: readonly { amount: bigint }[]) => legs.reduce((total, { amount }) => total + amount, 0n);

  it("of purchases and refunds sum to zero; a refund takes no more than is free", () => {
    fc.assert(
      fc.property(amounts, amounts, amounts, amounts, (gross, available, pending, reserve) => {
        const fee = gross / 50n;
        expect(sum(purchaseLegs(accounts, { payerId: "cus_x", gross, fee }))).toBe(0n);
        const split = splitOf(gross - fee, { available, pending, reserve });
        if (split === undefined) {
          expect(gross - fee).toBeGreaterThan(available + pending + reserve);
          return;
        }
        expect(split.available + split.pending + split.reserve).toBe(gross - fee);
        expect(split.available <= available && split.pending <= pending && split.reserve <= reserve).toBe(
          true,
        );
        expect(sum(refundLegs(accounts, { payerId: "cus_x", split, feeBack: fee }))).toBe(0n);
      }),
    );
  });

  it("of test mode name accounts of test mode alone", () => {
    const test = accountsOf("mer_x", false)("GBP");
    const codes = [
      test.pending,
      test.available,
      test.reserve,
      test.receivable,
      test.fees,
      test.payer("cus_x"),
      test.testBank,
    ];
    for (const { code } of codes) expect(code).toMatch(/^test:/);
  });
});

describe("an intent", () => {
  const statuses = [
    "requires_payment_method",
    "requires_action",
    "processing",
    "requires_capture",
    "succeeded",
    "canceled",
  ] as const;
  it.each([
    ["pay", ["requires_payment_method", "requires_action"]],
    ["fund", ["processing"]],
    ["capture", ["requires_capture"]],
    ["cancel", ["requires_payment_method", "requires_action", "requires_capture"]],
    ["refund", ["succeeded"]],
    ["dispute", ["succeeded"]],
  ] as const)("may %s in %j and in no other state", (move, allowed) => {
    expect(statuses.filter((status) => mayMove(status, move))).toEqual(allowed);
  });

  it("has so much left to refund, and ends when its time is over", () => {
    expect(refundable({ received: 100n, refunded: 30n, disputed: 50n })).toBe(20n);
    expect(isExpired({ expires_at: at }, at)).toBe(true);
    expect(isExpired({ expires_at: new Date(at.getTime() + 1) }, at)).toBe(false);
    expect(isExpired({ expires_at: null }, at)).toBe(false);
  });
});

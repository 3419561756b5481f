import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitOf } from "./books.ts";
import { type Funds, settledOf, withheldOf } from "./settlement-arithmetic.ts";

/** A merchant's money as the ledger keeps it, moved by the same rules as the real one, without a database. */
type Shop = {
  pending: bigint;
  available: bigint;
  reserve: bigint;
  owed: bigint;
  /** Lines of the balance that no settlement has taken: their net, and on which day they are due. */
  lines: { net: bigint; day: number; charge: boolean }[];
  reserves: { amount: bigint; day: number }[];
  carriedOver: bigint;
  paidOut: bigint;
};
type Step =
  | { kind: "charge"; amount: bigint; delay: number }
  | { kind: "refund"; amount: bigint }
  | { kind: "dispute"; amount: bigint }
  | { kind: "payout_failure" }
  | { kind: "night"; pays: boolean };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("charge" as const),
    amount: fc.bigInt({ min: 1n, max: 100_000n }),
    delay: fc.integer({ min: 0, max: 2 }),
  }),
  fc.record({ kind: fc.constant("refund" as const), amount: fc.bigInt({ min: 1n, max: 60_000n }) }),
  fc.record({ kind: fc.constant("dispute" as const), amount: fc.bigInt({ min: 1n, max: 150_000n }) }),
  fc.record({ kind: fc.constant("payout_failure" as const) }),
  fc.record({ kind: fc.constant("night" as const), pays: fc.boolean() }),
);
const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n);

function run(steps: readonly Step[], basisPoints: number): Shop & { all: bigint } {
  const shop: Shop = {
    pending: 0n,
    available: 0n,
    reserve: 0n,
    owed: 0n,
    lines: [],
    reserves: [],
    carriedOver: 0n,
    paidOut: 0n,
  };
  let day = 0;
  let all = 0n;
  let lastPayout = 0n;
  const told = (net: bigint, due = day, charge = false) => {
    shop.lines.push({ net, day: due, charge });
    all += net;
  };
  const take = (amount: bigint): boolean => {
    const split = splitOf(amount, shop);
    if (split === undefined) return false;
    shop.available -= split.available;
    shop.pending -= split.pending;
    shop.reserve -= split.reserve;
    // As in the books: what the reserve bears is no longer kept back, and that is a line too.
    if (split.reserve > 0n) shop.lines.push({ net: split.reserve, day, charge: false });
    return true;
  };
  for (const one of steps) {
    switch (one.kind) {
      case "charge":
        shop.pending += one.amount;
        told(one.amount, day + one.delay, true);
        break;
      case "refund":
        if (take(one.amount)) told(-one.amount);
        break;
      case "dispute": {
        const there = shop.available + shop.pending + shop.reserve;
        const borne = one.amount < there ? one.amount : there;
        if (borne > 0n) take(borne);
        shop.owed += one.amount - borne;
        told(-one.amount);
        break;
      }
      case "payout_failure":
        if (lastPayout === 0n) break;
        shop.available += lastPayout;
        told(lastPayout);
        lastPayout = 0n;
        break;
      case "night": {
        const due = shop.lines.filter((line) => line.day <= day);
        const later = shop.lines.filter((line) => line.day > day);
        const funds: Funds = {
          pending: shop.pending,
          pendingFree: shop.pending,
          availableFree: shop.available,
          reserveFree: shop.reserve,
          reserveHeld: 0n,
          owed: shop.owed,
        };
        const releases = shop.reserves.filter((entry) => entry.day <= day);
        const settled = settledOf(
          {
            carriedOver: shop.carriedOver,
            net: sum(due.map(({ net }) => net)),
            charges: sum(due.filter(({ charge }) => charge).map(({ net }) => net)),
            notYet: sum(later.filter(({ charge }) => charge).map(({ net }) => net)),
            releases: releases.map(({ amount }) => ({
              settlement_id: "stl_x",
              amount,
              release_on: new Date(0),
            })),
          },
          funds,
          basisPoints,
        );
        const withheld = withheldOf(settled, 1n, one.pays ? null : "payouts_paused");
        const payout = withheld === null ? settled.payable : 0n;
        shop.pending -= settled.moved;
        shop.available += settled.moved + settled.released - settled.recovered - settled.reserved - payout;
        shop.reserve += settled.reserved - settled.released;
        shop.owed -= settled.recovered;
        shop.reserves = shop.reserves.filter((entry) => entry.day > day);
        if (settled.reserved > 0n) shop.reserves.push({ amount: settled.reserved, day: day + 3 });
        shop.lines = later;
        shop.carriedOver = settled.left - payout;
        shop.paidOut += payout;
        lastPayout = payout > 0n ? payout : lastPayout;
        day += 1;
        break;
      }
    }
    for (const part of [shop.pending, shop.available, shop.reserve, shop.owed])
      expect(part).toBeGreaterThanOrEqual(0n);
    // Nothing is made or lost: all that was told is what is there, is owed, or was paid out.
    expect(shop.pending + shop.available + shop.reserve - shop.owed + shop.paidOut).toBe(all);
  }
  return { ...shop, all };
}

describe("the arithmetic of settlements", () => {
  it("loses and makes nothing, whatever comes in whatever order, and no part falls below zero", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom(0, 500, 1_000, 10_000), (steps, bp) => {
        run(steps, bp);
      }),
      { numRuns: 500 },
    );
  });

  it("pays everything out in the end, once all is due and nothing is owed or kept back", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.constantFrom(0, 1_000), (steps, bp) => {
        const nights: Step[] = Array.from({ length: 8 }, () => ({ kind: "night", pays: true }));
        const shop = run([...steps, ...nights], bp);
        expect(shop.pending + shop.available + shop.reserve).toBe(0n);
        expect(shop.carriedOver).toBe(-shop.owed);
      }),
      { numRuns: 500 },
    );
  });

  it("keeps what a dispute holds of a reserve, and gives the rest of a used one free", () => {
    const due = { carriedOver: 0n, net: 0n, charges: 0n, notYet: 0n };
    const entry = (id: string, amount: bigint) => ({
      settlement_id: id as "stl_x",
      amount,
      release_on: new Date(0),
    });
    const releases = [entry("stl_a", 30n), entry("stl_b", 50n)];
    const funds = { pending: 0n, pendingFree: 0n, availableFree: 0n, owed: 0n };
    expect(
      settledOf({ ...due, releases }, { ...funds, reserveFree: 60n, reserveHeld: 20n }, 0),
    ).toMatchObject({ released: 30n, releases: ["stl_a"] });
    expect(settledOf({ ...due, releases }, { ...funds, reserveFree: 60n, reserveHeld: 0n }, 0)).toMatchObject(
      {
        released: 60n,
        releases: ["stl_a", "stl_b"],
      },
    );
  });

  it("names why nothing goes out", () => {
    expect(withheldOf({ payable: 0n, left: 0n }, 100n, "payouts_paused")).toBeNull();
    expect(withheldOf({ payable: 500n, left: 500n }, 100n, "no_verified_account")).toBe(
      "no_verified_account",
    );
    expect(withheldOf({ payable: 50n, left: 50n }, 100n, null)).toBe("below_minimum");
    expect(withheldOf({ payable: 50n, left: 500n }, 100n, null)).toBe("held_by_dispute");
    expect(withheldOf({ payable: 100n, left: 100n }, 100n, null)).toBeNull();
  });
});

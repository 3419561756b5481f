import fc from "fast-check";
import { expect, test } from "vitest";
import type { BerkaRow } from "./berka-file.ts";
import { orderDay, toleranceMinor } from "./berka-order.ts";

const differenceOf = fc.constantFrom(0n, 0n, 0n, 10n, -10n);
/** What an account does on one day: amounts, and what the bank rounds away after each. */
const dayOf = (maxLength: number) =>
  fc.array(fc.tuple(fc.bigInt({ min: -100_000n, max: 100_000n }), differenceOf), { minLength: 1, maxLength });

function rowsOf(day: readonly (readonly [bigint, bigint])[], opening: bigint): BerkaRow[] {
  let balance = opening;
  return day.map(([amount, difference], index) => {
    balance += amount + difference;
    return {
      line: index + 2,
      transactionId: String(index + 1),
      account: "1",
      date: "1993-01-01",
      amount,
      stated: balance,
    };
  });
}

test("a day is put into an order at least as good as the one in which it happened", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -10_000n, max: 10_000_000n }),
      dayOf(8).chain((day) =>
        fc.tuple(
          fc.constant(day),
          fc.shuffledSubarray(
            day.map((_, index) => index),
            { minLength: day.length, maxLength: day.length },
          ),
        ),
      ),
      (opening, [day, shuffle]) => {
        const happened = rowsOf(day, opening);
        const placed = orderDay(
          shuffle.map((index) => happened[index] as BerkaRow),
          opening,
        );
        expect(new Set(placed.map(({ row }) => row))).toEqual(new Set(happened));
        expect(placed).toHaveLength(happened.length);
        const inexact = placed.filter(({ difference }) => difference !== 0n);
        expect(inexact.length).toBeLessThanOrEqual(day.filter(([, difference]) => difference !== 0n).length);
        expect(
          inexact.every(({ difference }) => difference <= toleranceMinor && difference >= -toleranceMinor),
        ).toBe(true);
        // Carried through in this order, the movements and the differences lead to each stated balance.
        let balance = opening;
        for (const { row, difference } of placed) {
          balance += row.amount + difference;
          expect(balance).toBe(row.stated);
        }
      },
    ),
  );
});

test("the order of the file does not matter where the balances tell it", () => {
  const [deposit, fee, interest] = rowsOf(
    [
      [100_000n, 0n],
      [-1_460n, 0n],
      [230n, 10n],
    ],
    500n,
  ) as [BerkaRow, BerkaRow, BerkaRow];
  const orders = [
    [deposit, fee, interest],
    [interest, fee, deposit],
    [fee, interest, deposit],
  ];
  for (const rows of orders)
    expect(orderDay(rows, 500n)).toEqual([
      { row: deposit, difference: 0n },
      { row: fee, difference: 0n },
      { row: interest, difference: 10n },
    ]);
});

test("an altered balance is outside in both directions and does not disturb the order", () => {
  const rows = rowsOf(
    [
      [100n, 0n],
      [200n, 0n],
      [300n, 0n],
    ],
    0n,
  );
  const altered = rows.map((row, index) => (index === 1 ? { ...row, stated: row.stated + 11n } : row));
  expect(orderDay(altered.toReversed(), 0n).map(({ row, difference }) => [row.line, difference])).toEqual([
    [2, 0n],
    [3, 11n],
    [4, -11n],
  ]);
});

test("a long day is walked from one balance to the nearest next", () => {
  fc.assert(
    fc.property(fc.array(fc.bigInt({ min: 1n, max: 9n }), { minLength: 13, maxLength: 40 }), (amounts) => {
      const happened = rowsOf(
        amounts.map((amount) => [amount * 1_000n, 0n] as const),
        0n,
      );
      const placed = orderDay(happened.toReversed(), 0n);
      expect(placed.map(({ row }) => row)).toEqual(happened);
      expect(placed.every(({ difference }) => difference === 0n)).toBe(true);
    }),
  );
});

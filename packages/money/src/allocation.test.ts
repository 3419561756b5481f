import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArithmeticError, allocate } from "./index.ts";

const total = fc.oneof(
  fc.bigInt({ min: -30n, max: 30n }),
  fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }),
);
const weight = fc.oneof(fc.bigInt({ min: 0n, max: 5n }), fc.bigInt({ min: 0n, max: 10n ** 24n }));
const weights = fc
  .array(weight, { minLength: 1, maxLength: 12 })
  .filter((list) => list.some((value) => value > 0n));

const sum = (list: readonly bigint[]): bigint => list.reduce((one, other) => one + other, 0n);
const absolute = (value: bigint): bigint => (value < 0n ? -value : value);
const sorted = (list: readonly string[]): string[] => list.toSorted();

function problemOf(list: readonly bigint[]): string {
  try {
    allocate(100n, list);
    return "accepted";
  } catch (error) {
    if (error instanceof ArithmeticError) return error.problem;
    throw error;
  }
}

describe("an amount is shared out", () => {
  it.each([
    ["ten between three", 10n, [1n, 1n, 1n], [4n, 3n, 3n]],
    ["a fee of five by 70 to 30", 5n, [7n, 3n], [4n, 1n]],
    ["a refund as the mirror image", -10n, [1n, 1n, 1n], [-4n, -3n, -3n]],
    ["nothing", 0n, [1n, 2n], [0n, 0n]],
    ["to the only one with a weight", 7n, [0n, 5n, 0n], [0n, 7n, 0n]],
    ["less than one each", 2n, [1n, 1n, 1n, 1n], [1n, 1n, 0n, 0n]],
    ["a tie of fractions to the larger weight", 2n, [1n, 3n], [0n, 2n]],
    ["the same the other way round", 2n, [3n, 1n], [2n, 0n]],
    ["beyond what a double holds", 2n ** 70n + 1n, [1n, 1n], [2n ** 69n + 1n, 2n ** 69n]],
  ] as const)("%s", (_, amount, list, shares) => {
    expect(allocate(amount, list)).toEqual(shares);
  });

  it("whole: the shares add up to it, each with its sign", () => {
    fc.assert(
      fc.property(total, weights, (amount, list) => {
        const shares = allocate(amount, list);
        expect(shares).toHaveLength(list.length);
        expect(sum(shares)).toBe(amount);
        expect(shares.every((share) => (amount < 0n ? share <= 0n : share >= 0n))).toBe(true);
      }),
    );
  });

  it("fairly: each share is less than a unit from the exact one, and zero for a zero weight", () => {
    fc.assert(
      fc.property(total, weights, (amount, list) => {
        const whole = sum(list);
        allocate(amount, list).forEach((share, place) => {
          const exactTimesWhole = amount * (list[place] as bigint);
          expect(absolute(share * whole - exactTimesWhole) < whole).toBe(true);
          if (list[place] === 0n) expect(share).toBe(0n);
        });
      }),
    );
  });

  it("to the largest fractions: nobody passed over had a better claim than anybody rounded up", () => {
    fc.assert(
      fc.property(total.map(absolute), weights, (amount, list) => {
        const whole = sum(list);
        const parts = allocate(amount, list).map((share, place) => {
          const product = amount * (list[place] as bigint);
          return { fraction: product % whole, up: share * whole > product };
        });
        const down = parts.filter((part) => !part.up).map((part) => part.fraction);
        for (const { fraction } of parts.filter((part) => part.up))
          expect(down.every((other) => other <= fraction)).toBe(true);
      }),
    );
  });

  it("in step with the weights: a larger one never gets less, and doubling all changes nothing", () => {
    fc.assert(
      fc.property(total.map(absolute), weights, (amount, list) => {
        const shares = allocate(amount, list);
        list.forEach((one, i) => {
          list.forEach((other, j) => {
            if (one > other) expect((shares[i] as bigint) >= (shares[j] as bigint)).toBe(true);
          });
        });
        expect(
          allocate(
            amount,
            list.map((value) => value * 2n),
          ),
        ).toEqual(shares);
      }),
    );
  });

  it("alike in any order: the same weights get the same shares, and equal ones the earlier unit first", () => {
    fc.assert(
      fc.property(
        total,
        weights.chain((list) =>
          fc.tuple(
            fc.constant(list),
            fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
          ),
        ),
        (amount, [list, shuffled]) => {
          const pairs = (weightsGiven: readonly bigint[]): string[] =>
            sorted(allocate(amount, weightsGiven).map((share, place) => `${weightsGiven[place]} → ${share}`));
          expect(pairs(shuffled)).toEqual(pairs(list));
        },
      ),
    );
  });

  it("mirrored for a negative total", () => {
    fc.assert(
      fc.property(total, weights, (amount, list) => {
        expect(allocate(-amount, list).map((share) => -share)).toEqual(allocate(amount, list));
      }),
    );
  });

  it.each([
    [[], "no_weight"],
    [[0n, 0n], "no_weight"],
    [[1n, -1n], "negative_weight"],
    [[-1n, -1n], "negative_weight"],
    [[0n, 1n], "accepted"],
  ] as const)("or refused, by name: %s", (list, problem) => {
    expect(problemOf(list)).toBe(problem);
  });
});

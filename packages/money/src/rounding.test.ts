import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArithmeticError, divideRounded, type RoundingMode, roundingModes } from "./index.ts";

/** Tenths → whole numbers: the table in the description of `java.math.RoundingMode`, Java SE API. */
const published: [tenths: bigint, Record<Exclude<RoundingMode, "unnecessary">, bigint>][] = [
  [55n, { up: 6n, down: 5n, ceiling: 6n, floor: 5n, half_up: 6n, half_down: 5n, half_even: 6n }],
  [25n, { up: 3n, down: 2n, ceiling: 3n, floor: 2n, half_up: 3n, half_down: 2n, half_even: 2n }],
  [16n, { up: 2n, down: 1n, ceiling: 2n, floor: 1n, half_up: 2n, half_down: 2n, half_even: 2n }],
  [11n, { up: 2n, down: 1n, ceiling: 2n, floor: 1n, half_up: 1n, half_down: 1n, half_even: 1n }],
  [10n, { up: 1n, down: 1n, ceiling: 1n, floor: 1n, half_up: 1n, half_down: 1n, half_even: 1n }],
  [-10n, { up: -1n, down: -1n, ceiling: -1n, floor: -1n, half_up: -1n, half_down: -1n, half_even: -1n }],
  [-11n, { up: -2n, down: -1n, ceiling: -1n, floor: -2n, half_up: -1n, half_down: -1n, half_even: -1n }],
  [-16n, { up: -2n, down: -1n, ceiling: -1n, floor: -2n, half_up: -2n, half_down: -2n, half_even: -2n }],
  [-25n, { up: -3n, down: -2n, ceiling: -2n, floor: -3n, half_up: -3n, half_down: -2n, half_even: -2n }],
  [-55n, { up: -6n, down: -5n, ceiling: -5n, floor: -6n, half_up: -6n, half_down: -5n, half_even: -6n }],
];

const whole = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
const small = fc.bigInt({ min: -50n, max: 50n });
/** Small numbers too, because only they meet ties often. */
const fraction = fc
  .oneof(fc.tuple(whole, whole), fc.tuple(small, small))
  .filter(([, denominator]) => denominator !== 0n);

const absolute = (value: bigint): bigint => (value < 0n ? -value : value);

function problemOf(work: () => unknown): string {
  try {
    work();
    return "accepted";
  } catch (error) {
    if (error instanceof ArithmeticError) return error.problem;
    throw error;
  }
}

describe("a quotient is rounded", () => {
  it.each(published)("as published: %s tenths", (tenths, expected) => {
    for (const [mode, rounded] of Object.entries(expected)) {
      expect([mode, divideRounded(tenths, 10n, mode as RoundingMode)]).toEqual([mode, rounded]);
      expect([mode, divideRounded(-tenths, -10n, mode as RoundingMode)]).toEqual([mode, rounded]);
    }
  });

  it("in the direction its mode names, and by less than one unit", () => {
    fc.assert(
      fc.property(fraction, ([n, d]) => {
        // Compared as products, so that the test never divides: q against n / d is q·d against n, turned when d < 0.
        const exact = d < 0n ? -n : n;
        const by = absolute(d);
        const times = (mode: RoundingMode): bigint => divideRounded(n, d, mode) * by;
        expect(times("floor") <= exact && exact < times("floor") + by).toBe(true);
        expect(times("ceiling") >= exact && exact > times("ceiling") - by).toBe(true);
        expect(absolute(times("down")) <= absolute(exact)).toBe(true);
        expect(absolute(times("up")) >= absolute(exact)).toBe(true);
        expect(absolute(times("down") - exact) < by && absolute(times("up") - exact) < by).toBe(true);
      }),
    );
  });

  it("to the nearest, and a tie where its mode says", () => {
    fc.assert(
      fc.property(fraction, ([n, d]) => {
        const exact = d < 0n ? -n : n;
        const by = absolute(d);
        for (const mode of ["half_up", "half_down", "half_even"] as const) {
          const quotient = divideRounded(n, d, mode);
          const twice = 2n * absolute(quotient * by - exact);
          expect(twice <= by).toBe(true);
          if (twice < by) continue;
          const away = absolute(quotient * by) > absolute(exact);
          if (mode === "half_even") expect(quotient % 2n).toBe(0n);
          else expect(away).toBe(mode === "half_up");
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("never when it is whole already, whatever the mode", () => {
    fc.assert(
      fc.property(
        whole,
        whole.filter((value) => value !== 0n),
        fc.constantFrom(...roundingModes),
        (quotient, denominator, mode) => {
          expect(divideRounded(quotient * denominator, denominator, mode)).toBe(quotient);
        },
      ),
    );
  });

  it("never downwards when the number grows", () => {
    fc.assert(
      fc.property(
        small,
        fc.bigInt({ min: 0n, max: 20n }),
        fc.bigInt({ min: 1n, max: 20n }),
        fc.constantFrom(...roundingModes.filter((mode) => mode !== "unnecessary")),
        (n, more, d, mode) => {
          expect(divideRounded(n + more, d, mode) >= divideRounded(n, d, mode)).toBe(true);
        },
      ),
    );
  });

  it("or refused, by name", () => {
    expect(problemOf(() => divideRounded(1n, 0n, "half_even"))).toBe("division_by_zero");
    expect(problemOf(() => divideRounded(0n, 0n, "unnecessary"))).toBe("division_by_zero");
    expect(problemOf(() => divideRounded(1n, 3n, "unnecessary"))).toBe("rounding_necessary");
    expect(problemOf(() => divideRounded(-9n, 3n, "unnecessary"))).toBe("accepted");
    expect(() => divideRounded(1n, 0n, "up")).toThrow("calculation refused: division_by_zero");
    expect(new ArithmeticError("no_weight").name).toBe("ArithmeticError");
  });
});

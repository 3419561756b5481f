import { expect, test } from "vitest";
import { barHeights, niceTop } from "./bar-scale.ts";

test("the top of a scale is the next 1, 2 or 5 of its size", () => {
  expect(niceTop([])).toBe(1n);
  expect(niceTop([0n, 7n])).toBe(10n);
  expect(niceTop([101n])).toBe(200n);
  expect(niceTop([4_999n, 5_000n])).toBe(5_000n);
  expect(niceTop([9_007_199_254_740_993n])).toBe(10_000_000_000_000_000n);
});

test("bars are as high as their share of the top, and never below the ground", () => {
  expect(barHeights([0n, 50n, 100n, -3n], 100n, 160)).toEqual([0, 80, 160, 0]);
});

import { expect, test } from "vitest";
import { waitBeforeFetchMs } from "./live.ts";

test("a first change is fetched after its burst, a flood every two seconds", () => {
  expect(waitBeforeFetchMs(10_000, Number.NEGATIVE_INFINITY)).toBe(250);
  expect(waitBeforeFetchMs(10_000, 9_900)).toBe(1_900);
  expect(waitBeforeFetchMs(10_000, 8_100)).toBe(250);
});

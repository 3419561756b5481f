import { expect, test } from "vitest";
import { passwordStrength } from "./password-strength.ts";

test.each([
  ["", "short"],
  ["bridge", "short"],
  ["ninechars", "short"],
  ["aaaaaaaaaaaaaaaa", "weak"],
  ["1234567890123456", "weak"],
  ["abcdefghijklmnop", "weak"],
  ["81529403176", "weak"],
  ["harbourgate", "fair"],
  ["correct bridge jade river", "good"],
  ["桥下流水照见月光人家", "good"],
])("%s is %s", (password, strength) => {
  expect(passwordStrength(password)).toBe(strength);
});

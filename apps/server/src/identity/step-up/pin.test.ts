import { describe, expect, it } from "vitest";
import { isEasy } from "./pin.ts";

describe("a payment PIN", () => {
  it.each([
    "111111",
    "121212",
    "112112",
    "123456",
    "654321",
    "234567",
    "123123",
    "123321",
    "112233",
    "111222",
  ])("%s is a row or a repetition", (pin) => expect(isEasy(pin)).toBe(true));
  it.each(["900521", "210590", "052190", "199005", "051990", "200112", "311299"])("%s is a date", (pin) =>
    expect(isEasy(pin)).toBe(true),
  );
  it.each(["520131", "147258"])("%s is popular", (pin) => expect(isEasy(pin)).toBe(true));
  it.each(["739462", "580937", "864097", "407385", "953862"])("%s will do", (pin) =>
    expect(isEasy(pin)).toBe(false),
  );
  it("leaves more than eight in ten", () => {
    let left = 0;
    for (let number = 0; number < 1_000_000; number += 7)
      if (!isEasy(String(number).padStart(6, "0"))) left += 1;
    expect(left / Math.ceil(1_000_000 / 7)).toBeGreaterThan(0.8);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maskEmail, maskName, maskPhone } from "./names.ts";

describe("names", () => {
  it.each([
    ["王磊", "王*"],
    ["林晓", "林*"],
    ["欧阳娜娜", "欧***"],
    ["Emma Clarke", "E***"],
    ["Lin Xiao 林晓", "林*"],
    ["  Ágnes", "Á***"],
    ["A\u0301gnes", "A\u0301***"],
    ["王", "王*"],
    ["𠮷田", "𠮷*"],
  ])("masks %s as %s", (name, masked) => {
    expect(maskName(name)).toBe(masked);
  });

  it("never shows more than the first character", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 2, maxLength: 60, unit: "grapheme" }), (name) => {
        expect(maskName(name)).toMatch(/\*$/);
        expect(
          [...new Intl.Segmenter("en").segment(maskName(name).replaceAll("*", ""))].length,
        ).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("masks addresses", () => {
    expect(maskEmail("lin@example.com")).toBe("l***@example.com");
    expect(maskEmail("x")).toBe("***");
  });

  it("masks phone numbers", () => {
    expect(maskPhone("+8613800138000")).toBe("+86*******8000");
  });
});

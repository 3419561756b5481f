import { errorCatalogue, eventSchemas, fieldErrorCatalogue, PaymentStatus } from "@jinqiao/contract";
import { describe, expect, test } from "vitest";
import { liveEventNames } from "../use-live-events.ts";
import { catalogueFaults } from "./catalogue-faults.ts";
import { en } from "./en.ts";
import { zh } from "./zh.ts";

describe("texts of the shared components", () => {
  test("both languages have the same ids, parse as ICU MessageFormat and use the same values", () => {
    expect(catalogueFaults({ en, zh })).toEqual([]);
  });

  test("a missing id, a broken plural and a value that only one language uses are found", () => {
    const faults = catalogueFaults({
      en: { a: "Hello {name}", b: "{count, plural, one {#} other {#}}", c: "c" },
      zh: { a: "你好 {who}", b: "{count, plural, one {#}", d: "d" },
    });
    expect(faults).toHaveLength(4);
  });

  test("amounts are refused in the words of the API", () => {
    for (const [code, text] of Object.entries(fieldErrorCatalogue)) {
      if (!code.startsWith("amount.")) continue;
      expect({ code, en: en[code as keyof typeof en], zh: zh[code as keyof typeof zh] }).toEqual({
        code,
        ...text,
      });
    }
    expect(Object.keys(errorCatalogue).length).toBeGreaterThan(0);
  });

  test("every status of a payment has its own words", () => {
    const words = (texts: Record<string, string>) =>
      PaymentStatus.options.map((status) => texts[`status.${status}`]);
    for (const texts of [en, zh]) {
      expect(words(texts).every(Boolean)).toBe(true);
      expect(new Set(words(texts)).size).toBe(PaymentStatus.options.length);
    }
  });
});

test("the live line listens to every event of the contract", () => {
  expect([...liveEventNames].sort()).toEqual(Object.keys(eventSchemas).sort());
});

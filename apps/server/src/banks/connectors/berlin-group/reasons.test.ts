import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { reasonOf, rejectionReason } from "./reasons.ts";

/** Codes that are about our own technique: the customer is told the general sentence, staff the code. */
const technical = /^(CERTIFICATE|SIGNATURE|TOKEN|ROLE|REQUESTED_FORMATS|INTERNAL_SERVER)/;

describe("reasons", () => {
  it("has words in both languages for every message code that the sandbox bank can say to a customer's order", () => {
    const source = readFileSync(
      new URL("../../../../../sandbox-bank/src/xs2a/errors.ts", import.meta.url),
      "utf8",
    );
    const codes = [...source.matchAll(/^ {2}\| "([A-Z_]+)"/gm)].map(([, code = ""]) => code);
    expect(codes.length).toBeGreaterThan(20);
    const general = reasonOf("A_CODE_NOBODY_KNOWS").text;
    for (const code of codes.filter((each) => !technical.test(each))) {
      const { text } = reasonOf(code);
      expect(text.en, code).not.toBe(general.en);
      expect(text.zh, code).toMatch(/[\u4e00-\u9fff].*。$/);
      expect(text.en, code).toMatch(/\.$/);
    }
  });

  it("finds the ISO code that opens a message's text, before the message's own code", () => {
    const say = (code: string, text?: string) => rejectionReason({ tppMessages: [{ code, text }] }).code;
    expect(say("ERROR", "AM04: insufficient funds")).toBe("AM04");
    expect(say("PRODUCT_INVALID", "SEPA carries euro only")).toBe("PRODUCT_INVALID");
    expect(say("ERROR")).toBe("MS03");
    expect(rejectionReason({ psuMessage: "AC04 the account is closed" }).code).toBe("AC04");
    // Words that only look like a code are none.
    expect(say("ERROR", "DATE is wrong")).toBe("MS03");
  });
});

import { describe, expect, it, test } from "vitest";
import { explainReason, reasonText } from "../index.ts";
import { published } from "../testing/samples.ts";
import { reasonTexts, returnTexts } from "./texts.ts";

describe("a reason code", () => {
  it.each([
    ["AM04", "There is not enough money in the account.", "账户余额不足。"],
    ["AC04", "The account is closed.", "账户已销户。"],
    ["RR04", "The bank may not make this payment under the law.", "因监管要求，银行不能办理。"],
  ])("%s is told in both languages", (code, en, zh) => {
    expect(reasonText(code)).toEqual({ en, zh });
  });

  it("that we have no words for is named, also one that every object has", () => {
    for (const code of ["ZZ99", "constructor", "toString"])
      expect(reasonText(code)).toEqual({
        en: `The bank gave the reason code ${code}.`,
        zh: `银行给出的原因代码为 ${code}。`,
      });
  });

  it("means what its list says", () => {
    expect(reasonText("BE08").en).toBe("The payer's name is missing.");
    expect(reasonText("BE08", "return").en).toBe("The bank made an error and returns the money.");
    expect(reasonText("AM04", "return")).toEqual(reasonText("AM04"));
  });

  it("is a sentence, in each language by itself", () => {
    for (const [en, zh] of [...Object.values(reasonTexts), ...Object.values(returnTexts)]) {
      expect(en).toMatch(/^[A-Z][A-Za-z0-9 ,;'()-]+\.$/);
      expect(zh).toMatch(/^[一-鿿BIC（）、，]+。$/);
    }
  });
});

test("a reason is told with what the bank wrote", () => {
  const reason = { code: "AC01", proprietary: null, information: ["Konto ungültig"], originator: null };
  expect(explainReason(reason).en).toBe(
    "The account number is wrong or does not exist. The bank says: Konto ungültig",
  );
  expect(explainReason({ ...reason, code: "NARR" }).zh).toBe("银行说明：Konto ungültig");
  expect(explainReason({ ...reason, code: null, information: [] }).en).toBe("The bank gave no reason.");
  expect(explainReason({ ...reason, code: null, proprietary: "X-7", information: [] }).en).toContain("X-7");
});

const sets = ["status_reason", "return_reason", "cancellation_reason", "payment_cancellation_rejection"];
test.skipIf(published === undefined)("every code with words of ours is in a published code set", async () => {
  const codes = await Promise.all(
    sets.map((set) => published?.codes(`external-code-sets/code_sets/external_${set}_code.json`) ?? []),
  );
  const all = new Set(codes.flat());
  expect(Object.keys(reasonTexts).filter((code) => !all.has(code))).toEqual([]);
  expect(Object.keys(returnTexts).filter((code) => !codes[1]?.includes(code))).toEqual([]);
});

import { describe, expect, it, test } from "vitest";
import { explainReason, isKnownReason, reasonText } from "../index.ts";
import { published } from "../testing/samples.ts";
import { reasonTexts, recallRefusalTexts, returnTexts } from "./texts.ts";

describe("a reason code", () => {
  it.each([
    ["AM04", "There is not enough money in the bank account.", "银行账户余额不足。"],
    ["AC04", "The bank account is closed.", "该银行账户已销户。"],
    [
      "RR04",
      "A rule that the bank must follow does not allow this payment.",
      "因监管规定，银行不能办理该笔付款。",
    ],
  ])("%s is told in both languages", (code, en, zh) => {
    expect(reasonText(code)).toEqual({ en, zh });
  });

  it("that we have no words for is named, also one that every object has", () => {
    for (const code of ["ZZ99", "constructor", "toString"]) {
      expect(isKnownReason(code)).toBe(false);
      expect(reasonText(code)).toEqual({
        en: `The bank gave the reason code ${code}.`,
        zh: `银行给出的原因代码为 ${code}。`,
      });
    }
  });

  it("means what its list says", () => {
    expect(reasonText("BE08").en).toBe("The payer's name is missing.");
    expect(reasonText("BE08", "return").en).toBe("The bank made an error and returns the money.");
    expect(reasonText("AM04", "return")).toEqual(reasonText("AM04"));
    expect(reasonText("CUST").en).toBe("The account holder cancelled the payment at the bank.");
    expect(reasonText("CUST", "recall_refusal").en).toBe("The payee does not agree to give the money back.");
  });

  it("is a sentence, in each language by itself", () => {
    for (const [en, zh] of [reasonTexts, returnTexts, recallRefusalTexts].flatMap((texts) =>
      Object.values(texts),
    )) {
      expect(en).toMatch(/^[A-Z][A-Za-z0-9 ,;'()-]+\.$/);
      expect(zh).toMatch(/^[一-鿿BIC（）、，]+。$/);
    }
  });
});

test("a reason is told with what the bank wrote", () => {
  const reason = { code: "AC01", proprietary: null, information: ["Konto ungültig"], originator: null };
  expect(explainReason(reason).en).toBe(
    "The bank does not know this account number. The bank says: Konto ungültig",
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
  expect(Object.keys(recallRefusalTexts).filter((code) => !codes[3]?.includes(code))).toEqual([]);
});

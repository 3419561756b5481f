import { describe, expect, it } from "vitest";
import { descriptionOf, type Language, wordsIn } from "./words.ts";

const bank = { bank: { en: "Harbour Bank", zh: "港湾银行" }, name: "Salary ••12" };
const friend = { bank: null, name: "何清" };
const say = (kind: string, incoming: boolean, language: Language, party?: typeof bank | typeof friend) =>
  descriptionOf({ kind, incoming }, party, language);

describe("what a line was", () => {
  it.each([
    ["transfer", true, friend, "收到何清的转账", "Received from 何清"],
    ["transfer", false, friend, "转账给何清", "Sent to 何清"],
    ["top_up.instant_credit", true, bank, "从港湾银行充值", "Top-up from Harbour Bank"],
    ["top_up.settle", true, bank, "从港湾银行充值", "Top-up from Harbour Bank"],
    ["top_up.reverse", false, bank, "充值撤回：港湾银行未执行", "Top-up undone: refused by Harbour Bank"],
    ["withdrawal.capture", false, bank, "提现至港湾银行", "Withdrawal to Harbour Bank"],
    ["withdrawal.settle", false, bank, "提现至港湾银行", "Withdrawal to Harbour Bank"],
    [
      "withdrawal.reverse",
      true,
      bank,
      "提现退回：港湾银行未执行",
      "Withdrawal undone: refused by Harbour Bank",
    ],
    [
      "break.credit_payment_customer",
      true,
      bank,
      "港湾银行来款入账",
      "Money from Harbour Bank added after a check",
    ],
    ["something.new", true, undefined, "账务更正", "Correction"],
  ] as const)("%s, incoming %s", (kind, incoming, party, zh, en) => {
    expect(say(kind, incoming, "zh", party)).toBe(zh);
    expect(say(kind, incoming, "en", party)).toBe(en);
  });

  it("is still a sentence where nobody is known on the other side", () => {
    for (const kind of ["transfer", "top_up.settle", "withdrawal.settle"])
      for (const language of ["zh", "en"] as const)
        expect(say(kind, false, language)).not.toMatch(/undefined|null/);
  });

  it("has the same words in both languages, none of them empty", () => {
    expect(Object.keys(wordsIn("zh"))).toEqual(Object.keys(wordsIn("en")));
    for (const language of ["zh", "en"] as const)
      for (const text of Object.values(wordsIn(language))) expect(text).not.toBe("");
  });
});

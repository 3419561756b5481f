import { describe, expect, it } from "vitest";
import { decodeMerchantCode, encodeMerchantCode, type MerchantCode } from "./merchant.ts";
import { type OwnReference, ownAccount, ownReferenceIn, ownReferenceOf } from "./own-codes.ts";

const codeOf = (reference: OwnReference): MerchantCode => ({
  initiation: reference.kind === "static" ? "static" : "dynamic",
  accounts: [ownAccount(reference)],
  category: "5814",
  currency: "CNY",
  amount: reference.kind === "static" ? undefined : 1_250n,
  tip: undefined,
  country: "CN",
  name: "柳巷茶馆",
  city: "Hangzhou",
  postalCode: undefined,
  additional: undefined,
  translated: undefined,
  own: [],
  reserved: [],
});

describe("a merchant's code of ours", () => {
  const references: OwnReference[] = [
    { kind: "static", codeId: "qrc_01jd8c0v5k3m7q9r2t4w6x8y0z" },
    { kind: "payment", token: "a".repeat(32), expiresAt: new Date("2026-11-22T08:30:05Z") },
  ];
  it.each(references)("says what it stands for: $kind", (reference) => {
    const text = encodeMerchantCode(codeOf(reference));
    expect(ownReferenceOf(decodeMerchantCode(text))).toEqual(reference);
    expect(ownReferenceIn(text)).toEqual(reference);
  });

  it("is none where the account is another scheme's, or says nothing we know", () => {
    const plain = codeOf(references[0] as OwnReference);
    expect(
      ownReferenceOf({ ...plain, accounts: [{ tag: "02", value: "4000123456789012" }] }),
    ).toBeUndefined();
    const strange = { tag: "26", owner: "org.jinqiao", fields: [{ tag: "01", value: "qrc_1" }] };
    expect(ownReferenceOf({ ...plain, accounts: [strange] })).toBeUndefined();
    expect(ownReferenceIn("nonsense")).toBeUndefined();
  });
});

import { describe, expect, it } from "vitest";
import { isOwnCodeLink, urlOf } from "./tags.ts";

const record = (recordType: string, text: string) => ({
  recordType,
  data: new DataView(new TextEncoder().encode(text).buffer),
});

describe("an NFC tag", () => {
  it("gives its first web address, and none where it holds something else", () => {
    expect(urlOf([record("text", "hello"), record("url", "https://wallet.example/pay/x")])).toBe(
      "https://wallet.example/pay/x",
    );
    expect(urlOf([record("text", "https://wallet.example/pay/x")])).toBeUndefined();
    expect(urlOf([record("url", "no address")])).toBeUndefined();
    expect(urlOf([{ recordType: "empty" }])).toBeUndefined();
  });

  it("is only written with links of this wallet's codes", () => {
    const origin = "https://wallet.example";
    expect(isOwnCodeLink(`${origin}/t/qrc_01jd8c0v5k3m7q9r2t4w6x8y0z?k=a&s=b`, origin)).toBe(true);
    expect(isOwnCodeLink(`${origin}/pay/${"a".repeat(32)}`, origin)).toBe(true);
    expect(isOwnCodeLink(`https://other.example/pay/${"a".repeat(32)}`, origin)).toBe(false);
    expect(isOwnCodeLink(`${origin}/sign-in`, origin)).toBe(false);
    expect(isOwnCodeLink("javascript:alert(1)", origin)).toBe(false);
  });
});

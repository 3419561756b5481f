import { createHmac } from "node:crypto";
import { dynamicCode, stepUpText } from "@jinqiao/contract";
import { describe, expect, it } from "vitest";
import { digestOf } from "./digest.ts";
import { hotp, inAppCode } from "./tokens.ts";

const secret = Buffer.from("12345678901234567890", "ascii");

describe("HOTP", () => {
  // RFC 4226, appendix D.
  it.each(
    ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"].map(
      (code, counter) => [counter, code] as const,
    ),
  )("counter %i gives %s", (counter, code) => {
    expect(hotp(secret, BigInt(counter), 6)).toBe(code);
  });
  // RFC 6238, appendix B, SHA-1 with eight digits: HOTP of the time step.
  it.each([
    [0x1n, "94287082"],
    [0x23523ecn, "07081804"],
    [0x23523edn, "14050471"],
    [0x273ef07n, "89005924"],
    [0x3f940aan, "69279037"],
    [0x27bc86aan, "65353130"],
  ])("counter %i gives %s in eight digits", (counter, code) => {
    expect(hotp(secret, counter, 8)).toBe(code);
  });
});

describe("the dynamic code of a device", () => {
  const statement = {
    stepUpId: "sca_1",
    customerId: "cus_1",
    kind: "transfer" as const,
    amount: "165.88",
    currency: "GBP",
    payee: { id: "cus_2", name: '王* · "w***@example.com"' },
    note: "晚饭 🍜",
    trustPayee: false,
  };
  it("is cut as RFC 4226 cuts: the last six digits of its example are the RFC's", () => {
    const mac = createHmac("sha1", secret).update(Buffer.alloc(8)).digest();
    expect(dynamicCode(mac).slice(2)).toBe("755224");
  });
  it("differs for every part of the payment", () => {
    const key = Buffer.alloc(32, 3);
    const changed = [
      statement,
      { ...statement, stepUpId: "sca_2" },
      { ...statement, customerId: "cus_3" },
      { ...statement, kind: "withdrawal" as const },
      { ...statement, amount: "165.89" },
      { ...statement, currency: "EUR" },
      { ...statement, payee: { ...statement.payee, id: "cus_4" } },
      { ...statement, payee: { ...statement.payee, name: "王*" } },
      { ...statement, note: null },
      { ...statement, trustPayee: true },
    ];
    const digests = new Set(changed.map((one) => digestOf(one).toString("hex")));
    expect(digests.size).toBe(changed.length);
    expect(new Set(changed.map((one) => inAppCode(key, digestOf(one)))).size).toBe(changed.length);
  });
  it("stands on a text with sorted keys and no blanks", () => {
    const text = stepUpText(statement);
    const keys = Object.keys(JSON.parse(text) as object);
    expect(keys).toEqual([...keys].sort());
    expect(text).toBe(JSON.stringify(JSON.parse(text)));
  });
});

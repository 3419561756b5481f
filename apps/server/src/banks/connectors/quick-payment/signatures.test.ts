import { describe, expect, it } from "vitest";
import { isSignedBy, signText } from "./signatures.ts";
import { type Algorithm, makeSignKey } from "./testing/quick-world.ts";

/** GB/T 32918.5-2017, annex A.2: key pair, message and signature of the recommended curve. */
const published = {
  key: {
    algorithm: "SM2-SM3" as const,
    serial: "annex-a",
    publicKey:
      "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13",
  },
  message: "message digest",
  r: "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3",
  s: "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA",
};

const integer = (hex: string) => `0221${"00"}${hex}`;
const der = (r: string, s: string) => `3046${integer(r)}${integer(s)}`;

describe("SM2 with SM3", () => {
  it("takes the signature that the standard prints", () => {
    const signature = Buffer.from(der(published.r, published.s), "hex").toString("base64");
    expect(isSignedBy(published.key, published.message, signature)).toBe(true);
    expect(isSignedBy(published.key, `${published.message}.`, signature)).toBe(false);
  });
});

describe.each<Algorithm>(["RSA-SHA256", "SM2-SM3"])("%s", (algorithm) => {
  const pair = makeSignKey(algorithm);
  const own = { algorithm, serial: "own", privateKey: pair.privateKey };
  const key = { algorithm, serial: "own", publicKey: pair.publicKey };

  it("takes its own signature of the very text, and nothing else", () => {
    const text = "付款 ¥120.50\nsecond line";
    const signature = signText(own, text);
    expect(isSignedBy(key, text, signature)).toBe(true);
    expect(isSignedBy(key, text.normalize("NFD").concat(" "), signature)).toBe(false);
    const other = { ...key, publicKey: makeSignKey(algorithm).publicKey };
    expect(isSignedBy(other, text, signature)).toBe(false);
    for (const spoilt of ["", "AAAA", "not base64 at all", signature.slice(4), `${signature}AAAA`])
      expect(isSignedBy(key, text, spoilt)).toBe(false);
    expect(isSignedBy({ ...key, publicKey: "no key" }, text, signature)).toBe(false);
  });
});

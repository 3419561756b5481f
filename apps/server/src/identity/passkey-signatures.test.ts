import { createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { verifySignature } from "@simplewebauthn/server/helpers";
import { expect, it } from "vitest";

type Vectors = {
  testGroups: {
    publicKey: { wx: string; wy: string };
    publicKeyPem: string;
    tests: { tcId: number; msg: string; sig: string; result: "valid" | "invalid" }[];
  }[];
};
const file = new URL(
  "../../../../vectors/wycheproof/ecdsa_secp256r1_sha256_p1363_test.json",
  import.meta.url,
);
const { testGroups } = JSON.parse(readFileSync(file, "utf8")) as Vectors;

/** A P-256 key as authenticators give it: COSE_Key with alg ES256 (RFC 9052 section 7, RFC 9053 sections 2.1 and 7.1). */
function coseKey({ wx, wy }: { wx: string; wy: string }): Uint8Array<ArrayBuffer> {
  const coordinate = (hex: string) => Buffer.from(hex.padStart(64, "0").slice(-64), "hex");
  const head = Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
  return Uint8Array.from(
    Buffer.concat([head, coordinate(wx), Buffer.from([0x22, 0x58, 0x20]), coordinate(wy)]),
  );
}

/** r and s as authenticators sign them: ECDSA-Sig-Value in DER (Web Authentication, section 6.5.5). */
function derOf(signature: Buffer): Uint8Array<ArrayBuffer> {
  const integer = (bytes: Buffer): Buffer => {
    let from = 0;
    while (from < bytes.length - 1 && bytes[from] === 0) from += 1;
    const short = bytes.subarray(from);
    const value = (short[0] as number) >= 0x80 ? Buffer.concat([Buffer.from([0]), short]) : short;
    return Buffer.concat([Buffer.from([0x02, value.length]), value]);
  };
  const both = Buffer.concat([integer(signature.subarray(0, 32)), integer(signature.subarray(32))]);
  return Uint8Array.from(Buffer.concat([Buffer.from([0x30, both.length]), both]));
}

it("passkey signatures are verified as Project Wycheproof's vectors of ECDSA P-256 say", async () => {
  const seen = { valid: 0, invalid: 0 };
  for (const { publicKey, publicKeyPem, tests } of testGroups) {
    for (const { tcId, msg, sig, result } of tests) {
      const [data, signature] = [Buffer.from(msg, "hex"), Buffer.from(sig, "hex")];
      const expected = result === "valid";
      const key = { key: createPublicKey(publicKeyPem), dsaEncoding: "ieee-p1363" } as const;
      expect(verify("sha256", data, key, signature), `case ${tcId}`).toBe(expected);
      // Other lengths have no form in DER: authenticators cannot send them.
      if (signature.length !== 64) continue;
      seen[result] += 1;
      const verified = await verifySignature({
        credentialPublicKey: coseKey(publicKey),
        signature: derOf(signature),
        data: Uint8Array.from(data),
      }).catch(() => false);
      expect(verified, `case ${tcId}`).toBe(expected);
    }
  }
  expect(seen).toEqual({ valid: 173, invalid: 68 });
});

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { decrypt, encrypt } from "./sealing.ts";
import { VaultError } from "./types.ts";

type Vectors = {
  testGroups: {
    keySize: number;
    ivSize: number;
    tagSize: number;
    tests: {
      tcId: number;
      key: string;
      iv: string;
      aad: string;
      msg: string;
      ct: string;
      tag: string;
      result: "valid" | "invalid";
    }[];
  }[];
};
const file = new URL("../../../../vectors/wycheproof/aes_gcm_test.json", import.meta.url);
const { testGroups } = JSON.parse(readFileSync(file, "utf8")) as Vectors;
// The sizes that are used here; the others cannot be asked for.
const cases = testGroups
  .filter((group) => group.keySize === 256 && group.ivSize === 96 && group.tagSize === 128)
  .flatMap((group) => group.tests);

it("seals and opens as Project Wycheproof's vectors of AES-256-GCM say", () => {
  const seen = { valid: 0, invalid: 0 };
  for (const { tcId, result, ...hex } of cases) {
    const bytes = (name: keyof typeof hex) => Buffer.from(hex[name], "hex");
    const sealed = Buffer.concat([bytes("iv"), bytes("ct"), bytes("tag")]);
    seen[result] += 1;
    if (result === "invalid") {
      expect(() => decrypt(bytes("key"), sealed, bytes("aad")), `case ${tcId}`).toThrow(VaultError);
      continue;
    }
    expect(decrypt(bytes("key"), sealed, bytes("aad")).toString("hex"), `case ${tcId}`).toBe(hex.msg);
    const again = encrypt(bytes("key"), bytes("msg"), bytes("aad"), () => bytes("iv"));
    expect(again.toString("hex"), `case ${tcId}`).toBe(sealed.toString("hex"));
  }
  // A file with nothing in it would prove nothing.
  expect(seen).toEqual({ valid: 39, invalid: 27 });
});

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { importEd25519, verifyEd25519 } from "./ed25519.ts";

type Vectors = {
  numberOfTests: number;
  testGroups: {
    publicKey: { pk: string };
    tests: { tcId: number; comment: string; msg: string; sig: string; result: "valid" | "invalid" }[];
  }[];
};

const file = new URL("../../../vectors/wycheproof/ed25519_test.json", import.meta.url);
const { numberOfTests, testGroups } = JSON.parse(readFileSync(file, "utf8")) as Vectors;
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));

/** Signatures that are right but for a multiple of the group's order, cut short, padded, or of another key. */
describe("published signatures, right and wrong (Wycheproof)", () => {
  const tests = testGroups.flatMap((group) =>
    group.tests.map((one) => ({ ...one, key: group.publicKey.pk })),
  );

  test("all are there", () => expect(tests).toHaveLength(numberOfTests));

  test.each(tests)("$tcId: $comment", async ({ key, msg, sig, result }) => {
    expect(await verifyEd25519(bytes(key), bytes(sig), bytes(msg))).toBe(result === "valid");
  });
});

test("a signature verifies with the public key of its private key, and no other", async () => {
  const [one, other] = await Promise.all([1, 2].map((fill) => importEd25519(new Uint8Array(32).fill(fill))));
  const message = new TextEncoder().encode("one");
  const signature = (await one?.sign(message)) as Uint8Array<ArrayBuffer>;
  expect(await verifyEd25519(one?.publicKey as Uint8Array<ArrayBuffer>, signature, message)).toBe(true);
  expect(await verifyEd25519(other?.publicKey as Uint8Array<ArrayBuffer>, signature, message)).toBe(false);
  await expect(importEd25519(new Uint8Array(31))).rejects.toThrow(RangeError);
});

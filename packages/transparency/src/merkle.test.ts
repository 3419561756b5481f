import { createHash, hash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromBase64, type Sha256 } from "./bytes.ts";
import {
  consistencyRanges,
  createTreeReader,
  emptyRoot,
  hashEntry,
  inclusionRanges,
  nodeHasher,
  type ReadHashes,
  rootFromInclusion,
  verifyConsistency,
  verifyInclusion,
} from "./merkle.ts";

const native: Sha256 = (data) => hash("sha256", data, "buffer");
const hashNodes = nodeHasher(native);

/** MTH of RFC 9162, section 2.1.1, word for word: slow, and independent of the code under test. */
function mth(leaves: readonly Uint8Array[]): Uint8Array {
  const [first] = leaves;
  if (first === undefined) return createHash("sha256").digest();
  if (leaves.length === 1) return first;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return createHash("sha256")
    .update(Uint8Array.of(1))
    .update(mth(leaves.slice(0, k)))
    .update(mth(leaves.slice(k)))
    .digest();
}

/** PATH of RFC 9162, section 2.1.3.1, word for word. */
function path(m: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  if (leaves.length === 1) return [];
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return m < k
    ? [...path(m, leaves.slice(0, k)), mth(leaves.slice(k))]
    : [...path(m - k, leaves.slice(k)), mth(leaves.slice(0, k))];
}

/** PROOF of RFC 9162, section 2.1.4.1, word for word. */
function subproof(m: number, leaves: readonly Uint8Array[], whole: boolean): Uint8Array[] {
  if (m === leaves.length) return whole ? [] : [mth(leaves)];
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return m <= k
    ? [...subproof(m, leaves.slice(0, k), whole), mth(leaves.slice(k))]
    : [...subproof(m - k, leaves.slice(k), false), mth(leaves.slice(0, k))];
}

const leafAt = (index: number | string): Uint8Array => hashEntry(Buffer.from(`leaf ${index}`), native);
const leavesUpTo = (size: number): Uint8Array[] => Array.from({ length: size }, (_, index) => leafAt(index));
const plain = (hashes: readonly Uint8Array[]): string[] =>
  hashes.map((one) => Buffer.from(one).toString("hex"));

const readFrom =
  (leaves: readonly Uint8Array[]): ReadHashes =>
  async (nodes) =>
    nodes.map(({ level, index }) => {
      const first = Number(index) * 2 ** level;
      const range = leaves.slice(first, first + 2 ** level);
      if (range.length !== 2 ** level) throw new Error(`node ${level}/${index} is not complete`);
      return mth(range);
    });

test("the tree of no leaves has the hash of nothing", () => {
  expect(Buffer.from(emptyRoot()).toString("hex")).toBe(
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
});

describe("published inclusion vectors (transparency-dev/merkle)", () => {
  const folder = fileURLToPath(new URL("../../../vectors/merkle/inclusion", import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".json"))
    .sort();

  test("all are there", () => expect(files).toHaveLength(98));

  test.each(files)("%s", (file) => {
    const text = readFileSync(join(folder, file), "utf8");
    const vector = JSON.parse(text) as {
      root: string;
      leafHash: string;
      proof: string[] | null;
      wantErr: boolean;
    };
    // The largest index is 2^64 - 1, which JSON.parse would round.
    const whole = (name: string) => BigInt(new RegExp(`"${name}": (\\d+)`).exec(text)?.[1] ?? "");
    const bytes = (base64: string) => fromBase64(base64) as Uint8Array;
    const accepted = verifyInclusion({
      index: whole("leafIdx"),
      size: whole("treeSize"),
      leaf: bytes(vector.leafHash),
      proof: (vector.proof ?? []).map(bytes),
      root: bytes(vector.root),
    });
    expect(accepted).toBe(!vector.wantErr);
  });
});

test("roots and proofs are those of the RFC's own recursion, and verify, for every tree up to 40 leaves", async () => {
  for (let size = 1; size <= 40; size += 1) {
    const leaves = leavesUpTo(size);
    const reader = createTreeReader(readFrom(leaves), native);
    const root = await reader.root(BigInt(size));
    expect(plain([root])).toEqual(plain([mth(leaves)]));
    for (let index = 0; index < size; index += 1) {
      const proof = await reader.inclusionProof(BigInt(index), BigInt(size));
      expect(plain(proof)).toEqual(plain(path(index, leaves)));
      const input = { index: BigInt(index), size: BigInt(size), leaf: leafAt(index), proof, root };
      expect(verifyInclusion(input)).toBe(true);
      expect(verifyInclusion({ ...input, index: BigInt((index + 1) % size) })).toBe(size === 1);
    }
    for (let old = 1; old <= size; old += 1) {
      const proof = await reader.consistencyProof(BigInt(old), BigInt(size));
      expect(plain(proof)).toEqual(plain(subproof(old, leaves, true)));
      const oldRoot = mth(leaves.slice(0, old));
      const input = { oldSize: BigInt(old), oldRoot, size: BigInt(size), root, proof };
      expect(verifyConsistency(input)).toBe(true);
      const rewritten = mth([leafAt("another"), ...leaves.slice(1, old)]);
      expect(verifyConsistency({ ...input, oldRoot: rewritten })).toBe(false);
    }
  }
});

test("a proof of consistency with one bit changed, one hash more or one hash less fails", async () => {
  const leaves = leavesUpTo(37);
  const reader = createTreeReader(readFrom(leaves), native);
  const root = await reader.root(37n);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 36 }), fc.nat(), fc.nat(255), async (old, place, bit) => {
      const proof = (await reader.consistencyProof(BigInt(old), 37n)).map((one) => Uint8Array.from(one));
      const input = { oldSize: BigInt(old), oldRoot: mth(leaves.slice(0, old)), size: 37n, root };
      expect(verifyConsistency({ ...input, proof })).toBe(true);
      expect(verifyConsistency({ ...input, proof: proof.slice(1) })).toBe(false);
      expect(verifyConsistency({ ...input, proof: [...proof, root] })).toBe(false);
      expect(verifyConsistency({ ...input, proof: [root, ...proof] })).toBe(false);
      const changed = proof[place % proof.length] as Uint8Array;
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(verifyConsistency({ ...input, proof })).toBe(false);
    }),
  );
});

test("the empty tree and the same tree need no proof, and take none", () => {
  const root = mth(leavesUpTo(5));
  const same = { oldSize: 5n, oldRoot: root, size: 5n, root };
  expect(verifyConsistency({ ...same, proof: [] })).toBe(true);
  expect(verifyConsistency({ ...same, proof: [root] })).toBe(false);
  expect(verifyConsistency({ ...same, oldRoot: mth(leavesUpTo(4)), proof: [] })).toBe(false);
  const fromNothing = { oldSize: 0n, oldRoot: emptyRoot(), size: 5n, root };
  expect(verifyConsistency({ ...fromNothing, proof: [] })).toBe(true);
  expect(verifyConsistency({ ...fromNothing, oldRoot: root, proof: [] })).toBe(false);
  expect(verifyConsistency({ oldSize: 6n, oldRoot: root, size: 5n, root, proof: [] })).toBe(false);
});

test("what is not in the tree is refused", () => {
  expect(() => inclusionRanges(5n, 5n)).toThrow(RangeError);
  expect(() => inclusionRanges(-1n, 5n)).toThrow(RangeError);
  expect(() => consistencyRanges(6n, 5n)).toThrow(RangeError);
  expect(rootFromInclusion({ index: 0n, size: 0n, leaf: leafAt(0), proof: [] })).toBeUndefined();
});

describe("sizes far beyond 2^53", () => {
  /** All leaves are alike, so that the hash of a complete subtree depends on its level alone. */
  const levels: Uint8Array[] = [leafAt(0)];
  for (let level = 1; level < 64; level += 1) {
    const below = levels[level - 1] as Uint8Array;
    levels.push(hashNodes(below, below));
  }
  const reader = createTreeReader(
    async (nodes) => nodes.map(({ level }) => levels[level] as Uint8Array),
    native,
  );

  test("inclusion and consistency at sizes about 2^60, where doubles would err by hundreds", async () => {
    const size = fc.bigInt({ min: 2n ** 53n, max: 2n ** 61n });
    await fc.assert(
      fc.asyncProperty(size, size, fc.bigInt({ min: 0n, max: 2n ** 61n }), async (a, b, position) => {
        const [oldSize, newSize] = a < b ? [a, b] : [b, a];
        const [oldRoot, root] = [await reader.root(oldSize), await reader.root(newSize)];
        const consistency = await reader.consistencyProof(oldSize, newSize);
        expect(verifyConsistency({ oldSize, oldRoot, size: newSize, root, proof: consistency })).toBe(true);
        const index = position % newSize;
        const input = { index, size: newSize, leaf: levels[0] as Uint8Array };
        const proof = await reader.inclusionProof(index, newSize);
        expect(verifyInclusion({ ...input, proof, root })).toBe(true);
        expect(verifyInclusion({ ...input, leaf: leafAt(1), proof, root })).toBe(false);
      }),
    );
  });

  test("two neighbours that one double cannot tell apart have different proofs", async () => {
    const size = 2n ** 60n + 3n;
    const [one, other] = [2n ** 60n, 2n ** 60n + 2n];
    expect(Number(one)).toBe(Number(other));
    expect((await reader.inclusionProof(one, size)).length).not.toBe(
      (await reader.inclusionProof(other, size)).length,
    );
  });
});

/**
 * The Merkle tree of RFC 9162, section 2.1 (the same as in RFC 6962): hashes, proofs and their verification.
 * Sizes and indexes are `bigint`, for a tree may outgrow 2^53.
 */
import { concat, equalBytes, hashLength, sha256 as portableSha256, type Sha256 } from "./bytes.ts";

/** A complete subtree: `level` 0 are the leaves, and node `index` covers the leaves from `index * 2^level` on. */
export type TreeNode = { level: number; index: bigint };

/**
 * Gives the hashes of complete subtrees, in the order asked. One call names everything that an answer needs, so that
 * a store can read it at once.
 */
export type ReadHashes = (nodes: readonly TreeNode[]) => Promise<readonly Uint8Array[]>;

/** Root of the tree without leaves: SHA-256 of nothing (RFC 9162, section 2.1.1). */
export const emptyRoot = (sha256: Sha256 = portableSha256): Uint8Array => sha256(new Uint8Array(0));

/** Hash of a leaf: SHA-256(0x00 ‖ entry) (RFC 9162, section 2.1.1). */
export const hashEntry = (entry: Uint8Array, sha256: Sha256 = portableSha256): Uint8Array =>
  sha256(concat(Uint8Array.of(0), entry));

/** Makes the function SHA-256(0x01 ‖ left ‖ right) (RFC 9162, section 2.1.1), which reuses one buffer. */
export function nodeHasher(
  sha256: Sha256 = portableSha256,
): (left: Uint8Array, right: Uint8Array) => Uint8Array {
  const buffer = new Uint8Array(1 + 2 * hashLength);
  buffer[0] = 1;
  return (left, right) => {
    buffer.set(left, 1);
    buffer.set(right, 1 + hashLength);
    return sha256(buffer);
  };
}

/**
 * The complete subtrees that make up the leaves from `start` up to, not including, `end`; largest first. `start` must
 * be a multiple of the smallest power of two that is not below the length, as in every range of RFC 9162.
 */
export function subtreesOf(start: bigint, end: bigint): TreeNode[] {
  const nodes: TreeNode[] = [];
  let position = start;
  for (let level = bitLength(end - start) - 1; level >= 0; level -= 1) {
    if (((end - start) >> BigInt(level)) % 2n === 0n) continue;
    nodes.push({ level, index: position >> BigInt(level) });
    position += 1n << BigInt(level);
  }
  return nodes;
}

/** Folds the hashes of `subtreesOf` into the hash of their range. */
export function foldSubtrees(hashes: readonly Uint8Array[], sha256: Sha256 = portableSha256): Uint8Array {
  if (hashes.length === 0) return emptyRoot(sha256);
  const hashNodes = nodeHasher(sha256);
  return hashes.reduceRight((right, left) => hashNodes(left, right));
}

/** The ranges whose hashes prove the leaf `index` in a tree of `size`: PATH of RFC 9162, section 2.1.3.1. */
export function inclusionRanges(index: bigint, size: bigint): [start: bigint, end: bigint][] {
  if (index < 0n || index >= size) throw new RangeError(`leaf ${index} is not in a tree of ${size}`);
  const ranges: [bigint, bigint][] = [];
  let start = 0n;
  let end = size;
  while (end - start > 1n) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      ranges.push([middle, end]);
      end = middle;
    } else {
      ranges.push([start, middle]);
      start = middle;
    }
  }
  return ranges.reverse();
}

/** The ranges that prove a tree of `size` to continue one of `oldSize`: PROOF of RFC 9162, section 2.1.4.1. */
export function consistencyRanges(oldSize: bigint, size: bigint): [start: bigint, end: bigint][] {
  if (oldSize < 0n || oldSize > size)
    throw new RangeError(`a tree of ${size} holds no older one of ${oldSize}`);
  // Everything continues the empty tree, and every tree itself: there is nothing to prove.
  if (oldSize === 0n || oldSize === size) return [];
  const ranges: [bigint, bigint][] = [];
  let start = 0n;
  let end = size;
  while (end > oldSize) {
    const middle = start + splitOf(end - start);
    if (oldSize <= middle) {
      ranges.push([middle, end]);
      end = middle;
    } else {
      ranges.push([start, middle]);
      start = middle;
    }
  }
  // The old root itself is known to the verifier when it is a complete subtree from the first leaf on.
  if (start > 0n) ranges.push([start, end]);
  return ranges.reverse();
}

export type TreeReader = {
  /** Root of the tree of the first `size` leaves. */
  root(size: bigint): Promise<Uint8Array>;
  /** Hashes from the leaf up, for `verifyInclusion`. @throws RangeError when the leaf is not in the tree */
  inclusionProof(index: bigint, size: bigint): Promise<Uint8Array[]>;
  /** Hashes for `verifyConsistency`. @throws RangeError when `oldSize` is larger than `size` */
  consistencyProof(oldSize: bigint, size: bigint): Promise<Uint8Array[]>;
};

/** Answers roots and proofs from stored hashes; each answer reads about log2(size) of them in one call. */
export function createTreeReader(read: ReadHashes, sha256: Sha256 = portableSha256): TreeReader {
  const hashRanges = async (ranges: readonly [bigint, bigint][]): Promise<Uint8Array[]> => {
    const subtrees = ranges.map(([start, end]) => subtreesOf(start, end));
    const nodes = subtrees.flat();
    const hashes = nodes.length === 0 ? [] : await read(nodes);
    if (hashes.length !== nodes.length)
      throw new Error(`${nodes.length} hashes asked, ${hashes.length} read`);
    let taken = 0;
    return subtrees.map(({ length }) => {
      taken += length;
      return foldSubtrees(hashes.slice(taken - length, taken), sha256);
    });
  };
  return {
    root: async (size) => (await hashRanges([[0n, size]]))[0] as Uint8Array,
    inclusionProof: async (index, size) => hashRanges(inclusionRanges(index, size)),
    consistencyProof: async (oldSize, size) => hashRanges(consistencyRanges(oldSize, size)),
  };
}

/**
 * The root to which a leaf hash and its proof lead (RFC 9162, section 2.1.3.2).
 * @returns undefined when the position is not in the tree or the proof has not its one right length
 */
export function rootFromInclusion(
  {
    index,
    size,
    leaf,
    proof,
  }: { index: bigint; size: bigint; leaf: Uint8Array; proof: readonly Uint8Array[] },
  sha256: Sha256 = portableSha256,
): Uint8Array | undefined {
  if (index < 0n || index >= size || !areHashes([leaf, ...proof])) return undefined;
  const hashNodes = nodeHasher(sha256);
  let fn = index;
  let sn = size - 1n;
  let hash = leaf;
  for (const sibling of proof) {
    if (sn === 0n) return undefined;
    if (isOdd(fn) || fn === sn) {
      hash = hashNodes(sibling, hash);
      while (!isOdd(fn) && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      hash = hashNodes(hash, sibling);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n ? hash : undefined;
}

/** Whether the leaf hash stands at `index` in the tree of `size` with this root. */
export function verifyInclusion(
  input: { index: bigint; size: bigint; leaf: Uint8Array; proof: readonly Uint8Array[]; root: Uint8Array },
  sha256: Sha256 = portableSha256,
): boolean {
  const root = rootFromInclusion(input, sha256);
  return root !== undefined && equalBytes(root, input.root);
}

/** Whether the tree of `size` begins with exactly the leaves of the tree of `oldSize` (RFC 9162, section 2.1.4.2). */
export function verifyConsistency(
  input: {
    oldSize: bigint;
    oldRoot: Uint8Array;
    size: bigint;
    root: Uint8Array;
    proof: readonly Uint8Array[];
  },
  sha256: Sha256 = portableSha256,
): boolean {
  const { oldSize, oldRoot, size, root, proof } = input;
  if (oldSize < 0n || oldSize > size || !areHashes([oldRoot, root, ...proof])) return false;
  if (oldSize === size) return proof.length === 0 && equalBytes(oldRoot, root);
  if (oldSize === 0n) return proof.length === 0 && equalBytes(oldRoot, emptyRoot(sha256));

  // A complete old tree is itself the first hash of the path; the proof leaves it out.
  const [first, ...rest] = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : proof;
  if (first === undefined) return false;
  const hashNodes = nodeHasher(sha256);
  let fn = oldSize - 1n;
  let sn = size - 1n;
  while (isOdd(fn)) {
    fn >>= 1n;
    sn >>= 1n;
  }
  let oldHash = first;
  let hash = first;
  for (const sibling of rest) {
    if (sn === 0n) return false;
    if (isOdd(fn) || fn === sn) {
      oldHash = hashNodes(sibling, oldHash);
      hash = hashNodes(sibling, hash);
      while (!isOdd(fn) && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      hash = hashNodes(hash, sibling);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && equalBytes(oldHash, oldRoot) && equalBytes(hash, root);
}

/** Largest power of two below `size` (RFC 9162, section 2.1.1). `size` is at least 2. */
const splitOf = (size: bigint): bigint => 1n << BigInt(bitLength(size - 1n) - 1);

const bitLength = (value: bigint): number => (value <= 0n ? 0 : value.toString(2).length);
const isOdd = (value: bigint): boolean => (value & 1n) === 1n;
const isPowerOfTwo = (value: bigint): boolean => value > 0n && (value & (value - 1n)) === 0n;
const areHashes = (hashes: readonly Uint8Array[]): boolean =>
  hashes.every(({ length }) => length === hashLength);

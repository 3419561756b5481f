/**
 * How the tree is stored and served: C2SP tlog-tiles (https://c2sp.org/tlog-tiles). A tile holds up to 256 hashes
 * that stand side by side; the hashes between two tile levels are computed from them.
 */
import { concat, hashLength, sha256 as portableSha256, type Sha256 } from "./bytes.ts";
import { emptyRoot, foldSubtrees, nodeHasher, type ReadHashes, type TreeNode } from "./merkle.ts";

/** Levels of the tree in one tile. */
export const tileHeight = 8;
/** Hashes in a full tile. */
export const tileWidth = 256;

/** Tile `index` of its level, of which the first `width` (1 to 256) hashes are meant. */
export type HashTile = { level: number; index: bigint; width: number };
/** Log entries beside the level-0 tile of the same index. */
export type EntryBundle = { index: bigint; width: number };
export type TileAddress = ({ kind: "hashes" } & HashTile) | ({ kind: "entries" } & EntryBundle);

/** Path below the log's prefix: `tile/0/x001/067`, `tile/1/000.p/17`, `tile/entries/x001/067`. */
export function tilePath(tile: TileAddress): string {
  const level = tile.kind === "entries" ? "entries" : String(tile.level);
  const digits = tile.index.toString();
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/\d{3}/g) ?? [];
  const index = groups.map((group, place) => (place < groups.length - 1 ? `x${group}` : group)).join("/");
  return `tile/${level}/${index}${tile.width === tileWidth ? "" : `.p/${tile.width}`}`;
}

/** Reads such a path. @returns undefined for anything but the one spelling that `tilePath` gives */
export function parseTilePath(path: string): TileAddress | undefined {
  const match = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,12}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path);
  if (match === null) return undefined;
  const [, level = "", groups = "", part] = match;
  const width = part === undefined ? tileWidth : Number(part);
  const index = BigInt(groups.replaceAll(/[x/]/g, ""));
  if (width < 1 || (part !== undefined && width >= tileWidth)) return undefined;
  const tile: TileAddress =
    level === "entries"
      ? { kind: "entries", index, width }
      : { kind: "hashes", level: Number(level), index, width };
  if (tile.kind === "hashes" && tile.level > 63) return undefined;
  return tilePath(tile) === path ? tile : undefined;
}

/** Hashes that tile `index` of `level` has in a tree of `size`: 0 (no such tile) to 256. */
export function tileWidthAt(level: number, index: bigint, size: bigint): number {
  const rest = (size >> BigInt(tileHeight * level)) - index * BigInt(tileWidth);
  return rest <= 0n ? 0 : rest >= BigInt(tileWidth) ? tileWidth : Number(rest);
}

/** The tiles at the right edge of a tree of `size` that are not full, lowest level first: all that an append reads. */
export function edgeTiles(size: bigint): HashTile[] {
  const tiles: HashTile[] = [];
  for (let level = 0; size >> BigInt(tileHeight * level) > 0n; level += 1) {
    const index = size >> BigInt(tileHeight * (level + 1));
    const width = tileWidthAt(level, index, size);
    if (width > 0) tiles.push({ level, index, width });
  }
  return tiles;
}

/** Where a complete subtree stands in the tiles of a tree of `size`: `count` hashes from `offset` on, to be folded. */
export function locateNode(node: TreeNode, size: bigint): { tile: HashTile; offset: number; count: number } {
  const level = Math.floor(node.level / tileHeight);
  const up = node.level - level * tileHeight;
  const first = node.index << BigInt(up);
  const index = first >> BigInt(tileHeight);
  const offset = Number(first & BigInt(tileWidth - 1));
  const tile = { level, index, width: tileWidthAt(level, index, size) };
  if (offset + (1 << up) > tile.width) {
    throw new RangeError(`no complete node ${node.level}/${node.index} in a tree of ${size}`);
  }
  return { tile, offset, count: 1 << up };
}

/**
 * Reads hashes of subtrees out of the tiles of a tree of `size`, each tile once per call.
 * `readTiles` gives the hashes of each tile, joined, in the order asked; it may give more than the width asked.
 */
export function tileHashReader(
  size: bigint,
  readTiles: (tiles: readonly HashTile[]) => Promise<readonly Uint8Array[]>,
  sha256: Sha256 = portableSha256,
): ReadHashes {
  return async (nodes) => {
    const places = nodes.map((node) => locateNode(node, size));
    const wanted = new Map(places.map(({ tile }) => [`${tile.level}/${tile.index}`, tile]));
    const contents = await readTiles([...wanted.values()]);
    const byName = new Map([...wanted.keys()].map((name, place) => [name, contents[place]]));
    return places.map(({ tile, offset, count }) => {
      const hashes = byName.get(`${tile.level}/${tile.index}`);
      if (hashes === undefined || hashes.length < tile.width * hashLength) {
        throw new Error(`tile ${tile.level}/${tile.index} is shorter than ${tile.width} hashes`);
      }
      const row = Array.from({ length: count }, (_, place) =>
        hashes.subarray((offset + place) * hashLength, (offset + place + 1) * hashLength),
      );
      return foldComplete(row, sha256);
    });
  };
}

/**
 * The right edge of a tree: what an append needs and nothing more. `stumps[level]` is the hash of the complete subtree
 * of 2^level leaves that still waits for its right sibling; there is one for each binary digit 1 of the size.
 * `partial[level]` are the joined hashes of the tile of that level that is not full. Values are never changed in place.
 */
export type TreeEdge = {
  size: bigint;
  stumps: readonly (Uint8Array | undefined)[];
  partial: readonly Uint8Array[];
};

export const emptyEdge: TreeEdge = { size: 0n, stumps: [], partial: [] };

/** A tile after an append. Its earlier hashes never change, so it replaces what was stored under level and index. */
export type WrittenTile = HashTile & { hashes: Uint8Array };

/**
 * The edge from stored tiles.
 * @param tiles hashes of `edgeTiles(size)`, in that order; longer ones are cut to the width at this size
 */
export function restoreEdge(
  size: bigint,
  tiles: readonly Uint8Array[],
  sha256: Sha256 = portableSha256,
): TreeEdge {
  const stumps: (Uint8Array | undefined)[] = [];
  const partial: Uint8Array[] = [];
  edgeTiles(size).forEach(({ level, index, width }, place) => {
    const hashes = tiles[place]?.slice(0, width * hashLength);
    if (hashes?.length !== width * hashLength) {
      throw new Error(`tile ${level}/${index} is shorter than ${width} hashes`);
    }
    while (partial.length < level) partial.push(new Uint8Array(0));
    partial.push(hashes);
    let offset = 0;
    for (let up = tileHeight - 1; up >= 0; up -= 1) {
      const count = 1 << up;
      if ((width & count) === 0) continue;
      const row = Array.from({ length: count }, (_, step) =>
        hashes.slice((offset + step) * hashLength, (offset + step + 1) * hashLength),
      );
      stumps[level * tileHeight + up] = foldComplete(row, sha256);
      offset += count;
    }
  });
  return { size, stumps: Array.from(stumps), partial };
}

/**
 * Appends leaf hashes, each 32 bytes, at about one SHA-256 a leaf. Pure: nothing happens to `edge`, so that a batch
 * that is rolled back leaves no trace.
 * @returns the new edge, the new root, and every tile that was made or grew, lowest level first
 */
export function appendLeaves(
  edge: TreeEdge,
  leaves: readonly Uint8Array[],
  sha256: Sha256 = portableSha256,
): { edge: TreeEdge; root: Uint8Array; written: WrittenTile[] } {
  const hashNodes = nodeHasher(sha256);
  const stumps = [...edge.stumps];
  const rows: GrowingRow[] = edge.partial.map((hashes, level) => openRow(level, edge.size, hashes));

  for (const leaf of leaves) {
    if (leaf.length !== hashLength) throw new RangeError(`a leaf hash has ${hashLength} bytes`);
    let hash = leaf;
    let level = 0;
    // A stump that meets its sibling becomes their parent, one level higher: a binary counter that carries.
    for (; ; level += 1) {
      if (level % tileHeight === 0) {
        const tileLevel = level / tileHeight;
        rows[tileLevel] ??= openRow(tileLevel, edge.size, new Uint8Array(0));
        pushHash(rows[tileLevel], hash);
      }
      const sibling = stumps[level];
      if (sibling === undefined) break;
      stumps[level] = undefined;
      hash = hashNodes(sibling, hash);
    }
    stumps[level] = hash;
  }

  const grown: TreeEdge = {
    size: edge.size + BigInt(leaves.length),
    stumps,
    partial: rows.map(({ hashes, width }) => hashes.slice(0, width * hashLength)),
  };
  return { edge: grown, root: rootOfEdge(grown, sha256), written: rows.flatMap(writtenTiles) };
}

/** Root of the tree with this edge. */
export function rootOfEdge(edge: TreeEdge, sha256: Sha256 = portableSha256): Uint8Array {
  const largestFirst = edge.stumps.filter((hash) => hash !== undefined).reverse();
  return largestFirst.length === 0 ? emptyRoot(sha256) : foldSubtrees(largestFirst, sha256);
}

/** Entries as they are served: each after its length as a big-endian uint16. @throws RangeError above 65,535 bytes */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return concat(
    ...entries.flatMap((entry) => {
      if (entry.length > 0xffff) throw new RangeError("an entry of the log has at most 65,535 bytes");
      return [Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry];
    }),
  );
}

/** Reads such a bundle. @returns undefined when it ends within an entry */
export function decodeEntryBundle(bundle: Uint8Array): Uint8Array[] | undefined {
  const entries: Uint8Array[] = [];
  for (let offset = 0; offset < bundle.length; ) {
    const end = offset + 2 + (((bundle[offset] ?? 0) << 8) | (bundle[offset + 1] ?? 0));
    if (offset + 2 > bundle.length || end > bundle.length) return undefined;
    entries.push(bundle.subarray(offset + 2, end));
    offset = end;
  }
  return entries;
}

/** A tile that is being filled, and those that it has filled before. */
type GrowingRow = {
  level: number;
  index: bigint;
  hashes: Uint8Array;
  width: number;
  grew: boolean;
  full: WrittenTile[];
};

function openRow(level: number, size: bigint, partial: Uint8Array): GrowingRow {
  const hashes = new Uint8Array(tileWidth * hashLength);
  hashes.set(partial);
  const index = size >> BigInt(tileHeight * (level + 1));
  return { level, index, hashes, width: partial.length / hashLength, grew: false, full: [] };
}

function pushHash(row: GrowingRow, hash: Uint8Array): void {
  row.hashes.set(hash, row.width * hashLength);
  row.width += 1;
  row.grew = true;
  if (row.width < tileWidth) return;
  row.full.push({ level: row.level, index: row.index, width: tileWidth, hashes: row.hashes });
  row.index += 1n;
  row.hashes = new Uint8Array(tileWidth * hashLength);
  row.width = 0;
  row.grew = false;
}

function writtenTiles(row: GrowingRow): WrittenTile[] {
  const { level, index, width, hashes, grew, full } = row;
  if (!grew || width === 0) return full;
  return [...full, { level, index, width, hashes: hashes.slice(0, width * hashLength) }];
}

/** Folds the hashes of a complete subtree, whose number is a power of two. */
function foldComplete(hashes: readonly Uint8Array[], sha256: Sha256): Uint8Array {
  const hashNodes = nodeHasher(sha256);
  let row = hashes;
  while (row.length > 1) {
    row = Array.from({ length: row.length / 2 }, (_, place) =>
      hashNodes(row[2 * place] as Uint8Array, row[2 * place + 1] as Uint8Array),
    );
  }
  return row[0] as Uint8Array;
}

import { hash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concat, hashLength, type Sha256 } from "./bytes.ts";
import { createTreeReader, emptyRoot, hashEntry, verifyConsistency, verifyInclusion } from "./merkle.ts";
import {
  appendLeaves,
  decodeEntryBundle,
  edgeTiles,
  emptyEdge,
  encodeEntryBundle,
  locateNode,
  parseTilePath,
  restoreEdge,
  rootOfEdge,
  type TileAddress,
  type TreeEdge,
  tileHashReader,
  tilePath,
  tileWidthAt,
  type WrittenTile,
} from "./tiles.ts";

const native: Sha256 = (data) => hash("sha256", data, "buffer");
const leafAt = (index: number): Uint8Array => hashEntry(Buffer.from(`leaf ${index}`), native);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** A store of tiles as a server keeps it: a tile that grew replaces itself. */
function createStore() {
  const tiles = new Map<string, Uint8Array>();
  let edge: TreeEdge = emptyEdge;
  return {
    tiles,
    append: (leaves: readonly Uint8Array[]) => {
      const result = appendLeaves(edge, leaves, native);
      edge = result.edge;
      for (const { level, index, hashes } of result.written) tiles.set(`${level}/${index}`, hashes);
      return result;
    },
    edge: () => edge,
    read: async (wanted: readonly { level: number; index: bigint }[]) =>
      wanted.map(({ level, index }) => tiles.get(`${level}/${index}`) ?? new Uint8Array(0)),
  };
}

describe("paths", () => {
  test.each<[TileAddress, string]>([
    [{ kind: "hashes", level: 0, index: 0n, width: 256 }, "tile/0/000"],
    [{ kind: "hashes", level: 1, index: 7n, width: 17 }, "tile/1/007.p/17"],
    // The example of the standard.
    [{ kind: "hashes", level: 0, index: 1234067n, width: 256 }, "tile/0/x001/x234/067"],
    [{ kind: "entries", index: 1000n, width: 1 }, "tile/entries/x001/000.p/1"],
    [
      { kind: "hashes", level: 63, index: 2n ** 60n, width: 255 },
      "tile/63/x001/x152/x921/x504/x606/x846/976.p/255",
    ],
  ])("%o is %s", (tile, path) => {
    expect(tilePath(tile)).toBe(path);
    expect(parseTilePath(path)).toEqual(tile);
  });

  test.each([
    "tile/00/000",
    "tile/64/000",
    "tile/-1/000",
    "tile/0/0",
    "tile/0/0000",
    "tile/0/x000/001",
    "tile/0/001/002",
    "tile/0/x001",
    "tile/0/x001/x002",
    "tile/0/000.p/0",
    "tile/0/000.p/256",
    "tile/0/000.p/01",
    "tile/0/000.p/",
    "tile/0/000/",
    "/tile/0/000",
    "tile/0/000?x",
    "tile/entry/000",
    "tile/0/٠٠٠",
    "tile/0/../000",
    "",
  ])("%s is refused", (path) => {
    expect(parseTilePath(path)).toBeUndefined();
  });

  test("every path reads back as the tile it names", () => {
    const width = fc.integer({ min: 1, max: 256 });
    const index = fc.bigInt({ min: 0n, max: 2n ** 70n });
    fc.assert(
      fc.property(fc.option(fc.integer({ min: 0, max: 63 })), index, width, (level, at, wide) => {
        const tile: TileAddress =
          level === null
            ? { kind: "entries", index: at, width: wide }
            : { kind: "hashes", level, index: at, width: wide };
        expect(parseTilePath(tilePath(tile))).toEqual(tile);
      }),
    );
  });
});

test("a tree of 70,000 leaves has the tiles that the standard says it has", () => {
  const widths = [0, 1, 2].map((level) => {
    const full = 70_000n >> BigInt(8 * (level + 1));
    return [Number(full), tileWidthAt(level, full, 70_000n)];
  });
  expect(widths).toEqual([
    [273, 112],
    [1, 17],
    [0, 1],
  ]);
  expect(edgeTiles(256n)).toEqual([{ level: 1, index: 0n, width: 1 }]);
});

test("appended in batches of any size, the tree is the same as at once, and restores from its tiles", async () => {
  const leaves = Array.from({ length: 1500 }, (_, index) => leafAt(index));
  const whole = createStore();
  whole.append(leaves);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 600 }), { minLength: 1, maxLength: 12 }),
      async (cuts) => {
        const store = createStore();
        let size = 0;
        for (const cut of [...cuts, 1500]) {
          const end = Math.min(1500, size + cut);
          const before = structuredClone(store.edge());
          const { root } = store.append(leaves.slice(size, end));
          size = end;
          const reader = createTreeReader(tileHashReader(BigInt(size), store.read, native), native);
          expect(hex(root)).toBe(hex(await reader.root(BigInt(size))));
          const restored = restoreEdge(BigInt(size), await store.read(edgeTiles(BigInt(size))), native);
          expect(hex(rootOfEdge(restored, native))).toBe(hex(root));
          expect(restored.partial.map(hex)).toEqual(store.edge().partial.map(hex));
          expect(before.size).toBeLessThanOrEqual(BigInt(size));
        }
        expect([...store.tiles.keys()].sort()).toEqual([...whole.tiles.keys()].sort());
        for (const [name, hashes] of whole.tiles)
          expect(hex(store.tiles.get(name) as Uint8Array)).toBe(hex(hashes));
      },
    ),
    { numRuns: 25 },
  );
});

test("an append changes nothing in the edge it was given: a batch rolled back leaves no trace", () => {
  const { edge } = appendLeaves(emptyEdge, [1, 2, 3, 4, 5].map(leafAt), native);
  const before = structuredClone(edge);
  const once = appendLeaves(
    edge,
    Array.from({ length: 600 }, (_, index) => leafAt(index)),
    native,
  );
  const again = appendLeaves(
    edge,
    Array.from({ length: 600 }, (_, index) => leafAt(index)),
    native,
  );
  expect(structuredClone(edge)).toEqual(before);
  expect(hex(again.root)).toBe(hex(once.root));
  expect(appendLeaves(emptyEdge, [], native)).toMatchObject({ written: [], edge: { size: 0n } });
  expect(hex(appendLeaves(emptyEdge, [], native).root)).toBe(hex(emptyRoot()));
});

test("proofs over three tile levels verify, from tiles alone and from those of an older size", async () => {
  const store = createStore();
  const total = 66_100;
  const oldSize = 65_537;
  store.append(Array.from({ length: oldSize }, (_, index) => leafAt(index)));
  const oldRoot = rootOfEdge(store.edge(), native);
  store.append(Array.from({ length: total - oldSize }, (_, index) => leafAt(oldSize + index)));
  const root = rootOfEdge(store.edge(), native);

  const asked: WrittenTile[][] = [];
  const reader = createTreeReader(
    tileHashReader(
      BigInt(total),
      (tiles) => {
        asked.push(tiles as WrittenTile[]);
        return store.read(tiles);
      },
      native,
    ),
    native,
  );
  for (const index of [0, 255, 256, 65_535, 65_536, total - 1]) {
    const proof = await reader.inclusionProof(BigInt(index), BigInt(total));
    expect(
      verifyInclusion({ index: BigInt(index), size: BigInt(total), leaf: leafAt(index), proof, root }),
    ).toBe(true);
  }
  // Each proof reads the store once, and no tile twice.
  expect(asked).toHaveLength(6);
  for (const tiles of asked) expect(tiles.length).toBeLessThanOrEqual(5);

  const proof = await reader.consistencyProof(BigInt(oldSize), BigInt(total));
  expect(verifyConsistency({ oldSize: BigInt(oldSize), oldRoot, size: BigInt(total), root, proof })).toBe(
    true,
  );

  // The stored tiles have grown since, and still hold the older tree.
  const older = createTreeReader(tileHashReader(BigInt(oldSize), store.read, native), native);
  expect(hex(await older.root(BigInt(oldSize)))).toBe(hex(oldRoot));
  const restored = restoreEdge(BigInt(oldSize), await store.read(edgeTiles(BigInt(oldSize))), native);
  expect(hex(rootOfEdge(restored, native))).toBe(hex(oldRoot));
});

test("a node that is not complete, and a tile that is too short, are refused", async () => {
  expect(() => locateNode({ level: 1, index: 1n }, 3n)).toThrow(RangeError);
  expect(() => locateNode({ level: 8, index: 0n }, 255n)).toThrow(RangeError);
  expect(locateNode({ level: 8, index: 0n }, 256n)).toEqual({
    tile: { level: 1, index: 0n, width: 1 },
    offset: 0,
    count: 1,
  });
  const short = tileHashReader(3n, async () => [new Uint8Array(2 * hashLength)], native);
  await expect(short([{ level: 0, index: 0n }])).rejects.toThrow("shorter than 3 hashes");
  expect(() => restoreEdge(3n, [new Uint8Array(2 * hashLength)], native)).toThrow("shorter than 3 hashes");
  expect(() => appendLeaves(emptyEdge, [new Uint8Array(31)])).toThrow(RangeError);
});

describe("entry bundles", () => {
  test("read back as they were written", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 256 }), (entries) => {
        expect(decodeEntryBundle(encodeEntryBundle(entries))?.map(hex)).toEqual(entries.map(hex));
      }),
    );
  });

  test("the length is two bytes, big-endian", () => {
    const entry = new Uint8Array(258).fill(7);
    expect(hex(encodeEntryBundle([entry]).subarray(0, 3))).toBe("010207");
    expect(() => encodeEntryBundle([new Uint8Array(65_536)])).toThrow(RangeError);
  });

  test("one that ends within an entry or a length is refused", () => {
    const bundle = encodeEntryBundle([new Uint8Array(4), new Uint8Array(3)]);
    expect(decodeEntryBundle(bundle.subarray(0, -1))).toBeUndefined();
    expect(decodeEntryBundle(concat(bundle, Uint8Array.of(0)))).toBeUndefined();
    expect(decodeEntryBundle(new Uint8Array(0))).toEqual([]);
  });
});

import { randomBytes } from "node:crypto";
import {
  appendLeaves,
  decodeEntryBundle,
  emptyEdge,
  formatReceipt,
  hashEntry,
  parseCheckpoint,
  parseVerifierKey,
  tilePath,
  verifyConsistency,
  verifyInclusion,
  verifyNote,
  verifyReceipt,
} from "@jinqiao/transparency";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createVault } from "../../vault/index.ts";
import { createLogWorld, type LogWorld } from "../testing/log-world.ts";
import { createTransparencyLog } from "./index.ts";
import { createIntegrator } from "./integrator.ts";
import { openLogKey } from "./key.ts";

let world: LogWorld;
beforeAll(async () => {
  world = await createLogWorld();
});
afterAll(() => world.close());

async function trust(of: LogWorld = world) {
  return { log: [parseVerifierKey((await of.log.keys()).key)] };
}
async function checkpoint(of: LogWorld = world) {
  const note = await of.log.checkpoint();
  if (note === undefined) throw new Error("no checkpoint");
  return parseCheckpoint(note);
}
async function storedLeaves(of: LogWorld = world): Promise<Uint8Array[]> {
  const rows = await of.db.query<{ leaf: Buffer }>("SELECT leaf FROM ledger.transfer ORDER BY position");
  return rows.map(({ leaf }) => leaf);
}

describe("growing", () => {
  it("signs the empty log first, so that there is always a checkpoint", async () => {
    expect(await world.log.checkpoint()).toBeUndefined();
    expect(await world.log.integrate()).toBe(0n);
    const { origin, size, note } = await checkpoint();
    expect({ origin, size }).toEqual({ origin: "wallet.example/log", size: 0n });
    expect(await verifyNote(note, (await trust()).log)).toHaveLength(1);
  });

  it("takes in what was committed, across tiles, and signs the root over all of it", async () => {
    await world.fill(700);
    expect(await world.log.integrate()).toBe(700n);
    const { size, root, note } = await checkpoint();
    expect(size).toBe(700n);
    expect(Buffer.from(root)).toEqual(Buffer.from(appendLeaves(emptyEdge, await storedLeaves()).root));
    expect(await verifyNote(note, (await trust()).log)).toHaveLength(1);
    expect(await world.log.status()).toMatchObject({ transfers: 700n, size: 700n, halted: null });
  });

  it("does nothing when nothing is new", async () => {
    const before = await world.log.checkpoint();
    expect(await world.log.integrate()).toBe(700n);
    expect(await world.log.checkpoint()).toBe(before);
  });

  it("comes to the same tree in small steps, by several processes at once, whoever is first", async () => {
    const own = await createLogWorld();
    try {
      await own.fill(300);
      const vault = createVault({ masterKey: own.masterKey });
      const key = () =>
        openLogKey({ db: own.db, clock: own.clock, vault }, { origin: "x/log", fixed: false });
      const steppers = [7, 64, 100].map((chunk) =>
        createIntegrator({ db: own.db, clock: own.clock, key, chunk }),
      );
      const done = await Promise.all(
        steppers.map(async (integrator) => {
          for (let tries = 0; tries < 1_000; tries += 1) {
            const step = await integrator.step();
            if (step.status === "complete") return step.size;
          }
          return -1n;
        }),
      );
      expect(done).toEqual([300n, 300n, 300n]);
      const rows = await own.db.query<{ note: string }>("SELECT note FROM ledger.checkpoint ORDER BY size");
      const leaves = await storedLeaves(own);
      for (const { note } of rows) {
        const { size, root } = parseCheckpoint(note);
        expect(Buffer.from(root)).toEqual(
          Buffer.from(appendLeaves(emptyEdge, leaves.slice(0, Number(size))).root),
        );
      }
      expect(rows.length).toBeGreaterThan(3);
    } finally {
      await own.close();
    }
  });

  it("goes on by itself once it is started, and stops when it is closed", async () => {
    const own = await createLogWorld();
    try {
      own.log.start();
      await own.fill(20);
      await expect.poll(async () => (await own.log.status()).size, { timeout: 10_000 }).toBe(20n);
      await own.log.close();
      await own.fill(4);
      expect((await own.log.status()).size).toBe(20n);
    } finally {
      await own.close();
    }
  });
});

describe("tiles and proofs", () => {
  it("serves tiles and entries that lead to the signed root", async () => {
    const { root } = await checkpoint();
    const entries: Uint8Array[] = [];
    for (const [index, width] of [
      [0n, 256],
      [1n, 256],
      [2n, 188],
    ] as const) {
      const tile = await world.log.tile(tilePath({ kind: "hashes", level: 0, index, width }));
      const bundle = await world.log.tile(tilePath({ kind: "entries", index, width }));
      const inBundle = decodeEntryBundle(bundle as Uint8Array) as Uint8Array[];
      expect(Buffer.concat(inBundle.map((entry) => hashEntry(entry)))).toEqual(
        Buffer.from(tile as Uint8Array),
      );
      entries.push(...inBundle);
    }
    expect(
      Buffer.from(
        appendLeaves(
          emptyEdge,
          entries.map((entry) => hashEntry(entry)),
        ).root,
      ),
    ).toEqual(Buffer.from(root));
    expect((await world.log.tile("tile/1/000.p/2"))?.length).toBe(64);
  });

  it("reveals nothing in an entry but commitments", async () => {
    const bundle = decodeEntryBundle(
      (await world.log.tile("tile/entries/000")) as Uint8Array,
    ) as Uint8Array[];
    for (const entry of bundle)
      expect(Buffer.from(entry).toString()).toMatch(/^jinqiao\.transfer\/1\n(?:[A-Za-z0-9+/]{43}=\n){3}$/);
  });

  it.each([
    "tile/0/003",
    "tile/0/002",
    "tile/0/002.p/189",
    "tile/2/000.p/1",
    "tile/entries/002.p/189",
    "tile/entries/002",
    "tile/0/2",
    "tile/0/x000/001",
    "tile/0/000.p/0",
    "tile/0/000.p/256",
    "tile/64/000",
    "tile/entries/x999999/000",
    "tile/../checkpoint",
    "tile/",
  ])("has no %s", async (path) => {
    expect(await world.log.tile(path)).toBeUndefined();
  });

  it("proves any entry in any tree, and that each tree continues the earlier ones", async () => {
    const leaves = await storedLeaves();
    const rootOf = (size: bigint) => appendLeaves(emptyEdge, leaves.slice(0, Number(size))).root;
    for (const size of [1n, 2n, 255n, 256n, 257n, 511n, 512n, 513n, 700n]) {
      for (const index of [0n, size / 2n, size - 1n]) {
        const found = await world.log.inclusionProof(index, size);
        expect(found).toBeDefined();
        const { leaf, proof } = found as NonNullable<typeof found>;
        expect(verifyInclusion({ index, size, leaf, proof, root: rootOf(size) })).toBe(true);
      }
      const found = await world.log.consistencyProof(size);
      expect(
        verifyConsistency({
          oldSize: size,
          oldRoot: rootOf(size),
          size: 700n,
          root: rootOf(700n),
          proof: found?.proof ?? [],
        }),
      ).toBe(true);
    }
  });

  it("has no proof of what it does not cover", async () => {
    expect(await world.log.inclusionProof(700n)).toBeUndefined();
    expect(await world.log.inclusionProof(5n, 5n)).toBeUndefined();
    expect(await world.log.inclusionProof(5n, 701n)).toBeUndefined();
    expect(await world.log.consistencyProof(701n)).toBeUndefined();
    expect(await world.log.consistencyProof(3n, 2n)).toBeUndefined();
    expect(await world.log.consistencyProof(3n, 9_223_372_036_854_775_807n)).toBeUndefined();
  });
});

describe("receipts", () => {
  it("open the holder's own side and prove it, without waiting for the log's own round", async () => {
    const instruction = world.send("ann", "bob", 1_234n);
    await world.ledger.commit(instruction);
    const id = instruction.transfer?.id as string;
    const receipt = await world.log.receipt(id, ["customer:ann"]);
    const verdict = await verifyReceipt(formatReceipt(receipt), await trust());
    expect(verdict).toMatchObject({
      ok: true,
      facts: {
        position: 700n,
        header: { id, kind: "test.send", subject: "pay_ann" },
        sides: [{ account: "customer:ann", currency: "CNY", amount: "1234", leg: 1 }],
        hiddenSides: 1,
      },
    });
    expect(JSON.stringify(receipt)).not.toContain("bob");
  });

  it("are given for every transfer of a subject that touches the account, oldest first", async () => {
    const receipts = await world.log.receiptsOf("pay_bob", ["customer:bob"]);
    expect(receipts.length).toBeGreaterThan(100);
    const positions = receipts.map(({ position }) => Number(position));
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    expect(await world.log.receiptsOf("pay_bob", ["customer:nobody"])).toEqual([]);
    expect(await world.log.receiptsOf("pay_nothing", ["customer:bob"])).toEqual([]);
  });

  it("are refused for a transfer that is not there", async () => {
    await expect(world.log.receipt("trf_none", ["customer:ann"])).rejects.toMatchObject({
      code: "request.not_found",
    });
  });
});

describe("the key", () => {
  it("is made once, kept sealed, and stays with its name", async () => {
    const { db, ledger } = world.another();
    expect(await ledger.log.open()).toEqual(await world.log.open());
    await db.close();
    const [row] = await world.db.query<{ sealed: string; origin: string }>("SELECT * FROM ledger.log_key");
    expect(row?.sealed).toMatch(/^v1\./);
    expect(row?.origin).toBe("wallet.example/log");
  });

  it("is refused under another name, or when the vault has another key", async () => {
    const open = (vaultKey: string, origin: string) =>
      openLogKey(
        { db: world.db, clock: world.clock, vault: createVault({ masterKey: vaultKey }) },
        { origin, fixed: true },
      );
    await expect(open(world.masterKey, "other.example/log")).rejects.toThrow(/named "wallet\.example\/log"/);
    await expect(open(randomBytes(32).toString("base64"), "wallet.example/log")).rejects.toThrow(
      /does not open/,
    );
  });

  it("is not needed to read, and without it nothing is signed", async () => {
    const log = createTransparencyLog({ db: world.db, clock: world.clock });
    expect(await log.checkpoint()).toBe(await world.log.checkpoint());
    await world.ledger.commit(world.send("ann", "bob", 1n));
    await expect(log.integrate()).rejects.toThrow(/no key/);
  });
});

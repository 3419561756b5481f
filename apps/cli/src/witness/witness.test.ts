import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  appendLeaves,
  createNoteSigner,
  createTreeReader,
  emptyEdge,
  emptyRoot,
  hashEntry,
  type NoteSigner,
  parseCheckpoint,
  signatureTypes,
  signCheckpoint,
  tileHashReader,
  toBase64,
  verifyNote,
} from "@jinqiao/transparency";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openWitness, type Witness } from "./witness.ts";
import { serveWitness } from "./witness-server.ts";

const origin = "wallet.example/log";
const at = new Date("2026-03-01T12:00:00Z");
const leaves = Array.from({ length: 40 }, (_, index) =>
  hashEntry(new TextEncoder().encode(`entry ${index}`)),
);
let log: NoteSigner;
let folder: string;
let witness: Witness;

const open = () => openWitness({ folder, name: "witness.example/w1", logs: [log.key], now: () => at });
const rootOf = (size: number) => appendLeaves(emptyEdge, leaves.slice(0, size)).root;
const signed = (size: number, root = rootOf(size), signer = log) =>
  signCheckpoint({ origin, size: BigInt(size), root }, [signer], at);

async function proofOf(old: number, size: number): Promise<string[]> {
  const { written } = appendLeaves(emptyEdge, leaves.slice(0, size));
  const read = tileHashReader(BigInt(size), async (tiles) =>
    tiles.map(
      ({ level, index }) =>
        written.find((tile) => tile.level === level && tile.index === index)?.hashes as Uint8Array,
    ),
  );
  return (await createTreeReader(read).consistencyProof(BigInt(old), BigInt(size))).map(toBase64);
}
async function request(old: number, size: number, note?: string): Promise<string> {
  return `${[`old ${old}`, ...(await proofOf(Math.min(old, size), size))].join("\n")}\n\n${note ?? (await signed(size))}`;
}
const add = async (old: number, size: number, note?: string) =>
  witness.addCheckpoint(await request(old, size, note));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "jinqiao-witness-"));
  log = await createNoteSigner(origin, signatureTypes.ed25519, new Uint8Array(32).fill(1));
  witness = await open();
});
afterEach(() => rm(folder, { recursive: true }));

describe("cosigns", () => {
  it("a log that only grows, and shows what it cosigned", async () => {
    for (const [old, size] of [
      [0, 3],
      [3, 3],
      [3, 4],
      [4, 40],
    ] as const) {
      const { status, body } = await add(old, size);
      expect(status).toBe(200);
      const { note } = parseCheckpoint(`${await signed(size)}${body}`);
      expect(await verifyNote(note, [witness.key])).toMatchObject([
        { key: { name: "witness.example/w1" }, at },
      ]);
    }
    const hash = createHash("sha256").update(origin).digest("hex");
    const { note, size } = parseCheckpoint(witness.checkpoint(hash) ?? "");
    expect(size).toBe(40n);
    expect(await verifyNote(note, [witness.key, log.key])).toHaveLength(2);
    expect(witness.checkpoint(hash.replace(/^./, "x"))).toBeUndefined();
  });

  it("after a restart only what continues the same checkpoint, with the same key", async () => {
    await add(0, 10);
    const again = await open();
    expect(again.key).toEqual(witness.key);
    expect((await again.addCheckpoint(await request(0, 20))).status).toBe(409);
    expect((await again.addCheckpoint(await request(10, 20))).status).toBe(200);
  });

  it("one of two checkpoints that come at once", async () => {
    await add(0, 10);
    const answers = await Promise.all([add(10, 20), add(10, 30)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 409]);
    expect(answers[1]?.body).toBe("20\n");
  });

  it("a log that begins empty, and no other root of an empty log", async () => {
    expect((await witness.addCheckpoint(`old 0\n\n${await signed(0, rootOf(3))}`)).status).toBe(422);
    expect((await witness.addCheckpoint(`old 0\n\n${await signed(0, emptyRoot())}`)).status).toBe(200);
  });
});

describe("refuses", () => {
  it("another history than it has cosigned", async () => {
    await add(0, 10);
    expect((await add(10, 20, await signed(20, rootOf(21)))).status).toBe(422);
    expect((await add(10, 10, await signed(10, rootOf(11)))).status).toBe(422);
    expect((await add(0, 20)).status).toBe(409);
    expect((await add(11, 20)).body).toBe("10\n");
    expect((await add(20, 10)).status).toBe(400);
  });

  it("a proof where none belongs", async () => {
    expect((await witness.addCheckpoint(`old 0\n${toBase64(rootOf(3))}\n\n${await signed(4)}`)).status).toBe(
      422,
    );
  });

  it("logs it does not know, and checkpoints that the log has not signed", async () => {
    const stranger = await createNoteSigner(
      "other.example/log",
      signatureTypes.ed25519,
      new Uint8Array(32).fill(2),
    );
    const forger = await createNoteSigner(origin, signatureTypes.ed25519, new Uint8Array(32).fill(3));
    const head = { origin: "other.example/log", size: 3n, root: rootOf(3) };
    expect((await add(0, 3, await signCheckpoint(head, [stranger], at))).status).toBe(404);
    expect((await add(0, 3, await signed(3, rootOf(3), forger))).status).toBe(403);
    const altered = (await signed(3)).replace("\n3\n", "\n4\n");
    expect((await add(0, 4, altered)).status).toBe(403);
  });

  it.each([
    "",
    "\n\n",
    "old 0\n",
    "old -1\n\n",
    "old 01\n\n",
    "old 0\nno hash!\n\n",
    `old 0\n${`${"A".repeat(43)}=\n`.repeat(64)}\n`,
  ])("what is no request: %j", async (start) => {
    expect((await witness.addCheckpoint(`${start}${await signed(3)}`)).status).toBe(400);
  });

  it("a folder whose key has another name, and keeps its key closed to others", async () => {
    await expect(openWitness({ folder, name: "other", logs: [] })).rejects.toThrow(/belongs to "witness/);
    expect(await readdir(folder)).toEqual(["key.json"]);
    expect(JSON.parse(await readFile(join(folder, "key.json"), "utf8")).name).toBe("witness.example/w1");
  });
});

it("answers over HTTP with the right types, and refuses what is too long", async () => {
  const { url, close } = await serveWitness(witness, { host: "127.0.0.1", port: 0 });
  try {
    const post = (body: string) => fetch(`${url}/add-checkpoint`, { method: "POST", body });
    expect((await post(await request(0, 10))).status).toBe(200);
    const conflict = await post(await request(0, 20));
    expect([conflict.status, conflict.headers.get("content-type"), await conflict.text()]).toEqual([
      409,
      "text/x.tlog.size",
      "10\n",
    ]);
    expect((await post("x".repeat(70_000))).status).toBe(413);
    expect((await fetch(`${url}/add-checkpoint`)).status).toBe(405);
    expect((await fetch(`${url}/`)).status).toBe(404);
    const hash = createHash("sha256").update(origin).digest("hex");
    expect(await (await fetch(`${url}/${hash}/checkpoint`)).text()).toContain(`${origin}\n10\n`);
  } finally {
    await close();
  }
});

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  formatReceipt,
  parseCheckpoint,
  parseVerifierKey,
  signCheckpoint,
  type VerifierKey,
  verifyNote,
  verifyReceipt,
} from "@jinqiao/transparency";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { manualClock } from "../../platform/clock.ts";
import { createVault } from "../../vault/index.ts";
import { createLogWorld, type LogWorld } from "../testing/log-world.ts";
import { startWitness } from "../testing/witness.ts";
import { createFileAnchor, createHttpAnchor } from "./anchor.ts";
import { openLogKey } from "./key.ts";
import { createCosigning } from "./witness.ts";

describe("witnesses", () => {
  let world: LogWorld;
  let one: Awaited<ReturnType<typeof startWitness>>;
  let two: Awaited<ReturnType<typeof startWitness>>;
  let lines: { level: number; msg: string; witness?: string }[];
  let cosigning: ReturnType<typeof createCosigning>;

  let log: VerifierKey;
  const newest = async () => parseCheckpoint((await world.log.checkpoint()) ?? "");
  const cosigners = async () =>
    (await verifyNote((await newest()).note, [one.key, two.key])).map(({ key }) => key.name).sort();

  beforeEach(async () => {
    world = await createLogWorld();
    log = parseVerifierKey((await world.log.keys()).key);
    one = await startWitness({ log });
    two = await startWitness({ log, name: "other.example/w2" });
    lines = [];
    cosigning = createCosigning({
      db: world.db,
      clock: world.clock,
      logger: pino({}, { write: (line) => lines.push(JSON.parse(line)) }),
      witnesses: [one, two],
    });
  });
  afterEach(async () => {
    await one.close();
    await two.close();
    await world.close();
  });

  it("cosign each new checkpoint on the proof that it continues the last, and receipts carry it", async () => {
    await world.log.integrate();
    // There is nothing to witness in an empty log.
    expect(await cosigning.cosign()).toBe(0);
    for (const size of [30, 31, 300]) {
      await world.fill(size);
      await world.log.integrate();
      expect(await cosigning.cosign()).toBe(2);
      expect(await cosigners()).toEqual(["other.example/w2", "witness.example/w1"]);
    }
    expect(one.statuses).toEqual([200, 200, 200]);
    // Asked once more, there is nothing left to ask.
    expect(await cosigning.cosign()).toBe(2);
    expect(one.statuses).toHaveLength(3);

    const [receipt] = await world.log.receiptsOf("pay_ann", ["customer:ann"]);
    const trust = { log: [log], witnesses: [one.key, two.key], witnessesNeeded: 2 };
    expect(await verifyReceipt(formatReceipt(receipt as never), trust)).toMatchObject({ ok: true });
  });

  it("are told the size they know when it is not the one believed", async () => {
    await world.fill(10);
    await world.log.integrate();
    expect((await one.addCheckpoint(`old 0\n\n${(await newest()).note.text}\n`)).status).toBe(400);
    expect((await one.addCheckpoint(`old 0\n\n${await world.log.checkpoint()}`)).status).toBe(200);
    await world.fill(25);
    await world.log.integrate();
    expect(await cosigning.cosign()).toBe(2);
    expect(one.statuses).toEqual([409, 200]);
  });

  it("stop nothing when they are down, and are asked again after a pause", async () => {
    await two.close();
    await world.fill(10);
    await world.log.integrate();
    expect(await cosigning.cosign()).toBe(1);
    expect(lines).toMatchObject([{ level: 40, witness: "other.example/w2" }]);
    await cosigning.cosign();
    expect(lines).toHaveLength(1);
    world.clock.advance(5_000);
    await cosigning.cosign();
    expect(lines).toHaveLength(2);
    expect(await cosigners()).toEqual(["witness.example/w1"]);
  });

  it("are given up when they hang and the server closes", async () => {
    one.misbehave(() => "hang");
    two.misbehave(() => "hang");
    await world.fill(10);
    await world.log.integrate();
    const closing = new AbortController();
    setTimeout(() => closing.abort(), 50);
    expect(await cosigning.cosign(closing.signal)).toBe(0);
    expect(lines).toEqual([]);
  });

  it.each([
    [
      "a signature of somebody else",
      (body: string) => body.replace("witness.example/w1", "nobody.example/w1"),
    ],
    [
      "a signature over something else",
      (body: string) => body.replace(/([A-Za-z0-9])(.)==\n$/, (_, a) => `${a === "A" ? "B" : "A"}A==\n`),
    ],
    ["no signature", () => ""],
    ["what is no note", () => "<html>"],
    ["too much", () => "x".repeat(70_000)],
  ])("are not believed when they answer with %s", async (_what, spoil) => {
    one.misbehave((answer) => ({ ...answer, body: spoil(answer.body) }));
    await world.fill(10);
    await world.log.integrate();
    expect(await cosigning.cosign()).toBe(1);
    expect(await cosigners()).toEqual(["other.example/w2"]);
    expect(lines).toMatchObject([{ level: 40, witness: "witness.example/w1" }]);
  });

  it("that have seen more, or another history, make an error in the server's log", async () => {
    await world.fill(10);
    await world.log.integrate();
    // Both were shown something else, signed by the log's own key.
    const { signer } = await openLogKey(
      { db: world.db, clock: world.clock, vault: createVault({ masterKey: world.masterKey }) },
      { origin: "wallet.example/log", fixed: true },
    );
    for (const [witness, size] of [
      [one, 4n],
      [two, 11n],
    ] as const) {
      const head = { origin: "wallet.example/log", size, root: new Uint8Array(32).fill(7) };
      const other = await signCheckpoint(head, [signer], new Date());
      expect((await witness.addCheckpoint(`old 0\n\n${other}`)).status).toBe(200);
    }
    expect(await cosigning.cosign()).toBe(0);
    expect(lines.map(({ level, witness }) => [level, witness]).sort()).toEqual([
      [50, "other.example/w2"],
      [50, "witness.example/w1"],
    ]);
    expect(one.statuses).toEqual([409, 422]);
  });

  it("of two processes at once do not lose each other's signatures", async () => {
    await world.fill(10);
    await world.log.integrate();
    const base = { db: world.db, clock: world.clock, logger: undefined };
    await Promise.all([
      createCosigning({ ...base, witnesses: [one] }).cosign(),
      createCosigning({ ...base, witnesses: [two] }).cosign(),
    ]);
    expect(await cosigners()).toEqual(["other.example/w2", "witness.example/w1"]);
  });
});

describe("anchors", () => {
  const hour = 3_600_000;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "jinqiao-anchor-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("append the newest checkpoint to a file when the log has grown and the time has come", async () => {
    const path = join(folder, "anchors.txt");
    const clock = manualClock("2026-03-01T08:00:00.000Z");
    const own = await createLogWorld({
      clock,
      anchor: { anchor: createFileAnchor(path, clock), everyMs: hour },
    });
    try {
      await own.log.anchor();
      await own.log.integrate();
      await own.log.anchor();
      expect(await readFile(path, "utf8").catch(() => "none")).toBe("none");
      await own.fill(10);
      await own.log.integrate();
      await own.log.anchor();
      const first = (await own.log.checkpoint()) ?? "";
      expect(await readFile(path, "utf8")).toBe(`${first}\n`);

      await own.fill(20);
      await own.log.integrate();
      await own.log.anchor();
      expect(await readFile(path, "utf8")).toBe(`${first}\n`);
      own.clock.advance(hour);
      await own.log.anchor();
      const second = (await own.log.checkpoint()) ?? "";
      expect(await readFile(path, "utf8")).toBe(`${first}\n${second}\n`);
      own.clock.advance(hour);
      await own.log.anchor();
      expect(await readFile(path, "utf8")).toBe(`${first}\n${second}\n`);
      const rows = await own.db.query("SELECT name, size, reference FROM ledger.anchor ORDER BY size");
      expect(rows).toEqual([
        { name: `file:${path}`, size: 10n, reference: "byte 0" },
        { name: `file:${path}`, size: 20n, reference: `byte ${Buffer.byteLength(first) + 1}` },
      ]);
    } finally {
      await own.close();
    }
  });

  it("are posted to an address, which says where they can be found", async () => {
    const posted: string[] = [];
    let answer = { status: 201, location: "https://timestamps.example/42" as string | undefined, body: "" };
    const server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      posted.push(Buffer.concat(parts).toString());
      response.writeHead(answer.status, answer.location ? { location: answer.location } : {});
      response.end(answer.body);
    });
    server.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/anchors`;
    const anchor = createHttpAnchor(`${url}?token=secret`, { now: () => new Date(0) });
    try {
      expect(anchor.name).toBe(url);
      expect(await anchor.publish("note\n")).toEqual({
        reference: "https://timestamps.example/42",
        at: new Date(0),
      });
      expect(posted).toEqual(["note\n"]);
      answer = { status: 200, location: undefined, body: "block 7\nmore" };
      expect((await anchor.publish("note\n")).reference).toBe("block 7");
      answer = { status: 200, location: undefined, body: "" };
      await expect(anchor.publish("note\n")).rejects.toThrow(/does not say where/);
      answer = { status: 503, location: undefined, body: "" };
      await expect(anchor.publish("note\n")).rejects.toThrow(/answered 503/);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

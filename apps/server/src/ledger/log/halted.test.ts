import { randomBytes } from "node:crypto";
import { pino } from "pino";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createLogWorld, type LogWorld } from "../testing/log-world.ts";
import type { LogFinding } from "./halted.ts";

let world: LogWorld;
let lines: { level: number; alarm?: string }[];
let told: LogFinding[];
beforeEach(async () => {
  lines = [];
  told = [];
  world = await createLogWorld({ logger: pino({}, { write: (line) => lines.push(JSON.parse(line)) }) });
  world.log.onInconsistent(async (finding) => told.push(finding));
  await world.fill(300);
  await world.log.integrate();
});
afterEach(() => world.close());

/** What only somebody with the database's own rights can do. */
async function behindTheBack(...statements: string[]): Promise<void> {
  await world.db.transaction(async (tx) => {
    await tx.query("SET LOCAL session_replication_role = replica");
    for (const statement of statements) await tx.query(statement);
  });
}
async function expectHalted(reason: RegExp, subject?: string): Promise<void> {
  await world.fill(301);
  await expect(world.log.integrate()).rejects.toThrow(reason);
  await expect(world.log.integrate()).rejects.toThrow(reason);
  expect((await world.log.status()).halted).toMatch(reason);
  expect((await world.log.status()).size).toBeLessThanOrEqual(300n);
  // Told once, however often it is tried.
  expect(told.map((finding) => finding.subject)).toEqual(subject === undefined ? [] : [subject]);
  expect(lines.filter(({ alarm }) => alarm === "transparency_log")).toHaveLength(1);
}

it("signs nothing when the edge of the tree was changed", async () => {
  await behindTheBack(
    "UPDATE ledger.tile SET hashes = set_byte(hashes, 0, get_byte(hashes, 0) # 1) WHERE level = 1",
  );
  await expectHalted(/does not contain the last signed checkpoint/, "checkpoint 300");
});

it("signs nothing when a tile at the edge is gone", async () => {
  await behindTheBack("DELETE FROM ledger.tile WHERE level = 0 AND index = 1");
  await expectHalted(/ends before the last checkpoint/, "checkpoint 300");
});

it("signs nothing when the checkpoint was changed", async () => {
  await behindTheBack("UPDATE ledger.checkpoint SET note = replace(note, E'\\n300\\n', E'\\n299\\n')");
  await expectHalted(/not as this log has signed it/, "checkpoint 300");
});

it("signs nothing when the database was set back behind what this process has signed", async () => {
  await behindTheBack("DELETE FROM ledger.checkpoint WHERE size > 0", "DELETE FROM ledger.tile");
  await expectHalted(/was set back/, "checkpoint 300");
});

it("signs nothing when the books are shorter than what was signed", async () => {
  await behindTheBack("UPDATE ledger.log_head SET size = 290");
  await expect(world.log.integrate()).rejects.toThrow(/signed 300 transfers and the books hold 290/);
  expect(told).toEqual([{ subject: "checkpoint 300", expected: "300", found: "290" }]);
});

it("signs nothing over a transfer that is missing, twice there, or without a leaf, and names it", async () => {
  await world.fill(310);
  const spoil = async (statement: string, reason: RegExp) => {
    await world.db
      .transaction(async (tx) => {
        await tx.query("SET LOCAL session_replication_role = replica");
        await tx.query(statement);
      })
      .then(() => expect(world.log.integrate()).rejects.toThrow(reason));
  };
  await spoil("UPDATE ledger.transfer SET leaf = NULL WHERE position = 305", /position 305 has no leaf hash/);
  await spoil(
    "INSERT INTO ledger.transfer SELECT position, at + interval '1 millisecond', id, kind, subject, salt, leaf FROM ledger.transfer WHERE position = 303",
    /2 transfers at position 303/,
  );
  await spoil("DELETE FROM ledger.transfer WHERE position = 301", /no transfer at position 301/);
  expect(told).toEqual([]);
});

it("gives no receipt for a transfer that is not in the books as it was logged", async () => {
  const [transfer] = await world.db.query<{ id: string }>(
    "SELECT id FROM ledger.transfer WHERE position = 7",
  );
  await behindTheBack("UPDATE ledger.entry SET amount = 2 * amount WHERE position = 7");
  await expect(world.log.receipt(transfer?.id ?? "", ["customer:ann"])).rejects.toMatchObject({
    code: "log.not_signing",
  });
  expect(told).toMatchObject([{ subject: transfer?.id }]);
});

it("goes on when what was wrong is mended", async () => {
  const spoilt = randomBytes(32).toString("hex");
  const [before] = await world.db.query<{ hashes: Buffer }>("SELECT hashes FROM ledger.tile WHERE level = 1");
  await behindTheBack(`UPDATE ledger.tile SET hashes = '\\x${spoilt}' WHERE level = 1`);
  await expectHalted(/does not contain/, "checkpoint 300");
  await behindTheBack(
    `UPDATE ledger.tile SET hashes = '\\x${before?.hashes.toString("hex")}' WHERE level = 1`,
  );
  expect(await world.log.integrate()).toBe(301n);
  expect((await world.log.status()).halted).toBeNull();
});

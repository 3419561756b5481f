import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { manualClock } from "../platform/clock.ts";
import { forgetPreviousKeys, publishMs } from "./index.ts";
import { createFileKeyProvider } from "./providers/file.ts";
import { createVaultWorld, eventually, type VaultWorld } from "./testing/vault-world.ts";

let world: VaultWorld;
const clock = manualClock("2026-05-01T08:00:00.000Z");

beforeEach(async () => {
  world = await createVaultWorld({ clock });
});
afterEach(() => world.close());

const keysOf = async (texts: Promise<string[]>) => new Set((await texts).map((text) => text.split(".")[1]));

it("a new key is known to every process before it seals, and the older one opens what it sealed", async () => {
  const [here, there] = await Promise.all([world.open(), world.open()]);
  await world.write(here, "let_1", "cus_ann", "first");
  const made = await here.rotate({ class: "mail.letter" });
  expect(made).toMatchObject([{ class: "mail.letter", generation: 2, status: "pending" }]);
  const next = made[0]?.id as string;
  // Asked twice in a row, it is one rotation.
  expect(await there.rotate({ class: "mail.letter" })).toMatchObject([{ id: next }]);
  await world.write(here, "let_2", "cus_ann", "second");
  expect(await keysOf(world.sealedTexts())).not.toContain(next);

  clock.advance(publishMs);
  await world.write(here, "let_3", "cus_ann", "third");
  expect((await world.sealedTexts()).filter((text) => text.startsWith(`v2s.${next}.`))).toHaveLength(1);
  for (const [id, text] of [
    ["let_1", "first"],
    ["let_2", "second"],
    ["let_3", "third"],
  ] as const)
    expect(await world.read(there, id)).toBe(text);
  const { dataKeys } = await there.keys();
  expect(dataKeys.filter((key) => key.class === "mail.letter").map((key) => key.status)).toEqual([
    "retired",
    "active",
  ]);
  await expect(here.rotate({ class: "mail.parcel" })).rejects.toThrow(/"mail.parcel" has no data keys/);
});

it("everything is sealed again while two processes go on writing, and nothing is lost", async () => {
  const [here, there] = await Promise.all([world.open(), world.open()]);
  const people = ["cus_ann", "cus_bob", null];
  const expected = new Map<string, string>();
  let serial = 0;
  const write = async (vault: typeof here) => {
    serial += 1;
    const id = `let_${String(serial).padStart(5, "0")}`;
    expected.set(id, `text ${serial}`);
    await world.write(vault, id, people[serial % people.length] as string | null, `text ${serial}`);
  };
  const overwrite = async (vault: typeof here, id: string) => {
    const [row] = await world.db.query<{ writer: string | null }>(
      "SELECT writer FROM mail.letter WHERE id = $1",
      [id],
    );
    const writer = row?.writer ?? null;
    expected.set(id, `changed ${id}`);
    await world.db.query("UPDATE mail.letter SET text_sealed = $2 WHERE id = $1", [
      id,
      vault.seal(world.letterPlace(id, writer), `changed ${id}`),
    ]);
  };
  for (let count = 0; count < 60; count += 1) await write(here);
  const notes = Array.from({ length: 450 }, (_, index) => `not_${1000 + index}`);
  await world.noteDown(here, notes);

  await here.rotate();
  await eventually(() => expect(() => there.seal(world.notePlace("x"), "x")).not.toThrow());
  clock.advance(publishMs);
  let running = true;
  const writing = (async () => {
    for (let count = 0; running && count < 60; count += 1) {
      await write(there);
      await overwrite(count % 2 === 0 ? here : there, `let_${String(1 + count).padStart(5, "0")}`);
    }
  })();
  const told: number[] = [];
  const results = await Promise.all([
    here.reseal.run({ onProgress: ({ resealed }) => told.push(resealed) }),
    // Another operator starts the same work.
    there.reseal.run(),
  ]);
  running = false;
  await writing;
  for (const result of results) expect(result).toMatchObject({ failed: [], shredded: 0 });
  expect(told.length).toBeGreaterThan(2);

  expect((await here.reseal.left()).map((column) => column.rows)).toEqual([0, 0, 0]);
  const active = new Set(
    (await here.keys()).dataKeys.filter((key) => key.status === "active").map((key) => key.id),
  );
  for (const id of await keysOf(world.sealedTexts())) expect(active).toContain(id);
  for (const [id, text] of expected) expect(await world.read(there, id)).toBe(text);
  const late = await world.open({ listen: false });
  expect(await world.read(late, "let_00001")).toBe("changed let_00001");
});

it("a pass that was cut short goes on where it was; damaged and erased values do not stop it", async () => {
  const vault = await world.open();
  await world.noteDown(
    vault,
    Array.from({ length: 500 }, (_, index) => `not_${100 + index}`),
  );
  await world.write(vault, "let_1", "cus_gone", "erased");
  await world.write(vault, "let_2", "cus_ann", "damaged");
  await world.db.query("UPDATE mail.letter SET text_sealed = text_sealed || 'AAAA' WHERE id = 'let_2'");
  await world.db.transaction((tx) => vault.shred(tx, "cus_gone"));
  await vault.rotate();
  clock.advance(publishMs);

  const stop = new AbortController();
  const first = vault.reseal.run({ class: "mail.note", signal: stop.signal, onProgress: () => stop.abort() });
  await expect(first).rejects.toThrow(/abort/);
  const left = await vault.reseal.left();
  expect(left.find((column) => column.table === "mail.note")?.rows).toBe(300);

  const second = await vault.reseal.run();
  expect(second).toMatchObject({ shredded: 1, failed: [{ table: "mail.letter", row: "let_2" }] });
  // 300 notes, and the secrets of cus_ann (that of cus_gone is no more).
  expect(second.resealed).toBe(301);
  expect(second.failed[0]?.reason).not.toContain("damaged");
});

it("a pass is due after each rotation, and once more when every clock has come along", async () => {
  const vault = await world.open();
  await vault.reseal.run();
  clock.advance(2 * 3_600_000);
  await vault.reseal.run();
  expect(await vault.reseal.isDue()).toBe(false);
  await vault.rotate({ class: "mail.note" });
  clock.advance(publishMs);
  expect(await vault.reseal.isDue()).toBe(true);
  await vault.reseal.run();
  expect(await vault.reseal.isDue()).toBe(false);
  clock.advance(3_600_000);
  expect(await vault.reseal.isDue()).toBe(true);
  await vault.reseal.run();
  expect(await vault.reseal.isDue()).toBe(false);
});

it("a new master key comes into the file, wraps every data key, and the older one is forgotten", async () => {
  const folder = await mkdtemp(join(tmpdir(), "jinqiao-keys-"));
  try {
    const file = join(folder, "secrets.json");
    const vaultKey = world.masterKey.toString("base64");
    await writeFile(file, JSON.stringify({ vaultKey, sessionSecret: "kept as it is" }), { mode: 0o600 });
    const provider = () => createFileKeyProvider({ keys: [world.masterKey], file });
    const [here, there] = await Promise.all([
      world.open({ providers: [provider()] }),
      world.open({ providers: [provider()] }),
    ]);
    await world.write(here, "let_1", "cus_ann", "hello");
    const { keyEncryptionKey, rewrapped } = await here.rotateKeyEncryptionKey();
    expect(rewrapped).toBe(4);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const secrets = JSON.parse(await readFile(file, "utf8"));
    expect(secrets).toMatchObject({ previousVaultKeys: [vaultKey], sessionSecret: "kept as it is" });
    // A process that runs since before finds the new key in the file when it needs it.
    await there.rotate();
    expect(new Set((await there.keys()).dataKeys.map((key) => key.kek))).toEqual(
      new Set([keyEncryptionKey.id]),
    );
    expect(await world.read(there, "let_1")).toBe("hello");

    expect(await forgetPreviousKeys(file, new Set())).toHaveLength(1);
    expect(JSON.parse(await readFile(file, "utf8"))).not.toHaveProperty("previousVaultKeys");
    const next = Buffer.from(secrets.vaultKey, "base64");
    const later = await world.open({ providers: [createFileKeyProvider({ keys: [next], file })] });
    expect(await world.read(later, "let_1")).toBe("hello");
  } finally {
    await rm(folder, { recursive: true });
  }
});

it("a process that meets a key it has not heard of finds it at the next try", async () => {
  const deaf = await world.open({ listen: false });
  const vault = await world.open();
  await vault.rotate({ class: "mail.note", delayMs: 0 });
  const sealed = vault.seal(world.notePlace("not_1"), "new");
  expect(() => deaf.open(world.notePlace("not_1"), sealed)).toThrow(/needs data key/);
  for (let round = 0; round < 200; round += 1) {
    await sleep(10);
    try {
      expect(deaf.open(world.notePlace("not_1"), sealed)).toBe("new");
      return;
    } catch (error) {
      if (round === 199) throw error;
    }
  }
});

import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Logger } from "../platform/logger.ts";
import { createVault, type OpenVault, resealJob, VaultError } from "./index.ts";
import { createFileKeyProvider } from "./providers/file.ts";
import { createVaultWorld, eventually, type VaultWorld } from "./testing/vault-world.ts";

let world: VaultWorld;
let vault: OpenVault;

beforeAll(async () => {
  world = await createVaultWorld();
  vault = await world.open();
  await vault.ready({ subjects: ["cus_ann", "cus_bob"] });
});
afterAll(() => world.close());

const ann = () => world.letterPlace("let_1", "cus_ann");

describe("a sealed value", () => {
  it("opens to what was sealed, whatever it is", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, forSubject) => {
        const place = forSubject ? ann() : world.notePlace("not_1");
        expect(vault.openBytes(place, vault.seal(place, bytes)).equals(Buffer.from(bytes))).toBe(true);
      }),
    );
  });

  it("does not open when a single bit of any byte is changed", () => {
    const [form, id, payload] = vault.seal(ann(), "secret").split(".") as [string, string, string];
    const bytes = Buffer.from(payload, "base64url");
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] as number) ^ (1 << bit);
        expect(() => vault.open(ann(), `${form}.${id}.${changed.toString("base64url")}`)).toThrow(VaultError);
      }),
    );
    for (const wrong of [
      "",
      "secret",
      `v2.${id}.${payload}`,
      `v3.${id}.${payload}`,
      `${form}.${id}.${payload}.x`,
      `${form}.${id}.${payload}=`,
      `${form}.${id}.AAAA`,
      `${form}.AAAAAAAAAAA.${payload}`,
    ])
      expect(() => vault.open(ann(), wrong), wrong).toThrow(VaultError);
  });

  it("does not open in another row, column, table, or for another subject", () => {
    const sealed = vault.seal(ann(), "secret");
    const { subject: _, ...nobody } = ann();
    for (const elsewhere of [
      { ...ann(), row: "let_2" },
      { ...ann(), column: "other" },
      { ...ann(), table: "mail.note" },
      { ...ann(), subject: "cus_bob" },
      nobody,
    ])
      expect(() => vault.open(elsewhere, sealed)).toThrow(VaultError);
  });

  it("opens with a subject when it was sealed before its column had one", () => {
    const { subject: _, ...before } = ann();
    expect(vault.open(ann(), vault.seal(before, "older"))).toBe("older");
  });

  it("is never sealed for a table that is not registered, or a subject that is not ready", () => {
    expect(() => vault.seal({ ...ann(), table: "mail.other" }, "x")).toThrow(/sealed-columns/);
    expect(() => vault.seal({ ...ann(), subject: "cus_new" }, "x")).toThrow(/vault\.ready/);
  });
});

describe("two processes on one database", () => {
  it("agree on keys and subjects that both make at the same moment", async () => {
    const fresh = await createVaultWorld();
    try {
      const both = await Promise.all([fresh.open(), fresh.open(), fresh.open()]);
      await Promise.all(both.map((one) => one.ready({ subjects: ["cus_x", "cus_y"] })));
      const [a, b, c] = both as [OpenVault, OpenVault, OpenVault];
      const place = fresh.letterPlace("let_1", "cus_x");
      for (const [writer, reader] of [
        [a, b],
        [b, c],
        [c, a],
      ] as const)
        expect(reader.open(place, writer.seal(place, "hello"))).toBe("hello");
      const column = { table: "mail.letter", column: "text" };
      expect(a.blindIndex(column, "1").equals(b.blindIndex(column, "1"))).toBe(true);
      expect((await a.keys()).dataKeys).toHaveLength(4);
    } finally {
      await fresh.close();
    }
  });

  it("keep no key in the clear in the database", async () => {
    const rows = await world.db.query<{ wrapped: string }>("SELECT wrapped FROM vault.data_key");
    for (const { wrapped } of rows) expect(wrapped).toMatch(/^f1\.[0-9a-f]{8}\.[A-Za-z0-9_-]{80}$/);
    const secrets = await world.db.query<{ secret_sealed: string }>(
      "SELECT secret_sealed FROM vault.subject",
    );
    for (const row of secrets) expect(row.secret_sealed).toMatch(/^v2\./);
  });

  it("do not open with another master key, and say which one is needed", async () => {
    const other = [createFileKeyProvider({ keys: [randomBytes(32)] })];
    await expect(world.open({ providers: other })).rejects.toThrow(/needs vault key [0-9a-f]{8}/);
  });
});

describe("an erased subject", () => {
  it("is erased on every process, for what was and what would be sealed, and stays so", async () => {
    const other = await world.open();
    await world.write(vault, "let_e", "cus_gone", "a secret of somebody");
    const place = world.letterPlace("let_e", "cus_gone");
    expect(await world.read(other, "let_e")).toBe("a secret of somebody");
    const [row] = await world.db.query<{ text_sealed: string }>(
      "SELECT text_sealed FROM mail.letter WHERE id = 'let_e'",
    );
    const sealed = row?.text_sealed as string;

    await world.db.transaction((tx) => vault.shred(tx, "cus_gone"));
    const gone = expect.objectContaining({ name: "VaultError", shredded: true });
    for (const one of [vault, other]) {
      await eventually(() => expect(() => one.open(place, sealed)).toThrow(gone));
      await one.ready({ subjects: ["cus_gone"] });
      expect(() => one.open(place, sealed)).toThrow(gone);
      expect(() => one.seal(place, "again")).toThrow(gone);
    }
    const later = await world.open({ listen: false });
    await expect(world.read(later, "let_e")).rejects.toThrow(gone);
    await expect(
      world.db.query(
        "UPDATE vault.subject SET secret_sealed = 'v2.x.y', shredded_at = NULL WHERE id = 'cus_gone'",
      ),
    ).rejects.toThrow(/stays shredded/);
    // Other people's data is as it was.
    expect(vault.open(ann(), vault.seal(ann(), "still here"))).toBe("still here");
  });

  it("is not erased when the transaction rolls back", async () => {
    await world.write(vault, "let_r", "cus_kept", "kept");
    await expect(
      world.db.transaction(async (tx) => {
        await vault.shred(tx, "cus_kept");
        throw new Error("changed our mind");
      }),
    ).rejects.toThrow("changed our mind");
    expect(await world.read(vault, "let_r")).toBe("kept");
  });

  it("is noticed where notices were lost, when keys are asked for again", async () => {
    const deaf = await world.open({ listen: false });
    await world.write(vault, "let_d", "cus_deaf", "x");
    await world.db.transaction((tx) => vault.shred(tx, "cus_deaf"));
    await expect(world.read(deaf, "let_d")).rejects.toThrow(/was erased/);
  });
});

describe("an installation of the first releases", () => {
  it("goes on: its values open, its indexes stay, and a pass seals everything with data keys", async () => {
    const old = await createVaultWorld();
    try {
      const before = createVault({ masterKey: old.masterKey.toString("base64") });
      await old.db.query("INSERT INTO mail.letter VALUES ('let_1', 'cus_ann', $1)", [
        before.seal({ table: "mail.letter", column: "text_sealed", row: "let_1" }, "from before"),
      ]);
      await old.noteDown(before, ["not_1"]);
      const after = await old.open({ firstMaster: old.masterKey });
      expect(await old.read(after, "let_1")).toBe("from before");
      const column = { table: "mail.letter", column: "text" };
      expect(after.blindIndex(column, "1").equals(before.blindIndex(column, "1"))).toBe(true);

      const said: object[] = [];
      const logger = { info: (fields: object) => said.push(fields), error: expect.fail } as unknown as Logger;
      const job = resealJob({ vault: after, logger });
      await job.jobs[job.cron[0]?.task ?? ""]?.({});
      expect(said).toEqual([{ resealed: 2, failed: 0, shredded: 0 }]);
      expect((await old.sealedTexts()).map((text) => text.split(".")[0]).sort()).toEqual(["v2", "v2s"]);
      expect(await old.read(after, "let_1")).toBe("from before");
      // The master key of then is kept among the data keys: the file may have another one now.
      const next = createFileKeyProvider({ keys: [randomBytes(32), old.masterKey] });
      const rewrapping = await old.open({ providers: [next] });
      await rewrapping.rewrap();
      const last = await old.open({ providers: [next] });
      const value = before.seal(old.notePlace("not_2"), "sealed late by an old process");
      expect(last.open(old.notePlace("not_2"), value)).toBe("sealed late by an old process");
    } finally {
      await old.close();
    }
  });
});

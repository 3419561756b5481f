import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { openKeys } from "@jinqiao/server/keys";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { createServerDatabase } from "../../../../test/support/server-database.ts";
import { sealedColumns } from "../../../server/src/sealed-columns.ts";
import { createKeyProviders, openVault, VaultError } from "../../../server/src/vault/index.ts";
import { UsageError } from "../command.ts";
import { act } from "../keys/act.ts";
import { createTerminal } from "../terminal.ts";
import { keys as command } from "./keys.ts";

const bin = fileURLToPath(new URL("../../bin/jinqiao.js", import.meta.url));
const vaultKey = Buffer.alloc(32, 5);
let database: Awaited<ReturnType<typeof createServerDatabase>>;
let folder: string;
let secretsFile: string;

const server = async () =>
  openVault({
    databaseUrl: database.url,
    providers: await createKeyProviders({ vaultKey, secretsFile }),
    columns: sealedColumns,
    clock: { now: () => new Date() },
    listen: false,
  });
const place = (id: string) => ({
  table: "identity.customer",
  column: "display_name_sealed",
  row: id,
  subject: id,
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jinqiao-keys-"));
  secretsFile = join(folder, "secrets.json");
  const secrets = { vaultKey: vaultKey.toString("base64"), sessionSecret: vaultKey.toString("base64") };
  await writeFile(secretsFile, JSON.stringify(secrets), { mode: 0o600 });
  for (const [name, value] of Object.entries({
    LANG: "C",
    LC_ALL: "",
    LC_MESSAGES: "",
    JINQIAO_DATA: folder,
  }))
    vi.stubEnv(name, value);
  database = await createServerDatabase();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await database.drop();
  await rm(folder, { recursive: true });
});

/** The command in this process; what it throws is told as its exit code, as `main.ts` does. */
async function keys(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: "", err: "" };
  const keep = (name: keyof typeof said) => (text: string | Uint8Array) => {
    said[name] += text;
    return true;
  };
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation(keep("out")),
    vi.spyOn(process.stderr, "write").mockImplementation(keep("err")),
  ];
  try {
    return { code: await command.run([...args, "--database-url", database.url]), ...said };
  } catch (error) {
    return { code: error instanceof UsageError ? 2 : 1, out: said.out, err: (error as Error).message };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

async function spawned(...args: string[]): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, [bin, "keys", ...args, "--database-url", database.url], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  child.stdout.on("data", (data) => {
    out += data;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out };
}

/** A customer with a name and an address, as identity stores them. */
async function insertCustomer(id: string): Promise<void> {
  const vault = await server();
  try {
    await vault.ready({ subjects: [id] });
    await database.db.query(
      `INSERT INTO identity.customer (id, email_sealed, email_index, display_name_sealed, locale, created_at)
       VALUES ($1, $2, $3, $4, 'en', now())`,
      [
        id,
        vault.seal({ ...place(id), column: "email_sealed" }, `${id}@example.com`),
        vault.blindIndex({ table: "identity.customer", column: "email" }, `${id}@example.com`),
        vault.seal(place(id), "Ada Lovelace"),
      ],
    );
  } finally {
    await vault.close();
  }
}

async function nameOf(id: string): Promise<string> {
  const vault = await server();
  try {
    await vault.ready({ subjects: [id] });
    const [row] = await database.db.query<{ sealed: string }>(
      "SELECT display_name_sealed AS sealed FROM identity.customer WHERE id = $1",
      [id],
    );
    return vault.open(place(id), row?.sealed ?? "");
  } finally {
    await vault.close();
  }
}

it("shows the keys, gives them a new master key, and forgets the older one", async () => {
  await insertCustomer("cus_1");
  const before = await spawned("status");
  expect(before.code).toBe(0);
  expect(before.out).toMatch(/^Key-encryption key [0-9a-f]{8} \(.*secrets\.json\), since –\./);
  expect(before.out).toMatch(
    /^identity\.customer +[A-Za-z0-9_-]{11} +1 +\d{4}-\d\d-\d\d +file [0-9a-f]{8} +0$/m,
  );

  const rotated = JSON.parse((await keys("rotate", "--master", "--json")).out);
  const { dataKeys, wrappedByOlder } = JSON.parse((await keys("status", "--json")).out);
  expect(rotated.rewrapped).toBe(dataKeys.length);
  expect(wrappedByOlder).toBe(0);
  expect(JSON.parse(await readFile(secretsFile, "utf8")).previousVaultKeys).toHaveLength(1);
  expect((await keys("forget")).out).toMatch(/^Gone from the secrets file: [0-9a-f]{8}\./);
  expect((await keys("forget")).out).toMatch(/^The secrets file holds no master key that nothing needs/);
  expect(await nameOf("cus_1")).toBe("Ada Lovelace");
});

it("makes new data keys and seals everything with them", async () => {
  await insertCustomer("cus_2");
  const opened = await openKeys({
    databaseUrl: database.url,
    env: { ...process.env, JINQIAO_SECRETS_FILE: secretsFile },
  });
  const waited: number[] = [];
  const quiet = Object.assign(new PassThrough(), { isTTY: false }) as unknown as NodeJS.WriteStream;
  const asked = {
    action: "rotate",
    subject: undefined,
    master: false,
    yes: false,
    retentionYears: 0,
  } as const;
  // The new keys are published ahead; here nobody waits for that, and the pass still sees to what is due.
  const { result, code } = await act(opened, asked, createTerminal(quiet), async (ms) => {
    waited.push(ms);
    await database.db.query("UPDATE vault.data_key SET active_from = created_at WHERE generation = 2");
  });
  await opened.close();
  expect(code).toBe(0);
  expect(waited).toEqual([16_000]);
  expect((result as { made: unknown[] }).made).toHaveLength(
    new Set(sealedColumns.map(({ table }) => table)).size + 1,
  );
  const again = JSON.parse((await keys("rewrap", "--json")).out);
  expect(again.failed).toEqual([]);
  expect(JSON.parse((await keys("status", "--json")).out).rowsLeft).toEqual([]);
  expect(await nameOf("cus_2")).toBe("Ada Lovelace");
});

it("erases a customer once nothing stands in the way, and only when told twice", async () => {
  await insertCustomer("cus_3");
  await database.db.query(
    `INSERT INTO ledger.account (code, currency, kind, balance) VALUES ('customer:cus_3', 'GBP', 'liability', 5)`,
  );
  const refused = await keys("shred", "cus_3", "--yes");
  expect(refused).toMatchObject({
    code: 1,
    out: expect.stringMatching(/cannot be erased:\n {2}- There is money/),
  });
  await database.db.query("UPDATE ledger.account SET balance = 0 WHERE code = 'customer:cus_3'");
  expect((await keys("shred", "cus_3")).out).toMatch(/^Nothing stands in the way .* add --yes to do it\.\n$/);
  expect(await nameOf("cus_3")).toBe("Ada Lovelace");

  expect((await keys("shred", "cus_3", "--yes")).out).toMatch(/^The data of cus_3 is erased\./);
  await expect(nameOf("cus_3")).rejects.toSatisfy((error) => error instanceof VaultError && error.shredded);
  expect((await keys("shred", "cus_3", "--yes")).out).toMatch(/It was erased on \d{4}/);
  expect((await keys("shred", "cus_none")).out).toMatch(/There is no such customer\./);
  // What was done is on the trail, what was only asked is not.
  const trail = await database.db.query<{ action: string; subject: string | null }>(
    "SELECT action, subject FROM identity.audit_entry WHERE actor_kind = 'operator' ORDER BY at, id",
  );
  expect(trail).toEqual([
    { action: "keys.master_rotated", subject: null },
    { action: "keys.rotated", subject: null },
    { action: "customer.erased", subject: "cus_3" },
  ]);
});

it("gives the indexes of a column a new key while no server runs", async () => {
  const indexOf = async (id: string) => {
    const rows = await database.db.query<{ email_index: Buffer }>(
      "SELECT email_index FROM identity.customer WHERE id = $1",
      [id],
    );
    return rows[0]?.email_index as Buffer;
  };
  const asked = async () => {
    const vault = await server();
    const index = vault.blindIndex({ table: "identity.customer", column: "email" }, "cus_1@example.com");
    const other = vault.blindIndex({ table: "identity.staff", column: "email" }, "x");
    await vault.close();
    return { index, other };
  };
  const before = await asked();
  expect(before.index.equals(await indexOf("cus_1"))).toBe(true);
  // The connections of this test are named as those of a server.
  expect(await keys("reindex", "identity.customer.email")).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^A server is connected to this database: stop every server first\.$/),
  });
  await database.db.query("UPDATE pg_settings SET setting = 'a test' WHERE name = 'application_name'");
  const done = await keys("reindex", "identity.customer.email", "--json");
  expect(JSON.parse(done.out)).toEqual({ column: "identity.customer.email", indexes: 2 });
  const after = await asked();
  expect(after.index.equals(before.index)).toBe(false);
  expect(after.other.equals(before.other)).toBe(true);
  expect(after.index.equals(await indexOf("cus_1"))).toBe(true);
});

it("says what it was called wrongly for", async () => {
  for (const [args, said] of [
    [["turn"], /Say "keys status"/],
    [["shred"], /Say "keys status"/],
    [["status", "--master"], /--master goes with keys rotate/],
    [["shred", "cus_1", "--retention-years", "ten"], /give a whole number from 0 to 99/],
  ] as const)
    expect(await keys(...args)).toMatchObject({ code: 2, err: expect.stringMatching(said) });
  expect(await keys("rotate", "no.table")).toMatchObject({
    code: 1,
    err: expect.stringMatching(/"no\.table" has no data keys\. Tables that have: /),
  });
});

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SetupError } from "@jinqiao/server/embedded-postgres";
import { createNoteSigner, formatVerifierKey, signatureTypes } from "@jinqiao/transparency";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createTestDatabase } from "../../../../test/support/database.ts";
import { createLogWorld, type LogWorld } from "../../../server/src/ledger/testing/log-world.ts";
import { UsageError } from "../command.ts";
import { audit } from "./audit.ts";

let world: LogWorld;
let folder: string;
let checkpoint: string;
let key: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jinqiao-audit-"));
  world = await createLogWorld();
  await world.fill(40);
  await world.log.integrate();
  checkpoint = join(folder, "checkpoint");
  await writeFile(checkpoint, (await world.log.checkpoint()) ?? "");
  key = (await world.log.keys()).key;
  await world.fill(50);
});
afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  vi.stubEnv("LC_ALL", "en_US.UTF-8");
  vi.stubEnv("DATABASE_URL", "");
  vi.stubEnv("JINQIAO_LOG_KEY", "");
  return () => vi.unstubAllEnvs();
});

/** Runs the command and gives what it printed for the person. */
async function run(...args: string[]): Promise<{ code: number; out: string }> {
  const out: string[] = [];
  const stdout = vi.spyOn(process.stdout, "write").mockImplementation((text) => out.push(String(text)) > 0);
  const stderr = vi.spyOn(process.stderr, "write").mockImplementation(() => true);
  try {
    return { code: await audit.run(args), out: out.join("") };
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
  }
}
const onBooks = (...args: string[]) => run("--database-url", world.database.url, ...args);

describe("on books that are whole", () => {
  it("says in one sentence that nothing was altered, and where the key came from", async () => {
    const { code, out } = await onBooks();
    expect(code).toBe(0);
    expect(out).toContain("nothing was altered");
    expect(out).toContain("read from the same database");
    expect(out).toMatch(/Transfers +50\n/);
  });

  it("says it in Chinese where the terminal is", async () => {
    vi.stubEnv("LC_ALL", "zh_CN.UTF-8");
    expect((await onBooks("--key", key)).out).toContain("账本与签署时一致");
  });

  it("gives the figures to other programs, with key and checkpoint that were kept elsewhere", async () => {
    const { code, out } = await onBooks("--json", "--key", key, "--checkpoint", checkpoint);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      origin: "wallet.example/log",
      key,
      keyFrom: "given",
      transfers: 50,
      movedAway: 0,
      entries: 100,
      accounts: 5,
      // The checkpoint that was given is counted beside the one in the database.
      checkpoints: 2,
      size: "40",
      difference: null,
    });
  });
});

it("names the first difference and fails", async () => {
  const forger = await createNoteSigner("wallet.example/log", signatureTypes.ed25519, new Uint8Array(32));
  const wrongKey = formatVerifierKey(forger.key);
  const signedByOther = await onBooks("--key", wrongKey);
  expect(signedByOther.code).toBe(1);
  expect(signedByOther.out).toContain("is not signed by the log's key");

  await world.db.transaction(async (tx) => {
    await tx.query("SET LOCAL session_replication_role = replica");
    await tx.query("UPDATE ledger.transfer SET kind = 'test.other' WHERE position = 23");
  });
  const [transfer] = await world.db.query<{ id: string }>(
    "SELECT id FROM ledger.transfer WHERE position = 23",
  );
  const { code, out } = await onBooks();
  expect(code).toBe(1);
  expect(out).toContain(`First difference: position 23, transfer ${transfer?.id}`);
  expect(out).toContain("not what was put into the log");
  const json = JSON.parse((await onBooks("--json")).out);
  expect(json).toMatchObject({
    ok: false,
    difference: {
      position: "23",
      transferId: transfer?.id,
      problems: [{ code: "leaf_differs" }, { code: "log_differs" }],
    },
  });
});

describe("says what is wrong with", () => {
  it.each([
    [["--key", "no key"], UsageError, /verifier key/],
    [["--checkpoint", "/does/not/exist"], SetupError, /cannot be read \(ENOENT\)/],
    [["--database-url", "postgres://nobody@127.0.0.1:1/nothing"], SetupError, /--database-url/],
  ])("%s", async (args, type, message) => {
    const failure = run(...args);
    await expect(failure).rejects.toBeInstanceOf(type);
    await expect(failure).rejects.toThrow(message);
  });

  it("a database without books", async () => {
    const empty = await createTestDatabase();
    try {
      await expect(run("--database-url", empty.url)).rejects.toThrow(/no books with a transparency log/);
    } finally {
      await empty.drop();
    }
  });

  it("a data folder in which nothing runs", async () => {
    vi.stubEnv("JINQIAO_DATA", folder);
    await expect(run()).rejects.toThrow(/No PostgreSQL runs in/);
  });
});

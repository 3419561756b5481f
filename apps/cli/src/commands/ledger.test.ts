import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase } from "../../../../test/support/database.ts";
import { createServerDatabase } from "../../../../test/support/server-database.ts";
import {
  createLedger,
  createWatch,
  custodyAccount,
  customerAccount,
} from "../../../server/src/ledger/index.ts";
import { manualClock } from "../../../server/src/platform/clock.ts";
import { createSubscriptions } from "../../../server/src/platform/events.ts";
import { createIds } from "../../../server/src/platform/ids.ts";

const bin = fileURLToPath(new URL("../../bin/jinqiao.js", import.meta.url));
let database: Awaited<ReturnType<typeof createServerDatabase>>;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jinqiao-ledger-"));
  database = await createServerDatabase();
  const clock = manualClock("2024-01-10T08:00:00Z");
  const ids = createIds(clock);
  const deps = { db: database.db, clock, ids, subscriptions: createSubscriptions() };
  const ledger = createLedger(deps);
  for (const day of ["2024-01-10", "2024-02-10"]) {
    clock.set(`${day}T08:00:00Z`);
    await ledger.commit({
      key: day,
      hash: "fund",
      transfer: {
        id: ids.next("trf"),
        kind: "test.fund",
        postings: [
          { debit: custodyAccount("test", "CNY"), credit: customerAccount("bob", "CNY"), amount: 5n },
        ],
      },
    });
  }
  await createWatch({ ...deps, commit: ledger.commit }).run();
  await ledger.idle();
});
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function jinqiao(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const { DATABASE_URL: _own, ...inherited } = process.env;
  const child = spawn(process.execPath, [bin, "ledger", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...inherited, LANG: "C", LC_ALL: "", LC_MESSAGES: "", JINQIAO_DATA: folder },
  });
  const said = { out: "", err: "" };
  child.stdout.on("data", (data) => {
    said.out += data;
  });
  child.stderr.on("data", (data) => {
    said.err += data;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...said };
}

test("months are listed, archived oldest first and restored", async () => {
  const here = ["--database-url", database.url];
  const list = await jinqiao("months", ...here);
  expect(list).toMatchObject({ code: 0, err: "" });
  expect(list.out).toMatch(
    /^ {2}month +status +transfers +entries +on disk\n {2}2024-01 +in the books +1 +2 +\d+ MB\n/,
  );

  expect(await jinqiao("archive", "2024-02", ...here)).toMatchObject({
    code: 1,
    err: expect.stringContaining("Archive the oldest month first: 2024-01"),
  });
  expect(await jinqiao("archive", "2024-01", "--keep-months", "1200", ...here)).toMatchObject({
    code: 1,
    err: expect.stringContaining("2024-01 is too young"),
  });
  const archived = await jinqiao("archive", "2024-01", "--json", ...here);
  expect(archived.code).toBe(0);
  expect(archived.err).toContain("save them with pg_dump before you drop them");
  expect(JSON.parse(archived.out)).toMatchObject({
    month: "2024-01",
    status: "archived",
    transfers: 1,
    entries: 2,
  });

  const restored = await jinqiao("restore", "2024-01", ...here);
  expect(restored.code).toBe(0);
  const json = await jinqiao("months", "--json", ...here);
  expect(
    JSON.parse(json.out).map((month: { month: string; status: string }) => [month.month, month.status]),
  ).toEqual([
    ["2024-01", "kept"],
    ["2024-02", "kept"],
  ]);
});

test.each([
  { args: [], says: 'Say "ledger months"' },
  { args: ["archive"], says: 'Say "ledger months"' },
  { args: ["months", "2024-01"], says: 'Say "ledger months"' },
  { args: ["restore", "2024-01", "--keep-months", "3"], says: "--keep-months goes with ledger archive" },
  { args: ["archive", "2024-01", "--keep-months", "0"], says: "give a whole number from 1" },
])("a wrong call says how: $args", async ({ args, says }) => {
  const answer = await jinqiao(...args);
  expect(answer.code).toBe(2);
  expect(answer.err).toContain(says);
});

test("without a running installation, and on a database without books, it says what to do", async () => {
  const nothing = await jinqiao("months");
  expect(nothing.code).toBe(1);
  expect(nothing.err).toContain('start it with "npm start"');
  const empty = await createTestDatabase();
  try {
    const answer = await jinqiao("months", "--database-url", empty.url);
    expect(answer.code).toBe(1);
    expect(answer.err).toContain("has no books of this version");
  } finally {
    await empty.drop();
  }
});

import { existsSync } from "node:fs";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { launch } from "../../../../test/support/launcher.ts";
import type { ReplayReport } from "../commands/replay.ts";

// The Berka data may not be copied into the repository; where it lies beside it, the real rows are used too.
const berka = fileURLToPath(new URL("../../../../../shared/data/berka", import.meta.url));
const trans = join(berka, "trans_prefix_to_1994-03-31.asc");

let folder: string;
let database: TestDatabase;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jinqiao-replay-test-"));
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const header =
  '"trans_id";"account_id";"date";"type";"operation";"amount";"balance";"k_symbol";"bank";"account"';
const rows = [
  // Two accounts; within a day the file has its own order. Account 1 is overdrawn, its interest hides a haléř.
  '11;1;930101;"PRIJEM";"VKLAD";500.00;500.00;"";;',
  '14;1;930131;"PRIJEM";"";2.30;-55.50;"UROK";;',
  '13;1;930131;"VYDAJ";"VYBER";14.60;-57.90;"SLUZBY";;',
  '12;1;930131;"VYBER";"VYBER";543.30;-43.30;"";;',
  '21;2;930131;"PRIJEM";"VKLAD";0.00;0.00;"";;',
  '22;2;930201;"PRIJEM";"PREVOD Z UCTU";10000.00;10000.00;"DUCHOD";"AB";41403269',
  '23;2;930228;"PRIJEM";"";41.90;10041.80;"UROK";;',
];

async function fileOf(name: string, lines: readonly string[]): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, `${[header, ...lines].join("\r\n")}\r\n`, "latin1");
  return file;
}

/** The report as it is printed, findings in English. */
type Printed = Omit<ReplayReport, "findings"> & { findings: { line: number | null; problem: string }[] };

async function replay(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | NodeJS.Signals; printed: string; report: Printed }> {
  const run = launch(["replay", "berka", ...args], env);
  const code = await run.ended;
  const json = /^\{\n[\s\S]*?^\}/m.exec(run.printed())?.[0] ?? "{}";
  return { code, printed: run.printed(), report: JSON.parse(json) as Printed };
}

describe("jinqiao replay berka", { timeout: 300_000 }, () => {
  test("posts each row once, however often it is told to", async () => {
    const file = await fileOf("small.asc", rows);
    const args = [folder, "--trans", file, "--json", "--database-url", database.url];
    const first = await replay(args);
    expect(first, first.printed).toMatchObject({
      code: 0,
      report: {
        rows: 7,
        accounts: 2,
        exact: 5,
        withinTenHaleru: 2,
        outside: 0,
        // 0.10 more to one customer, 0.10 less to the other.
        roundingTotal: "0.00",
        posted: 7,
        alreadyPosted: 0,
        changedByRepeat: 0,
        violations: 0,
        findings: [],
      },
    });
    const { seconds: _first, ...same } = first.report;
    const second = await replay(args);
    expect(second, second.printed).toMatchObject({
      code: 0,
      report: { ...same, posted: 0, alreadyPosted: 7 },
    });
  });

  test("refuses a row that was posted before and has changed since", async () => {
    const file = await fileOf("changed.asc", [(rows[0] as string).replaceAll("500.00", "501.00")]);
    const answer = await replay([folder, "--trans", file, "--json", "--database-url", database.url]);
    expect(answer.code, answer.printed).toBe(1);
    expect(answer.report.posted).toBe(0);
    expect(answer.report.findings).toContainEqual({
      line: 2,
      problem: "trans_id 11: the same trans_id was posted before with something else in it",
    });
  });

  test("names a balance that does not follow, and goes on from it", async () => {
    const altered = rows.map((row) => row.replace("10000.00;10000.00", "10000.00;10000.11"));
    const file = await fileOf("altered.asc", altered);
    const server = { JINQIAO_TEST_DATABASE_URL: process.env.JINQIAO_TEST_DATABASE_URL ?? "" };
    const answer = await replay([folder, "--trans", file, "--json"], server);
    expect(answer.code, answer.printed).toBe(1);
    expect(answer.report).toMatchObject({ rows: 7, exact: 4, withinTenHaleru: 1, outside: 2, violations: 0 });
    expect(answer.report.findings.map(({ line }) => line)).toEqual([7, 8]);
    expect(answer.report.findings[0]?.problem).toContain("is 0.11 CZK from the computed one");
  });

  test("posts nothing while a row cannot be read", async () => {
    const file = await fileOf("bad.asc", [...rows.slice(0, 3), "12;1;930131;VYBER"]);
    const answer = await replay([folder, "--trans", file, "--database-url", database.url]);
    expect(answer.code).toBe(1);
    expect(answer.printed).toContain("1 row(s) that cannot be read, so nothing was posted");
    expect(answer.printed).toContain("line 5: the row has 4 cells and the header 10");
  });

  test.each([
    { args: [], code: 2, says: "npx jinqiao replay berka DIR" },
    { args: ["/nowhere"], code: 1, says: "/nowhere is no folder" },
    {
      args: [tmpdir(), "--trans", "/nowhere/trans.asc"],
      code: 1,
      says: "There is no file /nowhere/trans.asc",
    },
    { args: [fileURLToPath(new URL(".", import.meta.url))], code: 1, says: "holds no trans.asc" },
    {
      args: [tmpdir(), "--trans", fileURLToPath(import.meta.url)],
      code: 1,
      says: "line 1: the header names no",
    },
  ])("is refused with a clear sentence: $says", async ({ args, code, says }) => {
    const answer = await replay(args);
    expect(answer.code, answer.printed).toBe(code);
    expect(answer.printed).toContain(says);
  });

  test.runIf(existsSync(trans))("leads a real bank's accounts to its own balances", async () => {
    // The beginning of the file, cut within a row as the whole of it is.
    const handle = await open(trans);
    const { buffer } = await handle.read(Buffer.alloc(400_000), 0, 400_000, 0);
    await handle.close();
    const file = join(folder, "slice.asc");
    await writeFile(file, buffer.subarray(0, buffer.lastIndexOf('"PRIJEM"') + 4));
    const server = { JINQIAO_TEST_DATABASE_URL: process.env.JINQIAO_TEST_DATABASE_URL ?? "" };
    const answer = await replay([berka, "--trans", file, "--json"], server);
    expect(answer.code, answer.printed).toBe(0);
    const { report } = answer;
    expect(report.rows).toBeGreaterThan(5_000);
    expect(report.exact + report.withinTenHaleru).toBe(report.rows);
    expect(report.exact / report.rows).toBeGreaterThan(0.95);
    expect(report).toMatchObject({ posted: report.rows, outside: 0, changedByRepeat: 0, violations: 0 });
    expect(report.leftOut?.rows).toBeGreaterThan(0);
  });
});

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const bin = fileURLToPath(new URL("../../bin/jinqiao.js", import.meta.url));
const vector = (name: string) =>
  fileURLToPath(new URL(`../../../../vectors/statements/${name}`, import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jinqiao-parse-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the command as a person does. */
async function run(args: string[], options: { language?: "en" | "zh"; input?: string } = {}) {
  const child = spawn(process.execPath, [bin, "parse", ...args], {
    env: { ...process.env, LC_ALL: options.language === "zh" ? "zh_CN.UTF-8" : "en_GB.UTF-8" },
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (part: Buffer) => out.push(part));
  child.stderr.on("data", (part: Buffer) => err.push(part));
  child.stdin.end(options.input ?? "");
  const [code] = (await once(child, "close")) as [number];
  return { code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
}

describe("jinqiao parse", () => {
  test.each([
    ["cn-bills/alipay.csv", "alipay", 10],
    ["cn-bills/wechat.csv", "wechat", 27],
    ["cn-bills/wechat.xlsx", "wechat", 27],
    ["cn-bills/ccb.xls", "ccb", 6],
    ["mt940/with_binary_character.sta", "mt940", 4],
  ])("%s --json prints the normal form", async (name, format, count) => {
    const { code, out, err } = await run([vector(name), "--json"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const read = JSON.parse(out) as {
      format: string;
      statements: { lines: { amount: { amount: string } }[] }[];
    };
    expect(read.format).toBe(format);
    const lines = read.statements.flatMap((statement) => statement.lines);
    expect(lines).toHaveLength(count);
    for (const { amount } of lines) expect(amount.amount).toMatch(/^\d+\.\d{2}$/);
  });

  test("without --json it prints a table, in English or Chinese", async () => {
    const english = await run([vector("mt940/with_binary_character.sta")]);
    expect(english.out).toContain("Opening    380115.77 EUR (2010-03-18)");
    expect(english.out).toContain("2010-03-19  -193282.05 EUR");
    const chinese = await run([vector("cn-bills/alipay.csv")], { language: "zh" });
    expect(chinese.out).toContain("支付宝账单");
    expect(chinese.out).toContain("2023-02-12      -49.74 CNY  xxxxxxxxxxxx · 亲情卡");
    expect(chinese.out).toContain("（已取消，未动账）");
  });

  test("one precise error with the line, exit code 1", async () => {
    const path = join(folder, "broken.csv");
    await writeFile(path, "Date,Amount,Currency\n2026-03-01,1.00,GBP\n2026-03-02,twelve,GBP\n");
    expect(await run([path])).toEqual({ code: 1, out: "", err: "line 3: “twelve” is not an amount.\n" });
    expect((await run([path], { language: "zh" })).err).toBe("第 3 行：“twelve”不是有效金额。\n");
    const { code, err } = await run([path, "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(err)).toEqual({
      error: {
        code: "amount_invalid",
        line: 3,
        en: "“twelve” is not an amount.",
        zh: "“twelve”不是有效金额。",
      },
    });
  });

  test("what the file leaves open is answered by options, and reads from standard input", async () => {
    const input = "Date,Amount\n03/04/2026,1.00\n";
    expect((await run(["-"], { input })).err).toContain("does not say in which currency");
    expect((await run(["-", "--currency", "gbp"], { input })).err).toContain("may mean two days");
    const { code, out } = await run(["-", "--currency", "gbp", "--dates", "dmy", "--json"], { input });
    expect(code).toBe(0);
    expect(JSON.parse(out).statements[0].lines[0]).toMatchObject({
      bookingDate: "2026-04-03",
      amount: { amount: "1.00", currency: "GBP" },
    });
  });

  test.each([
    [[], 2, "Name one file"],
    [["a", "b"], 2, "Name one file"],
    [["a", "--dates", "ymd"], 2, "dmy or mdy"],
    [["a", "--currency", "XYQ"], 2, "not a currency"],
    [["/nowhere/at/all.sta"], 1, "ENOENT"],
  ])("called wrongly: %j", async (args, code, text) => {
    const result = await run(args);
    expect(result.code).toBe(code);
    expect(result.err).toContain(text);
  });
});

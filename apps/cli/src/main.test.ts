import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const bin = fileURLToPath(new URL("../bin/jinqiao.js", import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jinqiao-cli-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Answer = { code: number | null; out: string; err: string };

async function jinqiao(args: string[], env: Record<string, string> = {}): Promise<Answer> {
  const { DATABASE_URL: _own, ...inherited } = process.env;
  const child = spawn(process.execPath, [bin, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...inherited, LANG: "C", LC_ALL: "", LC_MESSAGES: "", JINQIAO_DATA: join(folder, "data"), ...env },
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (data) => {
    out += data;
  });
  child.stderr.on("data", (data) => {
    err += data;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out, err };
}

test("help is in the terminal's language", async () => {
  const english = await jinqiao(["--help"]);
  expect(english).toMatchObject({ code: 0, err: "" });
  expect(english.out).toContain("Usage: npx jinqiao <command>");
  const chinese = await jinqiao(["start", "--help"], { LANG: "zh_CN.UTF-8" });
  expect(chinese).toMatchObject({ code: 0, err: "" });
  expect(chinese.out).toContain("启动全部组件");
  expect(chinese.out).toContain("JINQIAO_PORT");
});

test.each([
  { args: ["strat"], says: 'There is no command "strat". The commands are: start, reset, demo' },
  { args: ["start", "--prot"], says: "Unknown option '--prot'" },
])("a wrong call is refused with exit code 2: $args", async ({ args, says }) => {
  const answer = await jinqiao(args);
  expect(answer.code).toBe(2);
  expect(answer.err).toContain(says);
});

test.each([
  { variable: "JINQIAO_PORT", value: "73OO", says: /JINQIAO_PORT is "73OO", which is no port/ },
  { variable: "SANDBOX_BANK_PORT", value: "70000", says: /SANDBOX_BANK_PORT is "70000", which is no port/ },
  {
    variable: "DATABASE_URL",
    value: "mysql://root:hunter2@db/x",
    says: /DATABASE_URL is no PostgreSQL address/,
  },
])("a wrong setting is named: $variable", async ({ variable, value, says }) => {
  const answer = await jinqiao(["start"], { [variable]: value });
  expect(answer.code).toBe(1);
  expect(answer.err).toMatch(says);
  expect(answer.err).not.toContain("hunter2");
});

test("a port in use is named with the variable that chooses another, before anything is started", async () => {
  const squatter = createServer().listen(0, "127.0.0.1");
  await once(squatter, "listening");
  const { port } = squatter.address() as { port: number };
  try {
    const data = join(folder, "port-in-use");
    const answer = await jinqiao(["start"], { JINQIAO_PORT: String(port), JINQIAO_DATA: data });
    expect(answer.code).toBe(1);
    expect(answer.err).toMatch(new RegExp(`Port ${port} is in use: .*JINQIAO_PORT=`));
    expect(await readdir(data)).not.toContain("postgres");
  } finally {
    squatter.close();
  }
});

test("a data folder that cannot be used is named with the remedy", async () => {
  const file = join(folder, "file");
  await writeFile(file, "");
  const answer = await jinqiao(["start"], { JINQIAO_DATA: join(file, "data") });
  expect(answer.code).toBe(1);
  expect(answer.err).toMatch(/The data folder .*file\/data cannot be used \(ENOTDIR\): .*JINQIAO_DATA/);
});

describe("reset", () => {
  test("asks, and without a person to ask erases nothing", async () => {
    const data = join(folder, "reset-asks");
    await mkdir(join(data, "postgres"), { recursive: true });
    const answer = await jinqiao(["reset"], { JINQIAO_DATA: data });
    expect(answer.code).toBe(1);
    expect(answer.out).toContain("--yes");
    expect(await readdir(data)).toEqual(["postgres"]);
  });

  test("erases what Jinqiao made and nothing else", async () => {
    const data = join(folder, "reset-erases");
    await mkdir(join(data, "postgres"), { recursive: true });
    await writeFile(join(data, "banks.json"), "[]");
    await writeFile(join(data, "holiday.txt"), "a person's own file");
    expect((await jinqiao(["reset", "--yes"], { JINQIAO_DATA: data })).code).toBe(0);
    expect(await readdir(data)).toEqual(["holiday.txt"]);
  });

  test("is refused while it runs, and for a database of the operator's own", async () => {
    const data = join(folder, "reset-running");
    await mkdir(data);
    const { lockFolder } = await import("@jinqiao/server/embedded-postgres");
    const lock = await lockFolder(join(data, "launcher.lock"));
    const running = await jinqiao(["reset", "--yes"], { JINQIAO_DATA: data });
    expect(running.code).toBe(1);
    expect(running.err).toContain(`process ${process.pid}`);
    if (lock.held) await lock.release();

    const own = await jinqiao(["reset", "--yes"], { DATABASE_URL: "postgres://someone@127.0.0.1:1/x" });
    expect(own.code).toBe(1);
    expect(own.err).toContain("DATABASE_URL");
  });
});

import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { createSandboxBank, createScriptClient } from "./index.ts";
import { DAY_MS, startBank, testClock } from "./testing/tpp.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

interface Run {
  child: ChildProcess;
  /** The first line on standard output; `undefined` when the process ended before it. */
  firstLine: Promise<string | undefined>;
  ended: Promise<{ code: number | null; stderr: string; stdout: string }>;
}

function start(env: Record<string, string>): Run {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH ?? "", LOG_LEVEL: "info", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  const firstLine = new Promise<string | undefined>((resolve) => {
    child.stdout?.on("data", (chunk) => {
      stdout += chunk;
      if (stdout.includes("\n")) resolve(stdout.split("\n")[0]);
    });
    child.once("exit", () => resolve(undefined));
  });
  const ended = new Promise<{ code: number | null; stderr: string; stdout: string }>((resolve) => {
    child.once("close", (code) => resolve({ code, stderr, stdout }));
  });
  return { child, firstLine, ended };
}

test("the process says when it is ready, keeps its data over a kill -9, and stops on SIGTERM", async () => {
  const env = {
    DATABASE_URL: database.url,
    SANDBOX_BANK_PORT: "0",
    SANDBOX_BANK_SCRIPT_TOKEN: "process-token",
    SANDBOX_BANK_SEED: "demo",
  };
  const first = start(env);
  const ready = JSON.parse((await first.firstLine) ?? "{}");
  expect(ready.ready).toBe(true);
  expect((await fetch(`${ready.url}/healthz`)).status).toBe(200);
  const script = createScriptClient(ready.url, "process-token");
  const redirectUris = ["http://localhost:7300/callback"];
  const registered = await script.tppClient({ name: "Jinqiao", redirectUris });
  expect(registered.clientSecret).toMatch(/^[\w-]{43}$/);
  first.child.kill("SIGKILL");
  await first.ended;

  const second = start(env);
  const again = JSON.parse((await second.firstLine) ?? "{}");
  const found = await createScriptClient(again.url, "process-token").tppClient({
    name: "Jinqiao",
    redirectUris,
  });
  expect(found).toEqual({ clientId: registered.clientId, clientSecret: null });
  second.child.kill("SIGTERM");
  const { code, stderr, stdout } = await second.ended;
  expect(code).toBe(0);
  // Nothing but the one line stands on standard output, and no secret in the log.
  expect(stdout.trim().split("\n")).toHaveLength(1);
  expect(stderr).not.toContain("process-token");
});

test("what is missing or in the way is said in one sentence", async () => {
  const without = await start({ DATABASE_URL: database.url }).ended;
  expect(without).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("SANDBOX_BANK_SCRIPT_TOKEN is not set"),
  });
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as AddressInfo;
  const blocked = await start({
    DATABASE_URL: database.url,
    SANDBOX_BANK_SCRIPT_TOKEN: "t",
    SANDBOX_BANK_PORT: String(port),
  }).ended;
  taken.close();
  expect(blocked).toMatchObject({ code: 1, stderr: expect.stringContaining(`Port ${port} is in use`) });
  const gone = "postgres://nobody@127.0.0.1:1/none";
  const unreachable = createSandboxBank({ databaseUrl: gone, port: 0, scriptToken: "t" });
  await expect(unreachable).rejects.toThrow(/ECONNREFUSED|connect/);
});

test("days before the clock's today close by themselves, once", async () => {
  const clock = testClock();
  const { bank, close } = await startBank({ clock });
  expect((await bank.script.businessDate()).date).toBe("2026-03-10");
  clock.advance(3 * DAY_MS);
  await expect
    .poll(async () => (await bank.script.businessDate()).date, { timeout: 10_000 })
    .toBe("2026-03-13");
  await close();
});

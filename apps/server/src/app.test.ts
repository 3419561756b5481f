import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { routes } from "@jinqiao/contract";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { createTestDatabase } from "../../../test/support/database.ts";
import { createServerDatabase } from "../../../test/support/server-database.ts";
import { createApp } from "./app.ts";
import { demoLogins } from "./demo-logins.ts";
import { readConfig } from "./platform/config.ts";
import { pathOf } from "./platform/http/contract-routes.ts";
import { createLogger } from "./platform/logger.ts";

// The server as the process that operators run.
const main = fileURLToPath(new URL("./main.ts", import.meta.url));
const key = Buffer.alloc(32, 5).toString("base64");
const running = new Set<ChildProcess>();
let folder: string;
let secrets: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jinqiao-app-"));
  secrets = join(folder, "secrets.json");
  await writeFile(secrets, JSON.stringify({ vaultKey: key, sessionSecret: key }), { mode: 0o600 });
});
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
});
afterAll(() => rm(folder, { recursive: true }));

function start(env: Record<string, string>) {
  const child = spawn(process.execPath, [main], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, DATABASE_URL: "", JINQIAO_PORT: "0", JINQIAO_SECRETS_FILE: secrets, ...env },
  });
  running.add(child);
  let out = "";
  let err = "";
  const ended = once(child, "close").then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  child.stderr.on("data", (data) => {
    err += data;
  });
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (data) => {
      out += data;
      const line = out.split("\n").find((text) => text.startsWith('{"ready":true'));
      if (line) resolve((JSON.parse(line) as { url: string }).url);
    });
    void ended.then(() => reject(new Error(`It ended before it was ready: ${err}`)));
  });
  ready.catch(() => undefined);
  return { child, ready, ended, said: () => err };
}

it("brings the schema up, says that it is ready, answers, and stops when it is told, leaving nothing open", async () => {
  const database = await createTestDatabase();
  const { child, ready, ended } = start({ DATABASE_URL: database.url, JINQIAO_SEED: "demo" });
  const url = await ready;
  expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: "ready" });
  const post = (path: string, body: unknown) =>
    fetch(`${url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const { email } = demoLogins.customers[0];
  const began = await post("/v1/sessions", { kind: "password", email, password: demoLogins.password });
  const { signInId } = (await began.json()) as { signInId: string };
  await post(`/v1/sign-ins/${signInId}/codes`, { channel: "email" });
  // In a demo the code is delivered to a page instead of a mailbox.
  let code: string | null | undefined;
  for (let look = 0; look < 200 && !code; look += 1) {
    const { items } = (await (
      await fetch(`${url}/v1/development/messages?to=${encodeURIComponent(email)}`)
    ).json()) as { items: { code: string | null }[] };
    code = items.find((message) => message.code !== null)?.code;
    if (!code) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const signedIn = await post(`/v1/sign-ins/${signInId}/answers`, { kind: "email", code });
  expect(signedIn.status).toBe(201);
  const cookie = signedIn.headers
    .getSetCookie()
    .map((line) => line.split(";", 1)[0])
    .join("; ");
  // A page that listens must not keep the server from stopping.
  const events = await fetch(`${url}/v1/events`, { headers: { cookie } });
  child.kill("SIGTERM");
  expect(await events.text()).toContain(": connected");
  expect(await ended).toBe(0);
  await database.drop();
});

it("answers every route of the contract", async () => {
  const database = await createServerDatabase();
  const env = { DATABASE_URL: database.url, JINQIAO_SECRETS_FILE: secrets, JINQIAO_PORT: "0" };
  const app = await createApp(readConfig(env), {
    logger: createLogger({ level: "silent" }),
    runWorker: false,
  });
  const missing = routes.filter((route) => !app.http.hasRoute({ method: route.method, url: pathOf(route) }));
  expect(missing.map(({ id }) => id)).toEqual([]);
  await app.close();
  await database.drop();
});

it("as a worker answers only how it is; as web runs no jobs", async () => {
  const database = await createServerDatabase();
  const worker = start({ DATABASE_URL: database.url, JINQIAO_ROLE: "worker" });
  const web = start({ DATABASE_URL: database.url, JINQIAO_ROLE: "web" });
  const [workerUrl, webUrl] = await Promise.all([worker.ready, web.ready]);
  expect((await fetch(`${workerUrl}/readyz`)).status).toBe(200);
  expect((await fetch(`${workerUrl}/v1/me`)).status).toBe(404);
  expect((await fetch(`${webUrl}/v1/me`)).status).toBe(401);

  const jobs = () => database.db.query("SELECT 1 FROM graphile_worker.jobs");
  web.child.kill("SIGTERM");
  await web.ended;
  await database.db.query(`SELECT platform.enqueue('[{"task": "ledger.expire_holds", "payload": {}}]')`);
  while ((await jobs()).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  worker.child.kill("SIGTERM");
  expect(await worker.ended).toBe(0);
  await database.drop();
});

it("finishes what a killed one began: starts again on the same database", async () => {
  const database = await createTestDatabase();
  const first = start({ DATABASE_URL: database.url, JINQIAO_SEED: "demo" });
  await first.ready;
  first.child.kill("SIGKILL");
  await first.ended;
  const second = start({ DATABASE_URL: database.url, JINQIAO_SEED: "demo" });
  expect((await fetch(`${await second.ready}/readyz`)).status).toBe(200);
  second.child.kill("SIGINT");
  expect(await second.ended).toBe(0);
  await database.drop();
});

it("says in one sentence why it cannot start, and leaves nothing open", async () => {
  const database = await createServerDatabase();
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as { port: number };
  for (const [env, message] of [
    [{}, /^DATABASE_URL is not set: [^\n]*\n$/],
    [{ DATABASE_URL: "postgres://localhost:1/x" }, /^PostgreSQL does not answer at DATABASE_URL: [^\n]*\n$/],
    [
      { DATABASE_URL: database.url, JINQIAO_PORT: String(port) },
      new RegExp(`^Port ${port} is in use: [^\\n]*JINQIAO_PORT\\.\\n$`),
    ],
    [
      { DATABASE_URL: database.url, JINQIAO_SECRETS_FILE: join(folder, "none.json") },
      /^JINQIAO_SECRETS_FILE names/,
    ],
  ] as const) {
    const { ended, said } = start(env);
    expect(await ended).toBe(1);
    expect(said().replaceAll(/\(node:\d+\)[^\n]*\n|\(Use `node[^\n]*\n/g, "")).toMatch(message);
  }
  taken.close();
  await database.drop();
});

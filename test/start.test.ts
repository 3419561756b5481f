import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { outboxOf } from "../apps/cli/src/demo/enter.ts";
import { createSession } from "../apps/cli/src/demo/session.ts";
import { freePort, requireFreePort } from "../apps/cli/src/instance/ports.ts";
import { type Launched, launch } from "./support/launcher.ts";

let dataDir: string;
let env: Record<string, string>;
let url: string;
let running: Launched | undefined;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "jinqiao-start-"));
  const port = await freePort();
  url = `http://localhost:${port}`;
  env = { JINQIAO_DATA: dataDir, JINQIAO_PORT: String(port), SANDBOX_BANK_PORT: String(await freeRow(4)) };
});

/** The first of so many ports in a row. Below those that the system itself gives to connections of other tests. */
async function freeRow(count: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const first = 20_000 + Math.floor(Math.random() * 10_000);
    const row = Array.from({ length: count }, (_, n) => requireFreePort(first + n, "PORT", 0));
    if ((await Promise.allSettled(row)).every(({ status }) => status === "fulfilled")) return first;
  }
  throw new Error(`no ${count} free ports in a row`);
}

afterAll(async () => {
  running?.child.kill("SIGTERM");
  await running?.ended;
  await rm(dataDir, { recursive: true, force: true });
});

const person = { email: "outlives@example.com", password: "a long enough password" };

function post(path: string, body: unknown): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: url },
    body: JSON.stringify(body),
  });
}

test("npm start brings up everything, says where it is, and serves the first pages", {
  timeout: 300_000,
}, async () => {
  running = launch(["start"], env);
  await running.says("npm run reset");
  for (const said of [`${url}/`, `${url}/console/`, "lin@example.com", dataDir, "Ctrl-C"]) {
    expect(running.printed()).toContain(said);
  }
  for (const path of ["/", "/console/"]) {
    const page = await fetch(`${url}${path}`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("<script");
  }
  const { signUpId } = (await (await post("/v1/sign-ups", { email: person.email, locale: "en" })).json()) as {
    signUpId: string;
  };
  const code = await outboxOf(createSession(url).api)(person.email);
  const { password } = person;
  const signUp = await post("/v1/customers", {
    signUpId,
    code,
    password,
    displayName: "Outlives",
    locale: "en",
  });
  expect(signUp.status).toBe(201);
});

test("a second start on the same data is refused while the first runs", { timeout: 60_000 }, async () => {
  const second = launch(["start"], env);
  expect(await second.ended).toBe(1);
  expect(second.printed()).toContain(`process ${running?.child.pid}`);
});

test("data outlives kill -9 of the launcher, and the next start needs no help", {
  timeout: 120_000,
}, async () => {
  running?.child.kill("SIGKILL");
  await running?.ended;
  running = launch(["start"], env);
  await running.says("npm run reset");
  expect(running.printed()).not.toContain("Building");
  const signIn = await post("/v1/sessions", { kind: "password", ...person });
  expect(signIn.status).toBe(201);
});

test("a polite stop ends every part and reset then starts afresh", { timeout: 120_000 }, async () => {
  running?.child.kill("SIGTERM");
  expect(await running?.ended).toBe(0);
  expect(running?.printed()).toContain("Your data is kept");
  running = undefined;
  await expect(fetch(url)).rejects.toThrow();

  const reset = launch(["reset", "--yes"], env);
  expect(await reset.ended).toBe(0);
  running = launch(["start"], env);
  await running.says("npm run reset");
  expect((await post("/v1/sessions", { kind: "password", ...person })).status).toBe(401);
});

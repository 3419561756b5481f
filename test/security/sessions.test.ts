import { unwrap } from "@jinqiao/contract/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codeSentTo } from "../support/codes.ts";
import { createWorld, customerPassword, type World } from "../support/world.ts";

// Signing in under attack, by HTTP alone, as an attacker would. Sources: OWASP ASVS 5.0, V6 and V7; NIST SP 800-63B.

let world: World;
let owner: Awaited<ReturnType<World["customer"]>>;

beforeAll(async () => {
  world = await createWorld();
  owner = await world.customer("Owner of the Account");
});
afterAll(() => world.close());

type Told = { status: number; json: Record<string, unknown>; headers: Headers };

/** Asks as a browser that has just this cookie. */
async function post(path: string, body: unknown, cookie?: string): Promise<Told> {
  const response = await fetch(`${world.url}${path}`, {
    method: "POST",
    headers: { origin: world.url, "content-type": "application/json", ...(cookie ? { cookie } : {}) },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, json: text === "" ? {} : JSON.parse(text), headers: response.headers };
}

const password = (email: string, value = customerPassword) => ({ kind: "password", email, password: value });

/** The first half of signing in on a device that nobody knows, and the code that went to the owner. */
async function half(): Promise<{ signInId: string; code: string }> {
  const { status, json } = await post("/v1/sessions", password(owner.email));
  expect({ status, half: json.status }).toEqual({ status: 201, half: "second_factor_needed" });
  const signInId = String(json.signInId);
  expect((await post(`/v1/sign-ins/${signInId}/codes`, { channel: "email" })).status).toBe(202);
  return { signInId, code: await codeSentTo(world.app.identity.messages, { customerId: owner.id }) };
}
const answer = (signInId: string, code: string, cookie?: string) =>
  post(`/v1/sign-ins/${signInId}/answers`, { kind: "email", code }, cookie);
const otherCode = (code: string, by: number) => String((Number(code) + by) % 1_000_000).padStart(6, "0");
const meWith = (cookie: string) => fetch(`${world.url}/v1/me`, { headers: { cookie } });

describe("a session", () => {
  it("that somebody planted before signing in is not the one that is signed in (fixation)", async () => {
    const planted = `jinqiao_session=${"A".repeat(43)}`;
    const { signInId, code } = await half();
    const done = await answer(signInId, code, planted);
    expect(done.status).toBe(201);
    const given = done.headers.getSetCookie().find((line) => line.startsWith("jinqiao_session="));
    expect(given).toMatch(/HttpOnly/);
    expect(given).toMatch(/SameSite=(Lax|Strict)/);
    expect(given).not.toContain("A".repeat(43));
    expect((await meWith(planted)).status).toBe(401);
    expect((await meWith(given?.split(";", 1)[0] ?? "")).status).toBe(200);
  });

  it("is worth nothing any more from the moment it was ended", async () => {
    const person = await world.customer("Leaves Again");
    const cookie = `jinqiao_session=${person.cookie("jinqiao_session")}`;
    expect((await meWith(cookie)).status).toBe(200);
    await unwrap(person.api.DELETE("/v1/sessions/current"));
    expect((await meWith(cookie)).status).toBe(401);
  });

  it("does not begin with the password alone on a device that is not known", async () => {
    const { headers, json } = await post("/v1/sessions", password(owner.email));
    expect(json).not.toHaveProperty("customer");
    const cookies = headers.getSetCookie().filter((line) => /^jinqiao_session=./.test(line));
    expect(cookies.map((line) => line.split(";", 1)[0])).toEqual([]);
  });
});

describe("a code", () => {
  it("can be guessed five times; then the right one is too late", async () => {
    const { signInId, code } = await half();
    const statuses: unknown[] = [];
    for (let guess = 1; guess <= 6; guess += 1)
      statuses.push((await answer(signInId, otherCode(code, guess))).json.code);
    const wrong = statuses.filter((one) => one === "identity.code_invalid").length;
    expect(wrong).toBeGreaterThan(0);
    expect(wrong).toBeLessThanOrEqual(5);
    const late = await answer(signInId, code);
    expect(late.status).toBeGreaterThanOrEqual(400);
    expect(late.headers.getSetCookie().some((line) => /^jinqiao_session=./.test(line))).toBe(false);
  });

  it("guessed many times at once is still guessed five times at most", async () => {
    const { signInId, code } = await half();
    const guesses = await Promise.all(
      Array.from({ length: 20 }, (_, index) => answer(signInId, otherCode(code, index + 1))),
    );
    expect(guesses.every(({ status }) => status >= 400)).toBe(true);
    expect(guesses.filter(({ json }) => json.code === "identity.code_invalid").length).toBeLessThanOrEqual(5);
    expect((await answer(signInId, code)).status).toBeGreaterThanOrEqual(400);
  });

  it("used by two at the same moment signs one of them in", async () => {
    const { signInId, code } = await half();
    const both = await Promise.all(Array.from({ length: 8 }, () => answer(signInId, code)));
    expect(both.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it("of one sign-in does not fit another", async () => {
    const [first, second] = [await half(), await half()];
    expect(first.signInId).not.toBe(second.signInId);
    const crossed = await answer(first.signInId, second.code);
    if (first.code !== second.code) expect(crossed.status).toBeGreaterThanOrEqual(400);
    expect((await answer(second.signInId, second.code)).status).toBe(201);
  });
});

describe("whether an address has a wallet", () => {
  /** Everything that an answer shows, but for what is new each time. */
  const shown = ({ status, json, headers }: Told) => ({
    status,
    fields: Object.keys(json).sort(),
    code: json.code,
    headers: [...headers.keys()].filter((name) => name !== "date").sort(),
  });
  const nobody = "nobody.at.all@example.com";

  it.each([
    ["signing in", "/v1/sessions", (email: string) => password(email, "not the password at all")],
    ["signing up", "/v1/sign-ups", (email: string) => ({ email, locale: "en" })],
    ["recovery", "/v1/recoveries", (email: string) => ({ email })],
  ])("is not told by %s", async (_name, path, body) => {
    expect(shown(await post(path, body(owner.email)))).toEqual(shown(await post(path, body(nobody))));
  });
});

import { verify } from "@node-rs/argon2";
import { HOTP, Secret, TOTP } from "otpauth";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codeSentTo } from "../../../../test/support/codes.ts";
import {
  cookieOf,
  createTestServer,
  type TestServer,
  testPassword,
} from "../../../../test/support/http-server.ts";
import { createServerDatabase } from "../../../../test/support/server-database.ts";
import { manualClock } from "../platform/clock.ts";

const clock = manualClock("2026-03-01T08:00:00Z");
let database: Awaited<ReturnType<typeof createServerDatabase>>;
let server: TestServer;

beforeAll(async () => {
  database = await createServerDatabase();
  server = await createTestServer(database.db, { clock });
});
afterAll(async () => {
  await server.close();
  await database.drop();
});

const post = (url: string, body?: unknown, cookie?: string) =>
  server.ask("POST", url, { ...(body === undefined ? {} : { body }), ...(cookie ? { cookie } : {}) });
const byPassword = (email: string, cookie?: string, headers = {}) =>
  server.ask("POST", "/v1/sessions", {
    body: { kind: "password", email, password: testPassword },
    ...(cookie ? { cookie } : {}),
    headers,
  });
const signInIdOf = async (email: string) => (await byPassword(email)).json as unknown as { signInId: string };

describe("published vectors", () => {
  // RFC 4226, appendix D.
  it.each(
    ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"].map(
      (code, counter) => [counter, code] as const,
    ),
  )("HOTP with counter %i is %s", (counter, code) => {
    expect(
      new HOTP({ secret: Secret.fromUTF8("12345678901234567890"), digits: 6 }).generate({ counter }),
    ).toBe(code);
  });
  // RFC 6238, appendix B, SHA-1.
  it.each([
    [59, "94287082"],
    [1111111109, "07081804"],
    [1111111111, "14050471"],
    [1234567890, "89005924"],
    [2000000000, "69279037"],
    [20000000000, "65353130"],
  ])("TOTP at %i is %s", (seconds, code) => {
    const totp = new TOTP({ secret: Secret.fromUTF8("12345678901234567890"), digits: 8, algorithm: "SHA1" });
    expect(totp.generate({ timestamp: seconds * 1_000 })).toBe(code);
  });
  // Reference implementation of argon2 (P-H-C/phc-winner-argon2, src/test.c), argon2id version 0x13.
  it.each([
    [
      "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
      "password",
      true,
    ],
    [
      "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
      "password",
      true,
    ],
    [
      "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
      "differentpassword",
      false,
    ],
  ])("argon2id: %s of %s", async (phc, password, fits) => {
    expect(await verify(phc, password)).toBe(fits);
  });
});

describe("the second factor", () => {
  it("is asked for on a device that is new, and not again on one that gave it within 180 days", async () => {
    const email = "second@people.example";
    const { id } = await server.customer(email);
    const began = await byPassword(email);
    expect(began).toMatchObject({
      status: 201,
      json: { status: "second_factor_needed", methods: [{ kind: "email", masked: "s***@people.example" }] },
      cookies: [],
    });
    const cookie = await server.enter(email);
    expect((await byPassword(email, cookie)).json).toMatchObject({ status: "signed_in" });
    const notice = (await server.identity.messages.recent(5)).find(
      ({ content }) => content.kind === "notice.new_device",
    );
    expect(notice?.to).toEqual({ customerId: id });
    clock.advance(181 * 86_400_000);
    expect((await byPassword(email, cookie)).json).toMatchObject({ status: "second_factor_needed" });
  });

  it("takes a code for that sign-in alone, once, five minutes long, after at most five tries", async () => {
    const email = "codes@people.example";
    const { id } = await server.customer(email);
    const [one, other] = [await signInIdOf(email), await signInIdOf(email)];
    const send = async (signInId: string) => {
      clock.advance(1);
      expect((await post(`/v1/sign-ins/${signInId}/codes`, { channel: "email" })).status).toBe(202);
      return codeSentTo(server.identity.messages, { customerId: id });
    };
    const answer = async (signInId: string, code: string) => {
      const { status, json } = await post(`/v1/sign-ins/${signInId}/answers`, { kind: "email", code });
      return status === 201 ? "in" : (json as { code: string }).code;
    };
    const code = await send(one.signInId);
    const wrong = code === "111111" ? "222222" : "111111";
    expect(await answer(other.signInId, code)).toBe("identity.code_invalid");
    const answers = await Promise.all([1, 2, 3].map(() => answer(one.signInId, code)));
    expect(answers.filter((one) => one === "in")).toHaveLength(1);

    const late = await signInIdOf(email);
    const lateCode = await send(late.signInId);
    clock.advance(5 * 60_000 + 1);
    expect(await answer(late.signInId, lateCode)).toBe("identity.code_invalid");

    const guessed = await signInIdOf(email);
    const right = await send(guessed.signInId);
    const guesses = await Promise.all(Array.from({ length: 8 }, () => answer(guessed.signInId, wrong)));
    expect(guesses).not.toContain("in");
    expect(await answer(guessed.signInId, right)).not.toBe("in");
  });

  it("cannot be one that the customer has not", async () => {
    await server.customer("hasnot@people.example");
    const { signInId } = await signInIdOf("hasnot@people.example");
    const unavailable = { status: 422, json: { code: "identity.method_unavailable" } };
    expect(await post(`/v1/sign-ins/${signInId}/codes`, { channel: "sms" })).toMatchObject(unavailable);
    for (const kind of ["totp", "sms", "recovery_code", "hardware_token"])
      expect(await post(`/v1/sign-ins/${signInId}/answers`, { kind, code: "123456" })).toMatchObject(
        unavailable,
      );
  });

  it("by authenticator app works once for each step, one step before and after", async () => {
    const email = "totp@people.example";
    const { cookie } = await server.customer(email);
    const started = (await post("/v1/me/totp", undefined, cookie)).json as { secret: string; uri: string };
    expect(started.uri).toMatch(/^otpauth:\/\/totp\/.*secret=/);
    const totp = new TOTP({ secret: Secret.fromBase32(started.secret) });
    const codeAt = (offsetMs: number) => totp.generate({ timestamp: clock.now().getTime() + offsetMs });
    const confirmed = await post("/v1/me/totp/confirm", { code: codeAt(0) }, cookie);
    expect(confirmed.status).toBe(204);
    expect((await post("/v1/me/totp", undefined, cookieOf(confirmed.cookies))).status).toBe(409);

    const answer = async (code: string) => {
      const { signInId } = await signInIdOf(email);
      return (await post(`/v1/sign-ins/${signInId}/answers`, { kind: "totp", code })).status;
    };
    // The code that set it up is used already.
    expect(await answer(codeAt(0))).toBe(422);
    expect(await answer(codeAt(60_000))).toBe(422);
    expect(await answer(codeAt(30_000))).toBe(201);
    expect(await answer(codeAt(30_000))).toBe(422);
    clock.advance(90_000);
    const twice = await Promise.all([answer(codeAt(0)), answer(codeAt(0))]);
    expect(twice.sort()).toEqual([201, 422]);
  });

  it("by recovery code works once, however it is written", async () => {
    const email = "paper@people.example";
    const { cookie } = await server.customer(email);
    const made = await post("/v1/me/recovery-codes", undefined, cookie);
    const { codes } = made.json as { codes: string[] };
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
    const answer = async (code: string) => {
      const { signInId } = await signInIdOf(email);
      return (await post(`/v1/sign-ins/${signInId}/answers`, { kind: "recovery_code", code })).status;
    };
    const [first = "", second = ""] = codes;
    expect(await answer(first.toUpperCase().replaceAll("-", " "))).toBe(201);
    expect(await answer(first)).toBe(422);
    const twice = await Promise.all([answer(second), answer(second)]);
    expect(twice.sort()).toEqual([201, 422]);
    const { json } = await server.ask("GET", "/v1/me/security", { cookie: cookieOf(made.cookies) });
    expect(json).toMatchObject({ recoveryCodesLeft: 8 });
    const dump = JSON.stringify(await database.db.query("SELECT c::text FROM identity.recovery_code c"));
    expect(dump).not.toContain(codes[2]?.replaceAll("-", ""));
  });

  it("by SMS goes to a number that was proven", async () => {
    const email = "phone@people.example";
    const { id, cookie } = await server.customer(email);
    const phone = "+8613800138000";
    expect((await post("/v1/me/phone", { phone: "13800138000" }, cookie)).status).toBe(400);
    expect((await post("/v1/me/phone", { phone }, cookie)).status).toBe(202);
    clock.advance(1);
    const code = await codeSentTo(server.identity.messages, { customerId: id });
    expect((await post("/v1/me/phone/confirm", { phone: "+8613800138001", code }, cookie)).status).toBe(422);
    expect((await post("/v1/me/phone/confirm", { phone, code }, cookie)).status).toBe(204);
    const began = await byPassword(email);
    expect(began.json).toMatchObject({
      methods: [{ kind: "email" }, { kind: "sms", masked: "+86*******8000" }],
    });
    expect(JSON.stringify(await database.db.query("SELECT c::text FROM identity.customer c"))).not.toContain(
      "13800138000",
    );
  });
});

describe("waits after failures", () => {
  it("from elsewhere do not reach the owner at their own device", async () => {
    const email = "owner@people.example";
    const { cookie } = await server.customer(email);
    for (let guess = 0; guess < 60; guess += 1) {
      await server.ask("POST", "/v1/sessions", {
        body: { kind: "password", email, password: `guess ${guess}` },
      });
      clock.advance(500);
    }
    expect((await byPassword(email)).status).toBe(429);
    expect((await byPassword(email, cookie)).json).toMatchObject({ status: "signed_in" });
  });
});

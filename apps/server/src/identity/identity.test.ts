import { signOut } from "@jinqiao/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codeSentTo } from "../../../../test/support/codes.ts";
import {
  cookieOf,
  createTestServer,
  type TestServer,
  testPassword,
} from "../../../../test/support/http-server.ts";
import { createServerDatabase } from "../../../../test/support/server-database.ts";
import { demoLogins } from "../demo-logins.ts";
import { manualClock } from "../platform/clock.ts";
import { defaultSessionLifetimes } from "../platform/config.ts";
import { requirePermission } from "./index.ts";

const minuteMs = 60_000;
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

const grace = {
  email: "Grace@People.example",
  password: testPassword,
  displayName: "  Grace Hopper ",
  locale: "en",
};
/** Begins a sign-up and reads the code that was sent. */
async function begin(email: string) {
  clock.advance(1);
  const started = await server.ask("POST", "/v1/sign-ups", { body: { email, locale: "en" } });
  expect(started.status).toBe(202);
  const code = await codeSentTo(server.identity.messages, { email: email.trim().toLowerCase() }).catch(
    () => "000000",
  );
  return { signUpId: (started.json as { signUpId: string }).signUpId, code };
}
const signUp = async ({ email, ...rest }: typeof grace) =>
  server.ask("POST", "/v1/customers", { body: { ...(await begin(email)), ...rest } });
const signIn = (email: string, password: string, cookie?: string) =>
  server.ask("POST", "/v1/sessions", {
    body: { kind: "password", email, password },
    ...(cookie ? { cookie } : {}),
  });
let signUpOfWrong: { signUpId: string; code: string } | undefined;
const wrongCode = (content: unknown) =>
  (content as { code?: string } | undefined)?.code === "111111" ? "222222" : "111111";
const me = async (cookie: string) => (await server.ask("GET", "/v1/me", { cookie })).status;

describe("sign-up", () => {
  it("opens a wallet, signs in, and says so in the outbox", async () => {
    const answer = await signUp(grace);
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual({
      id: expect.stringMatching(/^cus_/),
      email: "grace@people.example",
      displayName: "Grace Hopper",
      locale: "en",
      createdAt: "2026-03-01T08:00:00.001Z",
    });
    expect(await me(cookieOf(answer.cookies))).toBe(200);
    const { id } = answer.json as { id: string };
    expect(
      await database.db.query("SELECT name FROM platform.outbox WHERE payload ->> 'customerId' = $1", [id]),
    ).toEqual([{ name: "customer.signed_up" }]);
  });

  it("answers alike for an address that has a wallet, and tells its owner by mail", async () => {
    const start = (email: string) => {
      clock.advance(1);
      return server.ask("POST", "/v1/sign-ups", { body: { email, locale: "en" } });
    };
    const [known, unknown] = [await start("GRACE@people.example"), await start("new@people.example")];
    expect([known.status, Object.keys(known.json)]).toEqual([unknown.status, Object.keys(unknown.json)]);
    const [toNew, toKnown] = await server.identity.messages.recent(2);
    expect(toKnown?.content).toEqual({ kind: "sign_up_repeated" });
    expect(toNew?.content).toMatchObject({ kind: "code", purpose: "sign_up", minutes: 5 });
    const { email: _, ...rest } = grace;
    const guess = async (answer: { json: { signUpId: string } }) =>
      server.ask("POST", "/v1/customers", {
        body: { signUpId: answer.json.signUpId, code: wrongCode(toNew?.content), ...rest },
      });
    for (const answer of [known, unknown])
      expect(await guess(answer)).toMatchObject({ status: 422, json: { code: "identity.code_invalid" } });
  });

  it("opens one wallet for an address, also when two come at once", async () => {
    const [first, second] = [await begin("twice@people.example"), await begin("twice@people.example")];
    const { email: _, ...rest } = grace;
    const codes = (await server.identity.messages.recent(2)).map(({ content }) =>
      content.kind === "code" ? content.code : "",
    );
    const twice = await Promise.all([
      server.ask("POST", "/v1/customers", { body: { ...first, code: codes[1], ...rest } }),
      server.ask("POST", "/v1/customers", { body: { ...second, code: codes[0], ...rest } }),
    ]);
    expect(twice.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(twice.find(({ status }) => status === 409)?.cookies).toEqual([]);
  });

  it("opens one wallet with one code, also when it is sent twice at once", async () => {
    const begun = await begin("once@people.example");
    const { email: _, ...rest } = grace;
    const answers = await Promise.all(
      [1, 2].map(() => server.ask("POST", "/v1/customers", { body: { ...begun, ...rest } })),
    );
    const [opened, other] = answers.map(({ status }) => status).sort();
    expect(opened).toBe(201);
    // The code is used up (422), or the whole sign-up is over already (409).
    expect([409, 422]).toContain(other);
  });

  it("ends after five wrong codes, however right the sixth is", async () => {
    const begun = await begin("guesses@people.example");
    const { email: _, ...rest } = grace;
    const guess = (code: string) =>
      server.ask("POST", "/v1/customers", { body: { ...begun, ...rest, code } });
    const wrong = begun.code === "111111" ? "222222" : "111111";
    const codes: string[] = [];
    for (let time = 0; time < 5; time += 1) codes.push(((await guess(wrong)).json as { code: string }).code);
    expect(codes.slice(0, 4)).toEqual(Array(4).fill("identity.code_invalid"));
    expect(codes[4]).toBe("identity.code_tries_used");
    expect(await guess(begun.code)).toMatchObject({ status: 422 });
  });

  it("sends an address at most five mails within an hour", async () => {
    for (let time = 0; time < 5; time += 1) await begin("flooded@people.example");
    const body = { email: "flooded@people.example", locale: "en" };
    expect((await server.ask("POST", "/v1/sign-ups", { body })).status).toBe(429);
  });

  it.each(["no address", "two@people.example, three@people.example"])(
    "refuses %j as address",
    async (email) => {
      const answer = await server.ask("POST", "/v1/sign-ups", { body: { email, locale: "en" } });
      expect(answer).toMatchObject({
        status: 400,
        json: { errors: [{ field: "email", code: "field.email" }] },
      });
    },
  );

  it.each([
    [{ password: "too short" }, { password: "field.password_short" }],
    [{ password: "x".repeat(201) }, { password: "field.too_long" }],
    [{ password: "qwertyuiop" }, { password: "field.password_common" }],
    [{ password: "Passw0rd123!" }, { password: "field.password_common" }],
    [{ password: "1234567890" }, { password: "field.password_common" }],
    [{ password: "Grace Hopper!" }, { password: "field.password_personal" }],
    [{ password: "wrong@people.example" }, { password: "field.password_personal" }],
    [{ displayName: "   " }, { displayName: "field.required" }],
    [{ displayName: "x".repeat(61) }, { displayName: "field.too_long" }],
    [{ locale: "fr" }, { locale: "field.invalid" }],
    [{ role: "operations" }, { role: "field.unknown" }],
    [{ code: "12345" }, { code: "field.code" }],
  ])("names what is wrong: %j", async (change, fields) => {
    signUpOfWrong ??= await begin("wrong@people.example");
    const { email: _, ...rest } = grace;
    const answer = await server.ask("POST", "/v1/customers", {
      body: { ...signUpOfWrong, ...rest, ...change },
    });
    expect(answer.status).toBe(400);
    const { errors } = answer.json as { errors: { field: string; code: string }[] };
    expect(Object.fromEntries(errors.map(({ field, code }) => [field, code]))).toEqual(fields);
  });

  it("keeps passwords as argon2id with the published parameters, and tokens not at all", async () => {
    const { cookies } = await signUp({ ...grace, email: "kept@people.example" });
    const token = /jinqiao_session=([^;]+)/.exec(cookieOf(cookies))?.[1] ?? "";
    const [row] = await database.db.query<{ password_hash: string }>(
      "SELECT password_hash FROM identity.customer ORDER BY created_at DESC LIMIT 1",
    );
    expect(row?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    const everything = JSON.stringify(await database.db.query("SELECT s::text FROM identity.session s"));
    expect(everything).not.toContain(token);
    expect(everything).not.toContain(Buffer.from(token, "base64url").toString("hex"));
  });

  it("takes a password however its letters are composed", async () => {
    await signUp({ ...grace, email: "accent@people.example", password: "cafe\u0301 cafe\u0301 cafe\u0301" });
    expect((await signIn("accent@people.example", "café café café")).status).toBe(201);
  });
});

describe("sign-in", () => {
  it("does not tell an unknown address from a wrong password", async () => {
    const wrong = await signIn("grace@people.example", "not the password");
    const unknown = await signIn("nobody@people.example", "not the password");
    expect(wrong).toMatchObject({ status: 401, json: { code: "identity.credentials_invalid" } });
    const { requestId: _a, ...first } = wrong.json as Record<string, unknown>;
    const { requestId: _b, ...second } = unknown.json as Record<string, unknown>;
    expect(second).toEqual(first);
    expect(wrong.cookies).toEqual([]);
  });

  it("gives a new session each time and ends the one the browser had", async () => {
    const { cookie } = await server.customer("again@people.example");
    const first = cookieOf((await signIn("again@people.example", testPassword, cookie)).cookies);
    const second = cookieOf((await signIn("again@people.example", testPassword, first)).cookies);
    expect(second).not.toBe(first);
    expect([await me(first), await me(second)]).toEqual([401, 200]);
  });

  it("makes an account wait a growing while after failures, known or not, and forgets them after the right one", async () => {
    await server.customer("waits@people.example");
    for (const email of ["waits@people.example", "stranger@people.example"]) {
      const fail = async () => expect((await signIn(email, "wrong again")).status).toBe(401);
      for (let failure = 1; failure <= 4; failure += 1) await fail();
      for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
        await fail();
        expect(await signIn(email, testPassword)).toMatchObject({
          status: 429,
          json: { code: "rate.limited" },
          headers: { "retry-after": String(seconds) },
        });
        clock.advance(seconds * 1_000);
      }
    }
    expect((await signIn("waits@people.example", testPassword)).status).toBe(201);
    expect((await signIn("waits@people.example", "wrong again")).status).toBe(401);
    expect((await signIn("waits@people.example", testPassword)).status).toBe(201);
  });

  it("counts tries that come at once, so that none slips through", async () => {
    await server.customer("stormed@people.example");
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => signIn("stormed@people.example", `guess number ${n}`)),
    );
    const count = (status: number) => answers.filter((answer) => answer.status === status).length;
    expect([count(401), count(429)]).toEqual([5, 15]);
  });

  it("forgets failures after a quiet quarter of an hour", async () => {
    await server.customer("quiet@people.example");
    for (let time = 0; time < 4; time += 1) await signIn("quiet@people.example", "wrong again");
    clock.advance(16 * minuteMs);
    for (let time = 0; time < 4; time += 1)
      expect((await signIn("quiet@people.example", "wrong again")).status).toBe(401);
  });
});

describe("sessions", () => {
  it("end when the person signs out, and the cookie goes", async () => {
    const { cookie } = await server.customer("out@people.example");
    const answer = await server.ask(signOut.method, signOut.path, { cookie });
    expect(answer.status).toBe(204);
    expect(answer.cookies[0]).toMatch(/^jinqiao_session=; Max-Age=0; Path=\/; HttpOnly; SameSite=Lax/);
    expect(await me(cookie)).toBe(401);
  });

  it("end after five minutes without use (PSD2 RTS, Art. 4(3)(d)), and stay while they are used", async () => {
    const { cookie } = await server.customer("idle@people.example");
    for (let time = 0; time < 4; time += 1) {
      clock.advance(4.9 * minuteMs);
      expect(await me(cookie)).toBe(200);
    }
    clock.advance(5 * minuteMs);
    expect(await me(cookie)).toBe(401);
  });

  it("end after twelve hours however busy they are", async () => {
    const { cookie } = await server.customer("busy@people.example");
    for (let time = 0; time < 159; time += 1) {
      clock.advance(4.5 * minuteMs);
      expect(await me(cookie)).toBe(200);
    }
    clock.advance(4.5 * minuteMs);
    expect(await me(cookie)).toBe(401);
  });

  it("are not kept awake by a page that only listens", async () => {
    const { cookie } = await server.customer("watched@people.example");
    const token = /jinqiao_session=([^;]+)/.exec(cookie)?.[1];
    for (let time = 0; time < 2; time += 1) {
      clock.advance(3 * minuteMs);
      await server.identity.customerOf(token, "watch");
    }
    expect(await server.identity.customerOf(token, "watch")).toBeUndefined();
  });

  it("of staff end sooner", async () => {
    const cookie = await server.staff("viewer");
    const look = async () => (await server.ask("GET", "/v1/console/me", { cookie })).status;
    clock.advance(14 * minuteMs);
    expect(await look()).toBe(200);
    clock.advance(16 * minuteMs);
    expect(await look()).toBe(401);
    expect(defaultSessionLifetimes.staff.idleMs).toBe(15 * minuteMs);
  });

  it("that are over are deleted by the upkeep, and others are not", async () => {
    await server.customer("old@people.example");
    clock.advance(40 * minuteMs);
    const { cookie } = await server.customer("young@people.example");
    const upkeep = server.identity.jobs[server.identity.cron[0]?.task ?? ""];
    await upkeep?.({});
    const [row] = await database.db.query<{ count: bigint }>("SELECT count(*) FROM identity.session");
    expect(row?.count).toBe(1n);
    expect(await me(cookie)).toBe(200);
  });
});

describe("a profile", () => {
  it("changes in the part that is given", async () => {
    const { cookie } = await server.customer("changes@people.example", "Old Name");
    const change = (body: unknown) => server.ask("PATCH", "/v1/me", { cookie, body });
    expect((await change({ locale: "zh" })).json).toMatchObject({ displayName: "Old Name", locale: "zh" });
    expect((await change({ displayName: " 林晓 " })).json).toMatchObject({
      displayName: "林晓",
      locale: "zh",
    });
    expect((await change({})).json).toMatchObject({ displayName: "林晓", locale: "zh" });
    expect(await change({ email: "other@people.example" })).toMatchObject({
      status: 400,
      json: { errors: [{ field: "email", code: "field.unknown" }] },
    });
    expect((await change({ displayName: "" })).status).toBe(400);
  });
});

describe("staff", () => {
  it("sign in to the console alone", async () => {
    const cookie = await server.staff("operations");
    expect((await server.ask("GET", "/v1/console/me", { cookie })).json).toMatchObject({
      id: expect.stringMatching(/^stf_/),
      role: "operations",
    });
    expect((await signIn("operations@staff.example", testPassword)).status).toBe(401);
    expect((await server.ask("DELETE", "/v1/console/sessions/current", { cookie })).status).toBe(204);
    expect((await server.ask("GET", "/v1/console/me", { cookie })).status).toBe(401);
  });

  it("may do what their role allows", () => {
    const member = { id: "stf_1" as const, email: "x@staff.example", displayName: "X" };
    expect(() => requirePermission({ ...member, role: "operations" }, "cases.decide")).not.toThrow();
    expect(() => requirePermission({ ...member, role: "viewer" }, "cases.decide")).toThrow(
      "identity.not_allowed",
    );
  });
});

describe("people", () => {
  it("finds people by id and by address", async () => {
    const { id } = await server.customer("found@people.example", "王磊");
    const found = { id, displayName: "王磊", email: "found@people.example", locale: "en" };
    expect(await server.identity.customerByEmail(" FOUND@people.example ")).toEqual(found);
    expect(await server.identity.customersById([id, id, "cus_unknown"])).toEqual(new Map([[id, found]]));
    expect(await server.identity.customerByEmail("lost@people.example")).toBeUndefined();
  });
});

describe("demo people", () => {
  it("are opened once, and keep what they changed", async () => {
    await server.identity.seedDemo(demoLogins);
    const cookie = await server.enter("lin@example.com", demoLogins.password);
    await server.ask("PATCH", "/v1/me", { cookie, body: { displayName: "林小晓" } });
    await server.identity.seedDemo({ ...demoLogins, password: "another password" });
    expect(await signIn("lin@example.com", demoLogins.password, cookie)).toMatchObject({
      status: 201,
      json: { status: "signed_in", customer: { displayName: "林小晓", locale: "zh" } },
    });
    for (const { email } of demoLogins.staff)
      expect(
        await server.ask("POST", "/v1/console/sessions", {
          body: { kind: "password", email, password: demoLogins.password },
        }),
      ).toMatchObject({ status: 201, json: { status: "second_factor_needed" } });
  });
});

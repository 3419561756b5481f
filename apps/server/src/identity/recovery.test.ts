import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthenticator } from "../../../../test/support/authenticator.ts";
import { codeSentTo } from "../../../../test/support/codes.ts";
import {
  cookieOf,
  createTestServer,
  type TestServer,
  testPassword,
  testUrl,
} from "../../../../test/support/http-server.ts";
import { createServerDatabase } from "../../../../test/support/server-database.ts";
import { manualClock } from "../platform/clock.ts";
import type { MessageContent } from "./index.ts";

const hourMs = 3_600_000;
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

type Recovery = { id: string; status: string; proved: string[]; opensAt: string | null };
const post = (url: string, body?: unknown, cookie?: string) =>
  server.ask("POST", url, { ...(body === undefined ? {} : { body }), ...(cookie ? { cookie } : {}) });
const start = async (email: string) =>
  (await post("/v1/recoveries", { email, locale: "en" })).json as unknown as Recovery;
const prove = (id: string, kind: string, value: string) =>
  post(`/v1/recoveries/${id}/proofs`, { kind, value });
const me = async (cookie: string) => (await server.ask("GET", "/v1/me", { cookie })).status;
const codeOf = (error: { json: unknown }) => (error.json as { code: string }).code;

/** What a customer was told, newest first. */
async function told<K extends MessageContent["kind"]>(customerId: string, kind: K) {
  const messages = await server.identity.messages.recent(60);
  return messages.flatMap(({ to, content }) =>
    "customerId" in to && to.customerId === customerId && content.kind === kind
      ? [content as MessageContent & { kind: K }]
      : [],
  );
}

/** A customer with recovery codes, and a recovery proved by e-mail and one of them. */
async function lost(email: string) {
  const customer = await server.customer(email);
  const made = await post("/v1/me/recovery-codes", undefined, customer.cookie);
  const { codes } = made.json as { codes: string[] };
  const { id } = await start(email);
  clock.advance(1);
  await post(`/v1/recoveries/${id}/codes`, { channel: "email" });
  const code = await codeSentTo(server.identity.messages, { customerId: customer.id });
  expect((await prove(id, "email", code)).json).toMatchObject({ status: "proving", proved: ["email"] });
  return { ...customer, cookie: cookieOf(made.cookies), codes, recoveryId: id, mailed: code };
}

describe("a recovery", () => {
  it("needs two different proofs and a day, and ends everything that was trusted", async () => {
    const { id, cookie, codes, recoveryId, mailed } = await lost("lost@people.example");
    expect(codeOf(await prove(recoveryId, "email", mailed))).toBe("identity.recovery_proof_repeated");
    expect(codeOf(await post(`/v1/recoveries/${recoveryId}/codes`, { channel: "email" }))).toBe(
      "identity.recovery_proof_repeated",
    );
    const password = "three quiet lanterns";
    const finish = () => post(`/v1/recoveries/${recoveryId}/finish`, { password });
    expect(codeOf(await finish())).toBe("identity.recovery_not_open");

    const waiting = await prove(recoveryId, "recovery_code", codes[0] ?? "");
    expect(waiting.json).toMatchObject({ status: "waiting", proved: ["email", "recovery_code"] });
    expect(await told(id, "notice.recovery_started")).toHaveLength(1);
    clock.advance(24 * hourMs - 1);
    expect(codeOf(await finish())).toBe("identity.recovery_not_open");
    clock.advance(1);
    expect((await server.ask("GET", `/v1/recoveries/${recoveryId}`)).json).toMatchObject({ status: "open" });
    expect((await post(`/v1/recoveries/${recoveryId}/finish`, {})).status).toBe(422);
    expect((await post(`/v1/recoveries/${recoveryId}/finish`, { password: "1234567890" })).status).toBe(400);

    const done = await finish();
    expect(done).toMatchObject({ status: 201, json: { status: "signed_in", customer: { id } } });
    expect(codeOf(await finish())).toBe("identity.recovery_over");
    expect(await me(cookie)).toBe(401);
    const { json } = await server.ask("GET", "/v1/me/security", { cookie: cookieOf(done.cookies) });
    expect(json).toMatchObject({ recoveryCodesLeft: 0, passkeys: [], totpAddedAt: null, pinSet: false });
    expect(await told(id, "notice.recovery_done")).toHaveLength(1);
    expect(await told(id, "notice.recovery_cancelled")).toHaveLength(0);
    // The device that was trusted before asks for a second factor again.
    const again = { kind: "password", email: "lost@people.example", password };
    expect((await post("/v1/sessions", again, cookie)).json).toMatchObject({
      status: "second_factor_needed",
    });
  });

  it("may end with a passkey", async () => {
    const { codes, recoveryId } = await lost("key@people.example");
    await prove(recoveryId, "recovery_code", codes[0] ?? "");
    const options = () => post(`/v1/recoveries/${recoveryId}/passkey-options`);
    expect(codeOf(await options())).toBe("identity.recovery_not_open");
    clock.advance(24 * hourMs);
    const passkey = createAuthenticator(testUrl).create((await options()).json);
    expect((await post(`/v1/recoveries/${recoveryId}/finish`, { passkey })).status).toBe(201);
  });

  it("is stopped by the token of its notice, once, and by any sign-in", async () => {
    const stopped = await lost("stops@people.example");
    await prove(stopped.recoveryId, "recovery_code", stopped.codes[0] ?? "");
    const [notice] = await told(stopped.id, "notice.recovery_started");
    const cancel = () => post("/v1/recovery-cancellations", { token: notice?.cancel });
    expect((await cancel()).status).toBe(204);
    expect(codeOf(await cancel())).toBe("identity.link_over");
    clock.advance(24 * hourMs);
    const finish = (id: string) => post(`/v1/recoveries/${id}/finish`, { password: "three quiet lanterns" });
    expect(codeOf(await finish(stopped.recoveryId))).toBe("identity.recovery_over");

    const back = await lost("back@people.example");
    await prove(back.recoveryId, "recovery_code", back.codes[0] ?? "");
    await server.enter("back@people.example");
    expect(await told(back.id, "notice.recovery_cancelled")).toHaveLength(1);
    clock.advance(24 * hourMs);
    expect(codeOf(await finish(back.recoveryId))).toBe("identity.recovery_over");
  });

  it("looks alike for an address that nobody has, and never opens", async () => {
    await server.customer("known@people.example");
    const [known, unknown] = [await start("known@people.example"), await start("nobody@people.example")];
    const shape = ({ id: _, ...rest }: Recovery) => rest;
    expect(shape(unknown)).toEqual(shape(known));
    for (const { id } of [known, unknown]) {
      for (const channel of ["email", "sms"])
        expect((await post(`/v1/recoveries/${id}/codes`, { channel })).status).toBe(202);
      for (const kind of ["email", "sms", "totp", "recovery_code", "password"])
        expect(codeOf(await prove(id, kind, "123456"))).toBe("identity.code_invalid");
    }
  });

  it("gives ten guesses in all, and a code five", async () => {
    await server.customer("guess@people.example");
    const { id } = await start("guess@people.example");
    const codes: string[] = [];
    for (let guess = 0; guess < 11; guess += 1)
      codes.push(codeOf(await prove(id, "password", `guess ${guess}`)));
    expect(codes.slice(0, 10)).toEqual(Array(10).fill("identity.code_invalid"));
    expect(codes[10]).toBe("identity.code_tries_used");
  });
});

describe("the security centre", () => {
  it("asks for a confirmation five minutes after the last one, and gives the session a new token with it", async () => {
    const email = "confirms@people.example";
    const { id, cookie } = await server.customer(email);
    clock.advance(4 * 60_000);
    expect(await me(cookie)).toBe(200);
    clock.advance(2 * 60_000);
    const password = "three quiet lanterns";
    const change = (at: string) => post("/v1/me/password", { password }, at);
    expect(codeOf(await change(cookie))).toBe("identity.reauthentication_needed");

    const begun = await post("/v1/me/reauthentications", undefined, cookie);
    const { id: confirmation } = begun.json as { id: string };
    expect(begun.json).toMatchObject({ methods: [{ kind: "email" }], passkeyOptions: null });
    const path = `/v1/me/reauthentications/${confirmation}`;
    const stranger = await server.customer("confirms.stranger@people.example");
    expect(codeOf(await post(`${path}/codes`, { channel: "email" }, stranger.cookie))).toBe(
      "identity.reauthentication_over",
    );
    await post(`${path}/codes`, { channel: "email" }, cookie);
    const code = await codeSentTo(server.identity.messages, { customerId: id });
    expect(codeOf(await post(`${path}/answers`, { kind: "email", code }, stranger.cookie))).toBe(
      "identity.reauthentication_over",
    );
    const confirmed = await post(`${path}/answers`, { kind: "email", code }, cookie);
    expect(confirmed.status).toBe(204);
    expect(await me(cookie)).toBe(401);
    const renewed = cookieOf(confirmed.cookies);
    expect((await change(renewed)).status).toBe(204);
    expect(await told(id, "notice.security_changed")).toMatchObject([{ what: "password_changed" }]);
  });

  it("signs every other device out when the password changes, and trusts none of them", async () => {
    const email = "others@people.example";
    const { cookie: here } = await server.customer(email);
    const there = await server.enter(email);
    const password = "three quiet lanterns";
    const set = await post("/v1/me/password", { password }, here);
    expect([await me(cookieOf(set.cookies)), await me(there)]).toEqual([200, 401]);
    expect((await post("/v1/sessions", { kind: "password", email, password }, there)).json).toMatchObject({
      status: "second_factor_needed",
    });
  });

  it("lists devices, names them, and signs one or all of them out", async () => {
    const email = "devices@people.example";
    const { cookie: here } = await server.customer(email);
    const there = await server.enter(email);
    const third = await server.enter(email);
    type Listed = { items: { id: string; name: string; current: boolean; signedIn: boolean }[] };
    const list = async (cookie: string) =>
      ((await server.ask("GET", "/v1/me/devices", { cookie })).json as unknown as Listed).items;
    const items = await list(here);
    expect(items).toHaveLength(3);
    expect(items.filter(({ current }) => current)).toHaveLength(1);
    const thereId = (await list(there)).find(({ current }) => current)?.id;
    const path = `/v1/me/devices/${thereId}`;
    expect(
      (await server.ask("PATCH", path, { cookie: here, body: { name: "Old phone" } })).json,
    ).toMatchObject({ name: "Old phone" });
    const stranger = await server.customer("devices.stranger@people.example");
    for (const method of ["PATCH", "DELETE"] as const)
      expect(
        (
          await server.ask(method, path, {
            cookie: stranger.cookie,
            ...(method === "PATCH" ? { body: { name: "x" } } : {}),
          })
        ).status,
      ).toBe(404);
    expect((await server.ask("DELETE", path, { cookie: here })).status).toBe(204);
    expect([await me(here), await me(there), await me(third)]).toEqual([200, 401, 200]);
    expect((await server.ask("DELETE", "/v1/me/sessions", { cookie: here })).status).toBe(204);
    expect([await me(here), await me(third)]).toEqual([200, 401]);
    const names = JSON.stringify(await database.db.query("SELECT d::text FROM identity.device d"));
    expect(names).not.toContain("Old phone");
  });

  it("takes no device and no session from a cookie that somebody planted", async () => {
    const email = "fixed@people.example";
    const { cookie: attacker } = await server.customer("fixing@people.example");
    await server.customer(email);
    const planted = `${attacker.replace(/jinqiao_session=[^;]+/, `jinqiao_session=${"A".repeat(43)}`)}`;
    const began = await post("/v1/sessions", { kind: "password", email, password: testPassword }, planted);
    const { signInId } = began.json as { signInId: string };
    await post(`/v1/sign-ins/${signInId}/codes`, { channel: "email" });
    const customerId = (await server.identity.customerByEmail(email))?.id ?? "";
    const code = await codeSentTo(server.identity.messages, { customerId });
    const entered = await post(`/v1/sign-ins/${signInId}/answers`, { kind: "email", code }, planted);
    expect(entered.status).toBe(201);
    expect(await me(planted)).toBe(401);
    // What the attacker planted is not the victim's device: with the password alone it does not open.
    expect(
      (await post("/v1/sessions", { kind: "password", email, password: testPassword }, attacker)).json,
    ).toMatchObject({ status: "second_factor_needed" });
  });

  it("freezes payments and signing in, and signs every device out, when the customer says that it was not them", async () => {
    const email = "notme@people.example";
    const { id, cookie } = await server.customer(email);
    const there = await server.enter(email);
    const [notice] = await told(id, "notice.new_device");
    const say = () => post("/v1/not-me", { token: notice?.undo });
    expect((await say()).status).toBe(204);
    expect([await me(cookie), await me(there)]).toEqual([401, 401]);
    expect(codeOf(await say())).toBe("identity.link_over");
    const again = await post("/v1/sessions", { kind: "password", email, password: testPassword });
    expect(codeOf(again)).toBe("freeze.sign_in");
    expect(codeOf(await post("/v1/sessions", { kind: "password", email, password: "wrong" }))).toBe(
      "identity.credentials_invalid",
    );
    const dump = JSON.stringify(await database.db.query("SELECT u::text FROM identity.undo_token u"));
    expect(dump).not.toContain(notice?.undo);
  });
});

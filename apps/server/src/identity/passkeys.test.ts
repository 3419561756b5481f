import type { PasskeyAssertion } from "@jinqiao/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthenticator, type Tampering } from "../../../../test/support/authenticator.ts";
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

/** Opens a wallet that has a passkey and no password. */
async function signUpWithPasskey(email: string, tampering?: Tampering) {
  clock.advance(1);
  const { signUpId } = (await post("/v1/sign-ups", { email, locale: "zh" })).json as { signUpId: string };
  const code = await codeSentTo(server.identity.messages, { email });
  const displayName = "林晓";
  const options = (await post(`/v1/sign-ups/${signUpId}/passkey-options`, { code, displayName })).json;
  const authenticator = createAuthenticator(testUrl);
  const passkey = authenticator.create(options, tampering);
  const answer = await post("/v1/customers", { signUpId, code, displayName, locale: "zh", passkey });
  return { authenticator, answer, cookie: cookieOf(answer.cookies) };
}

async function start() {
  return (await post("/v1/passkey-sign-ins")).json as {
    signInId: string;
    options: { challenge: string; rpId: string; userVerification: string; allowCredentials: [] };
  };
}
const answerWith = (signInId: string, credential: PasskeyAssertion) =>
  post("/v1/sessions", { kind: "passkey", signInId, credential });
const refused = { status: 422, json: { code: "identity.passkey_invalid" }, cookies: [] };

describe("a passkey", () => {
  it("opens a wallet without a password and signs in by itself, on a device that is new as well", async () => {
    const { authenticator, answer } = await signUpWithPasskey("pass@people.example");
    expect(answer).toMatchObject({ status: 201, json: { displayName: "林晓" } });
    const { signInId, options } = await start();
    expect(options).toMatchObject({ rpId: "localhost", userVerification: "required", allowCredentials: [] });
    const signedIn = await answerWith(signInId, authenticator.get(options));
    expect(signedIn).toMatchObject({ status: 201, json: { status: "signed_in" } });
    const me = await server.ask("GET", "/v1/me/security", { cookie: cookieOf(signedIn.cookies) });
    expect(me.json).toMatchObject({
      email: "p***@people.example",
      passwordChangedAt: null,
      passkeys: [{ lastUsedAt: clock.now().toISOString() }],
      confirmedUntil: expect.any(String),
    });
    expect(
      (await post("/v1/sessions", { kind: "password", email: "pass@people.example", password: "x" })).status,
    ).toBe(401);
  });

  it("answers a challenge once, the one it was given, and within five minutes", async () => {
    const { authenticator } = await signUpWithPasskey("replay@people.example");
    const first = await start();
    const credential = authenticator.get(first.options);
    expect((await answerWith(first.signInId, credential)).status).toBe(201);
    expect(await answerWith(first.signInId, credential)).toMatchObject(refused);

    const [one, other] = [await start(), await start()];
    expect(await answerWith(other.signInId, authenticator.get(one.options))).toMatchObject(refused);

    const late = await start();
    clock.advance(5 * 60_000 + 1);
    expect(await answerWith(late.signInId, authenticator.get(late.options))).toMatchObject(refused);
  });

  it("that answers twice at once lets one in", async () => {
    const { authenticator } = await signUpWithPasskey("race@people.example");
    const { signInId, options } = await start();
    const credential = authenticator.get(options);
    const answers = await Promise.all([1, 2, 3].map(() => answerWith(signInId, credential)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 422, 422]);
  });

  it.each<[string, Tampering]>([
    ["another origin", { origin: "https://jinqiao.example" }],
    ["another port", { origin: "http://localhost:7301" }],
    ["another site", { rpId: "jinqiao.example" }],
    ["a challenge of its own", { challenge: Buffer.alloc(32, 1).toString("base64url") }],
    ["nobody verified", { userVerified: false }],
    ["the answer to making one", { type: "webauthn.create" }],
    ["a payment's answer", { type: "payment.get" }],
    ["another person's handle", { userHandle: Buffer.from("cus_other").toString("base64url") }],
  ])("is refused with %s", async (_what, tampering) => {
    tampered ??= (await signUpWithPasskey("tampered@people.example")).authenticator;
    const { signInId, options } = await start();
    expect(await answerWith(signInId, tampered.get(options, tampering))).toMatchObject(refused);
  });
  let tampered: ReturnType<typeof createAuthenticator> | undefined;

  it("is refused when its signature is another one's, or its data was changed after it was signed", async () => {
    const { authenticator } = await signUpWithPasskey("signed@people.example");
    const stranger = createAuthenticator(testUrl);
    stranger.create({ challenge: "AA", rp: { id: "localhost" }, user: { id: "AA" } });
    const first = await start();
    const mine = authenticator.get(first.options);
    const theirs = stranger.get({ challenge: first.options.challenge });
    const forged = { ...mine, response: { ...mine.response, signature: theirs.response.signature } };
    expect(await answerWith(first.signInId, forged)).toMatchObject(refused);
    const second = await start();
    expect(
      await answerWith(second.signInId, stranger.get({ challenge: second.options.challenge })),
    ).toMatchObject(refused);
  });

  it("is refused when its counter goes back: somebody has a copy", async () => {
    const { authenticator } = await signUpWithPasskey("copied@people.example");
    const copy = authenticator.copy();
    for (const _time of [1, 2]) {
      const { signInId, options } = await start();
      expect((await answerWith(signInId, authenticator.get(options))).status).toBe(201);
    }
    const { signInId, options } = await start();
    expect(await answerWith(signInId, copy.get(options))).toMatchObject(refused);
  });

  it.each<[string, Tampering]>([
    ["another origin", { origin: "https://jinqiao.example" }],
    ["another site", { rpId: "jinqiao.example" }],
    ["nobody verified", { userVerified: false }],
    ["the answer to signing in", { type: "webauthn.get" }],
  ])("is not taken with %s", async (what, tampering) => {
    const email = `${what.replaceAll(" ", ".")}@people.example`;
    expect((await signUpWithPasskey(email, tampering)).answer).toMatchObject(refused);
  });

  it("of staff opens no wallet, and of a customer no console", async () => {
    const { authenticator } = await signUpWithPasskey("realm@people.example");
    const { signInId, options } = (await post("/v1/console/passkey-sign-ins")).json as Awaited<
      ReturnType<typeof start>
    >;
    const body = {
      kind: "passkey",
      signInId,
      credential: authenticator.get({ challenge: options.challenge }),
    };
    expect((await post("/v1/console/sessions", body)).status).not.toBe(201);
  });
});

describe("passkeys of a customer", () => {
  it("are added, named and removed, each with a new session token, and told on every channel", async () => {
    const { id, cookie: signedUp } = await server.customer("keys@people.example");
    const options = (await post("/v1/me/passkeys/options", undefined, signedUp)).json;
    const authenticator = createAuthenticator(testUrl);
    const body = { name: "My phone", credential: authenticator.create(options) };
    const added = await post("/v1/me/passkeys", body, signedUp);
    expect(added).toMatchObject({ status: 201, json: { name: "My phone", backedUp: false } });
    expect((await server.ask("GET", "/v1/me", { cookie: signedUp })).status).toBe(401);
    const cookie = cookieOf(added.cookies);

    const again = (await post("/v1/me/passkeys/options", undefined, cookie)).json as {
      excludeCredentials: unknown[];
    };
    expect(again.excludeCredentials).toHaveLength(1);
    expect((await post("/v1/me/passkeys", body, cookie)).status).toBe(422);

    const path = `/v1/me/passkeys/${(added.json as { id: string }).id}`;
    expect((await server.ask("PATCH", path, { cookie, body: { name: "手机" } })).json).toMatchObject({
      name: "手机",
    });
    const stranger = await server.customer("keys.stranger@people.example");
    expect(
      (await server.ask("PATCH", path, { cookie: stranger.cookie, body: { name: "mine" } })).status,
    ).toBe(404);
    expect((await server.ask("DELETE", path, { cookie: stranger.cookie })).status).toBe(404);
    expect((await server.ask("DELETE", path, { cookie })).status).toBe(204);
    const told = (await server.identity.messages.recent(20))
      .filter(({ to }) => "customerId" in to && to.customerId === id)
      .map(({ content }) => content.kind === "notice.security_changed" && content.what);
    expect(told).toEqual(expect.arrayContaining(["passkey_added", "passkey_removed"]));
  });

  it("keep the last way in", async () => {
    const { cookie } = await signUpWithPasskey("last@people.example");
    const { passkeys } = (await server.ask("GET", "/v1/me/security", { cookie })).json as {
      passkeys: { id: string }[];
    };
    const path = `/v1/me/passkeys/${passkeys[0]?.id}`;
    expect(await server.ask("DELETE", path, { cookie })).toMatchObject({
      status: 409,
      json: { code: "identity.last_way_in" },
    });
    const set = await post("/v1/me/password", { password: testPassword }, cookie);
    expect(set.status).toBe(204);
    expect((await server.ask("DELETE", path, { cookie: cookieOf(set.cookies) })).status).toBe(204);
  });
});

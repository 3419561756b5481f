import { errorsOf, type Route, routes } from "@jinqiao/contract";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createTestServer,
  type TestServer,
  testPassword,
  testUrl,
} from "../../../../../test/support/http-server.ts";
import { createServerDatabase } from "../../../../../test/support/server-database.ts";
import { createEventHub } from "./event-hub.ts";
import type { RouteHandler } from "./handler.ts";

let database: Awaited<ReturnType<typeof createServerDatabase>>;
let server: TestServer;
let customerCookie: string;
let staffCookie: string;
const reached: string[] = [];

/** Every route of the contract that identity and the event hub do not answer, with a handler that only says so. */
const others = (answered: readonly string[]): RouteHandler[] =>
  routes
    .filter((route) => !answered.includes(route.id) && route.produces !== "text/event-stream")
    .map((route) => ({
      route,
      run: async () => {
        reached.push(route.id);
      },
    }));

beforeAll(async () => {
  database = await createServerDatabase();
  const probe = await createTestServer(database.db);
  const answered = probe.identity.routes.map(({ route }) => route.id);
  await probe.close();
  server = await createTestServer(database.db, {
    eventHub: await createEventHub({ db: database.db, logger: pino({ level: "silent" }) }),
    handlers: others(answered),
  });
  customerCookie = (await server.customer("matrix@people.example")).cookie;
  staffCookie = await server.staff("operations");
});
afterAll(async () => {
  await server.close();
  await database.drop();
});

const addressOf = (route: Route): string => route.path.replaceAll(/\{\w+\}/g, "x");
const closed = routes.filter(({ audience }) => audience === "customer" || audience === "staff");
const writes = routes.filter(({ method }) => method !== "GET");
const body = (route: Route) => (route.body ? { body: {} } : {});

describe("who may ask", () => {
  it("has routes of every audience to try", () => {
    expect(closed.length).toBeGreaterThan(20);
    expect(new Set(closed.map(({ audience }) => audience)).size).toBe(2);
  });

  it.each(closed)("$method $path asks for a session", async (route) => {
    for (const cookie of [
      undefined,
      "jinqiao_session=x; jinqiao_staff=x",
      `jinqiao_session=${"a".repeat(43)}`,
    ]) {
      const answer = await server.ask(route.method, addressOf(route), {
        ...(cookie ? { cookie } : {}),
        ...body(route),
      });
      expect(answer).toMatchObject({ status: 401, json: { code: "identity.not_signed_in" } });
    }
    expect(errorsOf(route)).toContain("identity.not_signed_in");
  });

  it.each(closed)("$method $path is not opened by the other audience's session", async (route) => {
    const customerToken = customerCookie.split("=", 2)[1];
    const staffToken = staffCookie.split("=", 2)[1];
    // Neither the other cookie, nor the other's token under the right name.
    const cookies =
      route.audience === "customer"
        ? [staffCookie, `jinqiao_session=${staffToken}`]
        : [customerCookie, `jinqiao_staff=${customerToken}`];
    for (const cookie of cookies)
      expect(await server.ask(route.method, addressOf(route), { cookie, ...body(route) })).toMatchObject({
        status: 401,
        json: { code: "identity.not_signed_in" },
      });
    expect(reached).not.toContain(route.id);
  });
});

describe("writes from other sites", () => {
  const headersOfOthers = [
    { "sec-fetch-site": "cross-site" },
    // Another port of this machine, such as the sandbox bank's, is the same site and still another origin.
    { "sec-fetch-site": "same-site", origin: "http://localhost:7310" },
    { origin: "https://evil.example" },
    { origin: "null" },
  ];
  it.each(writes.filter(({ audience }) => audience !== "bank"))(
    "$method $path refuses them before anything else",
    async (route) => {
      for (const headers of headersOfOthers)
        expect(
          await server.ask(route.method, addressOf(route), {
            cookie: `${customerCookie}; ${staffCookie}`,
            headers: { origin: headers.origin ?? testUrl, ...headers } as Record<string, string>,
            ...body(route),
          }),
        ).toMatchObject({ status: 403, json: { code: "request.cross_site" } });
      expect(errorsOf(route)).toContain("request.cross_site");
    },
  );

  it("refuses a write with a cookie that says nothing of where it comes from", async () => {
    const answer = await server.http.inject({
      method: "DELETE",
      url: "/v1/sessions/current",
      headers: { cookie: customerCookie },
    });
    expect(answer.statusCode).toBe(403);
  });

  it("lets our own pages, programs without cookies, and banks pass", async () => {
    const me = (headers: Record<string, string>) =>
      server.ask("PATCH", "/v1/me", { cookie: customerCookie, body: { locale: "zh" }, headers });
    expect((await me({ "sec-fetch-site": "same-origin", origin: "http://127.0.0.1:7300" })).status).toBe(200);
    expect((await me({ "sec-fetch-site": "none" })).status).toBe(200);
    expect((await me({ origin: testUrl })).status).toBe(200);
    const program = await server.http.inject({
      method: "POST",
      url: "/v1/sessions",
      payload: { kind: "password", email: "matrix@people.example", password: testPassword },
    });
    expect(program.statusCode).toBe(201);
    const bank = await server.http.inject({
      method: "POST",
      url: "/v1/bank-notices/harbour",
      headers: { origin: "https://bank.example" },
      payload: {},
    });
    expect(bank.statusCode).toBe(202);
  });
});

describe("cookies", () => {
  it("are out of the reach of scripts and other sites, and travel over https only where we are on https", async () => {
    const credentials = { kind: "password", email: "matrix@people.example", password: testPassword };
    const known = { body: credentials, cookie: customerCookie };
    const plain = (await server.ask("POST", "/v1/sessions", known)).cookies;
    expect(plain).toContainEqual(
      expect.stringMatching(/^jinqiao_session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Lax$/),
    );
    expect(plain).toContainEqual(
      expect.stringMatching(
        /^jinqiao_device=[\w.-]{43,}; Max-Age=34560000; Path=\/; HttpOnly; SameSite=Strict$/,
      ),
    );

    const publicUrl = "https://wallet.example.com";
    const https = await createTestServer(database.db, { publicUrl });
    // The prefix keeps other hosts and paths from setting it: RFC 6265bis, section 4.1.3.2.
    const answer = await https.ask("POST", "/v1/sessions", {
      body: credentials,
      cookie: customerCookie.replaceAll("jinqiao_", "__Host-jinqiao_"),
    });
    expect(answer.cookies).toContainEqual(
      expect.stringMatching(/^__Host-jinqiao_session=.*Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    );
    expect(answer.headers["strict-transport-security"]).toContain("max-age=31536000");
    await https.close();
  });
});

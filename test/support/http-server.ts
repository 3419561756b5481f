import type { Staff } from "@jinqiao/contract";
import type { InjectOptions } from "fastify";
import { pino } from "pino";
import { createIdentity, type Identity } from "../../apps/server/src/identity/index.ts";
import { type Clock, systemClock } from "../../apps/server/src/platform/clock.ts";
import type { Db } from "../../apps/server/src/platform/db.ts";
import { createSubscriptions } from "../../apps/server/src/platform/events.ts";
import type { RouteHandler } from "../../apps/server/src/platform/http/handler.ts";
import {
  createHttpServer,
  type HttpServer,
  type HttpServerOptions,
} from "../../apps/server/src/platform/http/server.ts";
import { createIds } from "../../apps/server/src/platform/ids.ts";
import { createVault } from "../../apps/server/src/vault/index.ts";
import { codeOf, codeSentTo, staffCode } from "./codes.ts";

/** Everything the tests' people have as their password. */
export const testPassword = "correct horse battery";
export const testUrl = "http://localhost:7300";

export type TestServer = HttpServer & {
  identity: Identity;
  /** Asks without a socket; JSON bodies are written, and the answer's JSON is read. */
  ask(
    method: "GET" | "POST" | "PATCH" | "DELETE",
    url: string,
    options?: { body?: unknown; cookie?: string; headers?: Record<string, string> },
  ): Promise<{ status: number; json: never; headers: Record<string, string>; cookies: string[] }>;
  /** Opens a wallet and answers the cookie of its session. */
  customer(email: string, displayName?: string): Promise<{ id: string; cookie: string }>;
  /** Signs a customer in by password and the code that is sent by mail, as on a device that is new; answers the cookies. */
  enter(email: string, password?: string): Promise<string>;
  /** Answers the cookie of a member of staff of that role. */
  staff(role: Staff["role"]): Promise<string>;
  /** Signs in somebody who was seeded with the password of tests; answers the cookie. */
  staffSession(email: string): Promise<string>;
};

/** The real HTTP server with the real identity module, on a migrated database; limits are out of the way. */
export async function createTestServer(
  db: Db,
  options: Partial<Omit<HttpServerOptions, "handlers">> & {
    clock?: Clock;
    handlers?: RouteHandler[];
    staffSignIn?: "passkey" | "password";
  } = {},
): Promise<TestServer> {
  const clock = options.clock ?? systemClock;
  const identity = createIdentity({
    db,
    clock,
    ids: createIds(clock),
    subscriptions: createSubscriptions(),
    secret: Buffer.alloc(32, 7),
    staffSignIn: options.staffSignIn ?? "password",
    vault: createVault({ masterKey: Buffer.alloc(32, 8).toString("base64") }),
    publicUrl: options.publicUrl ?? testUrl,
  });
  const server = await createHttpServer({
    db,
    logger: options.logger ?? pino({ level: "silent" }),
    sessions: identity,
    publicUrl: testUrl,
    ready: async () => true,
    rateLimitFactor: 1_000,
    strict: true,
    ...options,
    handlers: [...identity.routes, ...(options.handlers ?? [])],
  });
  const ask: TestServer["ask"] = async (method, url, { body, cookie, headers = {} } = {}) => {
    const answer = await server.http.inject({
      method,
      url,
      headers: {
        origin: options.publicUrl ?? testUrl,
        ...(cookie === undefined ? {} : { cookie }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : {
            payload: (typeof body === "string" ? body : JSON.stringify(body)) as InjectOptions["payload"] &
              string,
          }),
    });
    const setCookie = answer.headers["set-cookie"] ?? [];
    return {
      status: answer.statusCode,
      json: (answer.body.startsWith("{") ? answer.json() : undefined) as never,
      headers: answer.headers as Record<string, string>,
      cookies: Array.isArray(setCookie) ? setCookie : [setCookie],
    };
  };
  async function staffSession(email: string): Promise<string> {
    const body = { kind: "password", email, password: testPassword };
    const started = await ask("POST", "/v1/console/sessions", { body });
    if (started.status !== 201) throw new Error(`the start of a sign-in of staff answered ${started.status}`);
    const { signInId } = started.json as { signInId: string };
    const code = await staffCode(identity.messages, db, signInId);
    const answer = await ask("POST", `/v1/console/sign-ins/${signInId}/answers`, { body: { code } });
    if (answer.status !== 201) throw new Error(`a sign-in of staff answered ${answer.status}`);
    return cookieOf(answer.cookies);
  }
  return {
    ...server,
    identity,
    staffSession,
    ask,
    async customer(email, displayName = "Ada Lovelace") {
      const started = await ask("POST", "/v1/sign-ups", { body: { email, locale: "en" } });
      if (started.status !== 202) throw new Error(`the start of a sign-up answered ${started.status}`);
      const { signUpId } = started.json as { signUpId: string };
      const code = await codeSentTo(identity.messages, { email: email.trim().toLowerCase() });
      const body = { signUpId, code, password: testPassword, displayName, locale: "en" };
      const answer = await ask("POST", "/v1/customers", { body });
      if (answer.status !== 201) throw new Error(`sign-up answered ${answer.status}`);
      return { id: (answer.json as { id: string }).id, cookie: cookieOf(answer.cookies) };
    },
    async enter(email, password = testPassword) {
      const began = await ask("POST", "/v1/sessions", { body: { kind: "password", email, password } });
      const { signInId } = began.json as { signInId: string };
      const customerId = (await identity.customerByEmail(email))?.id ?? "";
      const code = await codeOf(identity.messages, { customerId }, () =>
        ask("POST", `/v1/sign-ins/${signInId}/codes`, { body: { channel: "email" } }),
      );
      const body = { kind: "email", code };
      const answer = await ask("POST", `/v1/sign-ins/${signInId}/answers`, { body });
      if (answer.status !== 201) throw new Error(`the second factor answered ${answer.status}`);
      return cookieOf(answer.cookies);
    },
    async staff(role) {
      const email = `${role}@staff.example`;
      await identity.seedDemo({
        password: testPassword,
        customers: [],
        staff: [{ email, displayName: role, role }],
      });
      return staffSession(email);
    },
  };
}

/** What a browser sends back of the cookies it was given. */
export function cookieOf(setCookie: readonly string[]): string {
  return setCookie.map((line) => line.split(";", 1)[0]).join("; ");
}

import { Readable } from "node:stream";
import { errorsOf, type Route } from "@jinqiao/contract";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { assert, type FieldProblem, Refusal } from "../errors.ts";
import { refuseCrossSite } from "./cross-site.ts";
import type { Context, FileAnswer, RouteHandler } from "./handler.ts";
import { type Attempt, attemptOf, type EarlierAnswers } from "./idempotency.ts";
import { type KeyCall, keyCallOf, keyOf, versionOf } from "./key-calls.ts";
import { fieldProblems } from "./problems.ts";
import { accountNamed, createRateLimiter, type GeneralLimiter, tightLimits } from "./rate-limits.ts";
import {
  type Caller,
  callerIdOf,
  callerOf,
  cookieName,
  type MerchantLookup,
  requireScope,
  type SessionLookup,
  setCookie,
} from "./sessions.ts";
import { unstorableTexts } from "./storable-text.ts";

export type ContractRouteDeps = {
  earlierAnswer: EarlierAnswers;
  sessions: SessionLookup;
  merchants?: MerchantLookup | undefined;
  /** Told of every call by an API key once it is answered. */
  onKeyCall?: ((call: KeyCall) => void) | undefined;
  general: GeneralLimiter;
  publicOrigin: string;
  /** Cookies travel over https only. */
  secure: boolean;
  /** Treat what only a bug does (an undeclared error code, an answer that breaks the contract) as a failure. */
  strict: boolean;
  rateLimitFactor: number;
};

/** Registers one contract route: refusals in a fixed order, then the use case, then the answer in its declared form. */
export function registerContractRoute(
  http: FastifyInstance,
  handler: RouteHandler,
  deps: ContractRouteDeps,
): void {
  const { route } = handler;
  const inputs = inputsOf(route);
  const allowedCodes: ReadonlySet<string> = new Set(errorsOf(route));
  const limit = createRateLimiter(http, tightLimits[route.id] ?? [], deps.rateLimitFactor);
  const callers = new WeakMap<FastifyRequest, Caller>();

  http.route({
    method: route.method,
    url: pathOf(route),
    ...(route.acceptsFile === undefined ? {} : { bodyLimit: route.acceptsFile.maxBytes }),
    config: { acceptsFile: route.acceptsFile !== undefined },
    // Before the body is read: a stranger's body costs us nothing.
    onRequest: async (request, reply) => {
      refuseCrossSite(route, request, deps.publicOrigin);
      const caller = await callerOf(route, request, deps).catch(async (error: unknown) => {
        const unknown = error instanceof Refusal && error.code === "merchant.not_authenticated";
        if (unknown && keyOf(request)) await deps.general.keyUnknown(request);
        throw error;
      });
      callers.set(request, caller);
      if (caller.merchant === undefined) return;
      if (caller.merchant.by.kind === "key") deps.general.keyFound(request);
      reply.header("jinqiao-version", versionOf(request, caller.merchant));
      requireScope(route, caller.merchant);
    },
    onResponse: (request, reply, done) => {
      const call = keyCallOf(route, request, reply, callers.get(request)?.merchant);
      if (call !== undefined) deps.onKeyCall?.(call);
      done();
    },
    handler: async (request, reply) => {
      const caller = callers.get(request) ?? {};
      const input = parse(inputs, request);
      const callerId = callerIdOf(caller);
      await limit(request, { callerId, account: accountNamed(route, input.body) });

      let attempt: Attempt | undefined;
      if (route.idempotent) {
        assert(callerId !== undefined, `idempotent route ${route.id} has a caller`);
        const { params, body } = input;
        attempt = attemptOf(route, callerId, request.headers["idempotency-key"], { params, body });
        const earlier = await deps.earlierAnswer(attempt);
        if (earlier) return answer(reply, route, earlier.result, deps.strict);
      }
      try {
        const result = await handler.run(
          contextOf(request, reply, { input, caller, attempt, secure: deps.secure }),
        );
        return answer(reply, route, result, deps.strict);
      } catch (error) {
        if (error instanceof Refusal && !allowedCodes.has(error.code)) {
          request.log.error(
            { route: route.id, code: error.code },
            "a route answered a code it does not declare",
          );
          assert(!deps.strict, `${route.id} declares ${error.code}`);
        }
        throw error;
      }
    },
  });
}

/** `/v1/payments/{paymentId}` as the router writes it. */
export function pathOf(route: Route): string {
  return route.path.replaceAll(/\{(\w+)\}/g, ":$1");
}

type Inputs = { params: z.ZodType; query: z.ZodType; body: z.ZodType };
type Input = { params: unknown; query: unknown; body: unknown };

const nothing = z.strictObject({}).optional();
const sentFile = z.instanceof(Uint8Array);

/**
 * The schemas a request is held to. Unknown query parameters are refused like unknown fields, but not where a bank
 * sends a browser back: banks add parameters of their own.
 */
function inputsOf(route: Route): Inputs {
  const open = route.audience === "public" || route.audience === "bank";
  const query = route.query ?? z.object({});
  return {
    params: route.params ?? z.object({}),
    query: open ? query : query.strict(),
    body: route.body ?? (route.acceptsFile === undefined ? nothing : sentFile),
  };
}

/** @throws Refusal `request.invalid` with a problem for every wrong field */
function parse(inputs: Inputs, request: FastifyRequest): Input {
  const fields: FieldProblem[] = [];
  const one = (part: keyof Input): unknown => {
    const value = request[part];
    const parsed = inputs[part].safeParse(value);
    if (!parsed.success) {
      fields.push(...fieldProblems(parsed.error, value));
      return undefined;
    }
    // What was parsed, not what was sent: unknown parameters of banks are nobody's matter.
    fields.push(...unstorableTexts(parsed.data));
    return parsed.data;
  };
  const input = { params: one("params"), query: one("query"), body: one("body") };
  if (fields.length > 0) throw new Refusal("request.invalid", { fields });
  return input;
}

function contextOf(
  request: FastifyRequest,
  reply: FastifyReply,
  known: { input: Input; caller: Caller; attempt: Attempt | undefined; secure: boolean },
): Context {
  const { input, caller, attempt, secure } = known;
  return {
    params: input.params as Context["params"],
    query: input.query as Context["query"],
    body: input.body as Context["body"],
    get file() {
      assert(input.body instanceof Uint8Array, "a route that accepts a file has one");
      return input.body;
    },
    get customerId() {
      assert(caller.customerId, "a route for customers has a customer");
      return caller.customerId;
    },
    get session() {
      assert(caller.session, "a route for customers has a session");
      return caller.session;
    },
    get staff() {
      assert(caller.staff, "a route for staff has a member of staff");
      return caller.staff;
    },
    get merchant() {
      assert(caller.merchant, "a route for merchants has a merchant");
      return caller.merchant;
    },
    get idempotency() {
      assert(attempt, "an idempotent route has a key");
      return attempt;
    },
    requestId: request.id,
    clientIp: request.ip,
    userAgent: (request.headers["user-agent"] ?? "").slice(0, 400),
    setCookie: (name, value, maxAgeSeconds) => setCookie(reply, name, value, { maxAgeSeconds, secure }),
    clearCookie: (name) => setCookie(reply, name, "", { maxAgeSeconds: 0, secure }),
    cookie: (name) => request.cookies[cookieName(name, secure)],
  };
}

/** Sends what the use case gave in the form the route declares; fields the contract does not know are left out. */
function answer(reply: FastifyReply, route: Route, result: unknown, strict: boolean): FastifyReply {
  if (route.produces === "redirect")
    return reply.redirect((result as { redirect: string }).redirect, route.status);
  reply.code(route.status);
  if (route.produces === "file") return sendFile(reply, result as FileAnswer);
  if (route.response === undefined) return reply.send();
  const parsed = route.response.safeParse(result);
  if (parsed.success) return reply.send(parsed.data);
  const where = parsed.error.issues.map((issue) => `${issue.path.join(".")} (${issue.code})`).join(", ");
  // The work is done and stored: outside tests a person is better served by the answer as it is.
  reply.log.error({ route: route.id, where }, "an answer breaks the contract");
  assert(!strict, `the answer of ${route.id} follows the contract: ${where}`);
  return reply.send(result);
}

/**
 * Sends a file as it is made, so that a long one is never whole in memory. When making it fails on the way, the
 * connection is broken off: a browser then says that the download failed, and keeps no half file. Source of the
 * header: RFC 6266, section 4.
 */
function sendFile(reply: FastifyReply, { name, asciiName, mediaType, content }: FileAnswer): FastifyReply {
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return reply
    .header("content-disposition", `attachment; filename="${asciiName}"; filename*=UTF-8''${encoded}`)
    .type(mediaType)
    .send(Readable.from(content, { objectMode: false }));
}

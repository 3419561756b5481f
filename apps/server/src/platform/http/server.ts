import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import fastifyCookie from "@fastify/cookie";
import fastifyHelmet from "@fastify/helmet";
import fastifyRateLimit from "@fastify/rate-limit";
import { streamConsoleEvents, streamEvents } from "@jinqiao/contract";
import fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from "fastify";
import { type Answers, plainAnswers } from "../answers.ts";
import type { Db } from "../db.ts";
import { Refusal } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { registerContractRoute } from "./contract-routes.ts";
import type { EventHub } from "./event-hub.ts";
import { registerEventStream } from "./event-stream.ts";
import type { RouteHandler } from "./handler.ts";
import { createEarlierAnswers } from "./idempotency.ts";
import { type KeyCall, noteRefusal } from "./key-calls.ts";
import { registerPages, type WebDirs } from "./pages.ts";
import { type PlainRoute, registerPlainRoutes } from "./plain-routes.ts";
import { problemOf, problemType, refusalOf } from "./problems.ts";
import { createGeneralLimiter } from "./rate-limits.ts";
import type { MerchantLookup, SessionLookup } from "./sessions.ts";

export type HttpServerOptions = {
  db: Db;
  logger: Logger;
  handlers: readonly RouteHandler[];
  /** Files in the form of another standard, for everybody. */
  files?: readonly PlainRoute[];
  sessions: SessionLookup;
  /** Who acts for merchants; without it no key and no team is known. */
  merchants?: MerchantLookup;
  /** Told of every call by an API key once it is answered. */
  onKeyCall?: (call: KeyCall) => void;
  /** How answers for repeated requests are kept; as they are when absent. */
  answers?: Answers;
  /** Live events; without it the event routes do not exist. */
  eventHub?: EventHub;
  /** Address people open, an origin such as `https://wallet.example.com`. */
  publicUrl: string;
  webDirs?: WebDirs;
  /** Whether the process can do its work now, for /readyz. */
  ready(): Promise<boolean>;
  /** Addresses of proxies whose X-Forwarded-For is believed. */
  trustProxy?: false | string;
  /** Multiplies every rate limit. */
  rateLimitFactor?: number;
  /** In tests and development: an undeclared error code or an answer that breaks the contract is a failure. */
  strict?: boolean;
};

export type HttpServer = {
  /** For tests without a socket. */
  readonly http: FastifyInstance;
  /** Answers the address it listens on. @throws when the port is in use */
  listen(address: { host: string; port: number }): Promise<string>;
  /** Takes no new requests, ends the event streams, and waits for requests under way, at most `graceMs`. */
  close(graceMs?: number): Promise<void>;
};

/** Largest body of a request, in bytes. */
const bodyLimit = 64 * 1024;

/**
 * The way of a request: request id → general limit → cross-site check → who is asking → body → fields → limits of the
 * route → idempotency → use case → answer. Refusals leave at any point, always as RFC 9457 problems.
 */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { sessions, handlers, rateLimitFactor = 1, strict = false } = options;
  const earlierAnswer = createEarlierAnswers(options.db, options.answers ?? plainAnswers);
  const publicOrigin = new URL(options.publicUrl).origin;
  const secure = publicOrigin.startsWith("https:");
  let closing = false;
  // The line of each request is made of our own words alone: nothing in it needs to be looked for and taken out.
  const lines = options.logger.child({}, { redact: [] });

  const http = fastify({
    loggerInstance: options.logger,
    // Our own line below names the route, never the address with its ids.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "requestId" }),
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    bodyLimit,
    requestTimeout: 30_000,
    trustProxy: options.trustProxy ?? false,
    exposeHeadRoutes: false,
    // Answered below as a problem, like everything else.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => sendProblem(error, request, reply as FastifyReply),
    clientErrorHandler: (error, socket) => refuseUnreadable(error, socket as Socket),
  }) as unknown as FastifyInstance;

  http.setErrorHandler(sendProblem);
  readJsonOnly(http);
  await http.register(fastifyCookie);
  await http.register(fastifyHelmet, securityHeaders(secure));
  await http.register(fastifyRateLimit, { global: false });

  const general = createGeneralLimiter(http, rateLimitFactor);
  http.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id);
    if (closing) {
      reply.header("connection", "close");
      throw new Refusal("server.unavailable");
    }
    if (!isCounted(request.url)) return;
    reply.header("cache-control", "no-store");
    await general.count(request);
  });
  http.addHook("onResponse", async (request, reply) => {
    if (!isCounted(request.url)) return;
    const matched = request.routeOptions.url;
    const route = matched !== undefined && isCounted(matched) ? matched : "none";
    const durationMs = Math.round(reply.elapsedTime);
    lines.info(
      { requestId: request.id, method: request.method, route, status: reply.statusCode, durationMs },
      "request",
    );
  });

  http.get("/healthz", async () => ({ status: "alive" }));
  http.get("/readyz", async (_request, reply) => {
    reply.header("cache-control", "no-store");
    if (!(await options.ready().catch(() => false))) throw new Refusal("server.unavailable");
    return { status: "ready" };
  });
  for (const handler of handlers)
    registerContractRoute(http, handler, {
      earlierAnswer,
      sessions,
      merchants: options.merchants,
      onKeyCall: options.onKeyCall,
      general,
      publicOrigin,
      secure,
      strict,
      rateLimitFactor,
    });
  registerPlainRoutes(http, options.files ?? []);
  if (options.eventHub)
    for (const route of [streamEvents, streamConsoleEvents])
      registerEventStream(http, route, { eventHub: options.eventHub, sessions, secure });
  await registerPages(http, options.webDirs ?? {});
  const quiet = quietConnections(http);
  http.addHook("preClose", async () => {
    // Streams would keep the server from closing for as long as pages are open.
    await options.eventHub?.close();
    quiet.close();
  });

  return {
    http,
    listen: ({ host, port }) => http.listen({ host, port }),
    async close(graceMs = 10_000) {
      closing = true;
      const impatience = setTimeout(() => http.server.closeAllConnections(), graceMs);
      await http.close();
      clearTimeout(impatience);
    },
  };
}

/** Everything that costs the database something: the API and the transparency log. */
const isCounted = (path: string): boolean => path.startsWith("/v1/") || path.startsWith("/log/");

function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { refusal, expected } = refusalOf(error);
  if (!expected) request.log.error({ err: error, route: request.routeOptions?.url }, "request failed");
  noteRefusal(request, refusal.code);
  const { problem, retryAfter } = problemOf(refusal, request.id);
  if (retryAfter !== undefined) reply.header("retry-after", String(retryAfter));
  void reply.code(problem.status).type(problemType).send(JSON.stringify(problem));
}

/** What cannot be read as HTTP at all is answered by hand, because there is no request yet. */
function refuseUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed || !socket.writable) return;
  const { problem } = problemOf(new Refusal("request.invalid"), randomUUID());
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 400 Bad Request\r\ncontent-type: ${problemType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

/**
 * Connections on which nothing is being answered. Browsers open some ahead of need, and Node waits for a first
 * request on those when it closes, instead of closing them.
 */
function quietConnections(http: FastifyInstance): { close(): void } {
  const quiet = new Set<Socket>();
  let closing = false;
  http.server.on("connection", (socket) => {
    quiet.add(socket);
    socket.once("close", () => quiet.delete(socket));
  });
  http.server.on("request", ({ socket }, response) => {
    quiet.delete(socket);
    response.once("close", () => {
      if (closing) socket.end();
      else if (!socket.destroyed) quiet.add(socket);
    });
  });
  return {
    close() {
      closing = true;
      for (const socket of quiet) socket.destroy();
    },
  };
}

/**
 * JSON is the one media type of the API, except on routes that accept a file. An empty body is no body: some clients
 * name a type on every request.
 */
function readJsonOnly(http: FastifyInstance): void {
  const parse = http.getDefaultJsonParser("error", "error");
  http.removeAllContentTypeParsers();
  http.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body === "") done(null, undefined);
    else parse(request, body as string, done);
  });
  // Security event tokens of banks (RFC 8417); who may send one is the route's matter.
  http.addContentTypeParser("application/jwt", { parseAs: "string" }, (_request, body, done) => {
    done(null, { token: body });
  });
  http.addContentTypeParser("application/octet-stream", { parseAs: "buffer" }, (request, body, done) => {
    const { acceptsFile } = request.routeOptions.config as { acceptsFile?: boolean };
    if (acceptsFile) done(null, body);
    else done(new Refusal("request.media_type"), undefined);
  });
}

/**
 * Scripts, styles and connections come from us alone, and nobody frames our pages. Sources: Content Security Policy
 * Level 3 (W3C); OWASP Secure Headers.
 */
function securityHeaders(secure: boolean) {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
      },
    },
    // Not "no-referrer": browsers would then hide the Origin that tells our own pages from others.
    referrerPolicy: { policy: "same-origin" as const },
    strictTransportSecurity: secure ? { maxAge: 31_536_000 } : false,
    xFrameOptions: { action: "deny" as const },
  };
}

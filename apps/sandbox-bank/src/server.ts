/** The bank's HTTP side: interface, authorisation server, pages and script API on one port. */
import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import cookie from "@fastify/cookie";
import formbody from "@fastify/formbody";
import Fastify, { type FastifyInstance } from "fastify";
import type { Bank } from "./context.ts";
import { type CallAction, takeCallFault } from "./faults/faults.ts";
import { createAuthorisationServer } from "./oauth/provider.ts";
import { registerConsentPages } from "./pages/consent-pages.ts";
import { registerAssets } from "./pages/layout.ts";
import { registerOnlineBanking } from "./pages/online-pages.ts";
import { registerPaymentPages } from "./pages/payment-pages.ts";
import { registerBackoffice } from "./script/backoffice.ts";
import { registerScript } from "./script/routes.ts";
import { accountEndpoints } from "./xs2a/account-endpoints.ts";
import { consentEndpoints } from "./xs2a/consent-endpoints.ts";
import { createXs2aDefinition } from "./xs2a/definition.ts";
import { paymentEndpoints } from "./xs2a/payment-endpoints.ts";
import { registerXs2a } from "./xs2a/pipeline.ts";

/** A port that is open already, so that the bank knows its own address before it builds anything. */
export interface OpenPort {
  server: Server;
  port: number;
}

/** Opens the port; callers get 503 until the bank is ready. Throws the system's error when the port is in use. */
export async function openPort(host: string, port: number): Promise<OpenPort> {
  const server = createServer();
  const early = (_request: unknown, response: ServerResponse) => {
    if (server.listenerCount("request") === 1) response.writeHead(503).end();
  };
  server.on("request", early);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return { server, port: (server.address() as AddressInfo).port };
}

/** Builds the application on the open port and starts answering. */
export async function serve(
  bank: Bank,
  open: OpenPort,
  options: { validateResponses: boolean },
): Promise<FastifyInstance> {
  let answer: RequestListener | undefined;
  const app = Fastify({
    serverFactory: (handler) => {
      answer = handler as RequestListener;
      return open.server;
    },
    logger: false,
    bodyLimit: 256 * 1024,
    forceCloseConnections: true,
  });
  const provider = createAuthorisationServer(bank);
  app.get("/healthz", async () => ({ status: "ok" }));
  app.get("/readyz", async (_request, reply) => {
    await bank.db.query("SELECT 1").catch(() => reply.code(503));
    return { status: reply.statusCode === 200 ? "ready" : "database unreachable" };
  });

  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("application/json", { parseAs: "string" }, (_request, text, done) => {
      // An empty body counts as none: POST …/authorisations carries nothing in the redirect approach.
      if (text === "") return done(null, undefined);
      try {
        done(null, JSON.parse(text as string));
      } catch {
        done(Object.assign(new Error("invalid JSON"), { statusCode: 400 }));
      }
    });
    const definition = createXs2aDefinition();
    registerXs2a(scope, { bank, provider, definition, validateResponses: options.validateResponses }, [
      ...consentEndpoints(bank),
      ...accountEndpoints(bank),
      ...paymentEndpoints(bank),
    ]);
  });

  await app.register(async (scope) => {
    // The authorisation server reads its own bodies.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
    const callback = provider.callback();
    for (const url of ["/oauth/*", "/.well-known/*"]) {
      scope.all(url, async (request, reply) => {
        if (request.url.startsWith("/oauth/token")) {
          const action = await tokenFault(bank);
          if (action === "answered") {
            return reply
              .code(503)
              .header("cache-control", "no-store")
              .send({ error: "temporarily_unavailable" });
          }
          if (action === "lost") {
            request.raw.socket.destroy();
            return reply.hijack();
          }
          if (action === "lose-answer") {
            // The token is issued and stored; only the answer never leaves.
            reply.raw.end = () => {
              request.raw.socket.destroy();
              return reply.raw;
            };
          }
        }
        reply.hijack();
        await callback(request.raw, reply.raw);
        return reply;
      });
    }
  });

  await app.register(async (scope) => {
    await scope.register(cookie);
    await scope.register(formbody);
    await registerAssets(scope);
    registerConsentPages(scope, bank, provider);
    registerPaymentPages(scope, bank);
    registerOnlineBanking(scope, bank);
    registerBackoffice(scope, bank);
  });
  await app.register(async (scope) => registerScript(scope, bank));
  await app.ready();
  // Only now: a request that reaches the application before it is ready ends the process.
  open.server.removeAllListeners("request");
  if (answer) open.server.on("request", answer);
  return app;
}

/** Faults of the token endpoint, which belongs to the authorisation server and has no XS2A pipeline. */
async function tokenFault(bank: Bank): Promise<"none" | "answered" | "lost" | "lose-answer"> {
  const fault = await takeCallFault(bank.db, "token", null);
  const action: CallAction | undefined = fault?.action as CallAction | undefined;
  if (fault === undefined || action === undefined) return "none";
  const waits = action === "delay" || action === "timeout-before";
  if (waits) await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
  if (action === "delay") return "none";
  if (action === "error" || action === "refuse") return "answered";
  return action.endsWith("-before") ? "lost" : "lose-answer";
}

/** The bank's HTTP side: interface, authorisation server, pages and script API on one port. */
import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import cookie from "@fastify/cookie";
import formbody from "@fastify/formbody";
import Fastify, { type FastifyInstance } from "fastify";
import type { Bank } from "./context.ts";
import type { SandboxDialect } from "./dialects.ts";
import { registerAssets } from "./pages/layout.ts";
import { registerOnlineBanking } from "./pages/online-pages.ts";
import { registerBackoffice } from "./script/backoffice.ts";
import { registerScript } from "./script/routes.ts";
import { CertificateRefused, problemOf } from "./tls/entrance.ts";

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
  dialect: SandboxDialect,
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
  app.decorate("bankName", bank.name);
  const { apiPaths = [] } = dialect;
  if (bank.entrance !== undefined)
    app.addHook("onRequest", async ({ url, raw }) => {
      if (!apiPaths.some((path) => url.startsWith(path))) return;
      const problem = problemOf(raw.socket);
      if (problem !== undefined) throw new CertificateRefused(problem);
    });
  app.get("/healthz", async () => ({ status: "ok" }));
  app.get("/readyz", async (_request, reply) => {
    await bank.db.query("SELECT 1").catch(() => reply.code(503));
    return { status: reply.statusCode === 200 ? "ready" : "database unreachable" };
  });

  // A bank speaks one dialect: its interface, its way to authorise companies, its pages for consent and payment.
  await dialect.register(app, bank, options);

  await app.register(async (scope) => {
    await scope.register(cookie);
    await scope.register(formbody);
    await registerAssets(scope);
    await dialect.registerPages?.(scope, bank);
    registerOnlineBanking(scope, bank);
    registerBackoffice(scope, bank);
  });
  await app.register(async (scope) => registerScript(scope, bank, dialect));
  await app.ready();
  // Only now: a request that reaches the application before it is ready ends the process.
  open.server.removeAllListeners("request");
  if (answer) for (const server of [open.server, bank.entrance?.server]) server?.on("request", answer);
  return app;
}

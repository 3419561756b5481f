/** UK Open Banking v4.0 with its authorisation server, wired onto the bank's port. */
import type { FastifyInstance } from "fastify";
import type Provider from "oidc-provider";
import type { Bank } from "../context.ts";
import type { SandboxDialect } from "../dialects.ts";
import { cutAnswer } from "../faults/cut-answer.ts";
import { takeCallFault } from "../faults/faults.ts";
import { accountEndpoints } from "./account-endpoints.ts";
import { createUkDefinition } from "./definition.ts";
import { eventEndpoints, tellChanges } from "./events.ts";
import { fundsEndpoints } from "./funds-endpoints.ts";
import { orderEndpoints } from "./order-endpoints.ts";
import { executeDueOrders } from "./orders.ts";
import { registerUkPages } from "./pages.ts";
import { paymentEndpoints } from "./payment-endpoints.ts";
import { registerUk } from "./pipeline.ts";
import { carriesNonce, forgetProofs } from "./possession.ts";
import { createUkAuthorisationServer } from "./provider.ts";

export function ukOpenBanking(): SandboxDialect {
  let provider: Provider | undefined;
  const authorisationServer = (bank: Bank) => {
    provider ??= createUkAuthorisationServer(bank);
    return provider;
  };
  return {
    apiPaths: ["/open-banking/"],
    async register(app, bank, options) {
      const server = authorisationServer(bank);
      await app.register(async (scope) => {
        const definition = createUkDefinition();
        registerUk(scope, { bank, provider: server, definition, ...options }, [
          ...accountEndpoints(bank),
          ...paymentEndpoints(bank),
          ...orderEndpoints(bank),
          ...fundsEndpoints(bank),
          ...eventEndpoints(bank),
        ]);
      });
      await app.register(async (scope) => registerAuthorisationServer(scope, bank, server));
    },
    async registerPages(scope, bank) {
      registerUkPages(scope, bank, authorisationServer(bank));
    },
    async tick(bank) {
      await executeDueOrders(bank);
      await tellChanges(bank);
      await forgetProofs(bank);
    },
    async catchUp(bank) {
      await executeDueOrders(bank);
    },
  };
}

async function registerAuthorisationServer(
  scope: FastifyInstance,
  bank: Bank,
  provider: Provider,
): Promise<void> {
  // The authorisation server reads its own bodies.
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
  const callback = provider.callback();
  for (const url of ["/oauth/*", "/.well-known/*"]) {
    scope.all(url, async (request, reply) => {
      // A call that will merely be told to bring a nonce is not the one that a fault is meant for.
      const isWhole = bank.clientAuthentication === "tls_client_auth" || carriesNonce(request.headers.dpop);
      const fault =
        request.url.startsWith("/oauth/token") && isWhole
          ? await takeCallFault(bank.db, "token", null)
          : undefined;
      if (fault !== undefined) {
        const waits = fault.action === "delay" || fault.action === "timeout-before";
        if (waits) await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
        if (fault.action === "error" || fault.action === "refuse")
          return reply.code(503).send({ error: "temporarily_unavailable" });
        if (fault.action.endsWith("-before")) {
          request.raw.socket.destroy();
          return reply.hijack();
        }
        if (fault.action === "cut-answer") cutAnswer(reply);
        if (fault.action.endsWith("-after")) {
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
}

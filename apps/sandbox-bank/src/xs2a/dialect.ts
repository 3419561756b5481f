/** Berlin Group NextGenPSD2 XS2A 1.3.11 with its OAuth2 authorisation server, wired onto the bank's port. */
import type { FastifyInstance } from "fastify";
import type { Bank } from "../context.ts";
import type { SandboxDialect } from "../dialects.ts";
import { cutAnswer } from "../faults/cut-answer.ts";
import { type CallAction, takeCallFault } from "../faults/faults.ts";
import { createAuthorisationServer } from "../oauth/provider.ts";
import { registerConsentPages } from "../pages/consent-pages.ts";
import { registerPaymentPages } from "../pages/payment-pages.ts";
import { executeDuePeriodic } from "../payments/periodic.ts";
import { accountEndpoints } from "./account-endpoints.ts";
import { registerAuthorisationPages } from "./authorisation-pages.ts";
import { basketEndpoints } from "./basket-endpoints.ts";
import { cardEndpoints } from "./card-endpoints.ts";
import { consentEndpoints } from "./consent-endpoints.ts";
import { createXs2aDefinition } from "./definition.ts";
import { fundsEndpoints } from "./funds-endpoints.ts";
import { paymentEndpoints } from "./payment-endpoints.ts";
import { registerPhonePages } from "./phone-pages.ts";
import { registerXs2a } from "./pipeline.ts";
import { rememberBody } from "./signature.ts";
import { trustEndpoints } from "./trust-endpoints.ts";

export function berlinGroup(): SandboxDialect {
  let provider: ReturnType<typeof createAuthorisationServer> | undefined;
  const authorisationServer = (bank: Bank) => {
    provider ??= createAuthorisationServer(bank);
    return provider;
  };
  return {
    apiPaths: ["/v1/", "/v2/"],
    explainsCertificates: true,
    async register(app, bank, options) {
      await register(app, bank, authorisationServer(bank), options);
    },
    async registerPages(scope, bank) {
      registerConsentPages(scope, bank, authorisationServer(bank));
      registerPaymentPages(scope, bank);
      registerAuthorisationPages(scope, bank);
      registerPhonePages(scope, bank);
    },
    async tick(bank) {
      await executeDuePeriodic(bank);
    },
  };
}

async function register(
  app: FastifyInstance,
  bank: Bank,
  provider: ReturnType<typeof createAuthorisationServer>,
  options: { validateResponses: boolean },
): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("application/json", { parseAs: "string" }, (request, text, done) => {
      rememberBody(request, text as string);
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
      ...basketEndpoints(bank),
      ...fundsEndpoints(bank),
      ...cardEndpoints(bank),
      ...trustEndpoints(bank),
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
          if (action === "cut-answer") cutAnswer(reply);
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
}

/** Faults of the token endpoint, which belongs to the authorisation server and has no XS2A pipeline. */
async function tokenFault(bank: Bank): Promise<"none" | "answered" | "lost" | "lose-answer" | "cut-answer"> {
  const fault = await takeCallFault(bank.db, "token", null);
  const action: CallAction | undefined = fault?.action as CallAction | undefined;
  if (fault === undefined || action === undefined) return "none";
  const waits = action === "delay" || action === "timeout-before";
  if (waits) await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
  if (action === "cut-answer") return action;
  if (action === "delay" || action === "wrong-signature") return "none";
  if (action === "error" || action === "refuse") return "answered";
  return action.endsWith("-before") ? "lost" : "lose-answer";
}

/**
 * The bank's authorisation server: oidc-provider with authorization code + PKCE (S256) for customers' consents and
 * client credentials for the TPP itself. OAuth2 SCA approach of NextGenPSD2 1.3.11: scope `AIS:<consentId>`.
 */
import Provider, {
  type Configuration,
  errors,
  interactionPolicy,
  type KoaContextWithOIDC,
} from "oidc-provider";
import { findConsent } from "../consents/store.ts";
import type { Bank } from "../context.ts";
import { createOidcAdapter } from "./adapter.ts";
import { secretMatches } from "./clients.ts";

/** Scope of the TPP's own token. */
export const TPP_SCOPE = "TPP";
const CONSENT_SCOPE = /^AIS:([0-9a-f-]{36})$/;
const AUTHORISATION_SECONDS = 600;
const CODE_SECONDS = 60;

/** The consent id that a scope text names, or `undefined`. */
export function consentIdOf(scope: unknown): string | undefined {
  return typeof scope === "string" ? CONSENT_SCOPE.exec(scope)?.[1] : undefined;
}

/** Builds the authorisation server; its pages live under `/interaction/{uid}` (pages/consent-pages.ts). */
export function createAuthorisationServer(bank: Bank): Provider {
  const resource = `${bank.baseUrl}/v1`;
  // Ends of consents by access token request: the time to live of a refresh token is asked for synchronously.
  const lifeSeconds = new WeakMap<object, number>();

  // The consent a request is about: from the scope asked for, or from the code or refresh token it presents.
  const scopeOf = async (ctx: KoaContextWithOIDC, clientId: string): Promise<string> => {
    const { entities, params } = ctx.oidc;
    if (params?.grant_type === "client_credentials") return TPP_SCOPE;
    const scope = entities.AuthorizationCode?.scope ?? entities.RefreshToken?.scope ?? params?.scope;
    const id = consentIdOf(scope);
    if (id === undefined)
      throw new errors.InvalidScope("the scope must be AIS:<consentId>", String(scope ?? ""));
    const consent = await findConsent(bank, bank.db, id);
    if (consent === undefined || consent.clientId !== clientId) {
      throw new errors.InvalidScope("the consent of this scope is unknown", String(scope));
    }
    const wanted = ctx.oidc.route === "authorization" ? "received" : "valid";
    if (ctx.oidc.route !== "resume" && consent.status !== wanted) {
      if (ctx.oidc.route === "token") throw new errors.InvalidGrant("the consent is not valid");
      throw new errors.InvalidScope(`the consent is ${consent.status}`, String(scope));
    }
    const end = Date.parse(`${consent.validUntil}T23:59:59Z`);
    lifeSeconds.set(ctx, Math.max(1, Math.floor((end - bank.clock.now().getTime()) / 1000)));
    return String(scope);
  };

  const policy = interactionPolicy.base();
  const login = policy.get("login");
  // Every authorisation asks for the person anew, whatever session the browser brings.
  login?.checks.add(
    new interactionPolicy.Check("fresh_login", "the customer logs in for every consent", (ctx) =>
      ctx.oidc.result?.login === undefined
        ? interactionPolicy.Check.REQUEST_PROMPT
        : interactionPolicy.Check.NO_NEED_TO_PROMPT,
    ),
  );

  const configuration: Configuration = {
    adapter: createOidcAdapter(bank.db, bank.clock.machine),
    jwks: bank.keys.jwks as unknown as NonNullable<Configuration["jwks"]>,
    cookies: {
      keys: [bank.keys.cookieKey],
      names: { session: "hb_session", interaction: "hb_interaction", resume: "hb_resume" },
    },
    scopes: [],
    claims: {},
    responseTypes: ["code"],
    clientAuthMethods: ["client_secret_basic", "client_secret_post"],
    allowOmittingSingleRegisteredRedirectUri: false,
    pkce: { required: () => true },
    // RFC 9700 section 2.2.2 asks for rotation from public clients; these hold a secret. Without rotation an answer
    // lost on the network costs nobody the consent.
    rotateRefreshToken: false,
    issueRefreshToken: async () => true,
    expiresWithSession: async () => false,
    routes: {
      authorization: "/oauth/authorize",
      token: "/oauth/token",
      revocation: "/oauth/revoke",
      jwks: "/oauth/jwks",
    },
    interactions: { policy, url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant: async (ctx) => {
      const grantId = ctx.oidc.result?.consent?.grantId;
      return grantId === undefined ? undefined : ctx.oidc.provider.Grant.find(grantId);
    },
    findAccount: async (_ctx, sub) => ({ accountId: sub, claims: async () => ({ sub }) }),
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: false },
      revocation: {
        enabled: true,
        allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId,
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: async () => resource,
        useGrantedResource: async () => true,
        getResourceServerInfo: async (ctx, indicator, client) => {
          if (indicator !== resource) throw new errors.InvalidTarget();
          return {
            scope: await scopeOf(ctx, client.clientId),
            audience: resource,
            accessTokenFormat: "opaque",
            accessTokenTTL: bank.accessTokenSeconds,
          };
        },
      },
    },
    ttl: {
      AccessToken: bank.accessTokenSeconds,
      ClientCredentials: bank.accessTokenSeconds,
      AuthorizationCode: CODE_SECONDS,
      Interaction: AUTHORISATION_SECONDS,
      Session: AUTHORISATION_SECONDS,
      Grant: 200 * 86_400,
      RefreshToken: (ctx) => lifeSeconds.get(ctx) ?? CODE_SECONDS,
    },
    renderError: async (ctx, out) => {
      ctx.type = "html";
      ctx.set(
        "content-security-policy",
        "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
      );
      ctx.set("x-content-type-options", "nosniff");
      ctx.body = bankErrorPage(bank, out.error, out.error_description);
    },
  };

  const provider = new Provider(bank.baseUrl, configuration);
  // Secrets are stored hashed (adapter.ts), so the comparison hashes what the TPP sent.
  const Client = provider.Client as unknown as {
    prototype: { clientSecret: string; compareClientSecret(actual: string): boolean };
  };
  Client.prototype.compareClientSecret = function compareClientSecret(actual: string): boolean {
    return secretMatches(actual, this.clientSecret);
  };
  provider.on("server_error", (_ctx, error) => bank.log.error({ err: error }, "authorisation server failed"));
  return provider;
}

/** Shown when an authorisation request is so wrong that the browser cannot be sent back to the TPP. */
function bankErrorPage(bank: Bank, error: string, description: string | undefined): string {
  const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(`${bank.name.en} ${bank.name.zh}`)}</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="stylesheet" href="/assets/bank.css"></head>
<body><main class="card"><h1>This request cannot go on · 此请求无法继续</h1>
<p>Nothing was changed on your accounts. Please go back to the app and start again.</p>
<p lang="zh">您的账户没有任何变动。请返回应用重新开始。</p>
<p class="note"><code>${escaped(error)}</code> ${escaped(description ?? "")}</p></main></body></html>`;
}

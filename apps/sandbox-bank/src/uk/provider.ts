/**
 * The bank's authorisation server for UK Open Banking: authorization code with PKCE (S256), pushed authorization
 * requests (RFC 9126), issuer in the answer (RFC 9207): FAPI 2.0 Security Profile. Companies prove themselves with
 * private_key_jwt (PS256), their tokens are bound to a key (DPoP, RFC 9449); or with the certificate of the connection,
 * to which their tokens are bound then (RFC 8705). The consent is named by the claim `openbanking_intent_id` (security
 * profile of UK Open Banking, section "Request object").
 */
import type { TLSSocket } from "node:tls";
import type { FastifyRequest } from "fastify";
import Provider, { type Configuration, interactionPolicy } from "oidc-provider";
import type { Bank } from "../context.ts";
import { createUkAdapter, SCOPES } from "./clients.ts";
import { findConsentByGrant } from "./consents.ts";
import { type Binding, nonceSecret, PROOF_ALGORITHMS, requirePossession } from "./possession.ts";

const AUTHORISATION_SECONDS = 600;
const CODE_SECONDS = 60;
const REFRESH_SECONDS = 400 * 86_400;

/** The consent that an authorization request names, or `undefined`. */
export function intentOf(params: Record<string, unknown>): string | undefined {
  if (typeof params.claims !== "string") return undefined;
  try {
    const claims = JSON.parse(params.claims) as {
      id_token?: { openbanking_intent_id?: { value?: unknown } };
    };
    const value = claims.id_token?.openbanking_intent_id?.value;
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

export function createUkAuthorisationServer(bank: Bank): Provider {
  const policy = interactionPolicy.base();
  // Every authorisation asks for the person anew, whatever session the browser brings.
  policy
    .get("login")
    ?.checks.add(
      new interactionPolicy.Check("fresh_login", "the customer logs in for every consent", (ctx) =>
        ctx.oidc.result?.login === undefined
          ? interactionPolicy.Check.REQUEST_PROMPT
          : interactionPolicy.Check.NO_NEED_TO_PROMPT,
      ),
    );
  const overTls = bank.clientAuthentication === "tls_client_auth";
  // RFC 8705, section 5: browsers go to the usual addresses and are asked for no certificate.
  const aliases = {
    token_endpoint: `${bank.apiUrl}/oauth/token`,
    pushed_authorization_request_endpoint: `${bank.apiUrl}/oauth/par`,
    revocation_endpoint: `${bank.apiUrl}/oauth/revoke`,
  };
  const keys = bank.keys.jwks.keys.map((key) => ({ ...key, alg: "PS256" }));
  const configuration: Configuration = {
    adapter: createUkAdapter(bank),
    jwks: { keys } as unknown as NonNullable<Configuration["jwks"]>,
    cookies: {
      keys: [bank.keys.cookieKey],
      names: { session: "ob_session", interaction: "ob_interaction", resume: "ob_resume" },
    },
    scopes: SCOPES.split(" "),
    claims: { openid: ["sub"], openbanking_intent_id: null },
    responseTypes: ["code"],
    clientAuthMethods: [bank.clientAuthentication],
    ...(overTls ? { discovery: { mtls_endpoint_aliases: aliases } } : {}),
    enabledJWA: { dPoPSigningAlgValues: PROOF_ALGORITHMS },
    pkce: { required: () => true },
    rotateRefreshToken: false,
    issueRefreshToken: async () => true,
    expiresWithSession: async () => false,
    routes: {
      authorization: "/oauth/authorize",
      token: "/oauth/token",
      revocation: "/oauth/revoke",
      jwks: "/oauth/jwks",
      pushed_authorization_request: "/oauth/par",
    },
    interactions: { policy, url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    loadExistingGrant: async (ctx) => {
      const grantId = ctx.oidc.result?.consent?.grantId;
      return grantId === undefined ? undefined : ctx.oidc.provider.Grant.find(grantId);
    },
    findAccount: async (ctx, sub) => {
      const { AuthorizationCode, RefreshToken } = ctx.oidc.entities;
      const grantId = AuthorizationCode?.grantId ?? RefreshToken?.grantId;
      const consent = grantId === undefined ? undefined : await findConsentByGrant(bank, bank.db, grantId);
      // A consent that has ended gives no tokens any more.
      if (grantId !== undefined && consent?.status !== "AUTH" && consent?.status !== "COND") return undefined;
      return {
        accountId: sub,
        claims: async () => ({ sub, ...(consent && { openbanking_intent_id: consent.id }) }),
      };
    },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: false },
      claimsParameter: { enabled: true },
      pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
      resourceIndicators: { enabled: false },
      dPoP: { enabled: !overTls, nonceSecret: nonceSecret(bank), requireNonce: () => true },
      mTLS: {
        enabled: overTls,
        tlsClientAuth: true,
        certificateBoundAccessTokens: true,
        getCertificate: (ctx) => socketOf(ctx).getPeerX509Certificate?.(),
        certificateAuthorized: (ctx) => socketOf(ctx).authorized === true,
        certificateSubjectMatches: (ctx, _property, expected) =>
          socketOf(ctx).getPeerX509Certificate?.()?.subject === expected,
      },
      revocation: {
        enabled: true,
        allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId,
      },
    },
    ttl: {
      AccessToken: bank.accessTokenSeconds,
      ClientCredentials: bank.accessTokenSeconds,
      AuthorizationCode: CODE_SECONDS,
      IdToken: CODE_SECONDS * 10,
      Interaction: AUTHORISATION_SECONDS,
      Session: AUTHORISATION_SECONDS,
      Grant: REFRESH_SECONDS,
      RefreshToken: REFRESH_SECONDS,
    },
    renderError: async (ctx, out) => {
      ctx.type = "html";
      ctx.set("content-security-policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'");
      ctx.set("x-content-type-options", "nosniff");
      ctx.body = errorPage(bank, out.error);
    },
  };
  const provider = new Provider(bank.baseUrl, configuration);
  provider.on("server_error", (_ctx, error) => bank.log.error({ err: error }, "authorisation server failed"));
  return provider;
}

/** Shown when an authorization request is so wrong that the browser cannot be sent back to the company. */
function errorPage(bank: Bank, error: string): string {
  const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(`${bank.name.en} ${bank.name.zh}`)}</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="stylesheet" href="/assets/bank.css"></head>
<body><main class="card"><h1>This request cannot go on · 此请求无法继续</h1>
<p>Nothing was changed on your accounts. Please go back to the app and start again.</p>
<p lang="zh">您的账户没有任何变动。请返回应用重新开始。</p>
<p class="note"><code>${escaped(error)}</code></p></main></body></html>`;
}

/** Who calls, and with whose consent. */
export interface Caller {
  clientId: string;
  scope: string;
  /** The authorisation server's grant behind a customer's token; `null` for the company's own token. */
  grantId: string | null;
}

/** Reads the token and checks that the caller holds it; `undefined` when there is none that is good. */
export async function authenticate(
  bank: Bank,
  provider: Provider,
  request: FastifyRequest,
): Promise<Caller | undefined> {
  const [, scheme = "", token = ""] =
    /^(Bearer|DPoP) ([A-Za-z0-9._~+/=-]+)$/i.exec(request.headers.authorization ?? "") ?? [];
  if (token === "") return undefined;
  const found = (await provider.ClientCredentials.find(token)) ?? (await provider.AccessToken.find(token));
  if (found?.clientId === undefined) return undefined;
  const grantId = "grantId" in found ? found.grantId : undefined;
  const isOwn = found.kind === "ClientCredentials";
  if (!isOwn && grantId === undefined) return undefined;
  await requirePossession(bank, request, { token, scheme: scheme.toLowerCase(), binding: found as Binding });
  return { clientId: found.clientId, scope: found.scope ?? "", grantId: grantId ?? null };
}

const socketOf = (ctx: { req: { socket: object } }) => ctx.req.socket as Partial<TLSSocket>;

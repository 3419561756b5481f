import { importJWK } from "jose";
import * as client from "openid-client";
import { fetch as undiciFetch } from "undici";
import type { Clock } from "../../../platform/clock.ts";
import { Refusal } from "../../../platform/errors.ts";
import { type BankHttp, isLoopback } from "../shared/http.ts";
import { createPresenting, type Presenting } from "./possession.ts";
import type { UkOpenBankingConfig } from "./settings.ts";

type Tokens = { accessToken: string; refreshToken: string | null; expiresAt: string };

/**
 * The bank's authorisation server as the security profile of UK Open Banking uses it: pushed authorization requests
 * (RFC 9126), PKCE S256, ID token with `openbanking_intent_id` (FAPI). Its metadata says how it wants us to prove who we
 * are, private_key_jwt (PS256) or our certificate (tls_client_auth, RFC 8705), and how tokens are bound to us.
 */
export type UkOAuth = {
  /** Our own token, for calls that need no customer; kept until shortly before it ends. @throws Refusal */
  ownToken(options?: { fresh?: boolean }): Promise<string>;
  /** Pushes an authorization request for a consent. @throws Refusal `bank.unavailable` */
  authorisationUrl(input: Authorisation): Promise<string>;
  /** @throws Refusal `bank.link_failed` when the answer is not the one that was asked for, `bank.unavailable` */
  exchangeCode(
    input: Omit<Authorisation, "scope" | "redirectUri"> & { callbackUrl: string },
  ): Promise<Tokens>;
  /** @throws Refusal `bank.consent_ended` when the bank no longer takes the refresh token, `bank.unavailable` */
  refresh(refreshToken: string): Promise<Tokens>;
  /** `Presenting.present` @throws Refusal `bank.unavailable` when the bank's metadata cannot be read */
  present: Presenting["present"];
  jwksUri(): Promise<string>;
  readonly fetch: typeof fetch;
};
type Authorisation = {
  consentId: string;
  scope: string;
  state: string;
  nonce: string;
  codeVerifier: string;
  redirectUri: string;
};

type Discovered = { configuration: client.Configuration; presenting: Presenting };

/** A token that ends sooner than this is not used any more: it could end on the way. */
export const tokenMarginMs = 30_000;

export function createUkOAuth(deps: { config: UkOpenBankingConfig; clock: Clock; http: BankHttp }): UkOAuth {
  const { config, clock, http } = deps;
  const issuer = new URL(config.issuer);
  let discovered: Promise<Discovered> | undefined;
  let own: { token: string; endsMs: number } | undefined;
  let asking: Promise<string> | undefined;

  const overOurHttp = ((url: string, options: object) =>
    undiciFetch(url, {
      ...(options as Parameters<typeof undiciFetch>[1]),
      dispatcher: http.dispatcher,
    })) as unknown as typeof fetch;

  /** Metadata is read once; a failure is not kept, so that the next call tries again. */
  function metadata(): Promise<Discovered> {
    discovered ??= discover().catch((error: unknown) => {
      discovered = undefined;
      throw error;
    });
    return discovered;
  }

  async function discover(): Promise<Discovered> {
    const [timeout, execute] = [
      http.timeoutMs / 1000,
      // Plain http only to this very machine; the profile asks for TLS.
      isLoopback(issuer) ? [client.allowInsecureRequests] : [],
    ];
    const customFetch = overOurHttp as unknown as client.CustomFetch;
    const found = await client.discovery(issuer, config.clientId, undefined, client.None(), {
      timeout,
      execute,
      [client.customFetch]: customFetch,
    });
    const server = found.serverMetadata();
    const configuration = new client.Configuration(
      server,
      config.clientId,
      {
        id_token_signed_response_alg: "PS256",
        // Where calls with a certificate have addresses of their own (RFC 8705, section 5).
        use_mtls_endpoint_aliases: config.tls?.certificate !== undefined,
      },
      await authenticationFor(config, server),
    );
    configuration.timeout = timeout;
    configuration[client.customFetch] = customFetch;
    for (const setting of execute) setting(configuration);
    // The ID token's signature is checked too, not only the connection it came over.
    client.enableNonRepudiationChecks(configuration);
    return { configuration, presenting: await createPresenting(configuration, config) };
  }

  async function askOwnToken(): Promise<string> {
    try {
      const { configuration, presenting } = await metadata();
      const answer = await client.clientCredentialsGrant(
        configuration,
        { scope: "accounts payments fundsconfirmations" },
        proofOf(presenting),
      );
      own = { token: answer.access_token, endsMs: Date.parse(tokensOf(presenting, answer, null).expiresAt) };
      return answer.access_token;
    } catch (error) {
      throw new Refusal("bank.unavailable", { cause: error });
    }
  }

  /** @throws Error for a token that anybody could use, from a bank that offers to bind it to us */
  function tokensOf(
    { proof }: Presenting,
    answer: client.TokenEndpointResponse,
    keptRefreshToken: string | null,
  ): Tokens {
    if (proof !== undefined && answer.token_type !== "dpop")
      throw new Error("the bank offers DPoP, but gave a token that is bound to no key");
    const lifeMs = (answer.expires_in ?? 300) * 1000;
    return {
      accessToken: answer.access_token,
      refreshToken: answer.refresh_token ?? keptRefreshToken,
      expiresAt: new Date(clock.now().getTime() + lifeMs).toISOString(),
    };
  }

  return {
    fetch: overOurHttp,
    async ownToken({ fresh = false } = {}) {
      if (!fresh && own !== undefined && own.endsMs - tokenMarginMs > clock.now().getTime()) return own.token;
      asking ??= askOwnToken().finally(() => {
        asking = undefined;
      });
      return asking;
    },
    async authorisationUrl({ consentId, scope, state, nonce, codeVerifier, redirectUri }) {
      try {
        const { configuration, presenting } = await metadata();
        const url = await client.buildAuthorizationUrlWithPAR(
          configuration,
          {
            response_type: "code",
            redirect_uri: redirectUri,
            scope: `openid ${scope}`,
            state,
            nonce,
            claims: JSON.stringify({
              id_token: { openbanking_intent_id: { value: consentId, essential: true } },
            }),
            code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
            code_challenge_method: "S256",
          },
          proofOf(presenting),
        );
        return url.href;
      } catch (error) {
        throw new Refusal("bank.unavailable", { cause: error });
      }
    },
    async exchangeCode({ callbackUrl, state, nonce, codeVerifier, consentId }) {
      try {
        const { configuration, presenting } = await metadata();
        const answer = await client.authorizationCodeGrant(
          configuration,
          new URL(callbackUrl),
          {
            expectedState: state,
            expectedNonce: nonce,
            pkceCodeVerifier: codeVerifier,
            idTokenExpected: true,
          },
          undefined,
          proofOf(presenting),
        );
        // A token for another consent would show another person's accounts, or pay something else.
        if (answer.claims()?.openbanking_intent_id !== consentId) throw new Refusal("bank.link_failed");
        return tokensOf(presenting, answer, null);
      } catch (error) {
        throw refusalOf(error, "bank.link_failed");
      }
    },
    async refresh(refreshToken) {
      try {
        const { configuration, presenting } = await metadata();
        const answer = await client.refreshTokenGrant(
          configuration,
          refreshToken,
          undefined,
          proofOf(presenting),
        );
        return tokensOf(presenting, answer, refreshToken);
      } catch (error) {
        throw refusalOf(error, "bank.consent_ended");
      }
    },
    async present(token, call, send) {
      const { presenting } = await metadata().catch((error: unknown) => {
        throw new Refusal("bank.unavailable", { cause: error });
      });
      return presenting.present(token, call, send);
    },
    jwksUri: async () => (await metadata()).configuration.serverMetadata().jwks_uri ?? "",
  };
}

const proofOf = ({ proof }: Presenting) => (proof === undefined ? {} : { DPoP: proof });

/**
 * How we prove who we are, as the bank's metadata wants it. A signed assertion comes first: it is bound to this one call.
 * @throws Error when the bank wants what we have not
 */
async function authenticationFor(
  { privateKey, tls }: UkOpenBankingConfig,
  server: client.ServerMetadata,
): Promise<client.ClientAuth> {
  const wanted = server.token_endpoint_auth_methods_supported ?? ["private_key_jwt"];
  if (wanted.includes("private_key_jwt")) {
    const key = (await importJWK({ ...privateKey, alg: "PS256" }, "PS256")) as client.CryptoKey;
    return client.PrivateKeyJwt({ key, kid: privateKey.kid });
  }
  if (wanted.includes("tls_client_auth") && tls?.certificate !== undefined) return client.TlsClientAuth();
  throw new Error(`the bank wants ${wanted.join(" or ")} to know who we are`);
}

/** Refusals of how we asked, not of what: nothing has ended for the customer. */
const ourFaults = ["invalid_client", "invalid_dpop_proof", "use_dpop_nonce"];

/** An answer of the authorisation server that says no is `said`; no answer, or 5xx, is `bank.unavailable`. */
function refusalOf(error: unknown, said: "bank.link_failed" | "bank.consent_ended"): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof client.AuthorizationResponseError) return new Refusal(said, { cause: error });
  if (error instanceof client.ResponseBodyError) {
    const ours = ourFaults.includes(error.error) || error.status >= 500 || error.status === 429;
    return new Refusal(ours ? "bank.unavailable" : said, { cause: error });
  }
  // State, issuer, nonce or signature that does not match.
  const code = (error as { code?: string } | null)?.code;
  const mismatch = [
    "OAUTH_INVALID_RESPONSE",
    "OAUTH_JWT_CLAIM_COMPARISON_FAILED",
    "OAUTH_JWT_TIMESTAMP_CHECK_FAILED",
  ];
  if (mismatch.includes(code ?? "") && said === "bank.link_failed")
    return new Refusal(said, { cause: error });
  return new Refusal("bank.unavailable", { cause: error });
}

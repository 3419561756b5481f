import { importJWK } from "jose";
import * as client from "openid-client";
import { fetch as undiciFetch } from "undici";
import type { Clock } from "../../../platform/clock.ts";
import { Refusal } from "../../../platform/errors.ts";
import { type BankHttp, isLoopback } from "../shared/http.ts";
import type { UkOpenBankingConfig } from "./settings.ts";

type Tokens = { accessToken: string; refreshToken: string | null; expiresAt: string };

/**
 * The bank's authorisation server as the security profile of UK Open Banking uses it: pushed authorization requests
 * (RFC 9126), PKCE S256, private_key_jwt (PS256), ID token with `openbanking_intent_id` (FAPI).
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

/** A token that ends sooner than this is not used any more: it could end on the way. */
export const tokenMarginMs = 30_000;

export function createUkOAuth(deps: { config: UkOpenBankingConfig; clock: Clock; http: BankHttp }): UkOAuth {
  const { config, clock, http } = deps;
  const issuer = new URL(config.issuer);
  let discovered: Promise<client.Configuration> | undefined;
  let own: { token: string; endsMs: number } | undefined;
  let asking: Promise<string> | undefined;

  const overOurHttp = ((url: string, options: object) =>
    undiciFetch(url, {
      ...(options as Parameters<typeof undiciFetch>[1]),
      dispatcher: http.dispatcher,
    })) as unknown as typeof fetch;

  /** Metadata is read once; a failure is not kept, so that the next call tries again. */
  function metadata(): Promise<client.Configuration> {
    discovered ??= (async () => {
      const key = (await importJWK({ ...config.privateKey, alg: "PS256" }, "PS256")) as client.CryptoKey;
      return client.discovery(
        issuer,
        config.clientId,
        { id_token_signed_response_alg: "PS256" },
        client.PrivateKeyJwt({ key, kid: config.privateKey.kid }),
        {
          timeout: http.timeoutMs / 1000,
          [client.customFetch]: overOurHttp as unknown as client.CustomFetch,
          execute: [
            // The ID token's signature is checked too, not only the connection it came over.
            client.enableNonRepudiationChecks,
            // Plain http only to this very machine; the profile asks for TLS.
            ...(isLoopback(issuer) ? [client.allowInsecureRequests] : []),
          ],
        },
      );
    })().catch((error: unknown) => {
      discovered = undefined;
      throw error;
    });
    return discovered;
  }

  async function askOwnToken(): Promise<string> {
    try {
      const answer = await client.clientCredentialsGrant(await metadata(), {
        scope: "accounts payments fundsconfirmations",
      });
      own = { token: answer.access_token, endsMs: Date.parse(tokensOf(answer, null).expiresAt) };
      return answer.access_token;
    } catch (error) {
      throw new Refusal("bank.unavailable", { cause: error });
    }
  }

  function tokensOf(answer: client.TokenEndpointResponse, keptRefreshToken: string | null): Tokens {
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
        const url = await client.buildAuthorizationUrlWithPAR(await metadata(), {
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
        });
        return url.href;
      } catch (error) {
        throw new Refusal("bank.unavailable", { cause: error });
      }
    },
    async exchangeCode({ callbackUrl, state, nonce, codeVerifier, consentId }) {
      try {
        const answer = await client.authorizationCodeGrant(await metadata(), new URL(callbackUrl), {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: codeVerifier,
          idTokenExpected: true,
        });
        // A token for another consent would show another person's accounts, or pay something else.
        if (answer.claims()?.openbanking_intent_id !== consentId) throw new Refusal("bank.link_failed");
        return tokensOf(answer, null);
      } catch (error) {
        throw refusalOf(error, "bank.link_failed");
      }
    },
    async refresh(refreshToken) {
      try {
        return tokensOf(await client.refreshTokenGrant(await metadata(), refreshToken), refreshToken);
      } catch (error) {
        throw refusalOf(error, "bank.consent_ended");
      }
    },
    jwksUri: async () => (await metadata()).serverMetadata().jwks_uri ?? "",
  };
}

/** An answer of the authorisation server that says no is `said`; no answer, or 5xx, is `bank.unavailable`. */
function refusalOf(error: unknown, said: "bank.link_failed" | "bank.consent_ended"): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof client.AuthorizationResponseError) return new Refusal(said, { cause: error });
  if (error instanceof client.ResponseBodyError) {
    const ours = error.error === "invalid_client" || error.status >= 500 || error.status === 429;
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

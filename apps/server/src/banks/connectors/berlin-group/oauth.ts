import * as client from "openid-client";
import { fetch as undiciFetch } from "undici";
import type { Clock } from "../../../platform/clock.ts";
import { Refusal } from "../../../platform/errors.ts";
import { type BankHttp, isLoopback } from "../shared/http.ts";
import type { BerlinGroupConfig } from "./settings.ts";

export type Tokens = { accessToken: string; refreshToken: string | null; expiresAt: string };

/** The bank's authorisation server, as the OAuth2 SCA approach of NextGenPSD2 uses it (RFC 8414, 6749, 7636). */
export type BankOAuth = {
  /** Our own token, for calls that need no customer; kept until shortly before it ends. */
  ownToken(options?: { fresh?: boolean }): Promise<string>;
  authorisationUrl(input: {
    scope: string;
    state: string;
    redirectUri: string;
  }): Promise<{ url: string; codeVerifier: string }>;
  /** @throws Refusal `bank.link_failed` when the answer is not the one that was asked for, `bank.unavailable` */
  exchangeCode(input: {
    callbackUrl: string;
    state: string;
    codeVerifier: string;
    scope: string;
  }): Promise<Tokens>;
  /** @throws Refusal `bank.consent_ended` when the bank no longer takes the refresh token, `bank.unavailable` */
  refresh(refreshToken: string): Promise<Tokens>;
};

/** Scope of our own token; NextGenPSD2 leaves it to the bank. */
const ownScope = "TPP";
/** A token that ends sooner than this is not used any more: it could end on the way. */
export const tokenMarginMs = 30_000;

export function createBankOAuth(deps: {
  config: BerlinGroupConfig;
  clock: Clock;
  http: BankHttp;
}): BankOAuth {
  const { config, clock, http } = deps;
  const issuer = new URL(config.issuer ?? config.baseUrl);
  let discovered: Promise<client.Configuration> | undefined;
  let own: { token: string; endsMs: number } | undefined;
  let asking: Promise<string> | undefined;

  const overOurHttp: client.CustomFetch = (url, options) =>
    undiciFetch(url, {
      ...(options as Parameters<typeof undiciFetch>[1]),
      dispatcher: http.dispatcher,
    }) as unknown as Promise<Response>;

  /** Metadata is read once; a failure is not kept, so that the next call tries again. */
  function metadata(): Promise<client.Configuration> {
    discovered ??= client
      .discovery(issuer, config.clientId, undefined, client.ClientSecretBasic(config.clientSecret), {
        algorithm: "oauth2",
        timeout: http.timeoutMs / 1000,
        [client.customFetch]: overOurHttp,
        // Plain http only to this very machine; RFC 8414 asks for TLS.
        ...(isLoopback(issuer) ? { execute: [client.allowInsecureRequests] } : {}),
      })
      .catch((error: unknown) => {
        discovered = undefined;
        throw error;
      });
    return discovered;
  }

  async function askOwnToken(): Promise<string> {
    try {
      const answer = await client.clientCredentialsGrant(await metadata(), { scope: ownScope });
      const lifeMs = (answer.expires_in ?? 300) * 1000;
      own = { token: answer.access_token, endsMs: clock.now().getTime() + lifeMs };
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
    async ownToken({ fresh = false } = {}) {
      if (!fresh && own !== undefined && own.endsMs - tokenMarginMs > clock.now().getTime()) return own.token;
      asking ??= askOwnToken().finally(() => {
        asking = undefined;
      });
      return asking;
    },
    async authorisationUrl({ scope, state, redirectUri }) {
      const codeVerifier = client.randomPKCECodeVerifier();
      try {
        const url = client.buildAuthorizationUrl(await metadata(), {
          response_type: "code",
          redirect_uri: redirectUri,
          scope,
          state,
          code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
          code_challenge_method: "S256",
        });
        return { url: url.href, codeVerifier };
      } catch (error) {
        throw new Refusal("bank.unavailable", { cause: error });
      }
    },
    async exchangeCode({ callbackUrl, state, codeVerifier, scope }) {
      try {
        const answer = await client.authorizationCodeGrant(await metadata(), new URL(callbackUrl), {
          expectedState: state,
          pkceCodeVerifier: codeVerifier,
        });
        // A token for another consent would show another person's accounts.
        if (answer.scope !== undefined && !answer.scope.split(" ").includes(scope))
          throw new Refusal("bank.link_failed");
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
  // State or issuer that does not match is found by the library before anything is sent.
  const code = (error as { code?: string } | null)?.code;
  if (code === "OAUTH_INVALID_RESPONSE" && said === "bank.link_failed")
    return new Refusal(said, { cause: error });
  return new Refusal("bank.unavailable", { cause: error });
}

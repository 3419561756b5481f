import { createRemoteJWKSet, customFetch, FlattenedSign, flattenedVerify, importJWK, jwtVerify } from "jose";
import { BankCallError } from "../shared/http.ts";
import type { UkOpenBankingConfig } from "./settings.ts";

const iat = "http://openbanking.org.uk/iat";
const iss = "http://openbanking.org.uk/iss";
const tan = "http://openbanking.org.uk/tan";
const critical = { [iat]: true, [iss]: true, [tan]: true } as const;
const algorithm = "PS256";

/** Message signatures: a detached JWS in `x-jws-signature` (Read/Write API profile 4.0, Message Signing). */
export type Signing = {
  sign(body: string): Promise<string>;
  /**
   * Checks the bank's signature over an answer; also the older form whose payload is not encoded (`b64: false`, up to
   * 3.1.3).
   * @throws BankCallError when it is missing or does not fit: such an answer says nothing
   */
  verify(body: string, signature: string | undefined): Promise<void>;
  /** Claims of a token that the bank signed for us; undefined when it is not the bank's. */
  claimsOf(token: string): Promise<Record<string, unknown> | undefined>;
};

export function createSigning(deps: {
  config: UkOpenBankingConfig;
  now(): Date;
  /** Where the bank publishes its public keys. */
  jwksUri(): Promise<string>;
  fetch: typeof fetch;
}): Signing {
  const { config } = deps;
  let ours: ReturnType<typeof importJWK> | undefined;
  let theirs: ReturnType<typeof createRemoteJWKSet> | undefined;
  async function bankKeys() {
    theirs ??= createRemoteJWKSet(new URL(await deps.jwksUri()), { [customFetch]: deps.fetch });
    return theirs;
  }
  return {
    async claimsOf(token) {
      try {
        const { payload } = await jwtVerify(token, await bankKeys(), {
          algorithms: [algorithm],
          issuer: config.issuer.replace(/\/$/, ""),
          audience: config.clientId,
        });
        return payload;
      } catch {
        return undefined;
      }
    },
    async sign(body) {
      ours ??= importJWK({ ...config.privateKey, alg: algorithm }, algorithm);
      const { protected: header, signature } = await new FlattenedSign(new TextEncoder().encode(body))
        .setProtectedHeader({
          alg: algorithm,
          kid: config.privateKey.kid,
          typ: "JOSE",
          cty: "application/json",
          [iat]: Math.floor(deps.now().getTime() / 1000),
          [iss]: config.clientId,
          [tan]: new URL(config.issuer).hostname,
          crit: [iat, iss, tan],
        })
        .sign(await ours, { crit: critical });
      return `${header}..${signature}`;
    },
    async verify(body, signature) {
      const [header = "", payload, value = ""] = signature?.split(".") ?? [];
      if (payload !== "") throw new BankCallError("maybe", "an answer without the bank's signature");
      try {
        const unencoded =
          (JSON.parse(Buffer.from(header, "base64url").toString()) as { b64?: unknown }).b64 === false;
        await flattenedVerify(
          {
            protected: header,
            payload: unencoded ? new TextEncoder().encode(body) : Buffer.from(body).toString("base64url"),
            signature: value,
          },
          await bankKeys(),
          { algorithms: [algorithm], crit: critical },
        );
      } catch (error) {
        throw new BankCallError("maybe", "an answer whose signature is not the bank's", { cause: error });
      }
    },
  };
}

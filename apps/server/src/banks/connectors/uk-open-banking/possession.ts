import { createECDH, hkdfSync } from "node:crypto";
import { importJWK } from "jose";
import * as client from "openid-client";
import { type BankResponse, isLoopback } from "../shared/http.ts";
import type { UkOpenBankingConfig } from "./settings.ts";

/** Shows an access token in the way in which this bank binds it to us. */
export type Presenting = {
  /** For calls to the authorisation server; undefined where the bank binds no tokens to keys. */
  readonly proof: client.DPoPHandle | undefined;
  /**
   * One call with a token. `send` is given the headers; it is called a second time where the bank wants a nonce in the
   * proof (RFC 9449, section 9), which it says before it does anything.
   */
  present(
    token: string,
    call: { method: string; url: URL; headers: Record<string, string>; body?: string | undefined },
    send: (headers: Record<string, string>) => Promise<BankResponse>,
  ): Promise<BankResponse>;
};

/**
 * Proof of possession by a key (DPoP, RFC 9449), wherever the bank's metadata offers it. A bank that binds its tokens to
 * our certificate (RFC 8705, section 3) needs none: the connection proves it.
 */
export async function createPresenting(
  configuration: client.Configuration,
  config: UkOpenBankingConfig,
): Promise<Presenting> {
  const metadata = configuration.serverMetadata();
  const byCertificate =
    metadata.tls_client_certificate_bound_access_tokens === true && config.tls?.certificate !== undefined;
  const offered = byCertificate || config.dpop === false ? [] : metadata.dpop_signing_alg_values_supported;
  const keys = await keysFor(config, offered ?? []);
  if (keys === undefined)
    return {
      proof: undefined,
      present: (token, { headers }, send) => send({ ...headers, authorization: `Bearer ${token}` }),
    };
  const proof = client.getDPoPHandle(configuration, keys);
  return {
    proof,
    async present(token, { method, url, headers, body }, send) {
      let answer: BankResponse | undefined;
      let failure: unknown;
      // The library adds the proof and repeats the call with a nonce; our own HTTP makes it.
      const carrier = new client.Configuration(metadata, config.clientId);
      if (isLoopback(url)) client.allowInsecureRequests(carrier);
      carrier[client.customFetch] = async (_url, options) => {
        try {
          answer = await send(options.headers);
        } catch (error) {
          failure = error;
          throw error;
        }
        return new Response(null, { status: answer.status, headers: challengeOf(answer) });
      };
      try {
        await client.fetchProtectedResource(carrier, token, url, method, body, new Headers(headers), {
          DPoP: proof,
        });
      } catch (error) {
        if (failure !== undefined) throw failure;
        // The bank's refusal of the token is an answer like others; the caller reads it.
        if (answer === undefined) throw error;
      }
      if (answer === undefined) throw new Error("a call without an answer");
      return answer;
    },
  };
}

/** What the library looks at: a challenge, and a nonce for the next proof. */
function challengeOf(answer: BankResponse): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of ["www-authenticate", "dpop-nonce"]) {
    const value = answer.header(name);
    if (value !== undefined) headers[name] = value;
  }
  return headers;
}

/**
 * The key pair of our proofs. Every process of the server must have the same, since tokens outlive them: it is derived
 * from our private key and used for nothing else. A bank that takes no ES256 gets proofs by that key itself.
 */
async function keysFor(
  { id, privateKey }: UkOpenBankingConfig,
  offered: readonly string[],
): Promise<client.CryptoKeyPair | undefined> {
  if (offered.includes("ES256")) {
    const own = derivedKey(privateKey.d, id);
    return {
      privateKey: (await importJWK(own, "ES256")) as client.CryptoKey,
      publicKey: (await importJWK({ ...own, d: undefined }, "ES256", {
        extractable: true,
      })) as client.CryptoKey,
    };
  }
  if (!offered.includes("PS256")) return undefined;
  const { kty, n, e } = privateKey as { kty: "RSA"; n: string; e?: string };
  return {
    privateKey: (await importJWK({ ...privateKey, alg: "PS256" }, "PS256")) as client.CryptoKey,
    publicKey: (await importJWK({ kty, n, e: e ?? "AQAB" }, "PS256", {
      extractable: true,
    })) as client.CryptoKey,
  };
}

function derivedKey(secret: string, bankId: string) {
  const curve = createECDH("prime256v1");
  // A private key is a number below the order of the group, which 32 random bytes are but for one time in 2^32.
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const d = Buffer.from(hkdfSync("sha256", secret, bankId, `jinqiao uk-open-banking dpop ${attempt}`, 32));
    try {
      curve.setPrivateKey(d);
    } catch {
      continue;
    }
    const point = curve.getPublicKey();
    return {
      kty: "EC",
      crv: "P-256",
      d: d.toString("base64url"),
      x: point.subarray(1, 33).toString("base64url"),
      y: point.subarray(33).toString("base64url"),
    };
  }
  throw new Error("no key could be derived");
}

/**
 * Message signatures of UK Open Banking: a detached JWS over the body, in `x-jws-signature` (Read/Write API profile
 * 4.0, Message Signing). Both forms are understood: since 3.1.4 the payload is signed as RFC 7515 says; up to 3.1.3 it
 * was left unencoded (`b64: false`, RFC 7797).
 */
import {
  createLocalJWKSet,
  FlattenedSign,
  flattenedVerify,
  importJWK,
  type JSONWebKeySet,
  type JWK,
} from "jose";
import { UkError } from "./errors.ts";

const IAT = "http://openbanking.org.uk/iat";
const ISS = "http://openbanking.org.uk/iss";
const TAN = "http://openbanking.org.uk/tan";
const ALG = "PS256";

/** Signs a body as the bank. @param key private JWK with its `kid` */
export async function signBody(body: string, key: JWK, issuer: string, now: Date): Promise<string> {
  const { protected: header = "", signature } = await new FlattenedSign(new TextEncoder().encode(body))
    .setProtectedHeader({
      alg: ALG,
      kid: key.kid ?? "",
      typ: "JOSE",
      cty: "application/json",
      [IAT]: Math.floor(now.getTime() / 1000),
      [ISS]: issuer,
      [TAN]: new URL(issuer).hostname,
      crit: [IAT, ISS, TAN],
    })
    .sign(await importJWK({ ...key, alg: ALG }, ALG), { crit: { [IAT]: true, [ISS]: true, [TAN]: true } });
  return `${header}..${signature}`;
}

/**
 * Checks a company's signature over the body as it was sent.
 * Throws UkError Signature.Missing or Signature.Invalid.
 */
export async function verifyBody(
  body: string,
  signature: string | undefined,
  sender: { clientId: string; jwks: JSONWebKeySet },
): Promise<void> {
  if (signature === undefined)
    throw new UkError(400, "Signature.Missing", "The message is not signed.", "x-jws-signature");
  const parts = signature.split(".");
  const [protectedHeader = "", payload, value = ""] = parts;
  const invalid = () =>
    new UkError(400, "Signature.Invalid", "The signature does not fit the message.", "x-jws-signature");
  if (parts.length !== 3 || payload !== "") throw invalid();
  try {
    const header = JSON.parse(Buffer.from(protectedHeader, "base64url").toString()) as Record<
      string,
      unknown
    >;
    if (header[ISS] !== sender.clientId) throw invalid();
    const unencoded = header.b64 === false;
    await flattenedVerify(
      {
        protected: protectedHeader,
        payload: unencoded ? new TextEncoder().encode(body) : Buffer.from(body).toString("base64url"),
        signature: value,
      },
      createLocalJWKSet({ keys: sender.jwks.keys.map((key) => ({ ...key, alg: ALG })) }),
      { algorithms: [ALG], crit: { [IAT]: true, [ISS]: true, [TAN]: true } },
    );
  } catch (error) {
    if (error instanceof UkError) throw error;
    throw invalid();
  }
}

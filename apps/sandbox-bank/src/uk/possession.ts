/**
 * Access tokens that only their holder can use (FAPI 2.0 Security Profile, section 5.3.2.1): bound to a key that each
 * call proves (DPoP, RFC 9449), or to the certificate of the connection (RFC 8705, section 3). A bank offers one of them.
 */
import { createHash, createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { FastifyRequest } from "fastify";
import { calculateJwkThumbprint, decodeJwt, EmbeddedJWK, type JWTPayload, jwtVerify } from "jose";
import type { Bank } from "../context.ts";
import { UkError } from "./errors.ts";

/** Algorithms of proofs, in the discovery document too (FAPI 2.0 Security Profile, section 5.4.1). */
export const PROOF_ALGORITHMS: ("PS256" | "ES256" | "EdDSA")[] = ["PS256", "ES256", "EdDSA"];
const STEP_SECONDS = 60;
/** How many steps to either side a nonce is taken. */
const STEPS = 2;
/** After this time no nonce is good any more, so that no proof could be shown again. */
const FORGET_MS = 15 * 60_000;

/** What a token is bound to: the `cnf` of its kind. */
export interface Binding {
  /** `cnf.jkt`: thumbprint of the key (RFC 7638). */
  jkt?: string | undefined;
  /** `cnf.x5t#S256`: thumbprint of the certificate. */
  "x5t#S256"?: string | undefined;
}

/** A token that its caller did not prove to hold; the challenge says what is wrong (RFC 9449, section 7.1). */
export class PossessionError extends UkError {
  readonly headers: Record<string, string>;

  constructor(text: string, challenge: string, nonce?: string) {
    super(401, "Header.Invalid", text, "Authorization");
    this.headers = {
      "www-authenticate": challenge,
      ...(nonce === undefined ? {} : { "dpop-nonce": nonce }),
    };
  }
}

/** The secret behind nonces; the authorisation server and the interface share it, so that one nonce does for both. */
export function nonceSecret(bank: Bank): Buffer {
  return createHmac("sha256", bank.keys.pageKey).update("dpop nonce").digest();
}

/** Checks that the caller holds the token that they show. Throws PossessionError. */
export async function requirePossession(
  bank: Bank,
  request: FastifyRequest,
  /** `scheme` in small letters. */
  presented: { token: string; scheme: string; binding: Binding },
): Promise<void> {
  const { binding, scheme } = presented;
  if (bank.clientAuthentication === "tls_client_auth") {
    const thumbprint = certificateThumbprint(request.raw.socket);
    const bound = binding["x5t#S256"];
    if (scheme !== "bearer" || bound === undefined || thumbprint !== bound)
      throw new PossessionError(
        "The token was given to the holder of another certificate.",
        'Bearer error="invalid_token"',
      );
    return;
  }
  if (scheme !== "dpop" || binding.jkt === undefined)
    throw new PossessionError("The token must be proved by DPoP.", dpopChallenge("invalid_token"));
  await verifyProof(bank, request, { token: presented.token, jkt: binding.jkt });
}

const dpopChallenge = (error: string) => `DPoP error="${error}", algs="${PROOF_ALGORITHMS.join(" ")}"`;

/** A proof as RFC 9449, section 4.3, checks it; a nonce is asked for, and no proof is taken twice. */
async function verifyProof(
  bank: Bank,
  request: FastifyRequest,
  bound: { token: string; jkt: string },
): Promise<void> {
  const wrong = (text: string) => new PossessionError(text, dpopChallenge("invalid_dpop_proof"));
  const proof = request.headers.dpop;
  // Node joins several headers of one name with a comma, which no proof contains.
  if (typeof proof !== "string") throw wrong("The proof is missing.");
  let claims: JWTPayload;
  let thumbprint: string;
  try {
    const verified = await jwtVerify(proof, EmbeddedJWK, { algorithms: PROOF_ALGORITHMS, typ: "dpop+jwt" });
    claims = verified.payload;
    thumbprint = await calculateJwkThumbprint(verified.protectedHeader.jwk ?? {});
  } catch {
    throw wrong("The proof is not signed as it says.");
  }
  if (claims.htm !== request.method) throw wrong("The proof is for another method.");
  if (addressOf(claims.htu) !== addressOf(`${bank.apiUrl}${request.url}`))
    throw wrong("The proof is for another address.");
  if (claims.ath !== createHash("sha256").update(bound.token).digest("base64url"))
    throw wrong("The proof is for another token.");
  if (thumbprint !== bound.jkt)
    throw new PossessionError(
      "The token was given to the holder of another key.",
      dpopChallenge("invalid_token"),
    );
  const { jti } = claims;
  if (typeof jti !== "string" || jti === "" || jti.length > 256) throw wrong("The proof has no id.");
  // How old a proof is says the nonce, not `iat`: the company's clock need not be right (RFC 9449, section 8).
  if (!isNonce(bank, claims.nonce))
    throw new PossessionError(
      "The proof must carry the nonce of this answer.",
      dpopChallenge("use_dpop_nonce"),
      nonceOf(bank, 1),
    );
  const { rowCount } = await bank.db.query(
    "INSERT INTO uk_dpop_proofs (thumbprint, jti, shown_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    [thumbprint, jti, new Date()],
  );
  if (rowCount === 0) throw wrong("The proof was shown before.");
}

/** Forgets proofs that are too old to be taken again. */
export async function forgetProofs(bank: Bank): Promise<void> {
  await bank.db.query("DELETE FROM uk_dpop_proofs WHERE shown_at < $1", [new Date(Date.now() - FORGET_MS)]);
}

/** Whether a proof comes with a nonce, so that its call will not merely be told to bring one. */
export function carriesNonce(proof: unknown): boolean {
  try {
    return typeof proof === "string" && typeof decodeJwt(proof).nonce === "string";
  } catch {
    return false;
  }
}

/** `htu`: the address without query and fragment (RFC 9449, section 4.2). */
function addressOf(text: unknown): string | undefined {
  const url = typeof text === "string" ? URL.parse(text) : null;
  return url === null ? undefined : `${url.origin}${url.pathname}`;
}

/** As the authorisation server derives its own from the same secret; where it ever differs, a caller is asked once more. */
function nonceOf(bank: Bank, offset: number): string {
  const step = Math.floor(Date.now() / 1_000 / STEP_SECONDS) + offset;
  const salt = Buffer.alloc(8);
  salt.writeBigUInt64BE(BigInt(step));
  return Buffer.from(hkdfSync("sha256", nonceSecret(bank), salt, "DPoP", 32)).toString("base64url");
}

function isNonce(bank: Bank, given: unknown): boolean {
  if (typeof given !== "string") return false;
  for (let offset = -STEPS; offset <= STEPS; offset += 1) {
    const expected = Buffer.from(nonceOf(bank, offset));
    if (expected.length === given.length && timingSafeEqual(expected, Buffer.from(given))) return true;
  }
  return false;
}

/** Thumbprint of the caller's certificate, where the connection has one that the bank trusts. */
function certificateThumbprint(socket: object): string | undefined {
  const { authorized, getPeerX509Certificate } = socket as Partial<TLSSocket>;
  if (authorized !== true) return undefined;
  const certificate = getPeerX509Certificate?.call(socket as TLSSocket);
  return certificate && createHash("sha256").update(certificate.raw).digest("base64url");
}

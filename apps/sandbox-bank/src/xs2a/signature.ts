/**
 * Signed requests (NextGenPSD2 implementation guidelines 1.3.11, section 12 "Signatures"): headers Digest, Signature
 * (draft-cavage-http-signatures-10) and TPP-Signature-Certificate. Asked for from a company that registered a
 * certificate; checked with node:crypto alone.
 */
import { createHash, timingSafeEqual, verify, X509Certificate } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { Bank } from "../context.ts";
import { Xs2aError } from "./errors.ts";

const bodies = new WeakMap<object, string>();

/** Keeps the body's text as it came: the digest is over these bytes, not over what was read from them. */
export function rememberBody(request: FastifyRequest, text: string): void {
  bodies.set(request, text);
}

/** Throws SIGNATURE_MISSING, SIGNATURE_INVALID, CERTIFICATE_INVALID or CERTIFICATE_EXPIRED. */
export async function checkSignature(bank: Bank, request: FastifyRequest, clientId: string): Promise<void> {
  const { rows } = await bank.db.query<{ certificate: string | null }>(
    "SELECT certificate FROM tpp_clients WHERE id = $1",
    [clientId],
  );
  const registered = rows[0]?.certificate ?? null;
  if (registered === null) return;
  const header = (name: string) => {
    const value = request.headers[name];
    return typeof value === "string" ? value : undefined;
  };
  const signature = header("signature");
  const digest = header("digest");
  const sent = header("tpp-signature-certificate");
  if (signature === undefined || digest === undefined || sent === undefined)
    throw refusal("SIGNATURE_MISSING", "This company signs its requests: a header is missing.", "Signature");

  const certificate = certificateOf(sent);
  if (certificate.fingerprint256 !== new X509Certificate(registered).fingerprint256)
    throw refusal(
      "CERTIFICATE_INVALID",
      "The certificate is not the registered one.",
      "TPP-Signature-Certificate",
    );
  const now = bank.clock.now();
  if (now > certificate.validToDate)
    throw refusal("CERTIFICATE_EXPIRED", "The certificate has expired.", "TPP-Signature-Certificate");
  if (now < certificate.validFromDate)
    throw refusal("CERTIFICATE_INVALID", "The certificate is not valid yet.", "TPP-Signature-Certificate");

  const computed = `SHA-256=${createHash("sha256")
    .update(bodies.get(request) ?? "")
    .digest("base64")}`;
  if (!sameText(digest, computed))
    throw refusal("SIGNATURE_INVALID", "The digest is not that of the body.", "Digest");

  const parts = new Map(
    [...signature.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]),
  );
  const serial = /(?:^|,)\s*SN=([0-9A-Fa-f]+)/.exec(parts.get("keyId") ?? "")?.[1];
  if (serial === undefined || BigInt(`0x${serial}`) !== BigInt(`0x${certificate.serialNumber}`))
    throw refusal("SIGNATURE_INVALID", "keyId does not name the certificate.", "Signature");
  if (parts.get("algorithm") !== "rsa-sha256")
    throw refusal("SIGNATURE_INVALID", "The bank reads rsa-sha256.", "Signature");
  const names = (parts.get("headers") ?? "").toLowerCase().split(" ");
  const mustBeSigned = [
    "digest",
    "x-request-id",
    "psu-id",
    "psu-corporate-id",
    "date",
    "tpp-redirect-uri",
  ].filter((name) => name === "digest" || name === "x-request-id" || header(name) !== undefined);
  const unsigned = mustBeSigned.find((name) => !names.includes(name));
  if (unsigned !== undefined)
    throw refusal("SIGNATURE_INVALID", `The signature does not cover ${unsigned}.`, "Signature");
  const lines: string[] = [];
  for (const name of names) {
    const value = header(name);
    if (value === undefined)
      throw refusal("SIGNATURE_INVALID", `${name} is signed but not sent.`, "Signature");
    lines.push(`${name}: ${value}`);
  }
  const right = verify(
    "RSA-SHA256",
    Buffer.from(lines.join("\n")),
    certificate.publicKey,
    Buffer.from(parts.get("signature") ?? "", "base64"),
  );
  if (!right) throw refusal("SIGNATURE_INVALID", "The signature is not right.", "Signature");
}

function certificateOf(text: string): X509Certificate {
  try {
    return new X509Certificate(Buffer.from(text, "base64"));
  } catch {
    throw refusal("CERTIFICATE_INVALID", "The certificate cannot be read.", "TPP-Signature-Certificate");
  }
}

function refusal(
  code: "SIGNATURE_MISSING" | "SIGNATURE_INVALID" | "CERTIFICATE_INVALID" | "CERTIFICATE_EXPIRED",
  text: string,
  path: string,
): Xs2aError {
  return new Xs2aError(401, code, text, path);
}

function sameText(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}

import { createHash, createPrivateKey, sign, X509Certificate } from "node:crypto";

/** The electronic seal with which we sign requests (QSEAL, eIDAS): certificate and private key, both PEM. */
export type Seal = { certificate: string; privateKey: string };

/** Headers that every signature covers where they are sent (NextGenPSD2 implementation guidelines 1.3.11, section 12). */
const covered = ["digest", "x-request-id", "psu-id", "psu-corporate-id", "date", "tpp-redirect-uri"];

/**
 * Makes a function that signs the headers of a request: Digest (RFC 3230, SHA-256 of the body), Signature
 * (draft-cavage-http-signatures-10, rsa-sha256) and TPP-Signature-Certificate.
 * @throws Error when certificate or key cannot be read, or do not belong together
 */
export function createSigner(
  seal: Seal,
): (headers: Record<string, string>, body: string | undefined) => Record<string, string> {
  const certificate = new X509Certificate(seal.certificate);
  const key = createPrivateKey(seal.privateKey);
  if (!certificate.checkPrivateKey(key)) throw new Error("the seal's key does not belong to its certificate");
  if (key.asymmetricKeyType !== "rsa") throw new Error("the seal's key is not an RSA key");
  const issuer = encodeURIComponent(certificate.issuer.split("\n").toReversed().join(",")).replaceAll(
    "%2C",
    ",",
  );
  const keyId = `SN=${certificate.serialNumber},CA=${issuer.replaceAll("%3D", "=")}`;
  const raw = certificate.raw.toString("base64");

  return (headers, body) => {
    const digest = `SHA-256=${createHash("sha256")
      .update(body ?? "")
      .digest("base64")}`;
    const all: Record<string, string> = { ...headers, digest };
    const names = covered.filter((name) => all[name] !== undefined);
    const text = names.map((name) => `${name}: ${all[name]}`).join("\n");
    const signature = sign("RSA-SHA256", Buffer.from(text), key).toString("base64");
    return {
      ...all,
      signature: `keyId="${keyId}",algorithm="rsa-sha256",headers="${names.join(" ")}",signature="${signature}"`,
      "tpp-signature-certificate": raw,
    };
  };
}

/**
 * Ed25519 (RFC 8032) of the runtime itself (WebCrypto: Node.js, Chromium, Firefox, Safari): kept by those who keep the
 * runtime, in constant time, and not one byte of script in the wallet. Browsers offer it on https and on localhost only.
 */
import { concat, fromBase64 } from "./bytes.ts";
import { TransparencyError } from "./problem.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A private key from its 32 secret bytes, which may be any 32 random bytes. */
export async function importEd25519(
  secret: Uint8Array,
): Promise<{ publicKey: Bytes; sign(message: Bytes): Promise<Bytes> }> {
  if (secret.length !== 32) throw new RangeError("an Ed25519 private key has 32 bytes");
  // RFC 8410, section 7: the private key as PKCS #8, the only form besides JWK that WebCrypto imports.
  const pkcs8 = concat(pkcs8Prefix, secret);
  const privateKey = await subtle().importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
  const { x } = await subtle().exportKey("jwk", privateKey);
  const publicKey = fromBase64(`${(x ?? "").replaceAll("-", "+").replaceAll("_", "/")}=`);
  if (publicKey === undefined) throw new TransparencyError("crypto_unavailable", "Ed25519");
  return {
    publicKey,
    sign: async (message) => new Uint8Array(await subtle().sign("Ed25519", privateKey, message)),
  };
}

/** Version 0, algorithm 1.3.101.112 (Ed25519), and the headers of a private key of 32 bytes. */
const pkcs8Prefix = Uint8Array.from([
  0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
]);

/** Whether the signature is the holder's of the public key. A key that is no point of the curve verifies nothing. */
export async function verifyEd25519(publicKey: Bytes, signature: Bytes, message: Bytes): Promise<boolean> {
  const crypto = subtle();
  let key: Awaited<ReturnType<typeof crypto.importKey>>;
  try {
    key = await crypto.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
  } catch (error) {
    // Browsers from before 2025 have WebCrypto without Ed25519.
    if ((error as Error).name !== "NotSupportedError") return false;
    throw new TransparencyError("crypto_unavailable", "Ed25519", { cause: error });
  }
  return crypto.verify("Ed25519", key, signature, message);
}

function subtle(): typeof globalThis.crypto.subtle {
  const available = globalThis.crypto?.subtle;
  if (available === undefined) throw new TransparencyError("crypto_unavailable", "WebCrypto");
  return available;
}

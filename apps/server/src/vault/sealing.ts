import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import type { RandomBytes } from "../platform/ids.ts";
import { VaultError } from "./types.ts";

/** First part of what is sealed with a data key alone, and with a data key and the secret of a subject. */
export const plainForm = "v2";
export const subjectForm = "v2s";

/** Keys as OpenSSL holds them: making one of raw bytes costs several times what sealing a name does. */
const prepared = new WeakMap<Uint8Array, KeyObject>();
function keyObjectOf(key: Uint8Array): KeyObject {
  let object = prepared.get(key);
  if (object === undefined) {
    object = createSecretKey(key);
    prepared.set(key, object);
  }
  return object;
}

const nonceBytes = 12;
const tagBytes = 16;

/**
 * AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce.
 * @param key 32 bytes
 * @returns nonce, ciphertext and tag, one after the other
 */
export function encrypt(
  key: Uint8Array,
  plaintext: string | Uint8Array,
  additionalData: Uint8Array,
  random: RandomBytes,
): Buffer {
  const nonce = random(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", keyObjectOf(key), nonce, { authTagLength: tagBytes });
  cipher.setAAD(additionalData);
  const bytes = typeof plaintext === "string" ? Buffer.from(plaintext, "utf8") : plaintext;
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

/** @throws VaultError without any part of the plaintext when a single bit of key, data or context differs */
export function decrypt(key: Uint8Array, sealed: Uint8Array, additionalData: Uint8Array): Buffer {
  if (sealed.length < nonceBytes + tagBytes) throw new VaultError("The sealed value is too short.");
  const decipher = createDecipheriv("aes-256-gcm", keyObjectOf(key), sealed.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(additionalData);
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()]);
  } catch {
    throw new VaultError("The sealed value was changed, moved, or sealed with another key.");
  }
}

/** A list as JSON, so that no two contexts can read the same. */
export function bound(...parts: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(parts), "utf8");
}

/** HKDF-SHA-256 (RFC 5869) to 32 bytes. */
export function derive(secret: Uint8Array, salt: Uint8Array, info: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, salt, info, 32));
}

/** The bytes of base64url text. @throws VaultError for anything else, because Buffer skips what it cannot read */
export function fromBase64url(text: string): Buffer {
  const bytes = Buffer.from(text, "base64url");
  if (bytes.toString("base64url") !== text) throw new VaultError("The sealed value is not in a known form.");
  return bytes;
}

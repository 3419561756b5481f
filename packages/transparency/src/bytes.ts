import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";

/**
 * SHA-256 of bytes, synchronous: a tree of a million leaves must not wait a million times for a promise.
 * The input may be overwritten once the function has returned.
 */
export type Sha256 = (data: Uint8Array) => Uint8Array;

/** Runs everywhere, browsers included. A server passes its native one instead, which is half as slow again. */
export const sha256: Sha256 = nobleSha256;

/** Bytes of a SHA-256. */
export const hashLength = 32;

const encoder = new TextEncoder();

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text);

export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Compares public bytes; takes no care to hide where they differ. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** Standard base64 with padding (RFC 4648, section 4). */
export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/**
 * Reads standard base64. Only the one spelling that encoding would give is accepted, so that no two texts mean the
 * same bytes.
 * @returns undefined when it is anything else
 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return undefined;
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return toBase64(bytes) === text ? bytes : undefined;
}

/** Reads the base64 of exactly one SHA-256. */
export function hashFromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = fromBase64(text);
  return bytes?.length === hashLength ? bytes : undefined;
}

/** Whole number as it is written in paths and notes: ASCII digits, no sign, no leading zero. */
export function parseCanonicalInteger(text: string): bigint | undefined {
  return /^(?:0|[1-9][0-9]{0,39})$/.test(text) ? BigInt(text) : undefined;
}

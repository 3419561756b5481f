import { createHash } from "node:crypto";
import type { RandomBytes } from "../platform/ids.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const secretLength = 32;

/** A new key: 32 characters of 62, which is 190 random bits; each byte that would favour a letter is left out. */
export function newSecret(random: RandomBytes, livemode: boolean): string {
  let text = "";
  while (text.length < secretLength)
    for (const byte of random(secretLength))
      if (byte < 248 && text.length < secretLength) text += alphabet[byte % 62];
  return `sk_${livemode ? "live" : "test"}_${text}`;
}

/** What is kept of a key. A secret of this length cannot be tried out, so that a plain SHA-256 is enough. */
export const hashOfSecret = (secret: string): Buffer => createHash("sha256").update(secret).digest();

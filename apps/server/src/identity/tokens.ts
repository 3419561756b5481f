import { createHash } from "node:crypto";
import type { RandomBytes } from "../platform/ids.ts";

/** 256 random bits: such a token cannot be guessed, so a plain hash of it is enough to keep. */
export function newToken(random: RandomBytes): string {
  return Buffer.from(random(32)).toString("base64url");
}

/** SHA-256 of a well-formed token; anything else is no token of ours and costs no query. */
export function hashOfToken(token: string | undefined): Buffer | undefined {
  if (token === undefined || !/^[A-Za-z0-9_-]{43}$/.test(token)) return undefined;
  return createHash("sha256").update(token).digest();
}

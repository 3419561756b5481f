import { createHash } from "node:crypto";

/** Namespace of our own, a random UUID. */
const namespace = Buffer.from("6f1d9c1e7b0a4c53a7c8d2e45b90f317", "hex");

/** The same UUID for the same name (version 5, RFC 9562 section 5.5), so that a bank recognises a repeated request. */
export function nameBasedUuid(name: string): string {
  const hash = createHash("sha1").update(namespace).update(name).digest().subarray(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

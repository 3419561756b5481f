import { createHash, createHmac, randomBytes } from "node:crypto";
import type { RandomBytes } from "../platform/ids.ts";
import { bound, decrypt, derive, encrypt, fromBase64url } from "./sealing.ts";
import { type Vault, type VaultContext, VaultError } from "./types.ts";

const version = "v1";

/** Names a master key without telling it. */
export function keyIdOf(master: Uint8Array): string {
  return createHash("sha256").update("jinqiao vault key id").update(master).digest("hex").slice(0, 8);
}

/**
 * A vault of one master key and no database: data keys are derived from the key by HKDF-SHA-256, and nothing can be
 * rotated. The first releases sealed like this (`v1.<key id>.…`); today it opens what they left, makes blind indexes,
 * and serves tests that are about something else.
 * @param options.masterKey 32 bytes in base64
 * @throws VaultError when the key is not 32 bytes
 */
export function createVault(options: { masterKey: string; random?: RandomBytes }): Vault {
  const master = Buffer.from(options.masterKey, "base64");
  if (master.length !== 32) throw new VaultError("The vault key must be 32 bytes in base64.");
  const random = options.random ?? randomBytes;
  const keyId = keyIdOf(master);
  const shredded = new Set<string>();
  const refuseShredded = ({ subject }: VaultContext) => {
    if (subject !== undefined && shredded.has(subject))
      throw new VaultError(`The data of ${subject} was erased.`, { shredded: true });
  };
  const derived = new Map<string, Buffer>();
  const keyFor = (purpose: string): Buffer => {
    const kept = derived.get(purpose);
    if (kept !== undefined) return kept;
    const key = derive(master, Buffer.alloc(0), `jinqiao/${version}/${purpose}`);
    derived.set(purpose, key);
    return key;
  };

  function openBytes(context: VaultContext, sealed: string): Buffer {
    refuseShredded(context);
    const [form, id, payload, ...rest] = sealed.split(".");
    if (form !== version || payload === undefined || rest.length > 0)
      throw new VaultError("The sealed value is not in a known form.");
    if (id !== keyId) throw new VaultError(`The sealed value needs vault key ${id}; this is ${keyId}.`);
    return decrypt(keyFor(`seal/${context.table}`), fromBase64url(payload), additionalData(context));
  }

  return {
    seal(context, plaintext) {
      refuseShredded(context);
      const sealed = encrypt(keyFor(`seal/${context.table}`), plaintext, additionalData(context), random);
      return `${version}.${keyId}.${sealed.toString("base64url")}`;
    },
    open: (context, sealed) => openBytes(context, sealed).toString("utf8"),
    openBytes,
    blindIndex: (context, value) =>
      createHmac("sha256", keyFor(`index/${context.table}/${context.column}`))
        .update(value)
        .digest(),
    ready: async () => {},
    shred: async (_tx, subject) => {
      shredded.add(subject);
    },
  };
}

const additionalData = (context: VaultContext) => bound(context.table, context.column, context.row);

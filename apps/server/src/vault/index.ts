import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from "node:crypto";
import type { Queryable } from "../platform/db.ts";
import type { RandomBytes } from "../platform/ids.ts";

export { erasedName, type PersonalTable, personalData } from "./personal-data.ts";
export { sealOldRows } from "./seal-old-rows.ts";

/** Where a secret lies. It is bound to the ciphertext, so that a value moved to another place does not open. */
export type VaultContext = {
  /** Schema and table, e.g. `banks.consent`. Each table has a data key of its own. */
  table: string;
  column: string;
  /** Id of the row. */
  row: string;
  /**
   * The person (customer id) whose data this is. What is sealed for a subject cannot be read by anybody any more once
   * the subject was shredded. Call `await vault.ready({ subjects })` before sealing or opening for a subject.
   */
  subject?: string;
};

/** Keeps secrets at rest. Sealed values are text: `v1.<key id>.<base64url of nonce, ciphertext and tag>`. */
export type Vault = {
  seal(context: VaultContext, plaintext: string | Uint8Array): string;
  /**
   * A value that was sealed before its column had a subject opens with one as well; the other way round it does not.
   * @throws VaultError when the value was changed, moved, or sealed with another master key; `shredded` is true
   * when its subject was erased
   */
  open(context: VaultContext, sealed: string): string;
  openBytes(context: VaultContext, sealed: string): Buffer;
  /**
   * A keyed hash (HMAC-SHA-256) for finding equal values without storing them. Equal values of one table and
   * column give equal indexes; without the master key nobody can try values against it.
   */
  blindIndex(context: Pick<VaultContext, "table" | "column">, value: string): Buffer;
  /**
   * Loads the keys of these subjects, making those of new ones, so that `seal` and `open` need not wait. Cheap when
   * they are loaded already; shredded subjects are no error here. Give all subjects of a list in one call.
   */
  ready(needs: { subjects: Iterable<string> }): Promise<void>;
  /** Destroys the key of a subject when `tx` commits: nothing sealed for it opens again, on any process. */
  shred(tx: Queryable, subject: string): Promise<void>;
};

export class VaultError extends Error {
  /** True when the value belongs to a person whose data was erased: it is gone for good, and nothing is broken. */
  readonly shredded: boolean;
  constructor(message: string, options: { shredded?: boolean } = {}) {
    super(message);
    this.name = "VaultError";
    this.shredded = options.shredded ?? false;
  }
}

const version = "v1";
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Seals with AES-256-GCM (NIST SP 800-38D). The data key of a table is derived from the master key by HKDF-SHA-256
 * (RFC 5869), so the master key itself never encrypts anything.
 * @param options.masterKey 32 bytes in base64, from the key file
 * @throws VaultError when the key is not 32 bytes
 */
export function createVault(options: { masterKey: string; random?: RandomBytes }): Vault {
  const master = Buffer.from(options.masterKey, "base64");
  if (master.length !== 32) throw new VaultError("The vault key must be 32 bytes in base64.");
  const random = options.random ?? randomBytes;
  // Names the key without telling it: ciphertexts say which key they need when keys change one day.
  const keyId = createHash("sha256").update("jinqiao vault key id").update(master).digest("hex").slice(0, 8);
  const shredded = new Set<string>();
  const refuseShredded = ({ subject }: VaultContext) => {
    if (subject !== undefined && shredded.has(subject))
      throw new VaultError(`The data of ${subject} was erased.`, { shredded: true });
  };
  const derived = new Map<string, Buffer>();
  const keyFor = (purpose: string): Buffer => {
    const kept = derived.get(purpose);
    if (kept !== undefined) return kept;
    const key = Buffer.from(hkdfSync("sha256", master, Buffer.alloc(0), `jinqiao/${version}/${purpose}`, 32));
    derived.set(purpose, key);
    return key;
  };

  function openBytes(context: VaultContext, sealed: string): Buffer {
    refuseShredded(context);
    const [form, id, payload, ...rest] = sealed.split(".");
    if (form !== version || payload === undefined || rest.length > 0)
      throw new VaultError("The sealed value is not in a known form.");
    if (id !== keyId) throw new VaultError(`The sealed value needs vault key ${id}; this is ${keyId}.`);
    const bytes = Buffer.from(payload, "base64url");
    if (bytes.length < nonceBytes + tagBytes) throw new VaultError("The sealed value is too short.");
    const decipher = createDecipheriv(
      "aes-256-gcm",
      keyFor(`seal/${context.table}`),
      bytes.subarray(0, nonceBytes),
      { authTagLength: tagBytes },
    );
    decipher.setAAD(additionalData(context));
    decipher.setAuthTag(bytes.subarray(-tagBytes));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]);
    } catch {
      throw new VaultError(`The sealed value does not belong to ${context.table}.${context.column}.`);
    }
  }

  return {
    seal(context, plaintext) {
      refuseShredded(context);
      const nonce = random(nonceBytes);
      const cipher = createCipheriv("aes-256-gcm", keyFor(`seal/${context.table}`), nonce, {
        authTagLength: tagBytes,
      });
      cipher.setAAD(additionalData(context));
      const ciphertext = Buffer.concat([
        cipher.update(typeof plaintext === "string" ? Buffer.from(plaintext, "utf8") : plaintext),
        cipher.final(),
      ]);
      const payload = Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]).toString("base64url");
      return `${version}.${keyId}.${payload}`;
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

/** A list as JSON, so that no two places can read the same. */
function additionalData(context: VaultContext): Buffer {
  return Buffer.from(JSON.stringify([context.table, context.column, context.row]), "utf8");
}

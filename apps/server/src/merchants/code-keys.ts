import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signWith,
  verify as verifyWith,
} from "node:crypto";
import { makeId } from "@jinqiao/money";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { assert } from "../platform/errors.ts";
import type { Vault } from "../vault/index.ts";

/** Signs merchants' codes with Ed25519 (RFC 8032), and knows every key that ever signed one. */
export type CodeKeys = {
  signer(): Promise<{ id: string; sign(bytes: Uint8Array): Uint8Array }>;
  /** False for a key that nobody knows. */
  verify(keyId: string, signature: Uint8Array, bytes: Uint8Array): Promise<boolean>;
  /** Public keys, newest first: 32 bytes each. */
  list(): Promise<{ id: string; publicKey: Buffer; createdAt: Date }[]>;
};

type KeyRow = { id: string; public_key: Buffer; sealed: string; created_at: Date };

const place = (row: string) => ({ table: "merchants.code_key", column: "sealed", row });
/** What comes before the 32 bytes of an Ed25519 public key in SubjectPublicKeyInfo (RFC 8410, section 4). */
const spkiHead = Buffer.from("302a300506032b6570032100", "hex");

export function createCodeKeys(deps: { db: Db; clock: Clock; vault: Vault }): CodeKeys {
  const { db, clock, vault } = deps;
  const known = new Map<string, KeyObject>();
  let signing: Promise<{ id: string; key: KeyObject }> | undefined;

  const select = (where: string, values: unknown[] = []) =>
    db.query<KeyRow>(
      `SELECT * FROM merchants.code_key ${where} ORDER BY created_at DESC, id DESC LIMIT 100`,
      values,
    );

  async function openSigning(): Promise<{ id: string; key: KeyObject }> {
    if ((await select("")).length === 0) {
      const { publicKey, privateKey } = generateKeyPairSync("ed25519");
      const raw = publicKey.export({ format: "der", type: "spki" }).subarray(spkiHead.length);
      // The last twelve characters of an id are random; the key needs a name, not a place in an order.
      const id = makeId("qrc", 0, raw).slice(-12);
      const sealed = vault.seal(place(id), privateKey.export({ format: "der", type: "pkcs8" }));
      // Of several processes that start at once one makes the key.
      await db.query(
        `INSERT INTO merchants.code_key (id, public_key, sealed, created_at)
         SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT FROM merchants.code_key)`,
        [id, raw, sealed, clock.now()],
      );
    }
    const [row] = await select("");
    assert(row, "a key for codes was stored");
    const key = createPrivateKey({
      key: vault.openBytes(place(row.id), row.sealed),
      format: "der",
      type: "pkcs8",
    });
    return { id: row.id, key };
  }

  async function publicKeyOf(keyId: string): Promise<KeyObject | undefined> {
    if (!/^[0-9a-z]{12}$/.test(keyId)) return undefined;
    const before = known.get(keyId);
    if (before) return before;
    const [row] = await select("WHERE id = $1", [keyId]);
    if (row === undefined) return undefined;
    const der = Buffer.concat([spkiHead, row.public_key]);
    const key = createPublicKey({ key: der, format: "der", type: "spki" });
    known.set(keyId, key);
    return key;
  }

  return {
    async signer() {
      signing ??= openSigning().catch((error: unknown) => {
        signing = undefined;
        throw error;
      });
      const { id, key } = await signing;
      return { id, sign: (bytes) => signWith(null, bytes, key) };
    },
    async verify(keyId, signature, bytes) {
      const key = await publicKeyOf(keyId);
      return key !== undefined && signature.length === 64 && verifyWith(null, bytes, key, signature);
    },
    async list() {
      return (await select("")).map(({ id, public_key, created_at }) => ({
        id,
        publicKey: public_key,
        createdAt: created_at,
      }));
    },
  };
}

/// <reference path="./sm-crypto.d.ts" />
/** The bank's own keys and its way to sign and verify: RSA with SHA-256, or SM2 with SM3 (GB/T 32918). */
import { constants, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { importPKCS8 } from "jose";
import sm from "sm-crypto";
import type { Queryable } from "../database.ts";

export const ALGORITHMS = ["RSA-SHA256", "SM2-SM3"] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** A public key: PEM (SPKI) for RSA, the uncompressed point in hexadecimal for SM2. */
export interface PublicKey {
  algorithm: Algorithm;
  serial: string;
  publicKey: string;
}
export interface KeyPair extends PublicKey {
  privateKey: string;
}

/** Distinguishing identifier where the parties agreed on none (GM/T 0009-2012, section 10). */
const SM2_OPTIONS = { hash: true, der: true, userId: "1234567812345678" };

export function signText(key: KeyPair, text: string): string {
  const bytes = Buffer.from(text, "utf8");
  if (key.algorithm === "RSA-SHA256") return sign("sha256", bytes, key.privateKey).toString("base64");
  return Buffer.from(sm.sm2.doSignature([...bytes], key.privateKey, SM2_OPTIONS), "hex").toString("base64");
}

/** False for anything that is not this key's signature of this text; never throws. */
export function isSignedBy(key: PublicKey, text: string, signature: string): boolean {
  const bytes = Buffer.from(text, "utf8");
  const given = Buffer.from(signature, "base64");
  if (given.toString("base64") !== signature) return false;
  try {
    if (key.algorithm === "RSA-SHA256")
      return verify("sha256", bytes, { key: key.publicKey, padding: constants.RSA_PKCS1_PADDING }, given);
    return sm.sm2.doVerifySignature([...bytes], given.toString("hex"), key.publicKey, SM2_OPTIONS);
  } catch {
    return false;
  }
}

/** Whether a merchant's public key can be used at all. */
export function isPublicKey({ algorithm, publicKey }: PublicKey): boolean {
  if (algorithm === "SM2-SM3") return /^04[0-9a-f]{128}$/i.test(publicKey);
  try {
    const key = createPublicKey(publicKey);
    return key.asymmetricKeyType === "rsa" && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
  } catch {
    return false;
  }
}

function makeRsa(serial: string): KeyPair {
  const pair = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  return { algorithm: "RSA-SHA256", serial, ...pair };
}

export interface BankKeys {
  sign: Record<Algorithm, KeyPair>;
  /** RSA key pair under which the four elements are enciphered to the bank. */
  cipher: KeyPair;
  decipherKey: Awaited<ReturnType<typeof importPKCS8>>;
}

/** Keys are made once and kept in the bank's database; of two starts at once the first one's stay. */
export async function loadBankKeys(db: Queryable): Promise<BankKeys> {
  const read = async () => {
    const { rows } = await db.query<{
      purpose: string;
      algorithm: Algorithm;
      serial: string;
      private_key: string;
      public_key: string;
    }>("SELECT * FROM quick_keys");
    return rows.map((row) => ({
      purpose: row.purpose,
      algorithm: row.algorithm,
      serial: row.serial,
      privateKey: row.private_key,
      publicKey: row.public_key,
    }));
  };
  if ((await read()).length < 3) {
    const made: [string, KeyPair][] = [
      ["sign", makeRsa("bank-rsa-1")],
      ["sign", { algorithm: "SM2-SM3", serial: "bank-sm2-1", ...sm.sm2.generateKeyPairHex() }],
      ["cipher", makeRsa("bank-cipher-1")],
    ];
    for (const [purpose, key] of made)
      await db.query(
        `INSERT INTO quick_keys (purpose, algorithm, serial, private_key, public_key) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING`,
        [purpose, key.algorithm, key.serial, key.privateKey, key.publicKey],
      );
  }
  const keys = await read();
  const find = (purpose: string, algorithm: Algorithm): KeyPair => {
    const key = keys.find((one) => one.purpose === purpose && one.algorithm === algorithm);
    if (key === undefined) throw new Error(`the bank has no ${purpose} key for ${algorithm}`);
    return key;
  };
  const cipher = find("cipher", "RSA-SHA256");
  return {
    sign: { "RSA-SHA256": find("sign", "RSA-SHA256"), "SM2-SM3": find("sign", "SM2-SM3") },
    cipher,
    decipherKey: await importPKCS8(cipher.privateKey, "RSA-OAEP-256"),
  };
}

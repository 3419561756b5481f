import { constants, sign, verify } from "node:crypto";
import { sm2 } from "sm-crypto-v2";
import type { QuickPaymentConfig } from "./settings.ts";

type SignKey = QuickPaymentConfig["signKey"];
type VerifyKey = QuickPaymentConfig["bankSignKeys"][number];

/** Where the parties agreed on no identifier of the signer: GM/T 0009-2012, section 10. */
const sm2Options = { hash: true, der: true, userId: "1234567812345678" } as const;

/**
 * Signs a text in UTF-8: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2), or SM2 with SM3 (GB/T 32918.2 and
 * GB/T 32905), DER-encoded. Node's OpenSSL signs SM2 only with an empty identifier, so a library does it.
 * @returns the signature in base64
 */
export function signText(key: SignKey, text: string): string {
  const bytes = Buffer.from(text, "utf8");
  return key.algorithm === "RSA-SHA256"
    ? sign("sha256", bytes, key.privateKey).toString("base64")
    : Buffer.from(sm2.doSignature(bytes, key.privateKey, sm2Options), "hex").toString("base64");
}

/** False for anything that is not this key's signature of this text; never throws. */
export function isSignedBy(key: VerifyKey, text: string, signature: string): boolean {
  const bytes = Buffer.from(text, "utf8");
  const given = Buffer.from(signature, "base64");
  // One signature has one spelling: what decodes in spite of padding, spaces or bytes behind it is refused.
  if (given.toString("base64") !== signature) return false;
  try {
    return key.algorithm === "RSA-SHA256"
      ? verify("sha256", bytes, { key: key.publicKey, padding: constants.RSA_PKCS1_PADDING }, given)
      : isDer(given) && sm2.doVerifySignature(bytes, given.toString("hex"), key.publicKey, sm2Options);
  } catch {
    return false;
  }
}

/** Two integers in a sequence and nothing behind them (GM/T 0009-2012, section 7.3); the library would not mind more. */
function isDer(signature: Buffer): boolean {
  const rLength = signature[3] ?? 0;
  const sLength = signature[5 + rLength] ?? 0;
  return (
    signature[0] === 0x30 &&
    signature[1] === signature.length - 2 &&
    signature[2] === 0x02 &&
    signature[4 + rLength] === 0x02 &&
    signature.length === 6 + rLength + sLength
  );
}

/** The bank's key of that name and kind, if it has one. */
export function bankKeyOf(
  config: QuickPaymentConfig,
  serial: string,
  algorithm: string,
): VerifyKey | undefined {
  return config.bankSignKeys.find((key) => key.serial === serial && key.algorithm === algorithm);
}

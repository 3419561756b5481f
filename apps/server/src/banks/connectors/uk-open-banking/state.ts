import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import type { UkOpenBankingConfig } from "./settings.ts";

/**
 * What a consent's way through the bank's pages must bring back. It travels, sealed, in the `state` of the
 * authorization request, so that nothing need be kept for customers who never return.
 */
export type ReturnState = {
  kind:
    | "domestic-payment"
    | "domestic-vrp"
    | "domestic-scheduled-payment"
    | "domestic-standing-order"
    | "funds";
  consentId: string;
  reference: string;
  amountMinor: string;
  currency: string;
};

export type Sealing = {
  seal(state: ReturnState): string;
  /** The state, or undefined when it is not one of ours. */
  open(text: string): ReturnState | undefined;
  /** PKCE verifier and nonce that belong to a sealed state and that only we can derive from it. */
  secretsOf(sealed: string): { codeVerifier: string; nonce: string };
};

const ivBytes = 12;
const tagBytes = 16;

/** The key comes from our private key, which every process of the server has; it is used for nothing else. */
export function createSealing(config: UkOpenBankingConfig): Sealing {
  const derive = (purpose: string) =>
    Buffer.from(hkdfSync("sha256", config.privateKey.d, config.id, `jinqiao uk-open-banking ${purpose}`, 32));
  const sealingKey = derive("state");
  const secretsKey = derive("pkce");
  const secret = (sealed: string, purpose: string) =>
    createHmac("sha256", secretsKey).update(`${purpose} ${sealed}`).digest("base64url");
  return {
    seal({ kind, consentId, reference, amountMinor, currency }) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv("aes-256-gcm", sealingKey, iv);
      const text = JSON.stringify([kind, consentId, reference, amountMinor, currency]);
      return Buffer.concat([iv, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString(
        "base64url",
      );
    },
    open(text) {
      const bytes = Buffer.from(text, "base64url");
      if (bytes.length <= ivBytes + tagBytes) return undefined;
      try {
        const cipher = createDecipheriv("aes-256-gcm", sealingKey, bytes.subarray(0, ivBytes));
        cipher.setAuthTag(bytes.subarray(-tagBytes));
        const plain = Buffer.concat([cipher.update(bytes.subarray(ivBytes, -tagBytes)), cipher.final()]);
        const [kind, consentId, reference, amountMinor, currency] = JSON.parse(plain.toString()) as string[];
        return { kind, consentId, reference, amountMinor, currency } as ReturnState;
      } catch {
        return undefined;
      }
    },
    secretsOf: (sealed) => ({ codeVerifier: secret(sealed, "verifier"), nonce: secret(sealed, "nonce") }),
  };
}

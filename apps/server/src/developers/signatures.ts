import { createHmac } from "node:crypto";
import type { RandomBytes } from "../platform/ids.ts";

const prefix = "whsec_";

/** A signing secret: 32 random bytes. Source of form and lengths: Standard Webhooks, "Signature scheme". */
export const newSigningSecret = (random: RandomBytes): string =>
  `${prefix}${Buffer.from(random(32)).toString("base64")}`;

/**
 * The headers that a webhook is sent with. With several secrets it bears a signature by each, so that a receiver may
 * change over at any time. Source: Standard Webhooks, "Webhook headers" (HMAC-SHA-256 over id, seconds and body).
 * @param at time of this attempt; receivers refuse what is older than some minutes
 */
export function signedHeaders(message: {
  id: string;
  at: Date;
  body: string;
  secrets: readonly string[];
}): Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string> {
  const seconds = String(Math.floor(message.at.getTime() / 1_000));
  const signed = `${message.id}.${seconds}.${message.body}`;
  return {
    "webhook-id": message.id,
    "webhook-timestamp": seconds,
    "webhook-signature": message.secrets
      .map((secret) => {
        const key = Buffer.from(secret.slice(prefix.length), "base64");
        return `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
      })
      .join(" "),
  };
}

import { createHmac, timingSafeEqual } from "node:crypto";
import type { CheckoutResult } from "@jinqiao/contract";

/**
 * The result that travels on a return address: JSON in base64url, then one HMAC-SHA-256 for every secret that holds,
 * with dots between. It tells the shop's page what to show and proves no payment: whoever saw it may send it again, and
 * a refund may have come since. The API and webhooks are the proof.
 */
export function signResult(result: CheckoutResult, secrets: readonly string[]): string {
  const content = Buffer.from(JSON.stringify(result)).toString("base64url");
  return [content, ...secrets.map((secret) => macOf(content, secret).toString("base64url"))].join(".");
}

/** What a signed result says; undefined where no signature is by this secret. */
export function openResult(text: string, secret: string): CheckoutResult | undefined {
  const [content = "", ...signatures] = text.split(".");
  const expected = macOf(content, secret);
  const good = signatures.some((signature) => {
    const given = Buffer.from(signature, "base64url");
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  return good
    ? (JSON.parse(Buffer.from(content, "base64url").toString("utf8")) as CheckoutResult)
    : undefined;
}

const macOf = (content: string, secret: string): Buffer =>
  createHmac("sha256", secret).update(`jinqiao-checkout-result.${content}`).digest();

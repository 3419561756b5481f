import type { components } from "@jinqiao/contract/client";

/** What the address says to which a payer came back. */
export type CheckoutResult = components["schemas"]["CheckoutResult"];

/**
 * Reads the signed result on the address to which a payer comes back (`jinqiao_result`). It tells a page what to show
 * and proves no payment: whoever saw the address may open it again, and a refund may have come since. Ship after the
 * webhook, or after the API says `paid`.
 * @param address the whole address, or the value of `jinqiao_result`
 * @param secret `cksec_…`, or several while one takes the other's place
 * @returns undefined where there is no result, or none that was signed with the secret
 */
export async function verifyCheckoutReturn(
  address: string,
  secret: string | readonly string[],
): Promise<CheckoutResult | undefined> {
  const text = address.includes("jinqiao_result=")
    ? (new URL(address, "https://shop.invalid").searchParams.get("jinqiao_result") ?? "")
    : address;
  const [content = "", ...signatures] = text.split(".").slice(0, 5);
  const encoder = new TextEncoder();
  const signed = encoder.encode(`jinqiao-checkout-result.${content}`);
  for (const one of typeof secret === "string" ? [secret] : secret) {
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", encoder.encode(one), algorithm, false, ["verify"]);
    for (const signature of signatures) {
      const bytes = bytesOf(signature);
      if (bytes !== undefined && (await crypto.subtle.verify("HMAC", key, bytes, signed)))
        return JSON.parse(new TextDecoder().decode(bytesOf(content)));
    }
  }
  return undefined;
}

/** Bytes of base64url text; undefined for what is none. */
function bytesOf(base64url: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const base64 = base64url.replaceAll("-", "+").replaceAll("_", "/");
    return Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  } catch {
    return undefined;
  }
}

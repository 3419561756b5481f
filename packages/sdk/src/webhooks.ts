import type { components } from "@jinqiao/contract/client";

/** What a webhook says: an event with its object as it was then. */
export type WebhookEvent = components["schemas"]["WebhookPayload"];

/** The webhook is not to be believed: answer 400 and do nothing. */
export class WebhookVerificationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "WebhookVerificationError";
  }
}

export type VerifyOptions = {
  /** How old or how far ahead a signature may be, in seconds; 300 when absent. */
  toleranceSeconds?: number;
  /** Unix milliseconds; the clock when absent. */
  nowMs?: number;
};

type HeaderBag = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

const prefix = "whsec_";

/**
 * Holds a webhook to its signature and its age and answers the event. Runs on servers and in browsers (Web Crypto), and
 * compares in constant time. Source: Standard Webhooks specification, "Verifying webhook authenticity".
 * @param body the bytes or the text exactly as they came; JSON that was parsed and written again has another signature
 * @param secret `whsec_…`, or several while one takes the other's place
 * @throws WebhookVerificationError
 */
export async function verifyWebhook(
  body: string | Uint8Array,
  headers: HeaderBag,
  secret: string | readonly string[],
  { toleranceSeconds = 300, nowMs = Date.now() }: VerifyOptions = {},
): Promise<WebhookEvent> {
  const header = (name: string): string => {
    const value = headers instanceof Headers ? headers.get(name) : headerIn(headers, name);
    if (typeof value !== "string" || value === "")
      throw new WebhookVerificationError(`The header ${name} is missing.`);
    return value;
  };
  const id = header("webhook-id");
  const timestamp = header("webhook-timestamp");
  const signatures = header("webhook-signature").split(" ").slice(0, 20);
  if (!/^\d{1,12}$/.test(timestamp)) throw new WebhookVerificationError("The time is not readable.");
  if (Math.abs(nowMs / 1_000 - Number(timestamp)) > toleranceSeconds)
    throw new WebhookVerificationError("The webhook is too old, or a clock is wrong.");
  const text = typeof body === "string" ? body : new TextDecoder("utf-8", { fatal: true }).decode(body);
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${text}`);
  const given = signatures.flatMap((one) => (one.startsWith("v1,") ? [bytesOf(one.slice(3))] : []));
  for (const one of typeof secret === "string" ? [secret] : secret) {
    const key = await keyOf(one);
    for (const signature of given)
      if (signature !== undefined && (await crypto.subtle.verify("HMAC", key, signature, signed)))
        return JSON.parse(text) as WebhookEvent;
  }
  throw new WebhookVerificationError("No signature is by this secret.");
}

function headerIn(headers: Exclude<HeaderBag, Headers>, name: string): string | undefined {
  const found = Object.entries(headers).find(([known]) => known.toLowerCase() === name)?.[1];
  return typeof found === "string" ? found : found?.[0];
}

async function keyOf(secret: string) {
  const bytes = secret.startsWith(prefix) ? bytesOf(secret.slice(prefix.length)) : undefined;
  if (bytes === undefined || bytes.length < 24)
    throw new WebhookVerificationError("The signing secret must be whsec_… as the merchant portal shows it.");
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
}

/** Bytes of base64 text; undefined for what is none. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  } catch {
    return undefined;
  }
}

import webPush from "web-push";
import { connectionOutcome, type MessageSender, type Outcome } from "./sender.ts";

export type PushKeys = { publicKey: string; privateKey: string };
export type PushSettings = {
  /** Whom a push service may turn to: `mailto:…` or an https address (RFC 8292, section 2.1). */
  contact: string;
  /** Hosts that notices may be sent to; `*.` stands for any name below. */
  hosts: readonly string[];
  timeoutMs?: number;
};

/**
 * Whether an endpoint lies at a push service we know. A browser's page tells us the address and we then send requests
 * there, so an unknown one could make this server knock at doors inside its own network.
 */
export function isKnownPushService(endpoint: string, hosts: readonly string[]): boolean {
  if (!URL.canParse(endpoint)) return false;
  const url = new URL(endpoint);
  if (url.username || url.password) return false;
  const loopback = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url.protocol !== "https:" && !(loopback && url.protocol === "http:")) return false;
  return hosts.some((host) =>
    host.startsWith("*.")
      ? url.host.endsWith(host.slice(1)) && url.host.length > host.length - 1
      : url.host === host,
  );
}

/** Notices to browsers: Web Push (RFC 8030), encrypted for the browser alone (RFC 8291), signed by us (RFC 8292). */
export function createPushSender(
  settings: PushSettings & { keys(): Promise<PushKeys> },
): MessageSender<"push"> {
  const { timeoutMs = 10_000 } = settings;
  return {
    channel: "push",
    name: "web-push",
    async send({ subscription, title, text, path, reference, locale, expiresAt }) {
      if (!isKnownPushService(subscription.endpoint, settings.hosts))
        return { outcome: "refused", code: "unknown_service", gone: true };
      const keys = await settings.keys();
      const secondsLeft = expiresAt ? Math.ceil((expiresAt.getTime() - Date.now()) / 1_000) : 86_400;
      const { endpoint, method, headers, body } = webPush.generateRequestDetails(
        subscription,
        JSON.stringify({ title, body: text, path, tag: reference, lang: locale === "zh" ? "zh-CN" : "en" }),
        {
          vapidDetails: { subject: settings.contact, ...keys },
          TTL: Math.max(0, Math.min(secondsLeft, 86_400)),
          urgency: "high",
          contentEncoding: "aes128gcm",
        },
      );
      try {
        const response = await fetch(endpoint, {
          method,
          headers: headers as Record<string, string>,
          body: body as Buffer<ArrayBuffer>,
          redirect: "manual",
          signal: AbortSignal.timeout(timeoutMs),
        });
        await response.body?.cancel();
        return outcomeOf(response);
      } catch (error) {
        return connectionOutcome(error);
      }
    },
    async close() {},
  };
}

/** Source of the answers' meaning: RFC 8030, sections 5 and 7.3. */
function outcomeOf({ status, ok, headers }: Response): Outcome {
  if (ok) return { outcome: "accepted" };
  const code = `http_${status}`;
  if (status === 404 || status === 410) return { outcome: "refused", code, gone: true };
  if (status === 429 || status >= 500) {
    const seconds = Number(headers.get("retry-after"));
    return {
      outcome: "failed",
      code,
      ...(seconds > 0 && seconds < 3_600 ? { retryAfterMs: seconds * 1_000 } : {}),
    };
  }
  return { outcome: "refused", code };
}

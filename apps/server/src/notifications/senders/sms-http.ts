import { connectionOutcome, type MessageSender, type Outcome } from "./sender.ts";

export type SmsSettings = {
  /** Where messages are posted, https. */
  url: string;
  /** Value of the Authorization header, a secret. */
  authorization?: string;
  /**
   * The gateway's JSON body: `{{to}}`, `{{text}}` and `{{reference}}` inside its strings are replaced. Gateways differ
   * in names only, so that this takes the place of a connector for each.
   */
  body: unknown;
  timeoutMs?: number;
};

/** SMS by a gateway that takes JSON over HTTP. The reference goes with every try, so that it sends once. */
export function createSmsSender(settings: SmsSettings): MessageSender<"sms"> {
  const { timeoutMs = 15_000 } = settings;
  return {
    channel: "sms",
    name: "http",
    async send({ to, text, reference }) {
      try {
        const response = await fetch(settings.url, {
          method: "POST",
          // An answer from elsewhere would get the number and the text.
          redirect: "manual",
          headers: {
            "content-type": "application/json",
            "idempotency-key": reference,
            ...(settings.authorization === undefined ? {} : { authorization: settings.authorization }),
          },
          body: JSON.stringify(filled(settings.body, { to, text, reference })),
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

/** Replaces inside strings, never in the JSON text: no value can change the body's structure. */
function filled(template: unknown, values: Record<string, string>): unknown {
  if (typeof template === "string")
    return template.replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) => values[name] ?? whole);
  if (Array.isArray(template)) return template.map((one) => filled(one, values));
  if (typeof template === "object" && template !== null)
    return Object.fromEntries(Object.entries(template).map(([name, one]) => [name, filled(one, values)]));
  return template;
}

function outcomeOf({ status, ok, headers }: Response): Outcome {
  if (ok) return { outcome: "accepted" };
  const code = `http_${status}`;
  if (status === 429 || status === 503) {
    const seconds = Number(headers.get("retry-after"));
    return {
      outcome: "failed",
      code,
      ...(seconds > 0 && seconds < 3_600 ? { retryAfterMs: seconds * 1_000 } : {}),
    };
  }
  if (status === 401 || status === 403 || status === 408) return { outcome: "failed", code };
  // An error inside the gateway may have come after it had sent.
  return { outcome: status >= 500 ? "unknown" : "refused", code };
}

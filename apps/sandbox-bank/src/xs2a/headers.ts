/** Headers that several XS2A operations read or write. */
import { formatError } from "./errors.ts";
import type { Call } from "./pipeline.ts";

/** Where notices about a resource go (TPP-Notification-URI), or `null`. Throws FORMAT_ERROR for other than http(s). */
export function notificationUriOf(call: Call): string | null {
  return uriOf(call, "TPP-Notification-URI");
}

/** An http(s) address in a header, or `null` when the header is absent. Throws FORMAT_ERROR for anything else. */
export function uriOf(call: Call, name: string): string | null {
  const text = call.headers[name.toLowerCase()];
  if (text === undefined) return null;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol) || url.username !== "") {
    throw formatError("The address must be an absolute http or https URI.", name);
  }
  return text;
}

/** Says whether notices will come, and which (NextGenPSD2 resource status notification service). */
export function notificationHeaders(notificationUri: string | null): Record<string, string> {
  if (notificationUri === null) return {};
  return { "aspsp-notification-support": "true", "aspsp-notification-content": "status=PROCESS" };
}

import type { WebhookDelivery } from "@jinqiao/contract";
import { Agent, request } from "undici";
import { AddressRefused, bareHost, checkedAddresses, checkedLookup, type Resolve } from "./addresses.ts";

export type Failure = NonNullable<WebhookDelivery["failure"]>;
/** What became of one attempt. */
export type Attempt = {
  /** Undefined where no answer came. */
  status: number | undefined;
  /** Undefined: a 2xx answer came. */
  failure: Failure | undefined;
  /** The beginning of what the receiver said, as text. */
  body: string | undefined;
  durationMs: number;
};

export type Sender = {
  /** Sends once. Never throws: whatever happens is an attempt with its failure. */
  send(url: string, message: { headers: Record<string, string>; body: string }): Promise<Attempt>;
  close(): Promise<void>;
};

/** An answer has to be there within this, from the first packet to the last byte that is read. */
const usualTimeoutMs = 15_000;
const mostRead = 64 * 1024;
const mostKept = 4 * 1024;

/** Sends webhooks to public addresses alone; redirects are not followed. */
export function createSender(deps: {
  resolve: Resolve;
  allowLoopback: boolean;
  timeoutMs?: number | undefined;
}): Sender {
  const timeoutMs = deps.timeoutMs ?? usualTimeoutMs;
  const agent = new Agent({
    connect: { lookup: checkedLookup(deps), timeout: timeoutMs },
    keepAliveTimeout: 10_000,
    keepAliveMaxTimeout: 30_000,
    // Receivers choose their header's size, not how much memory it takes here.
    maxHeaderSize: 16 * 1024,
  });
  return {
    async send(url, { headers, body }) {
      const began = performance.now();
      const took = () => Math.round(performance.now() - began);
      let status: number | undefined;
      try {
        // A host that is an address is never looked up by a socket, so it is checked here.
        const host = bareHost(new URL(url).hostname);
        if (/^[\d.]+$|:/.test(host)) await checkedAddresses(host, deps);
        const signal = AbortSignal.timeout(timeoutMs);
        const answer = await request(url, { dispatcher: agent, method: "POST", headers, body, signal });
        status = answer.statusCode;
        const text = await beginningOf(answer.body);
        const good = status >= 200 && status < 300;
        return { status, failure: good ? undefined : "status", body: text, durationMs: took() };
      } catch (error) {
        return { status, failure: failureOf(error), body: undefined, durationMs: took() };
      }
    },
    close: () => agent.destroy(),
  };
}

/** Reads what is needed and hangs up on whoever never ends. */
async function beginningOf(stream: AsyncIterable<Uint8Array> & { destroy(): unknown }): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of stream) {
    parts.push(part);
    length += part.length;
    if (length >= mostRead) break;
  }
  if (length >= mostRead) stream.destroy();
  // What is no UTF-8 becomes replacement characters; a zero byte PostgreSQL would refuse inside text.
  return Buffer.concat(parts).subarray(0, mostKept).toString("utf8").replaceAll("\0", "\ufffd");
}

/** The error that stands behind one, where it was wrapped on its way. */
function failureOf(error: unknown): Failure {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = String((cause as { code?: unknown }).code ?? "");
    if (cause instanceof AddressRefused) return "address_refused";
    if (cause.name === "TimeoutError" || code.endsWith("_TIMEOUT")) return "timeout";
    if (code.startsWith("ERR_TLS") || code.startsWith("ERR_SSL") || /CERT|SELF_SIGNED|EPROTO/.test(code))
      return "tls";
    if (cause.name === "HTTPParserError" || code === "UND_ERR_HEADERS_OVERFLOW") return "unreadable";
  }
  return "unreachable";
}

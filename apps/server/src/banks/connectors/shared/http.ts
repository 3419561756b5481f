import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { Agent, type Dispatcher, request } from "undici";
import type { HttpOptions } from "../../types.ts";
import type { TlsSettings } from "./tls.ts";

/** One answer of the bank, whole. */
export type BankResponse = {
  status: number;
  mediaType: string;
  text: string;
  durationMs: number;
  /** A header of the answer by its name in small letters; the first where there are several. */
  header(name: string): string | undefined;
};

/**
 * The bank gave no answer that can be read. `reached` says whether the request may have arrived: `no` only where
 * no connection came about, so that repeating it is certain not to do it twice.
 */
export class BankCallError extends Error {
  readonly reached: "no" | "maybe";
  /** Status of an answer that could not be read. */
  readonly status: number | undefined;
  constructor(
    reached: BankCallError["reached"],
    message: string,
    options: { cause?: unknown; status?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "BankCallError";
    this.reached = reached;
    this.status = options.status;
  }
}

export type BankHttp = {
  /**
   * One call. Redirects are not followed; answers above the size limit and calls over the deadline fail. Where no
   * connection came about it is tried once more after a moment: a bank's server may just be starting anew.
   * @param call.alone opens a connection for this call only: a bank closing an idle connection at the same moment
   *   would otherwise make it unknowable whether a payment arrived
   * @param call.patience how many times the usual deadline the call may take
   * @throws BankCallError
   */
  call(call: {
    operation: string;
    method: "GET" | "POST" | "PUT" | "DELETE";
    url: URL;
    headers: Record<string, string>;
    body?: string;
    alone?: boolean;
    patience?: number;
  }): Promise<BankResponse>;
  readonly dispatcher: Dispatcher;
  readonly timeoutMs: number;
  close(): Promise<void>;
};

const maxResponseBytes = 16 * 1024 * 1024;

/** Errors that arise before a single byte of the request left: name look-up, connection, the bank's certificate. */
const notConnected = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_REVOKED",
  "CERT_SIGNATURE_FAILURE",
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "INVALID_CA",
  "INVALID_PURPOSE",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);
/** Those among them that may be gone a moment later. */
const passing = new Set([
  "ECONNREFUSED",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);
const secondTryAfterMs = 250;
/**
 * How long one address of a bank is tried before the next one. Node's own 250 ms are too few where this process was
 * busy for a moment: the time is up before the connection is looked at, the right address is given up, and what is left
 * is often an IPv6 address at which nobody listens.
 */
const addressTimeMs = 2_000;

/**
 * The bank's words, in the handshake, that it does not take our certificate or has no protocol in common with us. In
 * TLS 1.3 they come after the first request was written, but a server that aborts a handshake has read none of it (RFC
 * 8446, sections 4.4.2.4 and 6.2). A bank that merely cuts the connection leaves it open: that is not among these.
 */
const handshakeRefused =
  /^ERR_SSL_(TLSV13_ALERT_CERTIFICATE_REQUIRED|TLSV1_ALERT_(UNKNOWN_CA|ACCESS_DENIED|PROTOCOL_VERSION)|SSLV3_ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_(EXPIRED|REVOKED|UNKNOWN)|HANDSHAKE_FAILURE))$/;

/** @param options.tls client certificate (QWAC) and authorities; the usual authorities and no certificate when absent */
export function createBankHttp(
  options: HttpOptions & { bankId: string; logger: Logger; tls?: TlsSettings | undefined },
): BankHttp {
  const timeoutMs = options.timeoutMs ?? 10_000;
  const { ca, certificate, privateKey } = options.tls ?? {};
  // Well within the usual deadline, so that a bank that cannot be reached is known not to have been, and is tried twice.
  const connectTimeMs = Math.min(timeoutMs, 4_000);
  const settings: Agent.Options = {
    connect: {
      timeout: connectTimeMs,
      autoSelectFamilyAttemptTimeout: Math.min(addressTimeMs, connectTimeMs),
      ...(ca === undefined ? {} : { ca }),
      ...(certificate === undefined || privateKey === undefined
        ? {}
        : { cert: certificate, key: privateKey }),
    },
    connections: 16,
    keepAliveTimeout: 2_000,
    maxResponseSize: maxResponseBytes,
    strictContentLength: true,
  };
  const shared = new Agent({ ...settings, pipelining: 1 });
  const single = new Agent({ ...settings, pipelining: 0 });

  return {
    dispatcher: shared,
    timeoutMs,
    async call({ operation, method, url, headers, body, alone, patience }) {
      const startedMs = performance.now();
      const elapsedMs = () => Math.round(performance.now() - startedMs);
      const log = (result: Record<string, unknown>) =>
        options.logger.debug(
          { bankId: options.bankId, operation, method, durationMs: elapsedMs(), ...result },
          "bank call",
        );
      const deadlineMs = timeoutMs * (patience ?? 1);
      // The two timeouts of the request start anew with each byte; this one ends a bank that answers drop by drop.
      const signal = AbortSignal.timeout(deadlineMs);
      const attempt = async (): Promise<BankResponse> => {
        const answer = await request(url, {
          method,
          headers,
          ...(body === undefined ? {} : { body }),
          dispatcher: alone ? single : shared,
          headersTimeout: deadlineMs,
          bodyTimeout: deadlineMs,
          signal,
        });
        const text = await answer.body.text();
        log({ status: answer.statusCode });
        const contentType = String(answer.headers["content-type"] ?? "");
        return {
          status: answer.statusCode,
          mediaType: contentType.split(";")[0]?.trim().toLowerCase() ?? "",
          text,
          durationMs: elapsedMs(),
          header(name) {
            const value = answer.headers[name];
            return Array.isArray(value) ? value[0] : value;
          },
        };
      };
      try {
        return await attempt().catch(async (error: unknown) => {
          const code = codeOf(error);
          const leftMs = deadlineMs - elapsedMs() - secondTryAfterMs;
          if (!passing.has(code) || leftMs <= connectTimeMs) throw error;
          log({ failure: code, again: true });
          await sleep(secondTryAfterMs);
          return attempt();
        });
      } catch (error) {
        const code = codeOf(error);
        log({ failure: code });
        const reached = notConnected.has(code) || handshakeRefused.test(code) ? "no" : "maybe";
        throw new BankCallError(reached, reached === "no" ? `no connection: ${code}` : `no answer: ${code}`, {
          cause: error,
        });
      }
    },
    async close() {
      await Promise.all([shared.destroy(), single.destroy()]);
    },
  };
}

function codeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return typeof code === "string" ? code : typeof name === "string" ? name : "unknown";
}

/** True for addresses on this machine, the only ones that may be called without TLS. */
export function isLoopback(url: URL): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
}

/** An address that a bank gave us for a browser: https, or http where the bank itself is on this machine. */
export function isSafeForBrowser(text: string, bank: URL): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(bank) && isLoopback(url));
}

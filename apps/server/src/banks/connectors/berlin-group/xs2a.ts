import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { Refusal } from "../../../platform/errors.ts";
import { AccessError, type ConsentAccess } from "../../connector.ts";
import { BankCallError, type BankHttp, type BankResponse } from "../shared/http.ts";
import { tppErrors } from "./messages.ts";
import type { BankOAuth } from "./oauth.ts";
import type { BerlinGroupConfig } from "./settings.ts";
import { createSigner } from "./signature.ts";

/** One of the bank's messages about a call (NextGenPSD2 1.3.11, `tppMessages`). */
export type BankMessage = { code: string; path: string | null; text: string | null };

/** The bank's answer was an error with a message code. `messages` holds all that it said, `code` what it meant first. */
export class BankRefused extends Error {
  readonly status: number;
  readonly code: string;
  readonly messages: readonly BankMessage[];
  constructor(status: number, code: string, messages: readonly BankMessage[] = []) {
    super(`the bank answered ${status} ${code}`);
    this.name = "BankRefused";
    this.status = status;
    this.code = code;
    this.messages = messages;
  }
}

export type Xs2aCall = {
  operation: string;
  method?: "GET" | "POST" | "PUT" | "DELETE";
  /** Path below the base address, or a whole address that the bank gave as a link. */
  path: string;
  query?: Record<string, string | undefined>;
  /** A customer's access token; ours when absent. */
  token?: string | undefined;
  consentId?: string | undefined;
  /** IPv4 address of the customer, only while they are present. */
  customerIp?: string | null | undefined;
  requestId?: string;
  headers?: Record<string, string>;
  body?: unknown;
  accept?: string;
  alone?: boolean;
  patience?: number;
};

/** Calls of the XS2A interface: headers, links and errors as the framework defines them. */
export type Xs2a = {
  /**
   * One call, answered with 2xx.
   * @throws BankRefused for an error with a message code
   * @throws BankCallError for no answer, or one that cannot be read
   */
  send(call: Xs2aCall): Promise<BankResponse>;
  /** `send`, and the JSON body checked by its schema. */
  json<T>(schema: z.ZodType<T>, call: Xs2aCall): Promise<T>;
  /** The same with the answer's status. */
  exchange<T>(
    schema: z.ZodType<T>,
    call: Xs2aCall,
  ): Promise<{ data: T; status: number; header: BankResponse["header"] }>;
};

export function createXs2a(deps: {
  config: BerlinGroupConfig;
  http: BankHttp;
  oauth: BankOAuth;
  ownAddress: string;
}): Xs2a {
  const base = new URL(deps.config.baseUrl.replace(/\/*$/, "/"));
  const sign = deps.config.seal === undefined ? undefined : createSigner(deps.config.seal);

  function addressOf({ path, query = {} }: Xs2aCall): URL {
    const url = new URL(path, base);
    // Links are the bank's words: they must not lead our token to another host.
    if (url.origin !== base.origin) throw new BankCallError("no", "a link led away from the bank");
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, value);
    return url;
  }

  async function once(call: Xs2aCall, token: string): Promise<BankResponse> {
    const method = call.method ?? "GET";
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const headers = {
      accept: call.accept ?? "application/json",
      authorization: `Bearer ${token}`,
      "x-request-id": call.requestId ?? randomUUID(),
      ...(call.consentId === undefined ? {} : { "consent-id": call.consentId }),
      ...(call.customerIp == null ? {} : { "psu-ip-address": ipv4(call.customerIp, deps.ownAddress) }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...call.headers,
    };
    const answer = await deps.http.call({
      operation: call.operation,
      method,
      url: addressOf(call),
      headers: sign === undefined ? headers : sign(headers, body),
      ...(body === undefined ? {} : { body }),
      ...(call.alone === undefined ? {} : { alone: call.alone }),
      ...(call.patience === undefined ? {} : { patience: call.patience }),
    });
    if (answer.status >= 200 && answer.status < 300) return answer;
    if (answer.status >= 400 && answer.status < 500 && answer.status !== 408) {
      const parsed = tppErrors.safeParse(parseJson(answer.text));
      const messages = parsed.success ? parsed.data.tppMessages : [];
      const message = messages.find(({ category }) => category !== "WARNING") ?? messages[0];
      if (message !== undefined)
        throw new BankRefused(
          answer.status,
          message.code,
          messages.map(({ code, path, text }) => ({ code, path: path ?? null, text: text ?? null })),
        );
      // Too many requests is told by gateways as well, in their own form; nothing was taken in.
      if (answer.status === 429) throw new BankRefused(429, "ACCESS_EXCEEDED");
    }
    throw new BankCallError("maybe", `an answer that says nothing certain: ${answer.status}`, {
      status: answer.status,
    });
  }

  async function send(call: Xs2aCall): Promise<BankResponse> {
    if (call.token !== undefined) return once(call, call.token);
    try {
      return await once(call, await deps.oauth.ownToken());
    } catch (error) {
      // The bank may forget our own token before its time, e.g. after a restart.
      if (!(error instanceof BankRefused && error.status === 401 && error.code.startsWith("TOKEN_")))
        throw error;
      return once(call, await deps.oauth.ownToken({ fresh: true }));
    }
  }

  async function exchange<T>(
    schema: z.ZodType<T>,
    call: Xs2aCall,
  ): Promise<{ data: T; status: number; header: BankResponse["header"] }> {
    const { text, status, header } = await send(call);
    const parsed = schema.safeParse(parseJson(text));
    if (!parsed.success)
      throw new BankCallError("maybe", `an answer in another form than published: ${call.operation}`, {
        status,
      });
    return { data: parsed.data, status, header };
  }

  return { send, exchange, json: async (schema, call) => (await exchange(schema, call)).data };
}

/** What the caller of a connector is told about a failed call that moves no money. */
export function asRefusal(error: unknown): Error {
  if (error instanceof Refusal || error instanceof AccessError) return error;
  if (error instanceof BankRefused) {
    if (error.code.startsWith("TOKEN_")) return new AccessError("token_refused", { cause: error });
    if (error.code.startsWith("CONSENT_")) return new Refusal("bank.consent_ended", { cause: error });
    if (error.code === "ACCESS_EXCEEDED") return new AccessError("frequency_exceeded", { cause: error });
  }
  if (error instanceof BankRefused || error instanceof BankCallError)
    return new Refusal("bank.unavailable", { cause: error });
  return error instanceof Error ? error : new Error(String(error));
}

/**
 * The customer's token, or undefined for a permission given without OAuth2 (decoupled, embedded): there we call as
 * ourselves, and the consent alone says what is open.
 */
export function tokenOf(access: ConsentAccess | null): string | undefined {
  return access === null || access.accessToken === "" ? undefined : access.accessToken;
}

/** Runs a call that moves no money; failures come out as the connector's interface names them. */
export async function reading<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asRefusal(error);
  }
}

/**
 * PSU-IP-Address is IPv4 in 1.3.11. Where the customer's is not, the framework says to give the address of the
 * caller of the interface itself (definition, parameter `PSU-IP-Address`).
 */
export function ipv4(address: string, own: string): string {
  const text = address.replace(/^::ffff:/i, "");
  return /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(text) ? text : own;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

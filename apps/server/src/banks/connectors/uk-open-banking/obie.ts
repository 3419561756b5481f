import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { Refusal } from "../../../platform/errors.ts";
import { AccessError } from "../../connector.ts";
import { BankCallError, type BankHttp, type BankResponse } from "../shared/http.ts";
import { errorResponse } from "./messages.ts";
import type { UkOAuth } from "./oauth.ts";
import type { UkOpenBankingConfig } from "./settings.ts";
import type { Signing } from "./signing.ts";

/** The bank's answer was an error of the standard. `code` is the long name, e.g. `Rules.FailsControlParameters`. */
export class BankRefused extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string) {
    super(`the bank answered ${status} ${code}`);
    this.name = "BankRefused";
    this.status = status;
    this.code = code;
  }
}

/** v4.0 writes error codes with four characters (OB_Internal_CodeSet.csv, `OBErrorResponseError1Code`); those we act on. */
const longNames: Record<string, string> = {
  U002: "Field.Invalid",
  U003: "Field.InvalidDate",
  U008: "Resource.ConsentMismatch",
  U009: "Resource.InvalidConsentStatus",
  U011: "Resource.NotFound",
  U012: "Rules.AfterCutOffDateTime",
  U014: "Rules.FailsControlParameters",
  U021: "Unsupported.AccountIdentifier",
  U023: "Unsupported.Currency",
  U025: "Unsupported.Frequency",
  U028: "Reauthenticate",
};

export type ObieCall = {
  operation: string;
  method?: "GET" | "POST" | "DELETE";
  /** Path below the base address, or a whole address that the bank gave as a link. */
  path: string;
  query?: Record<string, string | undefined>;
  /** A customer's access token; ours when absent. */
  token?: string | undefined;
  customerIp?: string | null | undefined;
  body?: unknown;
  /** Signs the body and asks for a signed answer, as payment interfaces do. */
  signed?: boolean;
  idempotencyKey?: string;
  accept?: string;
  alone?: boolean;
  patience?: number;
};

export type Obie = {
  /**
   * One call, answered with 2xx.
   * @throws BankRefused for an error of the standard, or one that says plainly who is not let in
   * @throws BankCallError for no answer, or one that cannot be read or is not the bank's
   */
  send(call: ObieCall): Promise<BankResponse>;
  /** `send`, and the JSON body checked by its schema. */
  exchange<T>(schema: z.ZodType<T>, call: ObieCall): Promise<{ data: T; status: number }>;
};

export function createObie(deps: {
  config: UkOpenBankingConfig;
  http: BankHttp;
  oauth: UkOAuth;
  signing: Signing;
}): Obie {
  const base = new URL(deps.config.baseUrl.replace(/\/*$/, "/"));

  function addressOf({ path, query = {} }: ObieCall): URL {
    const url = new URL(path, base);
    // Links are the bank's words: they must not lead our token to another host.
    if (url.origin !== base.origin) throw new BankCallError("no", "a link led away from the bank");
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, value);
    return url;
  }

  async function once(call: ObieCall, token: string): Promise<BankResponse> {
    // Of a permission whose tokens are gone: the bank would say no more than this.
    if (token === "") throw new BankRefused(401, "HTTP.401");
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const method = call.method ?? "GET";
    const url = addressOf(call);
    const headers = {
      accept: call.accept ?? "application/json",
      "x-fapi-interaction-id": randomUUID(),
      ...(call.customerIp == null ? {} : { "x-fapi-customer-ip-address": call.customerIp }),
      ...(call.idempotencyKey === undefined ? {} : { "x-idempotency-key": call.idempotencyKey }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(body !== undefined && call.signed ? { "x-jws-signature": await deps.signing.sign(body) } : {}),
    };
    const answer = await deps.oauth.present(token, { method, url, headers, body }, (complete) =>
      deps.http.call({
        operation: call.operation,
        method,
        url,
        headers: complete,
        ...(body === undefined ? {} : { body }),
        ...(call.alone === undefined ? {} : { alone: call.alone }),
        ...(call.patience === undefined ? {} : { patience: call.patience }),
      }),
    );
    const { status, text } = answer;
    if (status >= 200 && status < 300) {
      if (call.signed && text !== "") await deps.signing.verify(text, answer.header("x-jws-signature"));
      return answer;
    }
    if (status >= 400 && status < 500 && status !== 408) {
      const parsed = errorResponse.safeParse(parseJson(text));
      const code = parsed.success ? parsed.data.Errors[0]?.ErrorCode : undefined;
      if (code !== undefined)
        throw new BankRefused(status, longNames[code] ?? code.replace(/^UK\.OBIE\./, ""));
      // Who is not let in, or comes too often, is told so by gateways as well, without a body of the standard.
      if (status === 401 || status === 429) throw new BankRefused(status, `HTTP.${status}`);
    }
    throw new BankCallError("maybe", `an answer that says nothing certain: ${status}`, { status });
  }

  async function send(call: ObieCall): Promise<BankResponse> {
    if (call.token !== undefined) return once(call, call.token);
    try {
      return await once(call, await deps.oauth.ownToken());
    } catch (error) {
      // The bank may forget our own token before its time, e.g. after a restart.
      if (!(error instanceof BankRefused && error.status === 401)) throw error;
      return once(call, await deps.oauth.ownToken({ fresh: true }));
    }
  }

  return {
    send,
    async exchange(schema, call) {
      const { text, status } = await send(call);
      const parsed = schema.safeParse(parseJson(text));
      if (!parsed.success)
        throw new BankCallError("maybe", `an answer in another form than published: ${call.operation}`, {
          status,
        });
      return { data: parsed.data, status };
    },
  };
}

/** Runs a call that moves no money; failures come out as the connector's interface names them. */
export async function reading<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal || error instanceof AccessError) throw error;
    if (error instanceof BankRefused) {
      if (error.status === 401) throw new AccessError("token_refused", { cause: error });
      if (error.status === 429) throw new AccessError("frequency_exceeded", { cause: error });
      if (error.status === 403 && ["Reauthenticate", "Resource.InvalidConsentStatus"].includes(error.code))
        throw new Refusal("bank.consent_ended", { cause: error });
    }
    if (error instanceof BankRefused || error instanceof BankCallError)
      throw new Refusal("bank.unavailable", { cause: error });
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import type { z } from "zod";
import type { Clock } from "../../../platform/clock.ts";
import { Refusal } from "../../../platform/errors.ts";
import { BankCallError, type BankHttp, isLoopback } from "../shared/http.ts";
import { problem } from "./messages.ts";
import type { QuickPaymentConfig } from "./settings.ts";
import { bankKeyOf, isSignedBy, signText } from "./signatures.ts";

export const version = "QUICK-PAYMENT-1";

/** The bank itself, by its own signature, said no. */
export class BankRefused extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string) {
    super(`the bank refused: ${code}`);
    this.name = "BankRefused";
    this.status = status;
    this.code = code;
  }
}

export type Exchange = <T>(
  operation: string,
  answer: z.ZodType<T>,
  message: Record<string, unknown>,
  options?: { alone?: boolean; patience?: number },
) => Promise<{ data: T; status: number }>;

/**
 * One signed message to the bank and its signed answer (docs/quick-payment.md, "Signatures"). An answer that the
 * bank's key did not sign, for this very request, says nothing: whatever was asked may have been done.
 * @throws BankRefused where the bank signed a refusal
 * @throws BankCallError where there is no answer that can be believed and read
 */
export function createExchange(deps: {
  config: QuickPaymentConfig;
  clock: Clock;
  http: BankHttp;
  logger: Logger;
}): Exchange {
  const { config, clock, http, logger } = deps;
  const base = new URL(config.baseUrl);
  if (base.protocol !== "https:" && !isLoopback(base))
    throw new Error(`The address of bank ${config.id} must begin with https.`);
  const { signKey, merchantId } = config;

  return async (operation, schema, message, options = {}) => {
    const url = new URL(`quick-payment/v1/${operation}`, base.href.endsWith("/") ? base : `${base.href}/`);
    const body = JSON.stringify(message);
    const timestamp = clock.now().toISOString();
    const nonce = randomBytes(16).toString("base64url");
    const { serial, algorithm } = signKey;
    const signature = signText(
      signKey,
      [version, "REQUEST", url.pathname, merchantId, timestamp, nonce, serial, algorithm, body].join("\n"),
    );
    const answer = await http.call({
      operation,
      method: "POST",
      url,
      headers: {
        "content-type": "application/json; charset=utf-8",
        accept: "application/json",
        "quick-merchant": merchantId,
        "quick-timestamp": timestamp,
        "quick-nonce": nonce,
        "quick-key-serial": serial,
        "quick-algorithm": algorithm,
        "quick-signature": signature,
      },
      body,
      ...options,
    });
    const unreadable = (why: string) => {
      logger.warn({ bankId: config.id, operation, status: answer.status, why }, "answer not believed");
      return new BankCallError("maybe", why, { status: answer.status });
    };
    const header = (name: string) => answer.header(name) ?? "";
    const key = bankKeyOf(config, header("quick-key-serial"), header("quick-algorithm"));
    const signed = [
      version,
      "ANSWER",
      String(answer.status),
      merchantId,
      header("quick-timestamp"),
      header("quick-nonce"),
      nonce,
      header("quick-key-serial"),
      header("quick-algorithm"),
      answer.text,
    ].join("\n");
    if (key === undefined || !isSignedBy(key, signed, header("quick-signature")))
      throw unreadable("the answer does not bear the bank's signature");

    const content = parse(answer.text);
    if (answer.status !== 200) {
      const refusal = problem.safeParse(content);
      if (!refusal.success) throw unreadable("the bank's refusal cannot be read");
      logger.info(
        { bankId: config.id, operation, status: answer.status, code: refusal.data.code },
        "bank refused",
      );
      throw new BankRefused(answer.status, refusal.data.code);
    }
    const parsed = schema.safeParse(content);
    if (!parsed.success) throw unreadable("the answer is not as published");
    return { data: parsed.data, status: answer.status };
  };
}

/** For calls that move no money: the bank's failure in the house's words. */
export async function reading<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BankRefused || error instanceof BankCallError)
      throw new Refusal("bank.unavailable", { cause: error });
    throw error;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

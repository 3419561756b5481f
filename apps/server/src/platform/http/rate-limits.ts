import { normalizeIP } from "@fastify/rate-limit";
import type { Route } from "@jinqiao/contract";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { Refusal } from "../errors.ts";
import { counterOf, keyOf } from "./key-calls.ts";

/** How many requests a minute one caller may make; several limits may hold for one route. */
export type RateLimit = {
  perMinute: number;
  /** Whose requests are counted together. */
  by: "address" | "address_and_account" | "caller";
};

/** All requests of one network address, whatever they ask. */
export const generalLimit: RateLimit = { perMinute: 1_200, by: "address" };

/** All requests with one API key, from wherever they come. */
export const keyLimit: RateLimit = { perMinute: 6_000, by: "caller" };
/** Requests of one network address with keys that nobody has. */
export const unknownKeyLimit: RateLimit = { perMinute: 60, by: "address" };

/**
 * Routes where guessing pays, or that are dear to answer. Accounts are counted together with the address, so that nobody shuts another person
 * out; the growing delay after wrong passwords (identity) covers guesses from many addresses.
 */
export const tightLimits: Readonly<Record<string, readonly RateLimit[]>> = {
  signIn: [
    { perMinute: 10, by: "address_and_account" },
    { perMinute: 60, by: "address" },
  ],
  answerStaffSignIn: [{ perMinute: 30, by: "address" }],
  acceptStaffInvitation: [{ perMinute: 10, by: "address" }],
  staffSignIn: [
    { perMinute: 10, by: "address_and_account" },
    { perMinute: 30, by: "address" },
  ],
  startPasskeySignIn: [{ perMinute: 60, by: "address" }],
  sendSignInCode: [{ perMinute: 20, by: "address" }],
  answerSignIn: [{ perMinute: 30, by: "address" }],
  startSignUp: [
    { perMinute: 5, by: "address_and_account" },
    { perMinute: 20, by: "address" },
  ],
  getSignUpPasskeyOptions: [{ perMinute: 30, by: "address" }],
  signUp: [{ perMinute: 20, by: "address" }],
  startReauthentication: [{ perMinute: 20, by: "caller" }],
  sendReauthenticationCode: [{ perMinute: 6, by: "caller" }],
  answerReauthentication: [{ perMinute: 20, by: "caller" }],
  startPhone: [{ perMinute: 6, by: "caller" }],
  confirmPhone: [{ perMinute: 12, by: "caller" }],
  confirmTotp: [{ perMinute: 12, by: "caller" }],
  setPassword: [{ perMinute: 6, by: "caller" }],
  startRecovery: [{ perMinute: 10, by: "address" }],
  sendRecoveryCode: [{ perMinute: 10, by: "address" }],
  proveRecovery: [{ perMinute: 20, by: "address" }],
  finishRecovery: [{ perMinute: 10, by: "address" }],
  notMe: [{ perMinute: 20, by: "address" }],
  cancelRecovery: [{ perMinute: 20, by: "address" }],
  lookUpPayee: [{ perMinute: 30, by: "caller" }],
  createConsent: [{ perMinute: 20, by: "caller" }],
  // Each one sends somebody a message, and tells whether four details belong together.
  createBankBinding: [{ perMinute: 6, by: "caller" }],
  confirmBankBinding: [{ perMinute: 12, by: "caller" }],
  // A long PDF takes a second or more of the processor.
  getWalletStatement: [{ perMinute: 30, by: "caller" }],
  createStatementImport: [{ perMinute: 20, by: "caller" }],
  refreshLinkedAccount: [{ perMinute: 60, by: "caller" }],
};

/** Counts a request against the limits of its route. @throws Refusal `rate.limited` with the time to wait */
export type RateLimiter = (
  request: FastifyRequest,
  who: { callerId: string | undefined; account: string | undefined },
) => Promise<void>;

/** Counters live in this process's memory: each process of a deployment has its own. `factor` multiplies the limits. */
export function createRateLimiter(
  http: FastifyInstance,
  limits: readonly RateLimit[],
  factor: number,
): RateLimiter {
  const keys = new WeakMap<FastifyRequest, string>();
  const checks = limits.map(({ perMinute, by }) => ({
    by,
    check: http.createRateLimit({
      max: perMinute * factor,
      timeWindow: 60_000,
      keyGenerator: (request) => keys.get(request) as string,
    }),
  }));
  return async (request, { callerId, account }) => {
    const address = normalizeIP(request.ip);
    for (const { by, check } of checks) {
      keys.set(
        request,
        by === "caller"
          ? `${callerId ?? address}`
          : by === "address"
            ? address
            : `${address} ${account ?? ""}`,
      );
      const verdict = await check(request);
      if (!verdict.isAllowed && verdict.isExceeded)
        throw new Refusal("rate.limited", { retryAfterSeconds: verdict.ttlInSeconds });
    }
  };
}

/** Counts every request before anything is asked of the database. */
export type GeneralLimiter = {
  /** @throws Refusal `rate.limited` */
  count(request: FastifyRequest): Promise<void>;
  /** The request's key was found: from now on its requests are counted by it, and no more by their address. */
  keyFound(request: FastifyRequest): void;
  /** The request's key is nobody's. @throws Refusal `rate.limited` when too many came from this address */
  keyUnknown(request: FastifyRequest): Promise<void>;
};

const mostKnown = 20_000;

/**
 * A shop sends many requests from one address, so those with a key that was found before are counted by the key. A key
 * that was never found counts for nothing: whoever makes keys up is counted by address, and strictly.
 */
export function createGeneralLimiter(http: FastifyInstance, factor: number): GeneralLimiter {
  const known = new Set<string>();
  const byAddress = createRateLimiter(http, [generalLimit], factor);
  const byKey = createRateLimiter(http, [keyLimit], factor);
  const unknown = createRateLimiter(http, [unknownKeyLimit], factor);
  const nobody = { callerId: undefined, account: undefined };
  const counterFor = (request: FastifyRequest) => {
    const key = keyOf(request);
    return key === undefined ? undefined : counterOf(key);
  };
  return {
    async count(request) {
      const callerId = counterFor(request);
      if (callerId !== undefined && known.has(callerId))
        await byKey(request, { callerId, account: undefined });
      else await byAddress(request, nobody);
    },
    keyFound(request) {
      const counter = counterFor(request);
      if (counter === undefined || known.has(counter)) return;
      if (known.size >= mostKnown) known.clear();
      known.add(counter);
    },
    async keyUnknown(request) {
      const counter = counterFor(request);
      if (counter !== undefined) known.delete(counter);
      await unknown(request, nobody);
    },
  };
}

/** The account a sign-in is about, as its limit counts it. */
export function accountNamed(route: Route, body: unknown): string | undefined {
  if (route.audience !== "public" || typeof body !== "object" || body === null) return undefined;
  const { email } = body as { email?: unknown };
  return typeof email === "string" ? email.trim().toLowerCase() : undefined;
}

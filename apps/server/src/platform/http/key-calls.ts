import { createHash } from "node:crypto";
import { type ApiVersion, apiVersions, latestApiVersion, type Route } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { FastifyReply, FastifyRequest } from "fastify";
import { Refusal } from "../errors.ts";
import type { MerchantCaller } from "./sessions.ts";

/** A call that an API key made and how it was answered, without a word of its content. */
export type KeyCall = {
  requestId: string;
  merchantId: Id<"mer">;
  livemode: boolean;
  keyId: Id<"key">;
  method: string;
  /** The route, with names in the place of ids. */
  path: string;
  operation: string;
  status: number;
  errorCode: string | null;
  durationMs: number;
  idempotencyKey: string | null;
  apiVersion: string | null;
};

const bearer = /^Bearer (sk_(?:test|live)_[A-Za-z0-9]{20,80})$/;

/** The API key that a request bears, where it has the form of one. */
export function keyOf(request: FastifyRequest): string | undefined {
  return bearer.exec(request.headers.authorization ?? "")?.[1];
}

/** A name for a key in counters, which tells nothing of it. */
export const counterOf = (key: string): string => createHash("sha256").update(key).digest("base64url");

const codes = new WeakMap<FastifyRequest, string>();
/** Remembers with which code a request was refused, for its line in the log of calls. */
export const noteRefusal = (request: FastifyRequest, code: string) => codes.set(request, code);

/** The call that was just answered; undefined when no key made it. */
export function keyCallOf(
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  merchant: MerchantCaller | undefined,
): KeyCall | undefined {
  if (merchant?.by.kind !== "key") return undefined;
  const idempotencyKey = request.headers["idempotency-key"];
  const version = reply.getHeader("jinqiao-version");
  return {
    requestId: request.id,
    merchantId: merchant.merchantId,
    livemode: merchant.livemode,
    keyId: merchant.by.keyId,
    method: route.method,
    path: route.path,
    operation: route.id,
    status: reply.statusCode,
    errorCode: codes.get(request) ?? null,
    durationMs: Math.round(reply.elapsedTime),
    idempotencyKey:
      typeof idempotencyKey === "string" && /^[\x21-\x7e]{1,128}$/.test(idempotencyKey)
        ? idempotencyKey
        : null,
    apiVersion: typeof version === "string" ? version : null,
  };
}

/**
 * The API version that a request is answered in: the one it names, else the one its key was made with.
 * @throws Refusal `merchant.version_unknown`
 */
export function versionOf(request: FastifyRequest, merchant: MerchantCaller): ApiVersion {
  const asked = request.headers["jinqiao-version"] ?? merchant.apiVersion ?? latestApiVersion;
  const version = apiVersions.find((known) => known === asked);
  if (version === undefined) throw new Refusal("merchant.version_unknown");
  return version;
}

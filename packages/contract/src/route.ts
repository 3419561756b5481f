import type { z } from "zod";
import type { ErrorCode } from "./errors.ts";
import type { MerchantScope } from "./merchant-scopes.ts";
import type { Permission } from "./permissions.ts";

/**
 * Who may call a route. `customer` and `staff` are told by their session cookies, `bank` by the bank's own means,
 * `merchant` by an API key, or by the session of a customer who is a member of the merchant's team.
 */
export type Audience = "public" | "customer" | "staff" | "merchant" | "bank";

export type Route = {
  /** operationId in OpenAPI; the handler bears the same name. */
  id: string;
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Path with parameters in braces, as OpenAPI writes them. */
  path: `/${string}`;
  summary: string;
  tag: string;
  audience: Audience;
  /** What a member of staff must be allowed; every route of staff names it. */
  permission?: Permission;
  /** What a merchant's API key or team member must be allowed; every route of merchants names it. */
  scope?: MerchantScope;
  /** True: the route takes an Idempotency-Key and a replay gives the same answer. */
  idempotent?: boolean;
  /**
   * Fields of the body that prove who asks and are no part of what is asked: the same attempt (Idempotency-Key) may be
   * sent again with another proof.
   */
  proofs?: readonly string[];
  /** What the route answers when it is neither JSON nor empty. */
  produces?: "text/event-stream" | "redirect" | "file";
  /** Of a route that produces files: what they may be besides JSON, which `response` describes. */
  mediaTypes?: readonly string[];
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** The body is a file as it is (`application/octet-stream`), of at most so many bytes, instead of JSON. */
  acceptsFile?: { maxBytes: number };
  status: 200 | 201 | 202 | 204 | 303;
  response?: z.ZodType;
  errors: readonly ErrorCode[];
};

/** Keeps the literal types of one route. */
export function route<const R extends Route>(definition: R): R {
  return definition;
}

/** Codes that any route may answer besides its own list. */
export const commonErrors = [
  "request.invalid",
  "request.not_found",
  "rate.limited",
  "server.unexpected",
  "server.unavailable",
] as const satisfies readonly ErrorCode[];

/** Codes that a route may answer because of what it declares. */
export function errorsOf(definition: Route): ErrorCode[] {
  const codes = new Set<ErrorCode>([...commonErrors, ...definition.errors]);
  if (definition.audience === "customer" || definition.audience === "staff")
    codes.add("identity.not_signed_in");
  if (definition.audience === "merchant") {
    codes.add("merchant.not_authenticated");
    codes.add("merchant.not_allowed");
    codes.add("merchant.version_unknown");
  }
  if (definition.audience === "staff" && definition.permission !== "self") {
    codes.add("identity.not_allowed");
    codes.add("staff.passkey_needed");
  }
  if (definition.method !== "GET") {
    codes.add("request.cross_site");
    codes.add("request.media_type");
    codes.add("request.body_too_large");
  }
  if (definition.idempotent) {
    codes.add("idempotency.key_missing");
    codes.add("idempotency.key_reused");
  }
  return [...codes].sort();
}

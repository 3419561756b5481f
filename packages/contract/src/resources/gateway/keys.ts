import { z } from "zod";
import { ApiVersion } from "../../api-versions.ts";
import { idOf, instant, listOf, listQuery, note } from "../../common.ts";
import { MerchantScope, merchantScopes, peopleOnly } from "../../merchant-scopes.ts";
import { route } from "../../route.ts";

/** What a key may be given: never what only people do. */
const keyScopes = merchantScopes.filter((scope) => !peopleOnly.includes(scope)) as [
  MerchantScope,
  ...MerchantScope[],
];
export const KeyScope = z.enum(keyScopes);

export const ApiKey = z
  .object({
    object: z.literal("api_key"),
    id: idOf("key"),
    livemode: z.boolean(),
    name: z.string(),
    masked: z
      .string()
      .describe("How it is told from others: kind, mode and last four, e.g. `sk_test_…a1B2`."),
    scopes: z.array(MerchantScope).nullable().describe("Null: everything a key may do."),
    apiVersion: ApiVersion.describe("The version that requests with this key get unless they name another."),
    status: z.enum(["active", "rolling", "expired", "revoked"]).describe("`rolling`: ends at `expiresAt`."),
    createdAt: instant,
    expiresAt: instant.nullable(),
    revokedAt: instant.nullable(),
    replacedBy: idOf("key").nullable(),
    lastUsedAt: instant.nullable().describe("To the minute."),
    version: z.number().int(),
  })
  .meta({ id: "ApiKey", description: "A secret key of a merchant. The secret itself is shown once." });
export type ApiKey = z.infer<typeof ApiKey>;

export const NewApiKey = ApiKey.extend({
  secret: z.string().describe("Shown now and never again."),
}).meta({ id: "NewApiKey" });

const params = z.object({ keyId: z.string() });
const base = { tag: "Developers", audience: "merchant", scope: "keys.write", status: 200 } as const;
const confirming = "identity.reauthentication_needed" as const;

export const listApiKeys = route({
  ...base,
  id: "listApiKeys",
  method: "GET",
  path: "/v1/api_keys",
  summary: "Keys of the mode that is asked in, newest first; ended ones for 30 days",
  query: z.object(listQuery),
  response: listOf(ApiKey),
  errors: [],
});
export const createApiKey = route({
  ...base,
  id: "createApiKey",
  method: "POST",
  path: "/v1/api_keys",
  summary: "Make a key; its secret is in this answer alone. Live keys ask for a fresh confirmation",
  body: z.strictObject({
    name: note.min(1, "field.required").max(60, "field.too_long"),
    scopes: z.array(KeyScope).min(1, "field.required").max(30).optional(),
    expiresAt: instant.optional(),
  }),
  status: 201,
  response: NewApiKey,
  errors: ["key.too_many", confirming],
});
export const rollApiKey = route({
  ...base,
  id: "rollApiKey",
  method: "POST",
  path: "/v1/api_keys/{keyId}/rolls",
  summary: "Make a key in its place; the old one goes on for so many hours",
  params,
  body: z.strictObject({ overlapHours: z.number().int().min(0).max(72) }),
  status: 201,
  response: NewApiKey,
  errors: ["key.over", "key.too_many", confirming],
});
export const revokeApiKey = route({
  ...base,
  id: "revokeApiKey",
  method: "DELETE",
  path: "/v1/api_keys/{keyId}",
  summary: "End a key at once, on every server",
  params,
  response: ApiKey,
  errors: ["key.over", confirming],
});

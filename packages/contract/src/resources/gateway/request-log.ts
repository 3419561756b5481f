import { z } from "zod";
import { ApiVersion } from "../../api-versions.ts";
import { idOf, instant, listOf, listQuery } from "../../common.ts";
import { route } from "../../route.ts";

/** A call that a key made: what was asked and how it was answered, without a word of its content. */
export const RequestLogEntry = z
  .object({
    object: z.literal("request"),
    id: idOf("req"),
    requestId: z.string().describe("As the answer's header `x-request-id` had it."),
    livemode: z.boolean(),
    createdAt: instant,
    method: z.string(),
    path: z.string().describe("The route, with names in the place of ids."),
    operation: z.string(),
    status: z.number().int(),
    errorCode: z.string().nullable(),
    durationMs: z.number().int(),
    keyId: idOf("key"),
    idempotencyKey: z.string().nullable().describe("As it was sent."),
    apiVersion: ApiVersion.nullable(),
  })
  .meta({ id: "RequestLogEntry" });
export type RequestLogEntry = z.infer<typeof RequestLogEntry>;

export const listRequestLog = route({
  id: "listRequestLog",
  method: "GET",
  path: "/v1/request_log",
  tag: "Developers",
  audience: "merchant",
  scope: "events.read",
  summary: "Calls of the last seven days by keys of this mode, newest first",
  query: z.object({
    ...listQuery,
    keyId: z.string().max(60).optional(),
    outcome: z.enum(["succeeded", "failed"]).optional(),
    operation: z.string().max(80).optional(),
    requestId: z.string().max(60).optional(),
    idempotencyKey: z.string().max(128).optional(),
  }),
  status: 200,
  response: listOf(RequestLogEntry),
  errors: [],
});

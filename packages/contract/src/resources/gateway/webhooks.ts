import { z } from "zod";
import { ApiVersion } from "../../api-versions.ts";
import { idOf, instant, listOf, listQuery } from "../../common.ts";
import { route } from "../../route.ts";
import { MerchantEventType } from "./events.ts";
import { gatewayObject, shopDescription } from "./shared.ts";

const url = z.string().trim().min(1, "field.required").max(2_000, "field.too_long");
const eventTypes = z
  .union([z.tuple([z.literal("*")]), z.array(MerchantEventType).min(1).max(60)])
  .describe('Event types to send, or `["*"]` for all, also those that come later.');

export const WebhookEndpoint = z
  .object({
    ...gatewayObject("webhook_endpoint", "we"),
    url: z.string(),
    description: z.string().nullable(),
    eventTypes: z.array(z.string()),
    apiVersion: ApiVersion,
    status: z
      .enum(["enabled", "disabled", "paused"])
      .describe("`paused`: nothing was answered for three days; nothing is sent until it is enabled again."),
    failingSince: instant.nullable().describe("First failure since the last delivery that was answered."),
    pausedAt: instant.nullable(),
    previousSecretUntil: instant
      .nullable()
      .describe("Until then every webhook bears two signatures, by the new secret and by the one before."),
  })
  .meta({ id: "WebhookEndpoint", description: "An address of the shop's that is told what happens." });
export type WebhookEndpoint = z.infer<typeof WebhookEndpoint>;

const secret = z.string().describe("Signs webhooks (Standard Webhooks). Keep it out of pages and apps.");
export const WebhookEndpointWithSecret = WebhookEndpoint.extend({ secret }).meta({
  id: "WebhookEndpointWithSecret",
});

export const WebhookFailure = z.enum([
  "status",
  "timeout",
  "unreachable",
  "tls",
  "address_refused",
  "unreadable",
]);
export const WebhookDelivery = z
  .object({
    object: z.literal("webhook_delivery"),
    id: idOf("whd"),
    livemode: z.boolean(),
    createdAt: instant,
    endpointId: idOf("we"),
    eventId: idOf("evt"),
    eventType: z.string(),
    objectId: z.string(),
    objectVersion: z.number().int(),
    status: z.enum(["pending", "delivered", "failed"]),
    attempts: z.number().int(),
    nextAttemptAt: instant.nullable(),
    lastAttemptAt: instant.nullable(),
    durationMs: z.number().int().nullable(),
    responseStatus: z.number().int().nullable(),
    failure: WebhookFailure.nullable().describe(
      "Why the last attempt failed: `status` = the answer was not 2xx; redirects are not followed.",
    ),
  })
  .meta({ id: "WebhookDelivery", description: "One event on its way to one endpoint." });
export type WebhookDelivery = z.infer<typeof WebhookDelivery>;

export const WebhookDeliveryDetail = WebhookDelivery.extend({
  responseBody: z
    .string()
    .nullable()
    .describe("First 4 kB of the last answer, as text; kept for seven days."),
}).meta({ id: "WebhookDeliveryDetail" });

const params = z.object({ webhookEndpointId: z.string() });
const deliveryParams = z.object({ webhookDeliveryId: z.string() });
const writing = { tag: "Webhooks", audience: "merchant", scope: "webhooks.write", status: 200 } as const;
const reading = { ...writing, scope: "events.read", errors: [] } as const;
const version = z.number().int().describe("The version that the change rests on.");

export const listWebhookEndpoints = route({
  ...reading,
  id: "listWebhookEndpoints",
  method: "GET",
  path: "/v1/webhook_endpoints",
  summary: "All endpoints of the mode, newest first",
  response: z.object({ items: z.array(WebhookEndpoint) }),
});
export const getWebhookEndpoint = route({
  ...reading,
  id: "getWebhookEndpoint",
  method: "GET",
  path: "/v1/webhook_endpoints/{webhookEndpointId}",
  summary: "One endpoint",
  params,
  response: WebhookEndpoint,
});
export const createWebhookEndpoint = route({
  ...writing,
  id: "createWebhookEndpoint",
  method: "POST",
  path: "/v1/webhook_endpoints",
  summary: "Add an endpoint; the answer has its signing secret",
  body: z.strictObject({ url, eventTypes, description: shopDescription.optional() }),
  status: 201,
  response: WebhookEndpointWithSecret,
  errors: ["webhook.url_refused", "webhook.too_many"],
});
export const updateWebhookEndpoint = route({
  ...writing,
  id: "updateWebhookEndpoint",
  method: "PATCH",
  path: "/v1/webhook_endpoints/{webhookEndpointId}",
  summary: "Change address, types, or whether it is on; what waits is sent when it is on again",
  params,
  body: z.strictObject({
    version,
    url: url.optional(),
    eventTypes: eventTypes.optional(),
    description: shopDescription.nullable().optional(),
    status: z.enum(["enabled", "disabled"]).optional(),
  }),
  response: WebhookEndpoint,
  errors: ["webhook.url_refused", "webhook.changed_meanwhile"],
});
export const deleteWebhookEndpoint = route({
  ...writing,
  id: "deleteWebhookEndpoint",
  method: "DELETE",
  path: "/v1/webhook_endpoints/{webhookEndpointId}",
  summary: "Remove an endpoint with everything that waits for it",
  params,
  status: 204,
  errors: [],
});
export const revealWebhookSecret = route({
  ...writing,
  id: "revealWebhookSecret",
  method: "POST",
  path: "/v1/webhook_endpoints/{webhookEndpointId}/secret_views",
  summary: "Show the signing secret again, to a person who has just confirmed who they are",
  params,
  response: z.object({ secret }),
  errors: ["identity.reauthentication_needed"],
});
export const rotateWebhookSecret = route({
  ...writing,
  id: "rotateWebhookSecret",
  method: "POST",
  path: "/v1/webhook_endpoints/{webhookEndpointId}/rotations",
  summary: "Take a new signing secret; for so many hours both sign",
  params,
  body: z.strictObject({ overlapHours: z.number().int().min(0).max(72) }),
  response: WebhookEndpointWithSecret,
  errors: [],
});
export const pingWebhookEndpoint = route({
  ...writing,
  id: "pingWebhookEndpoint",
  method: "POST",
  path: "/v1/webhook_endpoints/{webhookEndpointId}/pings",
  summary: "Send a test of the type `ping`, once",
  params,
  status: 202,
  response: WebhookDelivery,
  errors: ["webhook.not_sendable"],
});
export const replayWebhooks = route({
  ...writing,
  id: "replayWebhooks",
  method: "POST",
  path: "/v1/webhook_endpoints/{webhookEndpointId}/replays",
  summary: "Send again all that happened since a moment, in the types the endpoint takes",
  params,
  body: z.strictObject({
    since: instant,
    only: z.enum(["all", "undelivered"]).optional().describe("`undelivered` when absent."),
  }),
  status: 202,
  response: z.object({ queued: z.number().int() }),
  errors: ["webhook.not_sendable"],
});
export const listWebhookDeliveries = route({
  ...reading,
  id: "listWebhookDeliveries",
  method: "GET",
  path: "/v1/webhook_deliveries",
  summary: "Deliveries of the last 30 days, newest first",
  query: z.object({
    ...listQuery,
    endpointId: z.string().max(60).optional(),
    eventId: z.string().max(60).optional(),
    status: z.enum(["pending", "delivered", "failed"]).optional(),
  }),
  response: listOf(WebhookDelivery),
});
export const getWebhookDelivery = route({
  ...reading,
  id: "getWebhookDelivery",
  method: "GET",
  path: "/v1/webhook_deliveries/{webhookDeliveryId}",
  summary: "One delivery with what the receiver answered last",
  params: deliveryParams,
  response: WebhookDeliveryDetail,
});
export const replayWebhookDelivery = route({
  ...writing,
  id: "replayWebhookDelivery",
  method: "POST",
  path: "/v1/webhook_deliveries/{webhookDeliveryId}/replays",
  summary: "Send one delivery again, with the same id",
  params: deliveryParams,
  status: 202,
  response: WebhookDelivery,
  errors: ["webhook.not_sendable"],
});

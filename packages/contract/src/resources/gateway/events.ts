import { z } from "zod";
import { ApiVersion } from "../../api-versions.ts";
import { idOf, instant, listOf, listQuery } from "../../common.ts";
import { route } from "../../route.ts";
import { gatewayObject } from "./shared.ts";

/** What happens to objects of the gateway; `ping` is what a test of an endpoint sends. */
export const merchantEventTypes = [
  "payment_intent.created",
  "payment_intent.requires_action",
  "payment_intent.processing",
  "payment_intent.amount_capturable_updated",
  "payment_intent.succeeded",
  "payment_intent.payment_failed",
  "payment_intent.canceled",
  "refund.created",
  "refund.failed",
  "checkout.session.completed",
  "checkout.session.expired",
  "payout.created",
  "payout.paid",
  "payout.failed",
  "payout.returned",
  "dispute.created",
  "dispute.updated",
  "dispute.closed",
  "balance.available",
  "account.updated",
] as const;
export const MerchantEventType = z.enum(merchantEventTypes).meta({ id: "MerchantEventType" });
export type MerchantEventType = z.infer<typeof MerchantEventType>;

/** An object as it was when the event happened; its own `version` says which of two copies is newer. */
const Snapshot = z.record(z.string(), z.unknown());

export const MerchantEvent = z
  .object({
    ...gatewayObject("event", "evt"),
    type: z.string().describe("One of the event types, e.g. `payment_intent.succeeded`; new ones may come."),
    apiVersion: ApiVersion,
    objectId: z.string(),
    objectVersion: z
      .number()
      .int()
      .describe(
        "Version of the object in this event: drop an event whose number is below one you have seen.",
      ),
    sequence: z.number().int().describe("Grows from event to event; it has gaps."),
    data: z.object({ object: Snapshot }),
  })
  .meta({ id: "MerchantEvent", description: "What happened to an object, with the object as it was then." });
export type MerchantEvent = z.infer<typeof MerchantEvent>;

/** Body of a webhook. Source of the headers that sign it: Standard Webhooks specification. */
export const WebhookPayload = z
  .object({
    id: idOf("evt").describe("Equal to the header `webhook-id`; the same in every repetition."),
    type: z.string(),
    createdAt: instant,
    livemode: z.boolean(),
    apiVersion: ApiVersion,
    data: z.object({ object: Snapshot }),
    objectVersion: z.number().int(),
    sequence: z.number().int(),
  })
  .meta({ id: "WebhookPayload" });
export type WebhookPayload = z.infer<typeof WebhookPayload>;

const base = { tag: "Events", audience: "merchant", scope: "events.read", status: 200, errors: [] } as const;

export const listMerchantEvents = route({
  ...base,
  id: "listMerchantEvents",
  method: "GET",
  path: "/v1/merchant_events",
  summary: "What happened, newest first",
  query: z.object({
    ...listQuery,
    type: MerchantEventType.optional(),
    objectId: z.string().max(60).optional(),
  }),
  response: listOf(MerchantEvent),
});
export const getMerchantEvent = route({
  ...base,
  id: "getMerchantEvent",
  method: "GET",
  path: "/v1/merchant_events/{eventId}",
  summary: "One event with the object as it was",
  params: z.object({ eventId: z.string() }),
  response: MerchantEvent,
});

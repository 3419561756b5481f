import * as contract from "@jinqiao/contract";
import type { Identity } from "../identity/index.ts";
import type { Db } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import { type Context, handle, type RouteHandler } from "../platform/http/handler.ts";
import type { Vault } from "../vault/index.ts";
import type { Deliveries } from "./deliveries.ts";
import type { EndpointActor, Endpoints } from "./endpoints.ts";
import { selectEvent, selectEvents } from "./event-sql.ts";
import { eventView } from "./payload.ts";

export function webhookRoutes(deps: {
  db: Db;
  vault: Vault;
  endpoints: Endpoints;
  deliveries: Deliveries;
  identity: Pick<Identity, "requireConfirmed">;
}): RouteHandler[] {
  const { db, vault, endpoints, deliveries, identity } = deps;
  const actorOf = ({ merchant: { by } }: Pick<Context, "merchant">): EndpointActor =>
    by.kind === "member" ? { id: by.memberId, customerId: by.customerId } : { id: by.keyId };
  return [
    handle(contract.listMerchantEvents, async ({ merchant, query }) => {
      const { cursor, limit = 20, ...filters } = query;
      const rows = await selectEvents(db, merchant, { ...filters, before: cursor, limit: limit + 1 });
      const shown = rows.slice(0, limit);
      return {
        items: shown.map((row) => eventView(vault, row, contract.latestApiVersion)),
        nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null,
      };
    }),
    handle(contract.getMerchantEvent, async ({ merchant, params }) => {
      const row = await selectEvent(db, merchant, params.eventId);
      if (row === undefined) throw new Refusal("request.not_found");
      return eventView(vault, row, contract.latestApiVersion);
    }),
    handle(contract.listWebhookEndpoints, async ({ merchant }) => ({
      items: await endpoints.list(merchant),
    })),
    handle(contract.getWebhookEndpoint, ({ merchant, params }) =>
      endpoints.get(merchant, params.webhookEndpointId),
    ),
    handle(contract.createWebhookEndpoint, (context) =>
      endpoints.create(context.merchant, context.body, actorOf(context)),
    ),
    handle(contract.updateWebhookEndpoint, (context) =>
      endpoints.update(context.merchant, context.params.webhookEndpointId, context.body, actorOf(context)),
    ),
    handle(contract.deleteWebhookEndpoint, (context) =>
      endpoints.remove(context.merchant, context.params.webhookEndpointId, actorOf(context)),
    ),
    handle(contract.revealWebhookSecret, async (context) => {
      // A key never sees what signs: whoever took it could then forge what the shop believes.
      if (context.merchant.by.kind !== "member") throw new Refusal("merchant.not_allowed");
      identity.requireConfirmed(context.session);
      return endpoints.reveal(context.merchant, context.params.webhookEndpointId, actorOf(context));
    }),
    handle(contract.rotateWebhookSecret, (context) => {
      const { overlapHours } = context.body;
      return endpoints.rotate(
        context.merchant,
        context.params.webhookEndpointId,
        overlapHours,
        actorOf(context),
      );
    }),
    handle(contract.pingWebhookEndpoint, ({ merchant, params }) =>
      deliveries.ping(merchant, params.webhookEndpointId),
    ),
    handle(contract.replayWebhooks, ({ merchant, params, body }) =>
      deliveries.replaySince(merchant, params.webhookEndpointId, {
        since: new Date(body.since),
        onlyUndelivered: body.only !== "all",
      }),
    ),
    handle(contract.listWebhookDeliveries, ({ merchant, query }) => deliveries.list(merchant, query)),
    handle(contract.getWebhookDelivery, ({ merchant, params }) =>
      deliveries.get(merchant, params.webhookDeliveryId),
    ),
    handle(contract.replayWebhookDelivery, ({ merchant, params }) =>
      deliveries.replay(merchant, params.webhookDeliveryId),
    ),
  ];
}

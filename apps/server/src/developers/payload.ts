import { ApiVersion, type MerchantEvent, type WebhookPayload } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import { eventObject, type MerchantEventRow } from "../merchants/index.ts";
import type { Vault } from "../vault/index.ts";
import type { Claimed } from "./delivery-sql.ts";

type Snapshot = Record<string, unknown>;

/** An event as the API shows it. */
export function eventView(vault: Vault, row: MerchantEventRow, apiVersion: ApiVersion): MerchantEvent {
  return {
    object: "event",
    id: row.id,
    livemode: row.livemode,
    createdAt: row.created_at.toISOString(),
    version: 1,
    type: row.type,
    apiVersion,
    objectId: row.object_id,
    objectVersion: row.object_version,
    sequence: Number(row.seq),
    data: { object: eventObject(vault, row) as Snapshot },
  };
}

/**
 * The body of a webhook: the same text in every repetition, because it is made of what was written with the event.
 * Undefined where the event is no more.
 */
export function payloadOf(vault: Vault, claimed: Claimed): string | undefined {
  const common = {
    id: claimed.event_id as Id<"evt">,
    type: claimed.event_type,
    livemode: claimed.livemode,
    apiVersion: ApiVersion.parse(claimed.api_version),
    objectVersion: claimed.object_version,
  };
  if (claimed.event_type === "ping")
    return text({
      ...common,
      createdAt: claimed.created_at.toISOString(),
      sequence: 0,
      data: {
        object: { object: "webhook_endpoint", id: claimed.endpoint_id, version: claimed.object_version },
      },
    });
  const { seq, data_sealed, event_at } = claimed;
  if (seq === null || data_sealed === null || event_at === null) return undefined;
  return text({
    ...common,
    createdAt: event_at.toISOString(),
    sequence: Number(seq),
    data: { object: eventObject(vault, { id: claimed.event_id, data_sealed }) as Snapshot },
  });
}

const text = ({ id, type, createdAt, livemode, apiVersion, objectVersion, sequence, data }: WebhookPayload) =>
  JSON.stringify({ id, type, createdAt, livemode, apiVersion, objectVersion, sequence, data });

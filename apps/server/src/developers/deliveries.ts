import type { WebhookDelivery } from "@jinqiao/contract";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import type { Ids } from "../platform/ids.ts";
import { personalData, type Vault } from "../vault/index.ts";
import * as sql from "./delivery-sql.ts";
import type { InMode } from "./keys.ts";
import { type EndpointRow, selectEndpoint } from "./webhook-sql.ts";

export type Deliveries = ReturnType<typeof createDeliveries>;

const dayMs = 86_400_000;
const answersKeptMs = 7 * dayMs;
const deliveriesKeptMs = 30 * dayMs;
const slice = 5_000;
/** One run takes no further slice after so many; the next hour goes on. */
const mostSlices = 200;

/** What was sent to endpoints, how it was answered, and sending it again. */
export function createDeliveries(deps: { db: Db; clock: Clock; ids: Ids; vault: Vault }) {
  const { db, clock } = deps;
  const responses = personalData(deps.vault, sql.deliveryData);

  function view(row: sql.DeliveryRow): WebhookDelivery {
    return {
      object: "webhook_delivery",
      id: row.id,
      livemode: row.livemode,
      createdAt: row.created_at.toISOString(),
      endpointId: row.endpoint_id,
      eventId: row.event_id,
      eventType: row.event_type,
      objectId: row.object_id,
      objectVersion: row.object_version,
      status: row.status,
      attempts: row.attempts,
      nextAttemptAt: row.status === "pending" ? row.next_at.toISOString() : null,
      lastAttemptAt: row.last_at?.toISOString() ?? null,
      durationMs: row.duration_ms,
      responseStatus: row.response_status,
      failure: row.failure,
    };
  }

  async function enabled(
    tx: Parameters<typeof selectEndpoint>[0],
    of: InMode,
    id: string,
  ): Promise<EndpointRow> {
    const endpoint = await selectEndpoint(tx, of, id);
    if (endpoint === undefined) throw new Refusal("request.not_found");
    if (endpoint.status !== "enabled") throw new Refusal("webhook.not_sendable");
    return endpoint;
  }

  /** Wakes whoever sends, on this process or another. */
  const wake = (tx: Parameters<typeof selectEndpoint>[0]) =>
    tx.query("SELECT pg_notify('merchant_event', '')");

  return {
    async list(
      of: InMode,
      query: {
        cursor?: string | undefined;
        limit?: number | undefined;
        endpointId?: string | undefined;
        eventId?: string | undefined;
        status?: string | undefined;
      },
    ) {
      const { cursor, limit = 20, ...filters } = query;
      const rows = await sql.selectDeliveries(db, of, { ...filters, before: cursor, limit: limit + 1 });
      const shown = rows.slice(0, limit);
      return {
        items: shown.map(view),
        nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null,
      };
    },
    async get(of: InMode, id: string) {
      const row = await sql.selectDelivery(db, of, id);
      if (row === undefined) throw new Refusal("request.not_found");
      return { ...view(row), responseBody: responses.open("response", row, row.response_sealed, null) };
    },
    /** @throws Refusal `request.not_found`, `webhook.not_sendable` */
    replay: (of: InMode, id: string) =>
      db.transaction(async (tx) => {
        const row = await sql.selectDelivery(tx, of, id);
        if (row === undefined) throw new Refusal("request.not_found");
        await enabled(tx, of, row.endpoint_id);
        await wake(tx);
        return view(await sql.requeue(tx, id, clock.now()));
      }),
    /** @throws Refusal `request.not_found`, `webhook.not_sendable` */
    replaySince: (of: InMode, endpointId: string, asked: { since: Date; onlyUndelivered: boolean }) =>
      db.transaction(async (tx) => {
        const endpoint = await enabled(tx, of, endpointId);
        await wake(tx);
        return { queued: await sql.requeueSince(tx, endpoint, { ...asked, now: clock.now() }) };
      }),
    /** @throws Refusal `request.not_found`, `webhook.not_sendable` */
    ping: (of: InMode, endpointId: string) =>
      db.transaction(async (tx) => {
        const endpoint = await enabled(tx, of, endpointId);
        await wake(tx);
        return view(
          await sql.insertPing(tx, {
            id: deps.ids.next("whd"),
            event_id: deps.ids.next("evt"),
            created_at: clock.now(),
            endpoint,
          }),
        );
      }),
    /** Forgets answers after seven days and deliveries after thirty. */
    async forget(): Promise<void> {
      const now = clock.now().getTime();
      const before = {
        answers: new Date(now - answersKeptMs),
        deliveries: new Date(now - deliveriesKeptMs),
      };
      for (let taken = 0; taken < mostSlices; taken += 1)
        if ((await sql.forgetDeliveries(db, before, slice)) < slice) return;
    },
  };
}

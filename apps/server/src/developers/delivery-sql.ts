import type { Id } from "@jinqiao/money";
import type { Queryable } from "../platform/db.ts";
import type { PersonalTable } from "../vault/index.ts";
import type { InMode } from "./keys.ts";
import type { Attempt, Failure } from "./sender.ts";
import type { EndpointRow } from "./webhook-sql.ts";

export const deliveryData = {
  table: "developers.delivery",
  id: "id",
  columns: ["response"],
} as const satisfies PersonalTable;

export type DeliveryRow = {
  id: Id<"whd">;
  endpoint_id: Id<"we">;
  merchant_id: Id<"mer">;
  livemode: boolean;
  event_id: Id<"evt">;
  event_type: string;
  object_id: string;
  object_version: number;
  status: "pending" | "delivered" | "failed";
  attempts: number;
  next_at: Date;
  last_at: Date | null;
  duration_ms: number | null;
  response_status: number | null;
  failure: Failure | null;
  response_sealed: string | null;
  created_at: Date;
};

/** A delivery that this process is to send now, with what is needed of its endpoint and its event. */
export type Claimed = Pick<
  DeliveryRow,
  "id" | "endpoint_id" | "event_id" | "event_type" | "object_version" | "attempts" | "created_at"
> &
  Pick<
    EndpointRow,
    | "url_sealed"
    | "secret_sealed"
    | "previous_secret_sealed"
    | "previous_until"
    | "failing_since"
    | "api_version"
    | "merchant_id"
    | "livemode"
  > & {
    lease_end: Date;
    endpoint_version: number;
    seq: bigint | null;
    data_sealed: string | null;
    event_at: Date | null;
  };

/**
 * Takes deliveries that are due, for `leaseMs`: whoever took one and died leaves it to be sent again. Of each endpoint
 * at most as many as may be under way at once, so that one that hangs holds nobody else up; one that fails is tried
 * by a few at a time.
 * @param running how many of each endpoint this process is sending already
 */
export function claimDue(
  db: Queryable,
  at: {
    now: Date;
    leaseMs: number;
    running: ReadonlyMap<string, number>;
    perEndpoint: number;
    perFailing: number;
    limit: number;
  },
): Promise<Claimed[]> {
  return db.query<Claimed>(
    `WITH due AS (
       SELECT d.id, d.next_at FROM developers.endpoint e
         LEFT JOIN (SELECT unnest($3::text[]) AS id, unnest($4::int[]) AS running) b ON b.id = e.id
        CROSS JOIN LATERAL (
          SELECT d.id, d.next_at FROM developers.delivery d
           WHERE d.endpoint_id = e.id AND d.status = 'pending' AND d.next_at <= $1
           ORDER BY d.next_at
           LIMIT greatest(0, CASE WHEN e.failing_since IS NULL THEN $5::int ELSE $6::int END - coalesce(b.running, 0))
           FOR UPDATE SKIP LOCKED) d
        WHERE e.status = 'enabled'
        ORDER BY d.next_at LIMIT $7::int),
     claimed AS (
       UPDATE developers.delivery d SET next_at = $2::timestamptz, attempts = attempts + 1, last_at = $1::timestamptz
         FROM due WHERE d.id = due.id
       RETURNING d.id, d.endpoint_id, d.event_id, d.event_type, d.object_version, d.attempts, d.created_at, due.next_at AS due_at)
     SELECT c.*, $2::timestamptz AS lease_end, e.url_sealed, e.secret_sealed, e.previous_secret_sealed, e.previous_until, e.failing_since,
            e.api_version, e.merchant_id, e.livemode, e.version AS endpoint_version, v.seq, v.data_sealed, v.created_at AS event_at
       FROM claimed c JOIN developers.endpoint e ON e.id = c.endpoint_id
       LEFT JOIN merchants.event v ON v.id = c.event_id
      ORDER BY c.due_at, v.seq`,
    [
      at.now,
      new Date(at.now.getTime() + at.leaseMs),
      [...at.running.keys()],
      [...at.running.values()],
      at.perEndpoint,
      at.perFailing,
      at.limit,
    ],
    "developers.claim_deliveries",
  );
}

/** What became of an attempt. `nextAt` counts while the status is `pending`. */
export type Finished = {
  id: string;
  /** As the claim set it: it tells this claim from every other one. */
  leaseEnd: Date;
  attempt: Attempt;
  responseSealed: string | null;
  status: DeliveryRow["status"];
  nextAt: Date;
};

/**
 * Notes down a set of attempts in one statement. What somebody queued again meanwhile, or took over because this took
 * too long, is left alone.
 */
export async function finishDeliveries(db: Queryable, finished: readonly Finished[]): Promise<void> {
  await db.query(
    `UPDATE developers.delivery d
        SET status = f.status, next_at = f.next_at, duration_ms = f.duration_ms,
            response_status = f.response_status, failure = f.failure, response_sealed = f.response_sealed
       FROM (SELECT unnest($1::text[]) AS id, unnest($2::text[]) AS status, unnest($3::timestamptz[]) AS next_at,
                    unnest($4::int[]) AS duration_ms, unnest($5::int[]) AS response_status,
                    unnest($6::text[]) AS failure, unnest($7::text[]) AS response_sealed,
                    unnest($8::timestamptz[]) AS lease_end) AS f
      WHERE d.id = f.id AND d.status = 'pending' AND d.next_at = f.lease_end`,
    [
      finished.map(({ id }) => id),
      finished.map(({ status }) => status),
      finished.map(({ nextAt }) => nextAt),
      finished.map(({ attempt }) => attempt.durationMs),
      finished.map(({ attempt }) => attempt.status ?? null),
      finished.map(({ attempt }) => attempt.failure ?? null),
      finished.map(({ responseSealed }) => responseSealed),
      finished.map(({ leaseEnd }) => leaseEnd),
    ],
    "developers.finish_deliveries",
  );
}

/** Endpoints that answered again after failures. */
export const clearFailing = (db: Queryable, endpointIds: readonly string[]) =>
  db.query(
    "UPDATE developers.endpoint SET failing_since = NULL WHERE id = ANY ($1::text[]) AND failing_since IS NOT NULL",
    [endpointIds],
  );

/** Notes when an endpoint began to fail; answers those that have failed for so long that they are to be paused. */
export const noteFailing = (
  db: Queryable,
  endpointIds: readonly string[],
  at: { now: Date; longSince: Date },
): Promise<Pick<EndpointRow, "id" | "merchant_id" | "url_sealed">[]> =>
  db.query(
    `WITH failing AS (
       UPDATE developers.endpoint SET failing_since = coalesce(failing_since, $2)
        WHERE id = ANY ($1::text[]) AND status = 'enabled' RETURNING id, merchant_id, url_sealed, failing_since)
     SELECT id, merchant_id, url_sealed FROM failing WHERE failing_since <= $3`,
    [endpointIds, at.now, at.longSince],
  );

/** Pauses an endpoint that still fails; false where somebody was quicker or it answered meanwhile. */
export async function pauseEndpoint(
  tx: Queryable,
  id: string,
  at: { now: Date; longSince: Date },
): Promise<boolean> {
  const paused = await tx.query(
    `UPDATE developers.endpoint SET status = 'paused', paused_at = $2, version = version + 1
      WHERE id = $1 AND status = 'enabled' AND failing_since <= $3 RETURNING id`,
    [id, at.now, at.longSince],
  );
  return paused.length > 0;
}

export const selectDeliveries = (
  db: Queryable,
  of: InMode,
  query: {
    before?: string | undefined;
    limit: number;
    endpointId?: string | undefined;
    eventId?: string | undefined;
    status?: string | undefined;
  },
): Promise<DeliveryRow[]> =>
  db.query<DeliveryRow>(
    `SELECT * FROM developers.delivery
      WHERE merchant_id = $1 AND livemode = $2 AND ($3::text IS NULL OR id < $3)
        AND ($4::text IS NULL OR endpoint_id = $4) AND ($5::text IS NULL OR event_id = $5)
        AND ($6::text IS NULL OR status = $6)
      ORDER BY id DESC LIMIT $7`,
    [
      of.merchantId,
      of.livemode,
      query.before ?? null,
      query.endpointId ?? null,
      query.eventId ?? null,
      query.status ?? null,
      query.limit,
    ],
  );

export async function selectDelivery(
  db: Queryable,
  of: InMode,
  id: string,
): Promise<DeliveryRow | undefined> {
  const [row] = await db.query<DeliveryRow>(
    "SELECT * FROM developers.delivery WHERE id = $1 AND merchant_id = $2 AND livemode = $3",
    [id, of.merchantId, of.livemode],
  );
  return row;
}

export async function insertPing(
  tx: Queryable,
  ping: Pick<DeliveryRow, "id" | "event_id" | "created_at"> & { endpoint: EndpointRow },
): Promise<DeliveryRow> {
  const { endpoint } = ping;
  const [row] = await tx.query<DeliveryRow>(
    `INSERT INTO developers.delivery (id, endpoint_id, merchant_id, livemode, event_id, event_type, object_id,
       object_version, next_at, created_at)
     VALUES ($1, $2, $3, $4, $5, 'ping', $2, $6, $7, $7) RETURNING *`,
    [
      ping.id,
      endpoint.id,
      endpoint.merchant_id,
      endpoint.livemode,
      ping.event_id,
      endpoint.version,
      ping.created_at,
    ],
  );
  return row as DeliveryRow;
}

/** Puts one delivery at the beginning of its attempts. */
export async function requeue(tx: Queryable, id: string, now: Date): Promise<DeliveryRow> {
  const [row] = await tx.query<DeliveryRow>(
    `UPDATE developers.delivery SET status = 'pending', attempts = 0, next_at = $2 WHERE id = $1 RETURNING *`,
    [id, now],
  );
  return row as DeliveryRow;
}

/**
 * Queues what happened since a moment, in the types that an endpoint takes: rows that are missing are written, those
 * that ended are begun anew.
 */
export async function requeueSince(
  tx: Queryable,
  endpoint: EndpointRow,
  replay: { since: Date; now: Date; onlyUndelivered: boolean },
): Promise<number> {
  const [row] = await tx.query<{ queued: number }>(
    `WITH queued AS (
       INSERT INTO developers.delivery AS d (id, endpoint_id, merchant_id, livemode, event_id, event_type, object_id,
         object_version, next_at, created_at)
       SELECT developers.delivery_id(v.id, $1), $1, v.merchant_id, v.livemode, v.id, v.type, v.object_id,
              v.object_version, $6, v.created_at
         FROM merchants.event v
        WHERE v.merchant_id = $2 AND v.livemode = $3 AND v.created_at >= $4
          AND ($5::text[] = '{*}' OR v.type = ANY ($5))
        ORDER BY v.seq
       ON CONFLICT (endpoint_id, event_id) DO UPDATE SET status = 'pending', attempts = 0, next_at = $6
         WHERE d.status = 'failed' OR (d.status = 'delivered' AND NOT $7)
       RETURNING 1)
     SELECT count(*)::int AS queued FROM queued`,
    [
      endpoint.id,
      endpoint.merchant_id,
      endpoint.livemode,
      replay.since,
      endpoint.event_types,
      replay.now,
      replay.onlyUndelivered,
    ],
  );
  return row?.queued ?? 0;
}

/** Forgets answers and deliveries that are older; one slice each, answers how many rows were touched. */
export async function forgetDeliveries(
  db: Queryable,
  before: { answers: Date; deliveries: Date },
  slice: number,
): Promise<number> {
  const answers = await db.query(
    `UPDATE developers.delivery SET response_sealed = NULL WHERE id IN (
       SELECT id FROM developers.delivery WHERE response_sealed IS NOT NULL AND last_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING 1`,
    [before.answers, slice],
  );
  const deliveries = await db.query(
    `DELETE FROM developers.delivery WHERE id IN (
       SELECT id FROM developers.delivery WHERE created_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING 1`,
    [before.deliveries, slice],
  );
  return Math.max(answers.length, deliveries.length);
}

import { ApiVersion, listRequestLog, type RequestLogEntry } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import type { KeyCall } from "../platform/http/key-calls.ts";
import type { Ids } from "../platform/ids.ts";
import type { Logger } from "../platform/logger.ts";
import { touchKeys } from "./key-sql.ts";

export type RequestLog = {
  /** Notes a call down; it is written soon, off the way of the answer. */
  note(call: KeyCall): void;
  /** Forgets calls after seven days. */
  forget(): Promise<void>;
  /** Writes what is noted down and not yet written. */
  flush(): Promise<void>;
  routes: RouteHandler[];
};

type RequestRow = {
  id: Id<"req">;
  request_id: string;
  livemode: boolean;
  key_id: Id<"key">;
  at: Date;
  method: string;
  path: string;
  operation: string;
  status: number;
  error_code: string | null;
  duration_ms: number;
  idempotency_key: string | null;
  api_version: string | null;
};

const keptMs = 7 * 86_400_000;
const slice = 5_000;
const mostSlices = 200;
/** What waits is written after this, or when there is so much of it. */
const flushMs = 250;
const mostWaiting = 20_000;
const setSize = 1_000;

/** The log of calls by keys, and with it when a key was last used. A flood beyond what is kept in memory is not noted. */
export function createRequestLog(deps: { db: Db; clock: Clock; ids: Ids; logger: Logger }): RequestLog {
  const { db, clock, ids } = deps;
  let waiting: (KeyCall & { id: Id<"req">; at: Date })[] = [];
  let writing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function writeSets(): Promise<void> {
    while (waiting.length > 0) {
      const set = waiting.slice(0, setSize);
      waiting = waiting.slice(setSize);
      try {
        await insert(db, set);
        const used = new Map(set.map(({ keyId, at }) => [keyId, at]));
        await touchKeys(db, used);
      } catch (error) {
        deps.logger.warn({ err: error, calls: set.length }, "calls of keys not noted in their log");
      }
    }
  }
  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    writing ??= writeSets().finally(() => {
      writing = undefined;
    });
    return writing;
  }

  return {
    note(call) {
      if (waiting.length >= mostWaiting) return;
      waiting.push({ ...call, id: ids.next("req"), at: clock.now() });
      timer ??= setTimeout(() => void flush(), flushMs).unref();
    },
    flush,
    async forget() {
      const before = new Date(clock.now().getTime() - keptMs);
      for (let taken = 0; taken < mostSlices; taken += 1) {
        const gone = await db.query(
          `DELETE FROM developers.request WHERE id IN (
             SELECT id FROM developers.request WHERE at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING 1`,
          [before, slice],
        );
        if (gone.length < slice) return;
      }
    },
    routes: [
      handle(listRequestLog, async ({ merchant, query }) => {
        const limit = query.limit ?? 20;
        const rows = await db.query<RequestRow>(
          `SELECT id, request_id, livemode, key_id, at, method, path, operation, status, error_code, duration_ms,
                  idempotency_key, api_version
             FROM developers.request
            WHERE merchant_id = $1 AND livemode = $2 AND ($3::text IS NULL OR id < $3)
              AND ($4::text IS NULL OR key_id = $4) AND ($5::text IS NULL OR operation = $5)
              AND ($6::text IS NULL OR request_id = $6) AND ($7::text IS NULL OR idempotency_key = $7)
              AND ($8::text IS NULL OR (status < 400) = ($8 = 'succeeded'))
            ORDER BY id DESC LIMIT $9`,
          [
            merchant.merchantId,
            merchant.livemode,
            query.cursor ?? null,
            query.keyId ?? null,
            query.operation ?? null,
            query.requestId ?? null,
            query.idempotencyKey ?? null,
            query.outcome ?? null,
            limit + 1,
          ],
        );
        const shown = rows.slice(0, limit);
        return {
          items: shown.map(view),
          nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null,
        };
      }),
    ],
  };
}

function view(row: RequestRow): RequestLogEntry {
  return {
    object: "request",
    id: row.id,
    requestId: row.request_id,
    livemode: row.livemode,
    createdAt: row.at.toISOString(),
    method: row.method,
    path: row.path,
    operation: row.operation,
    status: row.status,
    errorCode: row.error_code,
    durationMs: row.duration_ms,
    keyId: row.key_id,
    idempotencyKey: row.idempotency_key,
    apiVersion: row.api_version === null ? null : ApiVersion.parse(row.api_version),
  };
}

const insert = (db: Db, set: readonly (KeyCall & { id: string; at: Date })[]) =>
  db.query(
    `INSERT INTO developers.request (id, request_id, merchant_id, livemode, key_id, at, method, path, operation,
       status, error_code, duration_ms, idempotency_key, api_version)
     SELECT r ->> 'id', r ->> 'requestId', r ->> 'merchantId', (r ->> 'livemode')::boolean, r ->> 'keyId',
            (r ->> 'at')::timestamptz, r ->> 'method', r ->> 'path', r ->> 'operation', (r ->> 'status')::int,
            r ->> 'errorCode', (r ->> 'durationMs')::int, r ->> 'idempotencyKey', r ->> 'apiVersion'
       FROM jsonb_array_elements($1::jsonb) AS r`,
    [JSON.stringify(set)],
    "developers.insert_requests",
  );

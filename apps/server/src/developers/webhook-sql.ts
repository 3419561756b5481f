import type { Id } from "@jinqiao/money";
import type { Queryable } from "../platform/db.ts";
import type { PersonalTable } from "../vault/index.ts";
import type { InMode } from "./keys.ts";

export const endpointData = {
  table: "developers.endpoint",
  id: "id",
  columns: ["url", "description", "secret", "previous_secret"],
} as const satisfies PersonalTable;

export type EndpointRow = {
  id: Id<"we">;
  merchant_id: Id<"mer">;
  livemode: boolean;
  url_sealed: string;
  description_sealed: string | null;
  event_types: string[];
  api_version: string;
  status: "enabled" | "disabled" | "paused";
  secret_sealed: string;
  previous_secret_sealed: string | null;
  previous_until: Date | null;
  failing_since: Date | null;
  paused_at: Date | null;
  created_at: Date;
  version: number;
};

export const selectEndpoints = (db: Queryable, of: InMode): Promise<EndpointRow[]> =>
  db.query<EndpointRow>(
    "SELECT * FROM developers.endpoint WHERE merchant_id = $1 AND livemode = $2 ORDER BY id DESC",
    [of.merchantId, of.livemode],
  );

export async function selectEndpoint(
  db: Queryable,
  of: InMode,
  id: string,
  { lock = false } = {},
): Promise<EndpointRow | undefined> {
  const [row] = await db.query<EndpointRow>(
    `SELECT * FROM developers.endpoint WHERE id = $1 AND merchant_id = $2 AND livemode = $3${lock ? " FOR NO KEY UPDATE" : ""}`,
    [id, of.merchantId, of.livemode],
  );
  return row;
}

/** How many endpoints a merchant has. Whoever adds one waits here for whoever else does. */
export async function countEndpoints(tx: Queryable, of: InMode): Promise<number> {
  await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('developers.endpoint ' || $1, 0))", [
    of.merchantId,
  ]);
  const [row] = await tx.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM developers.endpoint WHERE merchant_id = $1 AND livemode = $2",
    [of.merchantId, of.livemode],
  );
  return row?.count ?? 0;
}

export const insertEndpoint = (
  tx: Queryable,
  row: Pick<
    EndpointRow,
    | "id"
    | "merchant_id"
    | "livemode"
    | "url_sealed"
    | "description_sealed"
    | "event_types"
    | "api_version"
    | "secret_sealed"
    | "created_at"
  >,
) =>
  tx.query(
    `INSERT INTO developers.endpoint
     SELECT r.* FROM jsonb_populate_record(NULL::developers.endpoint, $1) AS r`,
    [JSON.stringify({ status: "enabled", version: 1, ...row })],
  );

/** Stores every column that a change may touch, and counts the version up. */
export async function updateEndpoint(tx: Queryable, row: EndpointRow): Promise<EndpointRow> {
  const [stored] = await tx.query<EndpointRow>(
    `UPDATE developers.endpoint SET url_sealed = $2, description_sealed = $3, event_types = $4, status = $5,
       secret_sealed = $6, previous_secret_sealed = $7, previous_until = $8, failing_since = $9, paused_at = $10,
       version = version + 1
     WHERE id = $1 RETURNING *`,
    [
      row.id,
      row.url_sealed,
      row.description_sealed,
      row.event_types,
      row.status,
      row.secret_sealed,
      row.previous_secret_sealed,
      row.previous_until,
      row.failing_since,
      row.paused_at,
    ],
  );
  return stored as EndpointRow;
}

export async function deleteEndpoint(tx: Queryable, id: string): Promise<void> {
  await tx.query("DELETE FROM developers.endpoint WHERE id = $1", [id]);
  await tx.query("DELETE FROM developers.delivery WHERE endpoint_id = $1", [id]);
}

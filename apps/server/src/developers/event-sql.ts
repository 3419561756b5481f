import type { MerchantEventRow } from "../merchants/index.ts";
import type { Queryable } from "../platform/db.ts";
import type { InMode } from "./keys.ts";

/** Newest first; `before` is the id of the last event of the page before. */
export const selectEvents = (
  db: Queryable,
  of: InMode,
  query: {
    before?: string | undefined;
    type?: string | undefined;
    objectId?: string | undefined;
    limit: number;
  },
): Promise<MerchantEventRow[]> =>
  db.query<MerchantEventRow>(
    `SELECT seq, id, merchant_id, livemode, type, object_id, object_version, data_sealed, created_at
       FROM merchants.event
      WHERE merchant_id = $1 AND livemode = $2 AND ($3::text IS NULL OR id < $3)
        AND ($4::text IS NULL OR type = $4) AND ($5::text IS NULL OR object_id = $5)
      ORDER BY id DESC LIMIT $6`,
    [
      of.merchantId,
      of.livemode,
      query.before ?? null,
      query.type ?? null,
      query.objectId ?? null,
      query.limit,
    ],
  );

export async function selectEvent(
  db: Queryable,
  of: InMode,
  id: string,
): Promise<MerchantEventRow | undefined> {
  const [row] = await db.query<MerchantEventRow>(
    `SELECT seq, id, merchant_id, livemode, type, object_id, object_version, data_sealed, created_at
       FROM merchants.event WHERE id = $1 AND merchant_id = $2 AND livemode = $3`,
    [id, of.merchantId, of.livemode],
  );
  return row;
}

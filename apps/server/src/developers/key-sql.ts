import type { MerchantScope } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { Queryable } from "../platform/db.ts";
import type { PersonalTable } from "../vault/index.ts";

export const keyData = {
  table: "developers.api_key",
  id: "id",
  columns: ["name"],
} as const satisfies PersonalTable;

export type KeyRow = {
  id: Id<"key">;
  merchant_id: Id<"mer">;
  livemode: boolean;
  name_sealed: string;
  last_four: string;
  scopes: MerchantScope[] | null;
  api_version: string;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
  replaced_by: Id<"key"> | null;
  last_used_at: Date | null;
  version: number;
};

const columns = `id, merchant_id, livemode, name_sealed, last_four, scopes, api_version, created_at, expires_at,
  revoked_at, replaced_by, last_used_at, version`;

/** What the door needs to know of a key. */
export type KeyAtDoor = Pick<
  KeyRow,
  "id" | "merchant_id" | "livemode" | "scopes" | "api_version" | "expires_at"
> & {
  hash: string;
};

/** The keys of these hashes (hex) that work now. */
export const selectByHash = (db: Queryable, hashes: readonly string[], now: Date): Promise<KeyAtDoor[]> =>
  db.query<KeyAtDoor>(
    `SELECT encode(secret_hash, 'hex') AS hash, id, merchant_id, livemode, scopes, api_version, expires_at
       FROM developers.api_key
      WHERE secret_hash = ANY (SELECT decode(h, 'hex') FROM unnest($1::text[]) AS h)
        AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)`,
    [hashes, now],
    "developers.keys_at_door",
  );

/** Newest first; those that ended before `since` are left out. */
export const selectKeys = (
  db: Queryable,
  of: { merchantId: string; livemode: boolean },
  page: { before: string | undefined; limit: number; since: Date },
): Promise<KeyRow[]> =>
  db.query<KeyRow>(
    `SELECT ${columns} FROM developers.api_key
      WHERE merchant_id = $1 AND livemode = $2 AND ($3::text IS NULL OR id < $3)
        AND least(coalesce(revoked_at, 'infinity'), coalesce(expires_at, 'infinity')) > $4
      ORDER BY id DESC LIMIT $5`,
    [of.merchantId, of.livemode, page.before ?? null, page.since, page.limit],
  );

export async function lockKey(
  tx: Queryable,
  of: { merchantId: string; livemode: boolean },
  id: string,
): Promise<KeyRow | undefined> {
  const [row] = await tx.query<KeyRow>(
    `SELECT ${columns} FROM developers.api_key
      WHERE id = $1 AND merchant_id = $2 AND livemode = $3 FOR UPDATE`,
    [id, of.merchantId, of.livemode],
  );
  return row;
}

/** How many keys of a merchant work now. Whoever adds one waits here for whoever else does. */
export async function countWorking(
  tx: Queryable,
  of: { merchantId: string; livemode: boolean },
  now: Date,
): Promise<number> {
  await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('developers.api_key ' || $1, 0))", [
    of.merchantId,
  ]);
  const [row] = await tx.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM developers.api_key
      WHERE merchant_id = $1 AND livemode = $2 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3)`,
    [of.merchantId, of.livemode, now],
  );
  return row?.count ?? 0;
}

export async function insertKey(
  tx: Queryable,
  row: Omit<KeyRow, "revoked_at" | "replaced_by" | "last_used_at" | "version"> & {
    secret_hash: Buffer;
    created_by: string;
  },
): Promise<KeyRow> {
  const [stored] = await tx.query<KeyRow>(
    `INSERT INTO developers.api_key (id, merchant_id, livemode, name_sealed, secret_hash, last_four, scopes,
       api_version, created_at, created_by, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING ${columns}`,
    [
      row.id,
      row.merchant_id,
      row.livemode,
      row.name_sealed,
      row.secret_hash,
      row.last_four,
      row.scopes,
      row.api_version,
      row.created_at,
      row.created_by,
      row.expires_at,
    ],
  );
  return stored as KeyRow;
}

export async function endKey(
  tx: Queryable,
  id: string,
  end: { revokedAt: Date } | { expiresAt: Date; replacedBy: string },
): Promise<KeyRow> {
  const [row] = await tx.query<KeyRow>(
    `UPDATE developers.api_key
        SET revoked_at = coalesce($2, revoked_at), expires_at = least(expires_at, $3),
            replaced_by = coalesce($4, replaced_by), version = version + 1
      WHERE id = $1 RETURNING ${columns}`,
    [
      id,
      "revokedAt" in end ? end.revokedAt : null,
      "expiresAt" in end ? end.expiresAt : null,
      "replacedBy" in end ? end.replacedBy : null,
    ],
  );
  return row as KeyRow;
}

/** Notes when keys were last used, to the minute, so that a busy key is not written for every request. */
export const touchKeys = (db: Queryable, used: ReadonlyMap<string, Date>) =>
  db.query(
    `UPDATE developers.api_key k SET last_used_at = u.at
       FROM (SELECT unnest($1::text[]) AS id, unnest($2::timestamptz[]) AS at ORDER BY 1) AS u
      WHERE k.id = u.id AND (k.last_used_at IS NULL OR k.last_used_at < u.at - interval '1 minute')`,
    [[...used.keys()], [...used.values()]],
  );

import type { Id } from "@jinqiao/money";
import type { PayCode } from "@jinqiao/qr";
import type { Db } from "../platform/db.ts";
import { assert } from "../platform/errors.ts";

export type PayCodeKeyRow = {
  id: Id<"pck">;
  customer_id: Id<"cus">;
  device_id: Id<"dev">;
  handle: string;
  secret_sealed: string;
  uses: number;
  created_at: Date;
  expires_at: Date;
  revoked_at: Date | null;
};
export type PayCodeUseRow = { intent_id: Id<"pi">; outcome: "paid" | "to_confirm"; at: Date };

export async function selectByHandle(db: Db, handle: string): Promise<PayCodeKeyRow | undefined> {
  return (
    await db.query<PayCodeKeyRow>("SELECT * FROM merchants.pay_code_key WHERE handle = $1", [handle])
  )[0];
}

export function selectKeys(db: Db, customerId: string, now: Date): Promise<PayCodeKeyRow[]> {
  return db.query<PayCodeKeyRow>(
    `SELECT * FROM merchants.pay_code_key
      WHERE customer_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY id DESC LIMIT 100`,
    [customerId, now],
  );
}

/**
 * Stores a key under a handle that no other has; an older key of the device ends in the same transaction.
 * @param handleOf proposes a handle of nine digits; asked again while the one it gave is taken
 */
export async function insertKey(
  db: Db,
  key: Omit<PayCodeKeyRow, "handle" | "uses" | "revoked_at">,
  handleOf: () => string,
): Promise<string> {
  return db.transaction(async (tx) => {
    // Two requests of one device wait for each other here, so that one key of the two is in force afterwards.
    await tx.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [
      `pay_code_key ${key.customer_id} ${key.device_id}`,
    ]);
    await tx.query(
      `UPDATE merchants.pay_code_key SET revoked_at = $3
        WHERE customer_id = $1 AND device_id = $2 AND revoked_at IS NULL`,
      [key.customer_id, key.device_id, key.created_at],
    );
    for (let tries = 0; tries < 20; tries += 1) {
      const handle = handleOf();
      const rows = await tx.query(
        `INSERT INTO merchants.pay_code_key (id, customer_id, device_id, handle, secret_sealed, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (handle) DO NOTHING RETURNING id`,
        [key.id, key.customer_id, key.device_id, handle, key.secret_sealed, key.created_at, key.expires_at],
      );
      if (rows.length === 1) return handle;
    }
    assert(false, "one of twenty handles out of a thousand million is free");
  });
}

/** @returns false where the customer has no such key in force */
export async function revokeKey(db: Db, customerId: string, id: string, now: Date): Promise<boolean> {
  const rows = await db.query(
    `UPDATE merchants.pay_code_key SET revoked_at = $3
      WHERE id = $2 AND customer_id = $1 AND revoked_at IS NULL RETURNING id`,
    [customerId, id, now],
  );
  return rows.length === 1;
}

/** Counts wrong check digits; the key ends at the last that is allowed within the time. */
export async function countWrong(
  db: Db,
  id: string,
  { now, withinMs, max }: { now: Date; withinMs: number; max: number },
): Promise<void> {
  await db.query(
    `UPDATE merchants.pay_code_key SET
       wrong = CASE WHEN wrong_since >= $3 THEN wrong + 1 ELSE 1 END,
       wrong_since = CASE WHEN wrong_since >= $3 THEN wrong_since ELSE $2 END,
       revoked_at = CASE WHEN wrong_since >= $3 AND wrong + 1 >= $4 THEN coalesce(revoked_at, $2) ELSE revoked_at END
     WHERE id = $1`,
    [id, now, new Date(now.getTime() - withinMs), max],
  );
}

export async function usedFor(
  db: Db,
  keyId: string,
  { moment, suffix }: PayCode,
): Promise<string | undefined> {
  const rows = await db.query<{ intent_id: string }>(
    "SELECT intent_id FROM merchants.pay_code_use WHERE key_id = $1 AND moment = $2 AND suffix = $3",
    [keyId, moment, suffix],
  );
  return rows[0]?.intent_id;
}

/**
 * Payments by a key without confirmation since its payer last confirmed one, in one currency. A confirmed one is a use
 * that asked and whose intent has been paid.
 */
export async function selectSinceConfirmed(
  db: Db,
  keyId: string,
  currency: string,
): Promise<{ count: number; sum: bigint }> {
  const [row] = await db.query<{ count: number; sum: bigint }>(
    `SELECT count(*)::int AS count, coalesce(sum(amount), 0)::bigint AS sum FROM merchants.pay_code_use
      WHERE key_id = $1 AND currency = $2 AND outcome = 'paid' AND at > coalesce(
        (SELECT max(u.at) FROM merchants.pay_code_use u JOIN merchants.intent i ON i.id = u.intent_id
          WHERE u.key_id = $1 AND u.outcome = 'to_confirm' AND (i.received > 0 OR i.capturable > 0)), '-infinity')`,
    [keyId, currency],
  );
  return row ?? { count: 0, sum: 0n };
}

export async function selectLatestUse(
  db: Db,
  customerId: string,
  after: Date,
): Promise<PayCodeUseRow | undefined> {
  const rows = await db.query<PayCodeUseRow>(
    `SELECT u.intent_id, u.outcome, u.at FROM merchants.pay_code_use u JOIN merchants.pay_code_key k ON k.id = u.key_id
      WHERE k.customer_id = $1 AND u.at > $2 ORDER BY u.at DESC LIMIT 1`,
    [customerId, after],
  );
  return rows[0];
}

/** Forgets keys that ended before a moment, with their uses. */
export async function deleteEnded(db: Db, before: Date): Promise<void> {
  await db.query("DELETE FROM merchants.pay_code_key WHERE coalesce(revoked_at, expires_at) < $1", [before]);
}

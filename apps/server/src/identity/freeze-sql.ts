import type { FreezeReason, FreezeScope } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { Queryable, Tx } from "../platform/db.ts";

export type FreezeRow = {
  id: Id<"frz">;
  customer_id: Id<"cus">;
  scope: FreezeScope;
  binding_id: string | null;
  set_by: "customer" | "staff" | "risk";
  staff_id: string | null;
  reason: FreezeReason;
  sealed: string | null;
  appeal_token_hash: Buffer | null;
  since: Date;
  ended_at: Date | null;
};
export type FreezeWithAppeal = FreezeRow & {
  appeal_id: Id<"apl"> | null;
  appeal_sealed: string | null;
  appeal_at: Date | null;
  appeal_status: "open" | "accepted" | "refused" | null;
  appeal_decided_at: Date | null;
  appeal_answer_sealed: string | null;
};

type Standing = Pick<FreezeRow, "scope" | "binding_id">;

/** What is frozen now, by customer. */
export async function selectStanding(
  db: Queryable,
  customerIds: readonly string[],
): Promise<Map<string, Standing[]>> {
  const rows = await db.query<Standing & { customer_id: string }>(
    "SELECT customer_id, scope, binding_id FROM identity.freeze WHERE ended_at IS NULL AND customer_id = ANY ($1)",
    [customerIds],
    "identity.standing_freezes",
  );
  return Map.groupBy(rows, ({ customer_id }) => customer_id);
}

/** Stores a freeze unless the same one stands already. @returns the id of that one */
export async function insertFreeze(tx: Tx, row: FreezeRow): Promise<Id<"frz"> | undefined> {
  const inserted = await tx.query(
    `INSERT INTO identity.freeze (id, customer_id, scope, binding_id, set_by, staff_id, reason, sealed, appeal_token_hash, since)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (customer_id, scope, coalesce(binding_id, ''), set_by) WHERE ended_at IS NULL DO NOTHING RETURNING id`,
    [
      row.id,
      row.customer_id,
      row.scope,
      row.binding_id,
      row.set_by,
      row.staff_id,
      row.reason,
      row.sealed,
      row.appeal_token_hash,
      row.since,
    ],
  );
  if (inserted.length > 0) return undefined;
  const [earlier] = await tx.query<{ id: Id<"frz"> }>(
    `SELECT id FROM identity.freeze WHERE ended_at IS NULL AND customer_id = $1 AND scope = $2
        AND binding_id IS NOT DISTINCT FROM $3 AND set_by = $4`,
    [row.customer_id, row.scope, row.binding_id, row.set_by],
  );
  return earlier?.id;
}

export async function lockFreeze(tx: Tx, id: string): Promise<FreezeRow | undefined> {
  return (await tx.query<FreezeRow>("SELECT * FROM identity.freeze WHERE id = $1 FOR UPDATE", [id]))[0];
}

export async function endFreeze(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.query("UPDATE identity.freeze SET ended_at = $2 WHERE id = $1", [id, at]);
}

/** Signs the customer out everywhere. */
export async function endSessions(tx: Tx, customerId: string): Promise<void> {
  await tx.query("DELETE FROM identity.session WHERE customer_id = $1", [customerId]);
}

/** Standing freezes that the customer set. */
export async function selectOwn(tx: Tx, customerId: string, scope: FreezeScope): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `SELECT id FROM identity.freeze
      WHERE customer_id = $1 AND scope = $2 AND set_by = 'customer' AND ended_at IS NULL ORDER BY id`,
    [customerId, scope],
  );
  return rows.map(({ id }) => id);
}

/** @returns false where an appeal is open already */
export async function insertAppeal(
  tx: Tx,
  appeal: { id: string; freezeId: string; sealed: string; at: Date },
): Promise<boolean> {
  const rows = await tx.query(
    `INSERT INTO identity.appeal (id, freeze_id, sealed, at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (freeze_id) WHERE status = 'open' DO NOTHING RETURNING id`,
    [appeal.id, appeal.freezeId, appeal.sealed, appeal.at],
  );
  return rows.length === 1;
}

export async function selectOpenAppeal(tx: Tx, freezeId: string): Promise<string | undefined> {
  const [row] = await tx.query<{ id: string }>(
    "SELECT id FROM identity.appeal WHERE freeze_id = $1 AND status = 'open' FOR UPDATE",
    [freezeId],
  );
  return row?.id;
}

export async function decideAppeal(
  tx: Tx,
  id: string,
  decision: { status: "accepted" | "refused"; at: Date; answerSealed: string },
): Promise<void> {
  await tx.query(
    "UPDATE identity.appeal SET status = $2, decided_at = $3, answer_sealed = $4 WHERE id = $1",
    [id, decision.status, decision.at, decision.answerSealed],
  );
}

export async function selectByToken(db: Queryable, tokenHash: Buffer): Promise<FreezeRow | undefined> {
  const rows = await db.query<FreezeRow>("SELECT * FROM identity.freeze WHERE appeal_token_hash = $1", [
    tokenHash,
  ]);
  return rows[0];
}

/** Freezes with their newest appeal, newest first; at most 200. */
export function selectFreezes(
  db: Queryable,
  which: { id: string } | { customerId: string } | { appealed: true },
): Promise<FreezeWithAppeal[]> {
  const condition =
    "id" in which
      ? "f.id = $1"
      : "customerId" in which
        ? "f.customer_id = $1"
        : "a.status = 'open' AND $1::text IS NULL";
  const value = "id" in which ? which.id : "customerId" in which ? which.customerId : null;
  return db.query<FreezeWithAppeal>(
    `SELECT f.*, a.id AS appeal_id, a.sealed AS appeal_sealed, a.at AS appeal_at, a.status AS appeal_status,
            a.decided_at AS appeal_decided_at, a.answer_sealed AS appeal_answer_sealed
       FROM identity.freeze f
       LEFT JOIN LATERAL (SELECT * FROM identity.appeal p WHERE p.freeze_id = f.id ORDER BY p.at DESC, p.id DESC LIMIT 1) AS a ON true
      WHERE ${condition} ORDER BY f.since DESC, f.id DESC LIMIT 200`,
    [value],
  );
}

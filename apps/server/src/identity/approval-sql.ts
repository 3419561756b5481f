import type { Id } from "@jinqiao/money";
import type { Queryable, Tx } from "../platform/db.ts";

export type ProposalRow = {
  id: Id<"prp">;
  kind: string;
  matter: string;
  customer_id: Id<"cus"> | null;
  /** Minor units. */
  amount: bigint | null;
  currency: string | null;
  sealed: string;
  proposed_by: Id<"stf">;
  proposed_at: Date;
  expires_at: Date;
  status: "waiting" | "executed" | "rejected" | "withdrawn" | "expired";
  decided_by: Id<"stf"> | null;
  decided_at: Date | null;
  answer_sealed: string | null;
};

/** @returns false where one of the same kind and matter waits */
export async function insertProposal(
  tx: Tx,
  row: Omit<ProposalRow, "status" | "decided_by" | "decided_at" | "answer_sealed" | "customer_id"> & {
    customer_id: string | null;
  },
): Promise<boolean> {
  const rows = await tx.query(
    `INSERT INTO identity.proposal
       (id, kind, matter, customer_id, amount, currency, sealed, proposed_by, proposed_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (kind, matter) WHERE status = 'waiting' DO NOTHING RETURNING id`,
    [
      row.id,
      row.kind,
      row.matter,
      row.customer_id,
      row.amount,
      row.currency,
      row.sealed,
      row.proposed_by,
      row.proposed_at,
      row.expires_at,
    ],
  );
  return rows.length === 1;
}

export async function selectProposal(db: Queryable, id: string): Promise<ProposalRow | undefined> {
  return (await db.query<ProposalRow>("SELECT * FROM identity.proposal WHERE id = $1", [id]))[0];
}

export async function lockProposal(tx: Tx, id: string): Promise<ProposalRow | undefined> {
  return (await tx.query<ProposalRow>("SELECT * FROM identity.proposal WHERE id = $1 FOR UPDATE", [id]))[0];
}

/** The role of a member of staff who has not left. */
export async function selectProposer(tx: Tx, id: string): Promise<{ role: string } | undefined> {
  return (
    await tx.query<{ role: string }>("SELECT role FROM identity.staff WHERE id = $1 AND left_at IS NULL", [
      id,
    ])
  )[0];
}

/** Newest first; at most 200. */
export function selectProposals(
  db: Queryable,
  filter: { status?: "waiting" | "decided" | undefined; now: Date },
): Promise<ProposalRow[]> {
  return db.query<ProposalRow>(
    `SELECT * FROM identity.proposal
      WHERE $1::text IS NULL OR (status = 'waiting' AND expires_at > $2) = ($1 = 'waiting')
      ORDER BY proposed_at DESC, id DESC LIMIT 200`,
    [filter.status ?? null, filter.now],
  );
}

export async function decideProposal(
  tx: Tx,
  id: string,
  decision: {
    status: "executed" | "rejected" | "withdrawn";
    by: string;
    at: Date;
    answerSealed: string | null;
  },
): Promise<void> {
  await tx.query(
    "UPDATE identity.proposal SET status = $2, decided_by = $3, decided_at = $4, answer_sealed = $5 WHERE id = $1",
    [id, decision.status, decision.by, decision.at, decision.answerSealed],
  );
}

/** Makes room for a new proposal of the same matter where the last one waited too long. */
export async function expireOf(tx: Tx, kind: string, matter: string, now: Date): Promise<void> {
  await tx.query(
    `UPDATE identity.proposal SET status = 'expired', decided_at = $3
      WHERE kind = $1 AND matter = $2 AND status = 'waiting' AND expires_at <= $3`,
    [kind, matter, now],
  );
}

export async function expireProposals(db: Queryable, now: Date): Promise<void> {
  await db.query(
    "UPDATE identity.proposal SET status = 'expired', decided_at = $1 WHERE status = 'waiting' AND expires_at <= $1",
    [now],
  );
}

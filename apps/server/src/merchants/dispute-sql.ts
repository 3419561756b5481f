import type { DisputeStatus } from "@jinqiao/contract";
import type { Queryable, Tx } from "../platform/db.ts";
import type { DisputeHold } from "./dispute-books.ts";
import type { DecisionRow, DisputeRow, DisputeStepRow, FileRow, StatementRow } from "./dispute-rows.ts";

type Stored = Omit<DisputeRow, "holds"> & {
  holds: { id: string; part: DisputeHold["part"]; amount: string }[];
};
const opened = (row: Stored): DisputeRow => ({
  ...row,
  holds: row.holds.map((hold) => ({ ...hold, amount: BigInt(hold.amount) })),
});

export async function selectDispute(db: Queryable, id: string): Promise<DisputeRow | undefined> {
  const [row] = await db.query<Stored>("SELECT * FROM merchants.dispute WHERE id = $1", [id]);
  return row && opened(row);
}

export type DisputeFilter = {
  merchantId?: string | undefined;
  livemode?: boolean | undefined;
  customerId?: string | undefined;
  intentId?: string | undefined;
  statuses?: readonly DisputeStatus[] | undefined;
  final?: boolean | undefined;
  cursor?: string | undefined;
  limit: number;
};

/** Newest first. */
export async function selectDisputes(db: Queryable, filter: DisputeFilter): Promise<DisputeRow[]> {
  const rows = await db.query<Stored>(
    `SELECT * FROM merchants.dispute
      WHERE ($1::text IS NULL OR merchant_id = $1) AND ($2::boolean IS NULL OR livemode = $2)
        AND ($3::text IS NULL OR customer_id = $3) AND ($4::text IS NULL OR intent_id = $4)
        AND ($5::text[] IS NULL OR status = ANY ($5)) AND ($6::boolean IS NULL OR final = $6)
        AND ($7::text IS NULL OR id < $7)
      ORDER BY id DESC LIMIT $8`,
    [
      filter.merchantId ?? null,
      filter.livemode ?? null,
      filter.customerId ?? null,
      filter.intentId ?? null,
      filter.statuses ?? null,
      filter.final ?? null,
      filter.cursor ?? null,
      filter.limit,
    ],
  );
  return rows.map(opened);
}

/** Open disputes whose time has come, those with less than their money held, and those decided and not carried out. */
export async function selectDueDisputes(
  db: Queryable,
  now: Date,
  remindBefore: Date,
  limit: number,
): Promise<DisputeRow[]> {
  const rows = await db.query<Stored>(
    `SELECT * FROM merchants.dispute
      WHERE NOT final AND (decision IS NOT NULL
         OR (status = 'needs_response' AND (answer_by <= $1 OR (answer_by <= $2 AND reminded_at IS NULL)))
         OR (status = 'lost' AND represent_by <= $1)
         OR (stage = 'first' AND status IN ('needs_response', 'under_review')
             AND contested > (SELECT coalesce(sum((h ->> 'amount')::bigint), 0) FROM jsonb_array_elements(holds) AS h)))
      ORDER BY (decision IS NULL AND status <> 'lost' AND answer_by > $2), updated_at, id LIMIT $3`,
    [now, remindBefore, limit],
  );
  return rows.map(opened);
}

export const selectSteps = (db: Queryable, ids: readonly string[]): Promise<DisputeStepRow[]> =>
  db.query<DisputeStepRow>(
    "SELECT * FROM merchants.dispute_step WHERE dispute_id = ANY ($1) ORDER BY dispute_id, version",
    [ids],
  );

export const selectStatements = (db: Queryable, ids: readonly string[]): Promise<StatementRow[]> =>
  db.query<StatementRow>(
    "SELECT * FROM merchants.dispute_statement WHERE dispute_id = ANY ($1) ORDER BY dispute_id, at, id",
    [ids],
  );

const fileColumns =
  "id, dispute_id, side, statement_id, name_sealed, media_type, size, sha256, subject_id, at";

export const selectFiles = (db: Queryable, ids: readonly string[]): Promise<FileRow[]> =>
  db.query<FileRow>(
    `SELECT ${fileColumns} FROM merchants.dispute_file WHERE dispute_id = ANY ($1) ORDER BY dispute_id, at, id`,
    [ids],
  );

export const selectDecisions = (db: Queryable, ids: readonly string[]): Promise<DecisionRow[]> =>
  db.query<DecisionRow>(
    "SELECT * FROM merchants.dispute_decision WHERE dispute_id = ANY ($1) ORDER BY dispute_id, at",
    [ids],
  );

export async function selectTransactionIds(
  db: Queryable,
  ids: readonly string[],
): Promise<Map<string, `txn_${string}`[]>> {
  const rows = await db.query<{ source_id: string; id: `txn_${string}` }>(
    "SELECT source_id, id FROM merchants.balance_transaction WHERE source_id = ANY ($1) ORDER BY id",
    [ids],
  );
  return new Map(
    [...Map.groupBy(rows, (row) => row.source_id)].map(([id, of]) => [id, of.map((row) => row.id)]),
  );
}

export async function selectFileContent(
  db: Queryable,
  disputeId: string,
  fileId: string,
): Promise<(FileRow & { content_sealed: string }) | undefined> {
  const [row] = await db.query<FileRow & { content_sealed: string }>(
    `SELECT ${fileColumns}, content_sealed FROM merchants.dispute_file WHERE dispute_id = $1 AND id = $2`,
    [disputeId, fileId],
  );
  return row;
}

/** Names and countries of merchants. */
export async function selectShops(
  db: Queryable,
  ids: readonly string[],
): Promise<Map<string, { name: { en: string; zh: string }; country: string }>> {
  const rows = await db.query<{ id: string; en: string; zh: string; country: string }>(
    "SELECT id, trading_name_en AS en, trading_name_zh AS zh, country FROM merchants.merchant WHERE id = ANY ($1)",
    [ids],
  );
  return new Map(rows.map(({ id, en, zh, country }) => [id, { name: { en, zh }, country }]));
}

/** Who answers for a merchant: customers who own it. */
export async function selectOwners(db: Queryable, merchantId: string): Promise<string[]> {
  const rows = await db.query<{ customer_id: string }>(
    "SELECT customer_id FROM merchants.member WHERE merchant_id = $1 AND status = 'active' AND role = 'owner' ORDER BY id",
    [merchantId],
  );
  return rows.map(({ customer_id }) => customer_id);
}

/** The dispute under its lock, so that files are counted one at a time. */
export async function lockDispute(tx: Tx, id: string): Promise<DisputeRow | undefined> {
  const [row] = await tx.query<Stored>("SELECT * FROM merchants.dispute WHERE id = $1 FOR UPDATE", [id]);
  return row && opened(row);
}

export async function insertFile(tx: Tx, file: FileRow & { content_sealed: string }): Promise<void> {
  await tx.query(
    `INSERT INTO merchants.dispute_file (${fileColumns}, content_sealed)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      file.id,
      file.dispute_id,
      file.side,
      file.statement_id,
      file.name_sealed,
      file.media_type,
      file.size,
      file.sha256,
      file.subject_id,
      file.at,
      file.content_sealed,
    ],
  );
}

/** Answers whether a draft was there. */
export async function deleteDraft(tx: Tx, disputeId: string, fileId: string): Promise<void> {
  await tx.query(
    "DELETE FROM merchants.dispute_file WHERE dispute_id = $1 AND id = $2 AND side = 'merchant' AND statement_id IS NULL",
    [disputeId, fileId],
  );
}

/** Keeps what was proposed, so that the dispute's page shows it. */
export async function keepProposal(
  tx: Tx,
  disputeId: string,
  proposal: { id: string; outcome: "payer" | "merchant" },
): Promise<void> {
  await tx.query("UPDATE merchants.dispute SET proposal_id = $2, proposed_outcome = $3 WHERE id = $1", [
    disputeId,
    proposal.id,
    proposal.outcome,
  ]);
}

/** Puts two people's decision beside the dispute; false when it is no longer under review at that stage. */
export async function decideDispute(tx: Tx, decision: DecisionRow): Promise<boolean> {
  const rows = await tx.query<{ id: string }>(
    `UPDATE merchants.dispute SET decision = $3, version = version + 1, updated_at = $4
      WHERE id = $1 AND stage = $2 AND status = 'under_review' AND decision IS NULL RETURNING id`,
    [decision.dispute_id, decision.stage, decision.outcome, decision.at],
  );
  if (rows.length === 0) return false;
  await tx.query(
    `INSERT INTO merchants.dispute_decision (id, dispute_id, stage, outcome, note_sealed, proposed_by, approved_by, at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      decision.id,
      decision.dispute_id,
      decision.stage,
      decision.outcome,
      decision.note_sealed,
      decision.proposed_by,
      decision.approved_by,
      decision.at,
    ],
  );
  return true;
}

/** Disputes whose figures do not agree with the books: money set apart, and holds that are open. */
export async function selectDisputeViolations(db: Queryable): Promise<{ id: string; what: string }[]> {
  return db.query<{ id: string; what: string }>(
    `SELECT coalesce(a.code, d.code) AS id, 'set_apart_differs' AS what
       FROM (SELECT code, currency, balance FROM ledger.account WHERE code LIKE 'disputed:%' OR code LIKE 'test:disputed:%') AS a
       FULL JOIN (SELECT CASE WHEN livemode THEN '' ELSE 'test:' END || 'disputed:' || merchant_id AS code, currency, sum(apart) AS apart
                    FROM merchants.dispute GROUP BY 1, 2) AS d ON d.code = a.code AND d.currency = a.currency
      WHERE coalesce(a.balance, 0) <> coalesce(d.apart, 0)
     UNION ALL
     SELECT d.id, 'hold_differs' FROM merchants.dispute d, jsonb_array_elements(d.holds) AS h
       LEFT JOIN ledger.hold l ON l.id = h ->> 'id'
      WHERE l.status IS DISTINCT FROM 'open' OR l.amount - l.captured <> (h ->> 'amount')::bigint
     UNION ALL
     SELECT d.id, 'intent_differs' FROM merchants.dispute d JOIN merchants.intent i ON i.id = d.intent_id
      WHERE i.disputed <> CASE WHEN d.apart > 0 OR (d.final AND d.status IN ('lost', 'accepted', 'expired')) THEN d.contested ELSE 0 END
         OR (NOT d.final AND d.contested > i.received - i.refunded)`,
  );
}

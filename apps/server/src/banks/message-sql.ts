import type { Db, Queryable, Tx } from "../platform/db.ts";
import { personalData, type Vault } from "../vault/index.ts";
import { messageData, noticeData } from "./personal-data.ts";

export type OrderRow = {
  reference: string;
  payment_id: string;
  bank_id: string;
  request_id: string;
  consent_id: string | null;
  bank_payment_id: string | null;
  action_url: string | null;
  uncertain: boolean;
  refused: boolean;
  return_claim: "submitting" | "withdrawn" | null;
  return_claimed_at: Date | null;
};

/**
 * The order under a reference, locked; written when it is new. Only when the order before it certainly moved nothing
 * (it never reached the bank, or the bank refused it) may another take its place under the same reference, be it at
 * another bank.
 */
export async function lockOrder(
  tx: Tx,
  order: {
    reference: string;
    paymentId: string;
    bankId: string;
    requestId: string;
    consentId: string | null;
    at: Date;
  },
): Promise<OrderRow> {
  await tx.query(
    `INSERT INTO banks.payment_order (reference, payment_id, bank_id, request_id, consent_id, created_at)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (reference) DO NOTHING`,
    [order.reference, order.paymentId, order.bankId, order.requestId, order.consentId, order.at],
  );
  await tx.query(
    `UPDATE banks.payment_order SET request_id = $2, bank_id = $3, consent_id = $4, bank_payment_id = NULL,
       action_url = NULL, refused = false, return_claim = NULL, return_claimed_at = NULL
      WHERE reference = $1 AND request_id <> $2 AND NOT uncertain AND (refused OR bank_payment_id IS NULL)`,
    [order.reference, order.requestId, order.bankId, order.consentId],
  );
  const [row] = await tx.query<OrderRow>(
    "SELECT * FROM banks.payment_order WHERE reference = $1 FOR UPDATE",
    [order.reference],
  );
  return row as OrderRow;
}

export async function updateOrder(
  tx: Tx,
  row: {
    reference: string;
    uncertain: boolean;
    refused?: boolean;
    bankPaymentId?: string | null;
    actionUrl?: string | null;
  },
): Promise<void> {
  await tx.query(
    `UPDATE banks.payment_order SET uncertain = $2, bank_payment_id = coalesce($3, bank_payment_id),
       action_url = coalesce($4, action_url), refused = $5 WHERE reference = $1`,
    [row.reference, row.uncertain, row.bankPaymentId ?? null, row.actionUrl ?? null, row.refused ?? false],
  );
}

export async function findOrder(db: Queryable, reference: string): Promise<OrderRow | undefined> {
  const [row] = await db.query<OrderRow>("SELECT * FROM banks.payment_order WHERE reference = $1", [
    reference,
  ]);
  return row;
}

/** The order of a payment at a bank, whatever the bank calls it by now. */
export async function findOrderOf(
  db: Queryable,
  bankId: string,
  paymentId: string,
): Promise<OrderRow | undefined> {
  const [row] = await db.query<OrderRow>(
    "SELECT * FROM banks.payment_order WHERE bank_id = $1 AND payment_id = $2 ORDER BY created_at DESC LIMIT 1",
    [bankId, paymentId],
  );
  return row;
}

/**
 * Claims the customer's return from the bank's pages. @returns false when the other side was first. A hand-over that was
 * claimed before `staleBefore` and led to nothing may be withdrawn.
 */
export async function claimReturn(
  db: Queryable,
  reference: string,
  claim: "submitting" | "withdrawn",
  at: Date,
  staleBefore: Date | null = null,
): Promise<boolean> {
  const rows = await db.query<{ reference: string }>(
    `UPDATE banks.payment_order SET return_claim = $2, return_claimed_at = $3
      WHERE reference = $1 AND (return_claim IS NULL OR return_claimed_at < $4
        OR (return_claim = 'withdrawn' AND $2 = 'withdrawn')) RETURNING reference`,
    [reference, claim, at, staleBefore],
  );
  return rows.length === 1;
}

export async function findOrderAtBank(
  db: Queryable,
  bankId: string,
  bankPaymentId: string,
): Promise<OrderRow | undefined> {
  const [row] = await db.query<OrderRow>(
    "SELECT * FROM banks.payment_order WHERE bank_id = $1 AND bank_payment_id = $2",
    [bankId, bankPaymentId],
  );
  return row;
}

export type MessageRow = {
  id: string;
  bank_id: string;
  payment_id: string;
  direction: "sent" | "received";
  kind: string;
  outcome: string | null;
  http_status: number | null;
  duration_ms: number | null;
  content: unknown;
  at: Date;
};

export async function insertMessage(db: Queryable, vault: Vault, row: MessageRow): Promise<void> {
  await db.query(
    `INSERT INTO banks.message (id, bank_id, payment_id, direction, kind, outcome, http_status, duration_ms, content_sealed, at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      row.id,
      row.bank_id,
      row.payment_id,
      row.direction,
      row.kind,
      row.outcome,
      row.http_status,
      row.duration_ms,
      personalData(vault, messageData).seal("content", row, JSON.stringify(row.content)),
      row.at,
    ],
  );
}

export async function selectMessages(db: Db, vault: Vault, paymentId: string): Promise<MessageRow[]> {
  const rows = await db.query<Omit<MessageRow, "content"> & { content_sealed: string }>(
    `SELECT id, bank_id, payment_id, direction, kind, outcome, http_status, duration_ms, content_sealed, at
       FROM banks.message WHERE payment_id = $1 ORDER BY sequence LIMIT 1000`,
    [paymentId],
  );
  const data = personalData(vault, messageData);
  return rows.map(({ content_sealed, ...row }) => ({
    ...row,
    content: JSON.parse(data.open("content", row, content_sealed, "null")),
  }));
}

/** Keeps a notice. False when one with the same content came before. */
export async function insertNotice(
  tx: Tx,
  vault: Vault,
  row: {
    bankId: string;
    sha256: Buffer;
    body: string;
    bankPaymentId: string | null;
    bankConsentId: string | null;
    at: Date;
  },
): Promise<boolean> {
  const [stored] = await tx.query<{ times: number }>(
    `INSERT INTO banks.notice AS n (bank_id, sha256, body_sealed, bank_payment_id, bank_consent_id, received_at)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (bank_id, sha256) DO UPDATE SET times = least(n.times + 1, 1000000) RETURNING times`,
    [
      row.bankId,
      row.sha256,
      personalData(vault, noticeData).seal("body", { id: row.sha256.toString("hex") }, row.body),
      row.bankPaymentId,
      row.bankConsentId,
      row.at,
    ],
  );
  return stored?.times === 1;
}

export async function countUnknownNotices(tx: Tx, bankId: string, since: Date): Promise<number> {
  const [row] = await tx.query<{ count: bigint }>(
    "SELECT count(*) FROM (SELECT 1 FROM banks.notice WHERE bank_id = $1 AND received_at >= $2 LIMIT 10000) AS recent",
    [bankId, since],
  );
  return Number(row?.count ?? 0n);
}

export async function hasNoticeAbout(tx: Tx, bankId: string, bankPaymentId: string): Promise<boolean> {
  const rows = await tx.query(
    "SELECT 1 FROM banks.notice WHERE bank_id = $1 AND bank_payment_id = $2 LIMIT 1",
    [bankId, bankPaymentId],
  );
  return rows.length > 0;
}

export async function deleteOldNotices(db: Db, before: Date): Promise<void> {
  await db.query("DELETE FROM banks.notice WHERE received_at < $1", [before]);
}

/** Keeps a statement file. False when the same file was kept before. */
export async function insertStatementFile(
  db: Db,
  row: { bankId: string; currency: string; date: string; sha256: string; xmlSealed: string; at: Date },
): Promise<boolean> {
  const rows = await db.query(
    `INSERT INTO banks.statement_file (bank_id, currency, date, sha256, xml_sealed, received_at)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING id`,
    [row.bankId, row.currency, row.date, row.sha256, row.xmlSealed, row.at],
  );
  return rows.length === 1;
}

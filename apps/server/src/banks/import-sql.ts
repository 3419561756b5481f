import type { Db, Queryable, Tx } from "../platform/db.ts";
import type { LineKey } from "./import-lines.ts";

export type ImportRow = {
  id: string;
  customer_id: string;
  status: "read" | "kept";
  format: string;
  file_bytes: bigint;
  file_sealed: string | null;
  summary_sealed: string;
  created_at: Date;
  kept_at: Date | null;
};
const importColumns =
  "id, customer_id, status, format, file_bytes, file_sealed, summary_sealed, created_at, kept_at";

export async function findImportByHash(db: Queryable, customerId: string, sha256: Buffer) {
  const [row] = await db.query<ImportRow>(
    `SELECT ${importColumns} FROM banks.statement_import WHERE customer_id = $1 AND sha256 = $2`,
    [customerId, sha256],
  );
  return row;
}

/** Stores what was read; the same file read again takes its place, unless it is kept already. */
export async function putImport(
  db: Queryable,
  row: {
    id: string;
    customerId: string;
    sha256: Buffer;
    format: string;
    fileBytes: number;
    fileSealed: string;
    summarySealed: string;
    at: Date;
  },
): Promise<boolean> {
  const stored = await db.query(
    `INSERT INTO banks.statement_import AS old
       (id, customer_id, sha256, status, format, file_bytes, file_sealed, summary_sealed, created_at)
     VALUES ($1, $2, $3, 'read', $4, $5, $6, $7, $8)
     ON CONFLICT (customer_id, sha256) DO UPDATE
       SET format = EXCLUDED.format, file_sealed = EXCLUDED.file_sealed, summary_sealed = EXCLUDED.summary_sealed,
           created_at = EXCLUDED.created_at
       WHERE old.status = 'read' AND old.id = EXCLUDED.id
     RETURNING old.id`,
    [
      row.id,
      row.customerId,
      row.sha256,
      row.format,
      row.fileBytes,
      row.fileSealed,
      row.summarySealed,
      row.at,
    ],
  );
  return stored.length === 1;
}

export async function findImport(db: Queryable, importId: string, forUpdate = false) {
  const [row] = await db.query<ImportRow>(
    `SELECT ${importColumns} FROM banks.statement_import WHERE id = $1 ${forUpdate ? "FOR UPDATE" : ""}`,
    [importId],
  );
  return row;
}

export function selectKeptImports(db: Queryable, customerId: string): Promise<ImportRow[]> {
  return db.query<ImportRow>(
    `SELECT ${importColumns} FROM banks.statement_import
      WHERE customer_id = $1 AND status = 'kept' ORDER BY kept_at DESC, id DESC LIMIT 200`,
    [customerId],
  );
}

export async function markKept(tx: Tx, importId: string, summarySealed: string, at: Date): Promise<void> {
  await tx.query(
    `UPDATE banks.statement_import SET status = 'kept', kept_at = $3, file_sealed = NULL, summary_sealed = $2
      WHERE id = $1`,
    [importId, summarySealed, at],
  );
}

export async function findAccountByIdentity(db: Queryable, customerId: string, identity: Buffer) {
  const [row] = await db.query<{ id: string }>(
    "SELECT id FROM banks.imported_account WHERE customer_id = $1 AND identity_index = $2",
    [customerId, identity],
  );
  return row?.id;
}

/** Which of the keys the account has already. */
export async function countKnown(
  db: Queryable,
  accountId: string,
  keys: readonly LineKey[],
): Promise<number> {
  const [row] = await db.query<{ count: bigint }>(
    `SELECT count(*) AS count FROM unnest($2::bytea[], $3::int[]) AS k (fingerprint, occurrence)
       JOIN banks.imported_line l
         ON l.account_id = $1 AND l.fingerprint = k.fingerprint AND l.occurrence = k.occurrence`,
    [accountId, keys.map(({ fingerprint }) => fingerprint), keys.map(({ occurrence }) => occurrence)],
  );
  return Number(row?.count ?? 0n);
}

/** @returns the id of the account, the one that is there already when there is one */
export async function putAccount(
  tx: Tx,
  row: {
    id: string;
    customerId: string;
    identity: Buffer;
    nameSealed: string;
    bankName: string | null;
    maskedNumber: string | null;
    numberSealed: string | null;
    format: string;
    currency: string;
    at: Date;
  },
): Promise<void> {
  await tx.query(
    `INSERT INTO banks.imported_account
       (id, customer_id, identity_index, name_sealed, bank_name, masked_number, number_sealed, format, currency, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (customer_id, identity_index) DO NOTHING`,
    [
      row.id,
      row.customerId,
      row.identity,
      row.nameSealed,
      row.bankName,
      row.maskedNumber,
      row.numberSealed,
      row.format,
      row.currency,
      row.at,
    ],
  );
}

export type LineDraft = LineKey & {
  id: string;
  bookingDate: string;
  amount: bigint;
  currency: string;
  direction: string;
  state: string;
  contentSealed: string;
};

/** Writes lines that are new and joins all of them to the import. @returns how many were new */
export async function putLines(
  tx: Tx,
  importId: string,
  accountId: string,
  drafts: readonly LineDraft[],
): Promise<number> {
  const inserted = await tx.query(
    `INSERT INTO banks.imported_line
       (id, account_id, fingerprint, occurrence, booking_date, amount, currency, direction, state, content_sealed)
     SELECT r.id, $1, r.fingerprint, r.occurrence, r.booking_date, r.amount, r.currency, r.direction, r.state, r.content
       FROM unnest($2::text[], $3::bytea[], $4::int[], $5::date[], $6::bigint[], $7::text[], $8::text[], $9::text[],
                   $10::text[]) WITH ORDINALITY
         AS r (id, fingerprint, occurrence, booking_date, amount, currency, direction, state, content, place)
      ORDER BY r.place
     ON CONFLICT (account_id, fingerprint, occurrence) DO NOTHING
     RETURNING id`,
    [
      accountId,
      drafts.map(({ id }) => id),
      drafts.map(({ fingerprint }) => fingerprint),
      drafts.map(({ occurrence }) => occurrence),
      drafts.map(({ bookingDate }) => bookingDate),
      drafts.map(({ amount }) => amount.toString()),
      drafts.map(({ currency }) => currency),
      drafts.map(({ direction }) => direction),
      drafts.map(({ state }) => state),
      drafts.map(({ contentSealed }) => contentSealed),
    ],
  );
  await tx.query(
    `INSERT INTO banks.import_line (import_id, line_id)
     SELECT $1, l.id FROM unnest($3::bytea[], $4::int[]) AS k (fingerprint, occurrence)
       JOIN banks.imported_line l
         ON l.account_id = $2 AND l.fingerprint = k.fingerprint AND l.occurrence = k.occurrence
     ON CONFLICT DO NOTHING`,
    [
      importId,
      accountId,
      drafts.map(({ fingerprint }) => fingerprint),
      drafts.map(({ occurrence }) => occurrence),
    ],
  );
  return inserted.length;
}

export async function putClosing(
  tx: Tx,
  row: { importId: string; accountId: string; closing: bigint | null; date: string | null },
): Promise<void> {
  await tx.query(
    `INSERT INTO banks.import_account (import_id, account_id, closing, closing_date) VALUES ($1, $2, $3, $4)
     ON CONFLICT (import_id, account_id) DO UPDATE
       SET closing = EXCLUDED.closing, closing_date = EXCLUDED.closing_date
       WHERE EXCLUDED.closing IS NOT NULL`,
    [row.importId, row.accountId, row.closing?.toString() ?? null, row.date],
  );
}

/** Deletes an import, the lines that only it holds, and accounts that nothing is left of. */
export async function deleteImport(tx: Tx, importId: string): Promise<void> {
  await tx.query(
    `DELETE FROM banks.imported_line l USING banks.import_line mine
      WHERE mine.import_id = $1 AND mine.line_id = l.id
        AND NOT EXISTS (SELECT FROM banks.import_line other WHERE other.line_id = l.id AND other.import_id <> $1)`,
    [importId],
  );
  const accounts = await tx.query<{ account_id: string }>(
    "SELECT account_id FROM banks.import_account WHERE import_id = $1",
    [importId],
  );
  await tx.query("DELETE FROM banks.statement_import WHERE id = $1", [importId]);
  await tx.query(
    `DELETE FROM banks.imported_account a
      WHERE a.id = ANY($1) AND NOT EXISTS (SELECT FROM banks.imported_line l WHERE l.account_id = a.id)
        AND NOT EXISTS (SELECT FROM banks.import_account i WHERE i.account_id = a.id)`,
    [accounts.map(({ account_id }) => account_id)],
  );
}

export async function deleteUnkept(db: Db, before: Date): Promise<void> {
  await db.query("DELETE FROM banks.statement_import WHERE status = 'read' AND created_at < $1", [before]);
}

export type ImportedAccountRow = {
  id: string;
  name_sealed: string;
  bank_name: string | null;
  masked_number: string | null;
  format: string;
  currency: string;
  line_count: bigint;
  from: string | null;
  to: string | null;
  closing: bigint | null;
  closing_date: string | null;
  imported_at: Date;
};

/** Accounts of a customer with the latest balance that a file stated. */
export function selectAccounts(
  db: Queryable,
  customerId: string,
  accountId: string | null,
): Promise<ImportedAccountRow[]> {
  return db.query<ImportedAccountRow>(
    `SELECT a.id, a.name_sealed, a.bank_name, a.masked_number, a.format, a.currency, lines.line_count, lines.from, lines.to,
            balance.closing, balance.closing_date, coalesce(latest.kept_at, a.created_at) AS imported_at
       FROM banks.imported_account a
       CROSS JOIN LATERAL (
         SELECT count(*) AS line_count, min(l.booking_date) AS from, max(l.booking_date) AS to
           FROM banks.imported_line l WHERE l.account_id = a.id) lines
       LEFT JOIN LATERAL (
         SELECT i.closing, i.closing_date FROM banks.import_account i JOIN banks.statement_import s ON s.id = i.import_id
          WHERE i.account_id = a.id AND i.closing IS NOT NULL
          ORDER BY i.closing_date DESC NULLS LAST, s.kept_at DESC LIMIT 1) balance ON true
       LEFT JOIN LATERAL (
         SELECT max(s.kept_at) AS kept_at FROM banks.import_account i JOIN banks.statement_import s ON s.id = i.import_id
          WHERE i.account_id = a.id) latest ON true
      WHERE a.customer_id = $1 AND ($2::text IS NULL OR a.id = $2)
      ORDER BY imported_at DESC, a.id DESC LIMIT 200`,
    [customerId, accountId],
  );
}

export type ImportedLineRow = {
  id: string;
  sequence: bigint;
  booking_date: string;
  amount: bigint;
  currency: string;
  direction: "credit" | "debit" | "none";
  state: "booked" | "pending" | "cancelled";
  content_sealed: string;
};

/** A page of an account's lines, newest day first; within a day the later line first. */
export function selectLinePage(
  db: Queryable,
  accountId: string,
  after: { date: string; sequence: string } | undefined,
  limit: number,
): Promise<ImportedLineRow[]> {
  return db.query<ImportedLineRow>(
    `SELECT id, sequence, booking_date, amount, currency, direction, state, content_sealed
       FROM banks.imported_line
      WHERE account_id = $1 AND ($2::date IS NULL OR (booking_date, sequence) < ($2::date, $3::bigint))
      ORDER BY booking_date DESC, sequence DESC LIMIT $4`,
    [accountId, after?.date ?? null, after?.sequence ?? null, limit],
  );
}

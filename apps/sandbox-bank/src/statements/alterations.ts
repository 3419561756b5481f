/** Scripted falsifications: a statement that shows something else than what was booked, so that others must find it. */
import type { Queryable } from "../database.ts";

/** What the next statement shows wrongly. Exactly one of the three. */
export interface Change {
  /** Another amount (minor units, unsigned) for the line. */
  amountMinor?: string;
  /** The line is left out. */
  remove?: boolean;
  /** A line that was never booked. */
  add?: { amountMinor: string; direction: "credit" | "debit"; reference: string; counterparty: string };
}

export interface Alteration {
  id: bigint;
  accountId: string;
  endToEndId: string | null;
  change: Change;
  statementDate: string;
  /** What the change adds to the statement's closing balance. */
  deltaMinor: bigint;
}

export async function addAlteration(
  db: Queryable,
  alteration: { accountId: string; endToEndId: string | null; change: Change },
): Promise<string> {
  const { rows } = await db.query<{ id: bigint }>(
    "INSERT INTO statement_alterations (account_id, end_to_end_id, change) VALUES ($1, $2, $3) RETURNING id",
    [alteration.accountId, alteration.endToEndId, JSON.stringify(alteration.change)],
  );
  return (rows[0] as { id: bigint }).id.toString();
}

interface Row {
  id: bigint;
  account_id: string;
  end_to_end_id: string | null;
  change: Change;
  statement_date: string;
  delta_minor: bigint;
}

/**
 * Ties every waiting alteration to the statement of the day being closed. One that names a line not on that
 * statement waits for a later day.
 */
export async function applyAlterations(tx: Queryable, closedDate: string): Promise<void> {
  const waiting = await tx.query<Row>(
    "SELECT * FROM statement_alterations WHERE statement_date IS NULL ORDER BY id FOR UPDATE",
  );
  for (const row of waiting.rows) {
    let delta: bigint;
    let endToEndId = row.end_to_end_id;
    const { add, remove, amountMinor } = row.change;
    if (add !== undefined) {
      delta = add.direction === "credit" ? BigInt(add.amountMinor) : -BigInt(add.amountMinor);
    } else {
      const lines = await tx.query<{ amount_minor: bigint; end_to_end_id: string | null }>(
        `SELECT amount_minor, end_to_end_id FROM entries WHERE account_id = $1 AND status = 'booked'
           AND booking_date = $2 AND ($3::text IS NULL OR end_to_end_id = $3) AND end_to_end_id IS NOT NULL
         ORDER BY sequence LIMIT 1`,
        [row.account_id, closedDate, row.end_to_end_id],
      );
      const line = lines.rows[0];
      if (line === undefined) continue;
      endToEndId = line.end_to_end_id;
      const shown = remove ? 0n : BigInt(amountMinor ?? "0") * (line.amount_minor < 0n ? -1n : 1n);
      delta = shown - line.amount_minor;
    }
    await tx.query(
      "UPDATE statement_alterations SET statement_date = $2, delta_minor = $3, end_to_end_id = $4 WHERE id = $1",
      [row.id, closedDate, delta, endToEndId],
    );
  }
}

/** Alterations tied to statements of an account up to and including a date, oldest first. */
export async function alterationsUntil(
  db: Queryable,
  accountId: string,
  date: string,
): Promise<Alteration[]> {
  const { rows } = await db.query<Row>(
    `SELECT * FROM statement_alterations WHERE account_id = $1 AND statement_date <= $2 ORDER BY statement_date, id`,
    [accountId, date],
  );
  return rows.map((row) => ({
    id: row.id,
    accountId: row.account_id,
    endToEndId: row.end_to_end_id,
    change: row.change,
    statementDate: row.statement_date,
    deltaMinor: row.delta_minor,
  }));
}

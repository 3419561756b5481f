/** Lines of an account as the interface and the statements show them. */
import type { Queryable } from "../database.ts";

export interface Entry {
  status: "pending" | "booked";
  amountMinor: bigint;
  transactionId: string;
  entryReference: string | null;
  bookingDate: string | null;
  valueDate: string;
  endToEndId: string | null;
  counterpartyName: string | null;
  counterpartyAccount: string | null;
  remittance: string | null;
  family: string;
  /** Set on a line that takes an earlier one back: why, by ISO 20022. */
  returnReason: string | null;
  balanceAfterMinor: bigint | null;
  /** Order within the account: booked lines by sequence, pending ones by arrival. */
  position: bigint;
}

interface Row {
  status: "pending" | "booked";
  amount_minor: bigint;
  transaction_id: string;
  entry_reference: string | null;
  booking_date: string | null;
  value_date: string;
  end_to_end_id: string | null;
  counterparty_name: string | null;
  counterparty_account: string | null;
  remittance: string | null;
  family: string;
  return_reason: string | null;
  balance_after_minor: bigint | null;
  position: bigint;
}

const SELECT = `SELECT status, amount_minor, transaction_id, entry_reference, booking_date, value_date, end_to_end_id,
  counterparty_name, counterparty_account, remittance, family, return_reason, balance_after_minor,
  coalesce(sequence, id) AS position FROM entries`;

function fromRow(row: Row): Entry {
  return {
    status: row.status,
    amountMinor: row.amount_minor,
    transactionId: row.transaction_id,
    entryReference: row.entry_reference,
    bookingDate: row.booking_date,
    valueDate: row.value_date,
    endToEndId: row.end_to_end_id,
    counterpartyName: row.counterparty_name,
    counterpartyAccount: row.counterparty_account,
    remittance: row.remittance,
    family: row.family,
    returnReason: row.return_reason,
    balanceAfterMinor: row.balance_after_minor,
    position: row.position,
  };
}

/** Booked lines in a range of booking dates (both inclusive), newest first, before a position when paging. */
export async function bookedEntries(
  db: Queryable,
  accountId: string,
  range: { from: string; to: string; before?: bigint; limit: number },
): Promise<Entry[]> {
  const { rows } = await db.query<Row>(
    `${SELECT} WHERE account_id = $1 AND status = 'booked' AND booking_date BETWEEN $2 AND $3
       AND ($4::bigint IS NULL OR sequence < $4) ORDER BY sequence DESC LIMIT $5`,
    [accountId, range.from, range.to, range.before ?? null, range.limit],
  );
  return rows.map(fromRow);
}

/** All pending lines, newest first. They are few: they live seconds, or until the end of the day. */
export async function pendingEntries(db: Queryable, accountId: string): Promise<Entry[]> {
  const { rows } = await db.query<Row>(
    `${SELECT} WHERE account_id = $1 AND status = 'pending' ORDER BY id DESC LIMIT 1000`,
    [accountId],
  );
  return rows.map(fromRow);
}

export async function findEntry(
  db: Queryable,
  accountId: string,
  transactionId: string,
): Promise<Entry | undefined> {
  const { rows } = await db.query<Row>(`${SELECT} WHERE account_id = $1 AND transaction_id = $2`, [
    accountId,
    transactionId,
  ]);
  return rows[0] && fromRow(rows[0]);
}

/** Booked lines of one day in booking order. */
export async function entriesOfDay(db: Queryable, accountId: string, date: string): Promise<Entry[]> {
  const { rows } = await db.query<Row>(
    `${SELECT} WHERE account_id = $1 AND status = 'booked' AND booking_date = $2 ORDER BY sequence`,
    [accountId, date],
  );
  return rows.map(fromRow);
}

/** Booked balance at the start of a day: the balance after the last line booked before it. */
export async function openingBalance(db: Queryable, accountId: string, date: string): Promise<bigint> {
  const { rows } = await db.query<{ balance_after_minor: bigint }>(
    `SELECT balance_after_minor FROM entries WHERE account_id = $1 AND status = 'booked' AND booking_date < $2
     ORDER BY sequence DESC LIMIT 1`,
    [accountId, date],
  );
  return rows[0]?.balance_after_minor ?? 0n;
}

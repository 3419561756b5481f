/** The bank's business date and its close: pending lines are booked, statements become final, the date moves on. */
import { addDays, type Bank, calendarDate } from "../context.ts";
import { type Queryable, readSetting, writeSetting } from "../database.ts";
import { settlePayment } from "../payments/execution.ts";
import { applyAlterations } from "../statements/alterations.ts";
import { bookTransfer } from "./postings.ts";

/** What one close did. */
export interface ClosedDay {
  closedDate: string;
  /** Accounts with a statement of that day (every open account has one). */
  accounts: number;
  /** Lines booked on that day. */
  entries: number;
}

/** Sets the first business date; later starts find the one kept. */
export async function openFirstDay(bank: Bank): Promise<void> {
  const today = calendarDate(bank.clock.now(), bank.timeZone);
  await bank.db.query(
    "INSERT INTO settings (key, value) VALUES ('business_date', $1) ON CONFLICT DO NOTHING",
    [JSON.stringify(today)],
  );
}

/** The current business date; days before it are closed and never change again. */
export async function businessDate(db: Queryable): Promise<string> {
  const date = await readSetting<string>(db, "business_date");
  if (date === undefined) throw new Error("the bank has no business date");
  return date;
}

/** Closes the current business date in one transaction. */
export async function closeDay(bank: Bank): Promise<ClosedDay> {
  return bank.db.transaction(async (tx) => {
    const { rows } = await tx.query<{ value: string }>(
      "SELECT value FROM settings WHERE key = 'business_date' FOR UPDATE",
    );
    const closedDate = (rows[0] as { value: string }).value;
    await bookEverythingPending(bank, tx, closedDate);
    await applyAlterations(tx, closedDate);
    await writeSetting(tx, "business_date", addDays(closedDate, 1));
    const counts = await tx.query<{ accounts: bigint; entries: bigint }>(
      `SELECT (SELECT count(*) FROM accounts WHERE kind <> 'internal') AS accounts,
              (SELECT count(*) FROM entries e JOIN accounts a ON a.id = e.account_id
                WHERE e.status = 'booked' AND e.booking_date = $1 AND a.kind <> 'internal') AS entries`,
      [closedDate],
    );
    const count = counts.rows[0] as { accounts: bigint; entries: bigint };
    return { closedDate, accounts: Number(count.accounts), entries: Number(count.entries) };
  });
}

/** Closes every business date that lies before the clock's today. */
export async function closePastDays(bank: Bank): Promise<void> {
  const today = calendarDate(bank.clock.now(), bank.timeZone);
  while ((await businessDate(bank.db)) < today) await closeDay(bank);
}

async function bookEverythingPending(bank: Bank, tx: Queryable, bookingDate: string): Promise<void> {
  const due = await tx.query<{ id: string }>(
    "SELECT id FROM payments WHERE status = 'ACSP' ORDER BY created_at, id",
  );
  for (const payment of due.rows) await settlePayment(bank, tx, payment.id, bookingDate);
  const rest = await tx.query<{ transfer_id: string }>(
    "SELECT transfer_id FROM entries WHERE status = 'pending' GROUP BY transfer_id ORDER BY min(id)",
  );
  for (const { transfer_id } of rest.rows) {
    await bookTransfer(tx, transfer_id, { bookingDate, now: bank.clock.now(), uuid: bank.random.uuid });
  }
}

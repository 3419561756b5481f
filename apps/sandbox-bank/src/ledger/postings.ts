/** The bank's own double entry: transfers between its accounts, pending first or booked at once. */
import type { Queryable } from "../database.ts";

/** One line of a transfer. `amountMinor` is signed: credit > 0, debit < 0. */
export interface Line {
  accountId: string;
  amountMinor: bigint;
  counterpartyName: string | null;
  counterpartyAccount: string | null;
  endToEndId: string | null;
  remittance: string | null;
  /** ISO 20022 bank transaction code, family and sub-family: `ICDT/ESCT`. */
  family: string;
  /** On a line that takes an earlier transfer back: why (ISO 20022), and which. */
  returned?: { reason: string; transferId: string };
}

/** Thrown, with nothing changed, when a debit would take an account below its floor. */
export class InsufficientFunds extends Error {}

interface LockedAccount {
  id: string;
  currency: string;
  floor_minor: bigint | null;
  booked_minor: bigint;
  pending_debit_minor: bigint;
  pending_credit_minor: bigint;
  sequence: bigint;
}

/** The bank's current business date. Holds it until the transaction ends, so that no day closes meanwhile. */
export async function holdBusinessDate(tx: Queryable): Promise<string> {
  const { rows } = await tx.query<{ value: string }>(
    "SELECT value FROM settings WHERE key = 'business_date' FOR SHARE",
  );
  const row = rows[0];
  if (row === undefined) throw new Error("the bank has no business date");
  return row.value;
}

/** Locks accounts in the order of their ids: every transaction takes them in the same order. */
async function lockAccounts(tx: Queryable, ids: string[]): Promise<Map<string, LockedAccount>> {
  const sorted = [...new Set(ids)].sort();
  const { rows } = await tx.query<LockedAccount>(
    `SELECT id, currency, floor_minor, booked_minor, pending_debit_minor, pending_credit_minor, sequence
       FROM accounts WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE`,
    [sorted],
  );
  if (rows.length !== sorted.length) throw new Error("a transfer names an unknown account");
  return new Map(rows.map((row) => [row.id, row]));
}

/** Locks the accounts of a coming transfer until the transaction ends. */
export async function holdAccounts(tx: Queryable, ids: string[]): Promise<void> {
  await lockAccounts(tx, ids);
}

/**
 * Records a transfer as pending lines: the debtor's available balance falls at once, nothing is booked yet.
 * Throws {@link InsufficientFunds} where a floor would be broken. Lines must sum to zero in one currency.
 */
export async function postPending(
  tx: Queryable,
  transferId: string,
  lines: Line[],
  day: { valueDate: string; now: Date; uuid(): string },
): Promise<void> {
  const accounts = await lockAccounts(
    tx,
    lines.map((line) => line.accountId),
  );
  assertBalanced(lines, accounts);
  for (const line of lines) {
    const account = accounts.get(line.accountId) as LockedAccount;
    if (line.amountMinor < 0n) account.pending_debit_minor += line.amountMinor;
    else account.pending_credit_minor += line.amountMinor;
    assertFloor(account);
  }
  for (const line of lines) {
    await tx.query(
      `INSERT INTO entries (transfer_id, account_id, status, amount_minor, transaction_id, value_date, end_to_end_id,
         counterparty_name, counterparty_account, remittance, family, created_at, return_reason, return_of)
       VALUES ($1, $2, 'pending', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
      [
        transferId,
        line.accountId,
        line.amountMinor,
        `p-${day.uuid()}`,
        day.valueDate,
        line.endToEndId,
        line.counterpartyName,
        line.counterpartyAccount,
        line.remittance,
        line.family,
        day.now,
        line.returned?.reason ?? null,
        line.returned?.transferId ?? null,
      ],
    );
  }
  await storeAccounts(tx, accounts, day.now);
}

/**
 * Books every pending line of a transfer on the business date, under new transaction ids (as real banks do when a
 * pending line becomes final). Answers the number of lines booked; 0 when there was nothing left to book.
 */
export async function bookTransfer(
  tx: Queryable,
  transferId: string,
  day: { bookingDate: string; now: Date; uuid(): string },
): Promise<number> {
  const pending = await tx.query<{ id: bigint; account_id: string; amount_minor: bigint }>(
    "SELECT id, account_id, amount_minor FROM entries WHERE transfer_id = $1 AND status = 'pending' ORDER BY id",
    [transferId],
  );
  if (pending.rows.length === 0) return 0;
  const accounts = await lockAccounts(
    tx,
    pending.rows.map((row) => row.account_id),
  );
  let booked = 0;
  for (const entry of pending.rows) {
    const account = accounts.get(entry.account_id) as LockedAccount;
    const sequence = account.sequence + 1n;
    const balance = account.booked_minor + entry.amount_minor;
    const updated = await tx.query(
      `UPDATE entries SET status = 'booked', transaction_id = $2, entry_reference = $3, booking_date = $4,
         value_date = $4, sequence = $5, balance_after_minor = $6
       WHERE id = $1 AND status = 'pending'`,
      [entry.id, `b-${day.uuid()}`, reference(day.bookingDate, sequence), day.bookingDate, sequence, balance],
    );
    // Another transaction booked the line while this one waited for the account.
    if (updated.rowCount === 0) return 0;
    account.sequence = sequence;
    account.booked_minor = balance;
    if (entry.amount_minor < 0n) account.pending_debit_minor -= entry.amount_minor;
    else account.pending_credit_minor -= entry.amount_minor;
    booked += 1;
  }
  await storeAccounts(tx, accounts, day.now);
  return booked;
}

/** Reference of the account servicer: unique within the account, readable, at most 35 characters. */
export function reference(bookingDate: string, sequence: bigint): string {
  return `${bookingDate.replaceAll("-", "")}-${sequence.toString().padStart(8, "0")}`;
}

function assertBalanced(lines: Line[], accounts: Map<string, LockedAccount>): void {
  const sums = new Map<string, bigint>();
  for (const line of lines) {
    const currency = accounts.get(line.accountId)?.currency ?? "";
    sums.set(currency, (sums.get(currency) ?? 0n) + line.amountMinor);
  }
  for (const sum of sums.values())
    if (sum !== 0n) throw new Error("the lines of a transfer do not sum to zero");
}

function assertFloor(account: LockedAccount): void {
  if (account.floor_minor === null) return;
  if (account.booked_minor + account.pending_debit_minor < account.floor_minor) throw new InsufficientFunds();
}

async function storeAccounts(tx: Queryable, accounts: Map<string, LockedAccount>, now: Date): Promise<void> {
  for (const account of accounts.values()) {
    await tx.query(
      `UPDATE accounts SET booked_minor = $2, pending_debit_minor = $3, pending_credit_minor = $4, sequence = $5,
         last_change_at = $6 WHERE id = $1`,
      [
        account.id,
        account.booked_minor,
        account.pending_debit_minor,
        account.pending_credit_minor,
        account.sequence,
        now,
      ],
    );
  }
}

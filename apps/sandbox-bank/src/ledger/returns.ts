/** R-transactions: a booked transfer goes back, whole or in part, as a transfer of its own. */
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
import { bookTransfer, holdBusinessDate, InsufficientFunds, type Line, postPending } from "./postings.ts";

interface BookedLine {
  transfer_id: string;
  account_id: string;
  amount_minor: bigint;
  counterparty_name: string | null;
  counterparty_account: string | null;
  family: string;
}

export type ReturnResult =
  | { outcome: "returned"; transferId: string; whole: boolean }
  | { outcome: "not_booked" }
  | { outcome: "too_much"; leftMinor: bigint }
  | { outcome: "no_funds" };

/**
 * Takes a booked transfer back inside the caller's transaction: the same accounts, the other way round. All returns of
 * a transfer together are never more than it.
 * @param input.reason ISO 20022 ExternalReturnReason1Code
 * @param input.amountMinor what goes back; all that is left when absent
 */
export async function returnTransfer(
  bank: Bank,
  tx: Queryable,
  input: { endToEndId: string; reason: string; amountMinor?: bigint },
): Promise<ReturnResult> {
  const bookingDate = await holdBusinessDate(tx);
  // One return under a reference at a time.
  await tx.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 7314))", [input.endToEndId]);
  const { rows } = await tx.query<BookedLine>(
    `SELECT transfer_id, account_id, amount_minor, counterparty_name, counterparty_account, family FROM entries
      WHERE status = 'booked' AND return_of IS NULL AND transfer_id = (
        SELECT transfer_id FROM entries
         WHERE end_to_end_id = $1 AND status = 'booked' AND return_of IS NULL ORDER BY id DESC LIMIT 1)
      ORDER BY id`,
    [input.endToEndId],
  );
  const [first] = rows;
  if (first === undefined) return { outcome: "not_booked" };
  const { rows: before } = await tx.query<{ sum: bigint }>(
    "SELECT coalesce(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0)::bigint AS sum FROM entries WHERE return_of = $1",
    [first.transfer_id],
  );
  const total = rows.reduce((sum, line) => (line.amount_minor > 0n ? sum + line.amount_minor : sum), 0n);
  const leftMinor = total - (before[0]?.sum ?? 0n);
  const amountMinor = input.amountMinor ?? leftMinor;
  if (amountMinor <= 0n || amountMinor > leftMinor || rows.length !== 2)
    return { outcome: "too_much", leftMinor };
  const transferId = bank.random.uuid();
  const lines = rows.map(
    (line): Line => ({
      accountId: line.account_id,
      amountMinor: line.amount_minor > 0n ? -amountMinor : amountMinor,
      counterpartyName: line.counterparty_name,
      counterpartyAccount: line.counterparty_account,
      endToEndId: input.endToEndId,
      remittance: `${input.reason} return of ${input.endToEndId}`,
      family: backFamily(line.family),
      returned: { reason: input.reason, transferId: first.transfer_id },
    }),
  );
  const day = { now: bank.clock.now(), uuid: bank.random.uuid };
  try {
    await postPending(tx, transferId, lines, { ...day, valueDate: bookingDate });
  } catch (error) {
    if (error instanceof InsufficientFunds) return { outcome: "no_funds" };
    throw error;
  }
  await bookTransfer(tx, transferId, { ...day, bookingDate });
  return { outcome: "returned", transferId, whole: amountMinor === leftMinor };
}

/** A return keeps the family of what it takes back: `IDDT/ESDD` → `IDDT/UPDD` (unpaid), `ICDT/ESCT` → `ICDT/RRTN`. */
function backFamily(family: string): string {
  const [name = ""] = family.split("/");
  return `${name}/${name.endsWith("DDT") ? "UPDD" : "RRTN"}`;
}

/** The currency of what was booked under an end-to-end id. */
export async function currencyOf(db: Queryable, endToEndId: string): Promise<string | undefined> {
  const { rows } = await db.query<{ currency: string }>(
    "SELECT a.currency FROM entries e JOIN accounts a ON a.id = e.account_id WHERE e.end_to_end_id = $1 AND e.status = 'booked' LIMIT 1",
    [endToEndId],
  );
  return rows[0]?.currency;
}

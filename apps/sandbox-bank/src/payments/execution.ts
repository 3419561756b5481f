/** From an accepted payment to booked lines. Everything here happens inside the caller's transaction. */
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
import { clearingAccount, findAccounts } from "../ledger/accounts.ts";
import {
  bookTransfer,
  holdBusinessDate,
  InsufficientFunds,
  type Line,
  postPending,
} from "../ledger/postings.ts";
import { queueNotice } from "../notices/outbox.ts";
import { findPayment, type Payment, type TransactionStatus } from "./store.ts";

const INSTANT = "instant-sepa-credit-transfers";

/** Writes a new status with its notice to the TPP. */
export async function setStatus(
  bank: Bank,
  tx: Queryable,
  payment: Payment,
  status: TransactionStatus,
  reason: string | null = null,
): Promise<void> {
  payment.status = status;
  payment.reason = reason;
  await tx.query("UPDATE payments SET status = $2, reason = $3, updated_at = $4 WHERE id = $1", [
    payment.id,
    status,
    reason,
    bank.clock.now(),
  ]);
  if (payment.notificationUri !== null) {
    const body = { paymentId: payment.id, transactionStatus: status };
    await queueNotice(bank, tx, { uri: payment.notificationUri, body, endToEndId: payment.endToEndId });
  }
}

/**
 * Executes an authorised payment: pending lines on both sides (status ACSP), booked after the settlement delay or,
 * for instant credit transfers, at once. Rejects it (RJCT with a reason) when the funds do not suffice.
 */
export async function executePayment(bank: Bank, tx: Queryable, payment: Payment): Promise<void> {
  const today = await holdBusinessDate(tx);
  const now = bank.clock.now();
  const transferId = bank.random.uuid();
  const lines = await linesOf(bank, tx, payment);
  try {
    await postPending(tx, transferId, lines, { valueDate: today, now, uuid: bank.random.uuid });
  } catch (error) {
    if (!(error instanceof InsufficientFunds)) throw error;
    // Nothing was written: the funds are checked before the first line.
    await setStatus(bank, tx, payment, "RJCT", "AM04: insufficient funds on the debtor account");
    return;
  }
  const atOnce = payment.product === INSTANT || bank.settleAfterMs === 0;
  payment.transferId = transferId;
  await tx.query("UPDATE payments SET transfer_id = $2, executed_on = $3, settle_at = $4 WHERE id = $1", [
    payment.id,
    transferId,
    today,
    new Date(now.getTime() + bank.settleAfterMs),
  ]);
  if (atOnce) await book(bank, tx, payment, today);
  else await setStatus(bank, tx, payment, "ACSP");
}

/** Books one payment that waits for settlement. Does nothing when it was booked meanwhile. */
export async function settlePayment(
  bank: Bank,
  tx: Queryable,
  id: string,
  bookingDate: string,
): Promise<void> {
  const payment = await findPayment(tx, id, { lock: true });
  if (payment?.status === "ACSP") await book(bank, tx, payment, bookingDate);
}

/** Books every payment whose settlement delay is over. Answers how many. */
export async function settleDuePayments(bank: Bank): Promise<number> {
  const { rows } = await bank.db.query<{ id: string }>(
    "SELECT id FROM payments WHERE status = 'ACSP' AND settle_at <= $1 ORDER BY settle_at LIMIT 500",
    [bank.clock.now()],
  );
  for (const { id } of rows) {
    await bank.db.transaction(async (tx) => settlePayment(bank, tx, id, await holdBusinessDate(tx)));
  }
  return rows.length;
}

async function book(bank: Bank, tx: Queryable, payment: Payment, bookingDate: string): Promise<void> {
  if (payment.transferId === null) throw new Error("a payment without lines cannot be booked");
  await bookTransfer(tx, payment.transferId, { bookingDate, now: bank.clock.now(), uuid: bank.random.uuid });
  // ACCC: settled and on the creditor's account, which only the creditor's own bank can say.
  await setStatus(bank, tx, payment, payment.creditorAccount === null ? "ACSC" : "ACCC");
}

async function linesOf(bank: Bank, tx: Queryable, payment: Payment): Promise<Line[]> {
  const [debtor] = await findAccounts(tx, [payment.debtorAccount]);
  if (debtor === undefined) throw new Error("a payment without a debtor account");
  const subFamily =
    payment.creditorAccount !== null ? "BOOK" : payment.product.includes("sepa") ? "ESCT" : "XBCT";
  const shared = { endToEndId: payment.endToEndId, remittance: payment.remittance };
  return [
    {
      ...shared,
      accountId: debtor.id,
      amountMinor: -payment.amountMinor,
      counterpartyName: payment.creditorName,
      counterpartyAccount: payment.creditorIban,
      family: `ICDT/${subFamily}`,
    },
    {
      ...shared,
      accountId: payment.creditorAccount ?? (await clearingAccount(bank, tx, payment.currency)),
      amountMinor: payment.amountMinor,
      counterpartyName: debtor.ownerName,
      counterpartyAccount: debtor.iban,
      family: `RCDT/${subFamily}`,
    },
  ];
}

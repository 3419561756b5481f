/** Between the banks of the sandbox: what one has booked for an account at another one is credited there. */
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
import { clearingAccount, findAccountByIban } from "../ledger/accounts.ts";
import { bookTransfer, holdBusinessDate, type Line, postPending } from "../ledger/postings.ts";
import type { returnTransfer } from "../ledger/returns.ts";

/** Another bank of the sandbox; `code` is the bank code in its account numbers. */
export interface Peer {
  code: string;
  url: string;
}

/** One payment as it is handed over. */
export interface IncomingCredit {
  /** Bank code of the sender. */
  sender: string;
  /** The sender's id of the transfer: the same one counts once. */
  transferId: string;
  creditorIban: string;
  /** Minor units as a decimal integer. */
  amountMinor: string;
  currency: string;
  endToEndId: string | null;
  debtorName: string | null;
  debtorIban: string | null;
  remittance: string | null;
}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 60_000;
const CALL_TIMEOUT_MS = 5_000;

/**
 * Hands over what is due. A bank that does not answer is asked again, for ever: its customer's money is not given up.
 * What a bank refuses goes back to where it came from, with the reason it gives.
 */
export async function deliverClearing(bank: Bank, takeBack: typeof returnTransfer): Promise<void> {
  if (bank.peers.length === 0) return;
  const { rows } = await bank.db.query<{ transfer_id: string; creditor_iban: string; attempts: number }>(
    // The lease keeps a second process from handing over the same money while this one waits for the answer.
    `UPDATE clearing_out SET attempts = attempts + 1, next_attempt_at = $1
      WHERE transfer_id IN (SELECT transfer_id FROM clearing_out WHERE next_attempt_at <= $2
        AND substr(creditor_iban, 5, 4) = ANY ($3) ORDER BY next_attempt_at LIMIT 50 FOR UPDATE SKIP LOCKED)
      RETURNING transfer_id, creditor_iban, attempts`,
    [new Date(Date.now() + 2 * CALL_TIMEOUT_MS), new Date(), bank.peers.map(({ code }) => code)],
  );
  for (const row of rows) {
    const peer = bank.peers.find(({ code }) => code === row.creditor_iban.slice(4, 8));
    const credit = await creditOf(bank, row.transfer_id, row.creditor_iban);
    const answer = peer === undefined ? "no_answer" : await send(bank, peer, credit);
    if (answer === "no_answer") {
      const pauseMs = Math.min(FIRST_RETRY_MS * 2 ** (row.attempts - 1), LONGEST_RETRY_MS);
      await finish(bank.db, row.transfer_id, null, new Date(Date.now() + pauseMs));
    } else if (answer === "delivered") await finish(bank.db, row.transfer_id, "delivered", null);
    else
      await bank.db.transaction(async (tx) => {
        await finish(tx, row.transfer_id, "refused", null);
        const { endToEndId } = credit;
        if (endToEndId !== null) await takeBack(bank, tx, { endToEndId, reason: answer.reason });
      });
  }
}

async function finish(
  db: Queryable,
  transferId: string,
  outcome: "delivered" | "refused" | null,
  nextAttemptAt: Date | null,
): Promise<void> {
  await db.query("UPDATE clearing_out SET outcome = $2, next_attempt_at = $3 WHERE transfer_id = $1", [
    transferId,
    outcome,
    nextAttemptAt,
  ]);
}

async function creditOf(bank: Bank, transferId: string, creditorIban: string): Promise<IncomingCredit> {
  const { rows } = await bank.db.query<{
    amount_minor: bigint;
    currency: string;
    end_to_end_id: string | null;
    counterparty_name: string | null;
    counterparty_account: string | null;
    remittance: string | null;
  }>(
    `SELECT e.amount_minor, a.currency, e.end_to_end_id, e.counterparty_name, e.counterparty_account, e.remittance
       FROM entries e JOIN accounts a ON a.id = e.account_id WHERE e.transfer_id = $1 AND e.amount_minor > 0`,
    [transferId],
  );
  const line = rows[0];
  if (line === undefined) throw new Error("a transfer without a credit cannot be cleared");
  return {
    sender: bank.code,
    transferId,
    creditorIban,
    amountMinor: line.amount_minor.toString(),
    currency: line.currency,
    endToEndId: line.end_to_end_id,
    debtorName: line.counterparty_name,
    debtorIban: line.counterparty_account,
    remittance: line.remittance,
  };
}

async function send(
  bank: Bank,
  peer: Peer,
  credit: IncomingCredit,
): Promise<"delivered" | "no_answer" | { reason: string }> {
  try {
    const response = await fetch(`${peer.url}/script/incoming-credits`, {
      method: "POST",
      headers: { authorization: `Bearer ${bank.scriptToken}`, "content-type": "application/json" },
      body: JSON.stringify(credit),
      redirect: "error",
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    const text = await response.text();
    if (response.ok) return "delivered";
    if (response.status !== 422) return "no_answer";
    return { reason: (JSON.parse(text) as { reason: string }).reason };
  } catch {
    return "no_answer";
  }
}

/**
 * Credits an account with what another bank sends, once however often it is sent.
 * @returns ISO 20022 ExternalReturnReason1Code when it is not taken: AC01 no such account, AC09 another currency
 */
export async function takeCredit(bank: Bank, tx: Queryable, credit: IncomingCredit): Promise<string | null> {
  const creditor = await findAccountByIban(tx, credit.creditorIban);
  if (creditor?.kind !== "customer") return "AC01";
  if (creditor.currency !== credit.currency) return "AC09";
  const today = await holdBusinessDate(tx);
  const first = await tx.query(
    "INSERT INTO clearing_in (sender, transfer_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING sender",
    [credit.sender, credit.transferId],
  );
  if (first.rows.length === 0) return null;
  const amountMinor = BigInt(credit.amountMinor);
  const shared = { endToEndId: credit.endToEndId, remittance: credit.remittance };
  const family = credit.currency === "EUR" ? "RCDT/ESCT" : "RCDT/XBCT";
  const lines: Line[] = [
    {
      ...shared,
      accountId: await clearingAccount(bank, tx, credit.currency),
      amountMinor: -amountMinor,
      counterpartyName: creditor.ownerName,
      counterpartyAccount: creditor.iban,
      family,
    },
    {
      ...shared,
      accountId: creditor.id,
      amountMinor,
      counterpartyName: credit.debtorName,
      counterpartyAccount: credit.debtorIban,
      family,
    },
  ];
  const transferId = bank.random.uuid();
  const day = { now: bank.clock.now(), uuid: bank.random.uuid };
  await postPending(tx, transferId, lines, { ...day, valueDate: today });
  await bookTransfer(tx, transferId, { ...day, bookingDate: today });
  return null;
}

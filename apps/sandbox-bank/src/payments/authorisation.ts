/** The end of a payment's strong authentication. */
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
import { executeBulk } from "./bulk.ts";
import { executePayment, setStatus } from "./execution.ts";
import { startPeriodic } from "./periodic.ts";
import { childrenOf, findPayment, type Payment } from "./store.ts";

/**
 * What the customer's confirmation or refusal on the bank's page does to a payment. Answers the payment after it.
 * A second confirmation of the same payment changes nothing.
 */
export async function finishAuthorisation(
  bank: Bank,
  authorisationId: string,
  outcome: "confirmed" | "refused",
): Promise<Payment | undefined> {
  return bank.db.transaction(async (tx) => {
    const { rows } = await tx.query<{ payment_id: string }>(
      "SELECT payment_id FROM authorisations WHERE id = $1 AND payment_id IS NOT NULL",
      [authorisationId],
    );
    const id = rows[0]?.payment_id;
    if (id === undefined) return undefined;
    await tx.query("SELECT value FROM settings WHERE key = 'business_date' FOR SHARE");
    const payment = await findPayment(tx, id, { lock: true });
    if (payment?.status !== "RCVD") return payment;
    await tx.query("UPDATE authorisations SET sca_status = $2 WHERE id = $1", [
      authorisationId,
      outcome === "confirmed" ? "finalised" : "failed",
    ]);
    return settleAuthorisedPayment(bank, tx, id, outcome);
  });
}

/**
 * What the customer's yes or no does to a payment that waits for it; others stay as they are. Runs in the caller's
 * transaction, which holds the business date. Answers the payment after it.
 */
export async function settleAuthorisedPayment(
  bank: Bank,
  tx: Queryable,
  paymentId: string,
  outcome: "confirmed" | "refused",
): Promise<Payment | undefined> {
  const payment = await findPayment(tx, paymentId, { lock: true });
  if (payment?.status !== "RCVD") return payment;
  if (outcome === "refused") {
    for (const child of payment.service === "bulk-payments" ? await childrenOf(tx, payment.id) : [])
      await setStatus(bank, tx, child, "RJCT", "CUST: the customer refused the payment");
    await setStatus(bank, tx, payment, "RJCT", "CUST: the customer refused the payment");
  } else if (payment.service === "periodic-payments") await startPeriodic(bank, tx, payment);
  else if (payment.service === "bulk-payments") await executeBulk(bank, tx, payment);
  else await executePayment(bank, tx, payment);
  return payment;
}

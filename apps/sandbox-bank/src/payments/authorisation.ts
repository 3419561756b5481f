/** The end of a payment's strong authentication. */
import type { Bank } from "../context.ts";
import { executePayment, setStatus } from "./execution.ts";
import { findPayment, type Payment } from "./store.ts";

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
    if (outcome === "confirmed") await executePayment(bank, tx, payment);
    else await setStatus(bank, tx, payment, "RJCT", "CUST: the customer refused the payment");
    return payment;
  });
}

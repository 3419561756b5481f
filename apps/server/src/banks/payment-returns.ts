import { emit, event } from "../platform/events.ts";
import { keepStanding } from "./access.ts";
import { record } from "./bank-payments.ts";
import type { BankConnector, PaymentAnswer } from "./connector.ts";
import type { Deps } from "./context.ts";
import * as sql from "./message-sql.ts";
import { findConsent } from "./sql.ts";

type Query = { code?: string; state?: string; error?: string; iss?: string };
type Completed = Awaited<ReturnType<NonNullable<BankConnector["completePayment"]>>>;

/**
 * The customer comes back from a bank that takes a payment only now, with the code of this very authorisation. It is
 * handed over once: whoever claims the return first does it, and not at all when the payment was let go of meanwhile, or
 * in the browser of somebody whose payment it is not.
 * @returns the address to go on with, or undefined when the callback is not about a payment
 */
export async function completePaymentReturn(
  deps: Deps,
  customerId: string | undefined,
  bankId: string,
  query: Query,
): Promise<string | undefined> {
  const connector = deps.banks.get(bankId)?.connector;
  const returned = query.state === undefined ? undefined : connector?.paymentReturn?.(query.state);
  if (connector?.completePayment === undefined || returned === undefined) return undefined;
  const order = await sql.findOrder(deps.db, returned.reference);
  const consent = order?.consent_id == null ? undefined : await findConsent(deps.db, order.consent_id);
  if (order === undefined || order.bank_id !== bankId || consent === undefined)
    return `${deps.walletUrl}/link/failed?reason=bank.link_failed`;
  const goOn = `${deps.publicUrl}/v1/bank-payment-returns/${encodeURIComponent(order.payment_id)}`;
  if (consent.customer_id !== customerId) {
    deps.logger.warn({ bankId }, "a payment's return does not belong to this session");
    return goOn;
  }
  // Refused at the bank: nothing to hand over. The page that follows asks the bank how it stands.
  if (query.code === undefined) return goOn;
  const claimed = await sql.claimReturn(deps.db, order.reference, "submitting", deps.clock.now());
  if (!claimed) return goOn;

  const callback = new URL(`${deps.publicUrl}/v1/bank-callbacks/${encodeURIComponent(bankId)}`);
  for (const name of ["code", "state", "iss"] as const) {
    const value = query[name];
    if (value !== undefined) callback.searchParams.set(name, value);
  }
  const complete = connector.completePayment;
  const { completed } = await record(
    deps,
    bankId,
    order.payment_id,
    "payment.complete",
    { reference: order.reference },
    async () => {
      const done: Completed = await complete({
        callbackUrl: callback.href,
        state: query.state ?? "",
        requestId: order.request_id,
      });
      return { ...done.answer, completed: done };
    },
  );
  await finish(deps, bankId, order, completed.answer);
  if (completed.standing !== undefined)
    await keepStanding(deps, order.consent_id as string, completed.standing).catch((error: unknown) => {
      // The payment stands; without the permission the next one is confirmed at the bank again.
      deps.logger.warn({ bankId, err: error }, "a standing permission could not be kept");
    });
  return goOn;
}

async function finish(deps: Deps, bankId: string, order: sql.OrderRow, answer: PaymentAnswer): Promise<void> {
  const bankPaymentId = "bankPaymentId" in answer ? answer.bankPaymentId : null;
  await deps.db.transaction(async (tx) => {
    await sql.updateOrder(tx, {
      reference: order.reference,
      uncertain: answer.outcome === "unknown",
      refused: answer.outcome === "rejected",
      bankPaymentId,
    });
    await emit(
      tx,
      deps.subscriptions,
      [event("bank_payment.news", { bankId, reference: order.reference })],
      [],
    );
  });
}

import { isBookedAtBank } from "../payments/index.ts";
import { dateIn } from "../platform/clock.ts";
import { directionOf, newBreak, openBreak, type ReconcileDeps, signed } from "./rows.ts";
import type { StatementRow } from "./sql.ts";
import * as sql from "./sql.ts";

/**
 * Payments the bank accepted that this statement should show and does not: those it reported as booked by that day,
 * and those it had accepted before that day began.
 */
export async function findMissing(deps: ReconcileDeps, statement: StatementRow): Promise<void> {
  const timeZone = deps.banks.config(statement.bank_id)?.timeZone ?? "UTC";
  for (const payment of await deps.payments.awaitingStatement(statement.bank_id, statement.currency)) {
    const acceptedOn = dateIn(timeZone, payment.accepted_at ?? payment.updated_at);
    const due = isBookedAtBank(payment) ? acceptedOn <= statement.date : acceptedOn < statement.date;
    if (!due) continue;
    const earlier = await sql.selectBreaks(deps.db, deps.vault, {
      paymentId: payment.id,
      open: true,
      limit: 10,
    });
    if (earlier.length > 0) continue;
    const found = newBreak(deps, statement, {
      kind: "missing_on_statement",
      line_id: null,
      payment_id: payment.id,
      bank_amount: null,
      ledger_amount: signed(directionOf(payment), payment.amount),
      why_en: `The bank accepted this payment, but the statement of ${statement.date} does not show it.`,
      why_zh: `银行已受理该笔付款，但 ${statement.date} 的对账单上没有这笔记录。`,
    });
    await openBreak(deps, found, `statement/${statement.id}/missing/${payment.id}`);
  }
}

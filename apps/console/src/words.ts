import { type MessageId, type PaymentMessageId, usePaymentT } from "./i18n.ts";

/** What the ledger calls its postings, in words. */
const transferKinds: Readonly<Record<string, MessageId>> = {
  transfer: "transfer_kind.transfer",
  "top_up.instant_credit": "transfer_kind.top_up_instant_credit",
  "top_up.settle": "transfer_kind.top_up_settle",
  "top_up.reverse": "transfer_kind.top_up_reverse",
  "withdrawal.capture": "transfer_kind.withdrawal_capture",
  "withdrawal.settle": "transfer_kind.withdrawal_settle",
  "withdrawal.reverse": "transfer_kind.withdrawal_reverse",
  "return.withdrawal": "transfer_kind.return_withdrawal",
  "return.top_up": "transfer_kind.return_top_up",
  "debt.collect": "transfer_kind.debt_collect",
  "debt.write_off": "transfer_kind.debt_write_off",
  "statement.suspense": "transfer_kind.statement_suspense",
  "break.credit_payment_customer": "transfer_kind.break_credit",
  "break.write_off": "transfer_kind.break_write_off",
};

/** What a message to a bank asks for, in words. */
const messageKinds: Readonly<Record<string, PaymentMessageId>> = {
  "payment.initiate": "message_kind.payment_initiate",
  "payment.status": "message_kind.payment_status",
  "payment.cancel": "message_kind.payment_cancel",
  "payment.find": "message_kind.payment_find",
  "payment.recall": "message_kind.payment_recall",
};

/** What a message to or from a bank meant, in words. */
const outcomes: Readonly<Record<string, PaymentMessageId>> = {
  accepted: "outcome.accepted",
  action_required: "outcome.action_required",
  rejected: "outcome.rejected",
  unknown: "outcome.unknown",
  not_sent: "outcome.not_sent",
  waiting: "outcome.waiting",
  not_found: "outcome.not_found",
  pending: "outcome.pending",
  booked: "outcome.booked",
  cancelled: "outcome.cancelled",
  too_late: "outcome.too_late",
  asked: "outcome.asked",
  granted: "outcome.granted",
  refused: "outcome.refused",
};

/**
 * Words for codes that the server may extend at any time. A code that is not known here is shown as it is: staff can
 * look a code up, but not a blank. Messages and their outcomes have words on pages that load the texts of a payment's page.
 */
export function useWords(): Record<"transferKind" | "messageKind" | "outcome", (code: string) => string> {
  const t = usePaymentT();
  const say = (words: Readonly<Record<string, MessageId | PaymentMessageId>>, code: string): string => {
    const id = words[code];
    return id === undefined ? code : t(id);
  };
  return {
    transferKind: (code) => say(transferKinds, code),
    messageKind: (code) => say(messageKinds, code),
    outcome: (code) => say(outcomes, code),
  };
}

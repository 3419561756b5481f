import { useFormatMoney, useLocalText } from "@jinqiao/ui";
import type { Payment } from "../../api.ts";
import type { PaymentMessageId } from "../../locales/payment/en.ts";
import { usePaymentT } from "./text.ts";

/** Statuses in which no money moved or it came back: their amount is shown, but not as a gain or a loss. */
export function movedNothing(payment: Payment): boolean {
  return ["rejected", "cancelled", "expired", "declined"].includes(payment.status);
}

/** True once the money is where it was meant to go: only then is it shown as a gain. */
export function hasArrived(payment: Payment): boolean {
  return payment.status === "settled" || payment.credited;
}

/** True once the books show money moved for it, also when it came back later: then there is something to prove. */
export function hasReceipt(payment: Payment): boolean {
  const cameBack = ["returned", "refunded"].includes(payment.status);
  const takenBack = payment.kind === "top_up" && payment.status === "rejected" && wasCredited(payment);
  return hasArrived(payment) || cameBack || takenBack;
}

/** The amount with the sign of the customer's own balance: money out is negative. */
export function signedAmount(payment: Payment): Payment["amount"] {
  return payment.direction === "out"
    ? { ...payment.amount, amount: `-${payment.amount.amount}` }
    : payment.amount;
}

/** Whom a list names: the bank or the person. The kind stands below it. */
export function useCounterpartyName(): (payment: Payment) => string {
  const local = useLocalText();
  return ({ counterparty }) => (counterparty.bankName ? local(counterparty.bankName) : counterparty.name);
}

/** One line that names a payment: "Top up from Harbour Bank", "王小明". */
export function usePaymentTitle(): (payment: Payment) => string {
  const t = usePaymentT();
  const local = useLocalText();
  return (payment) => {
    const { counterparty } = payment;
    const bank = counterparty.bankName ? local(counterparty.bankName) : counterparty.name;
    if (payment.kind === "top_up") return t("payment.title.top_up", { bank });
    if (payment.kind === "withdrawal") return t("payment.title.withdrawal", { bank });
    if (payment.kind === "return") return t(`payment.title.return.${payment.direction}`, { bank });
    return counterparty.name;
  };
}

/** What happened, what it means for the person's money, and what to do now. */
export function useExplanation(): (payment: Payment) => string {
  const t = usePaymentT();
  const local = useLocalText();
  const format = useFormatMoney();
  return (payment) => {
    const { counterparty, route } = payment;
    // Who has the order is not always who keeps the account.
    const bank = route?.bankName ?? counterparty.bankName;
    return t(explanationOf(payment), {
      amount: format(payment.amount),
      bank: bank ? local(bank) : counterparty.name,
      name: counterparty.name,
    });
  };
}

/** The text that fits a payment's kind and status; every status has one. */
export function explanationOf(payment: Payment): PaymentMessageId {
  const { kind, status } = payment;
  if (kind === "top_up") {
    if (status === "submitted" || status === "unknown")
      return payment.credited ? "explain.top_up.credited" : `explain.top_up.${status}`;
    if (status === "rejected" && wasCredited(payment)) return "explain.top_up.taken_back";
    return `explain.top_up.${inProgress(status)}`;
  }
  if (kind === "withdrawal") return `explain.withdrawal.${inProgress(status)}`;
  if (kind === "return") return `explain.return.${payment.direction}`;
  if (kind === "refund") return "explain.refund";
  if (kind === "purchase") {
    if (status === "settled") return "explain.purchase.settled";
    if (status === "refunded" || status === "returned") return "explain.purchase.refunded";
    return movedNothing(payment) ? "explain.purchase.stopped" : "explain.purchase.held";
  }
  if (status === "settled")
    return payment.direction === "in" ? "explain.transfer.received" : "explain.transfer.settled";
  return `explain.transfer.${movedNothing(payment) ? "stopped" : status === "returned" || status === "refunded" ? "returned" : "underway"}`;
}

/** `created` and `authorised` are one step for the customer: we have the order and the bank is being asked. */
function inProgress(status: Payment["status"]): Exclude<Payment["status"], "created"> {
  return status === "created" ? "authorised" : status;
}

/** A refusal after the bank had accepted: money that was already in the balance has been taken out again. */
function wasCredited(payment: Payment): boolean {
  return payment.timeline.some((step) => step.status === "submitted");
}

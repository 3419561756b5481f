import type { Payment } from "@jinqiao/contract";
import { toWire } from "@jinqiao/money";
import type { z } from "zod";
import type { Banks, LinkedAccountRecord } from "../banks/index.ts";
import type { CustomerName } from "../identity/index.ts";
import { maskEmail } from "../identity/index.ts";
import { isPayout } from "./own-account.ts";
import { routeView } from "./route-views.ts";
import type { PaymentRow, TransitionRow } from "./sql.ts";

export type PaymentView = z.input<typeof Payment>;
export type People = Map<string, CustomerName>;

/** A payment as one customer sees it; staff see it as the one who made it. */
export function viewOf(
  payment: PaymentRow,
  viewer: string,
  timeline: readonly TransitionRow[],
  people: People,
  accounts: Map<string, LinkedAccountRecord>,
  banks: Banks,
  returns: readonly PaymentRow[] = [],
  note: string | null = null,
): PaymentView {
  const receives =
    payment.kind === "top_up" ||
    payment.original_kind === "withdrawal" ||
    payment.original_kind === "payout" ||
    payment.kind === "refund" ||
    payment.payee_id === viewer;
  const money = (minor: bigint) => toWire({ minor, currency: payment.currency });
  const account = accounts.get(payment.linked_account_id ?? "");
  const came = (kind: "return" | "refund") => returns.filter((one) => one.kind === kind);
  const list = (some: readonly PaymentRow[]) =>
    some.map((one) => ({ paymentId: one.id, amount: money(one.amount), at: one.created_at.toISOString() }));
  const sum = (some: readonly PaymentRow[]) =>
    some.length === 0 ? null : money(some.reduce((total, one) => total + one.amount, 0n));
  return {
    id: payment.id,
    kind: payment.kind,
    direction: receives ? "in" : "out",
    status: payment.status,
    amount: money(payment.amount),
    counterparty: counterpartyOf(payment, viewer, people, accounts, banks),
    note: note ?? payment.merchant_reference,
    reference: payment.reference,
    reason: payment.reason_code
      ? { code: payment.reason_code, text: { en: payment.reason_en ?? "", zh: payment.reason_zh ?? "" } }
      : null,
    credited: payment.kind === "top_up" && (payment.credited || payment.status === "settled"),
    actionUrl: payment.action_url,
    payeeCheck: payment.payee_check,
    originalPaymentId: payment.original_id,
    returns: list(came("return")),
    returned: sum(came("return")),
    refunds: list(came("refund")),
    refunded: sum(came("refund")),
    authorisedAmount: payment.authorised_amount === null ? null : money(payment.authorised_amount),
    paymentIntentId: payment.intent_id,
    route: payment.kind === "return" ? null : routeView(payment, account?.bankId, banks),
    // What the payer proved is none of the payee's business.
    authentication: viewer === payment.customer_id ? payment.authentication : null,
    timeline: timeline.map((step) => ({
      status: step.status,
      at: step.at.toISOString(),
      ...(step.cause === "rerouted" ? { event: "rerouted" as const } : {}),
    })),
    createdAt: payment.created_at.toISOString(),
    updatedAt: payment.updated_at.toISOString(),
  };
}

function counterpartyOf(
  payment: PaymentRow,
  viewer: string,
  people: People,
  accounts: Map<string, LinkedAccountRecord>,
  banks: Banks,
): PaymentView["counterparty"] {
  if (payment.kind === "transfer") {
    const other = payment.payee_id === viewer ? payment.customer_id : payment.payee_id;
    const person = people.get(other ?? "");
    return {
      kind: "customer",
      name: person?.displayName ?? "?",
      detail: person ? maskEmail(person.email) : null,
      bankName: null,
    };
  }
  if (payment.kind === "purchase" || payment.kind === "refund")
    return { kind: "merchant", name: payment.merchant_name ?? "?", detail: null, bankName: null };
  if (isPayout(payment)) {
    const name = people.get(payment.customer_id)?.displayName ?? "?";
    return { kind: "bank_account", name, detail: null, bankName: null };
  }
  const account = accounts.get(payment.linked_account_id ?? "");
  // The bank that keeps the account; the one that carries the order may be another.
  const accountBank = account?.bankId ?? payment.bank_id;
  const bankName = accountBank ? (banks.config(accountBank)?.name ?? null) : null;
  return { kind: "bank_account", name: account?.name ?? "", detail: account?.maskedNumber ?? null, bankName };
}

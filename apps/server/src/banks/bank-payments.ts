import type { BankMessage } from "@jinqiao/contract";
import { toWire } from "@jinqiao/money";
import type { z } from "zod";
import { addDays } from "../platform/clock.ts";
import { assert, Refusal } from "../platform/errors.ts";
import { emit, event } from "../platform/events.ts";
import { type UsableAccess, usableAccess } from "./access.ts";
import {
  type PaymentAnswer,
  type PaymentOrder,
  type RecallAnswer,
  type Sighting,
  tokenRefused,
} from "./connector.ts";
import { bankOf, type Deps, maskNumber } from "./context.ts";
import { checkConsentJob } from "./job-drafts.ts";
import * as sql from "./message-sql.ts";

type Order = PaymentOrder & { paymentId: string; consentId: string | null };
type Known = { paymentId: string; bankPaymentId: string; currency: string };

/** A hand-over that has not ended by then never reached the bank: every call of it is over. */
const handOverMs = 10 * 60_000;
/** `why` of an order that could not be asked for, because the customer's permission is over. */
const consentOver: PaymentAnswer = {
  outcome: "rejected",
  bankPaymentId: null,
  bankStatus: null,
  reason: {
    code: "bank.consent_ended",
    text: {
      en: "Your permission at the bank has ended. Link the account again to go on.",
      zh: "您在银行的授权已失效，请重新绑定后继续。",
    },
  },
};

/**
 * Hands an order to the bank. The order counts as uncertain from before the call until an answer says what became of
 * it, so a process that dies in between leaves it uncertain; a later try that the bank refuses at its door then
 * does not prove that the first was never executed, and is answered as `unknown`.
 */
export async function initiate(deps: Deps, bankId: string, order: Order): Promise<PaymentAnswer> {
  const { connector } = bankOf(deps, bankId);
  const before = await beginOrder(deps, bankId, order);
  if (before.bank_payment_id !== null) {
    // The bank has it: it is asked how the payment stands, never given the order again.
    return status(deps, bankId, { ...order, bankPaymentId: before.bank_payment_id });
  }
  let refused: number | undefined;
  for (let attempt = 1; ; attempt += 1) {
    let access: UsableAccess | null;
    try {
      access = order.consentId === null ? null : await usableAccess(deps, order.consentId, refused);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const answer: PaymentAnswer =
        error.code === "bank.consent_ended"
          ? consentOver
          : { outcome: "not_sent", why: "the bank's authorisation server did not answer" };
      return finishOrder(deps, bankId, order, before, answer);
    }
    const answer = await record(deps, bankId, order.paymentId, "payment.initiate", sentOrder(order), () =>
      connector.initiatePayment(order, access?.access ?? null),
    );
    if (answer.outcome === "not_sent" && answer.why === tokenRefused && access !== null && attempt === 1) {
      refused = access.version;
      continue;
    }
    return finishOrder(deps, bankId, order, before, answer);
  }
}

/** Marks the order as possibly on its way. @returns what was known before */
function beginOrder(deps: Deps, bankId: string, order: Order): Promise<sql.OrderRow> {
  return deps.db.transaction(async (tx) => {
    const row = await sql.lockOrder(tx, { ...order, bankId, at: deps.clock.now() });
    assert(
      row.payment_id === order.paymentId && row.request_id === order.requestId && row.bank_id === bankId,
      "a payment reference belongs to one order",
    );
    if (row.bank_payment_id === null)
      await sql.updateOrder(tx, { reference: order.reference, uncertain: true });
    return row;
  });
}

async function finishOrder(
  deps: Deps,
  bankId: string,
  order: Order,
  before: sql.OrderRow,
  said: PaymentAnswer,
): Promise<PaymentAnswer> {
  const bankPaymentId = "bankPaymentId" in said ? said.bankPaymentId : null;
  const saysNothingOfEarlierTries =
    said.outcome === "not_sent" || (said.outcome === "rejected" && bankPaymentId === null);
  const answer: PaymentAnswer =
    before.uncertain && saysNothingOfEarlierTries
      ? { outcome: "unknown", why: "an earlier try may have reached the bank" }
      : said;
  await deps.db.transaction(async (tx) => {
    await sql.updateOrder(tx, {
      reference: order.reference,
      uncertain: answer.outcome === "unknown",
      refused: answer.outcome === "rejected",
      bankPaymentId,
      actionUrl: said.outcome === "action_required" ? said.actionUrl : null,
    });
    // A notice may overtake the answer; now it is known which payment it was about.
    const overtaken = bankPaymentId !== null && (await sql.hasNoticeAbout(tx, bankId, bankPaymentId));
    const consentRefused =
      said.outcome === "rejected" &&
      /^(CONSENT_|bank\.consent)/.test(said.reason.code) &&
      order.consentId !== null;
    await emit(
      tx,
      deps.subscriptions,
      overtaken ? [event("bank_payment.news", { bankId, reference: order.reference })] : [],
      consentRefused ? [checkConsentJob(order.consentId as string, { unusable: true })] : [],
    );
  });
  return answer;
}

/** Asks how a payment stands. */
export async function status(deps: Deps, bankId: string, payment: Known): Promise<PaymentAnswer> {
  const { connector } = bankOf(deps, bankId);
  const { currency } = payment;
  const order = await sql.findOrderOf(deps.db, bankId, payment.paymentId);
  // A bank may call the payment by another id once the customer has confirmed it.
  const bankPaymentId = order?.bank_payment_id ?? payment.bankPaymentId;
  const answer = await record(deps, bankId, payment.paymentId, "payment.status", { bankPaymentId }, () =>
    connector.paymentStatus(bankPaymentId, currency),
  );
  if (answer.outcome !== "waiting") return answer;
  const { bankStatus } = answer;
  return order?.action_url == null
    ? { outcome: "accepted", bankPaymentId, bankStatus }
    : { outcome: "action_required", bankPaymentId, bankStatus, actionUrl: order.action_url };
}

export async function cancel(
  deps: Deps,
  bankId: string,
  payment: Known,
): Promise<"cancelled" | "too_late" | "unknown"> {
  const { connector } = bankOf(deps, bankId);
  const { currency } = payment;
  const order = await sql.findOrderOf(deps.db, bankId, payment.paymentId);
  const bankPaymentId = order?.bank_payment_id ?? payment.bankPaymentId;
  if (connector.completePayment !== undefined && order !== undefined) {
    // Only our own hand-over could make this payment happen: from now on, or not any more.
    const now = deps.clock.now();
    const stale = new Date(now.getTime() - handOverMs);
    if (!(await sql.claimReturn(deps.db, order.reference, "withdrawn", now, stale))) return "too_late";
  }
  const { outcome } = await record(
    deps,
    bankId,
    payment.paymentId,
    "payment.cancel",
    { bankPaymentId },
    async () => ({ outcome: await connector.cancelPayment(bankPaymentId, currency) }),
  );
  return outcome;
}

/** Asks the bank for a payment back. What it says is written down when it is asked first and when it decides. */
export async function recall(
  deps: Deps,
  bankId: string,
  payment: Known & { reason: string; first: boolean },
): Promise<RecallAnswer> {
  const { connector } = bankOf(deps, bankId);
  if (connector.recallPayment === undefined) return { outcome: "refused", code: "NOAS" };
  const ask = connector.recallPayment.bind(connector, payment.bankPaymentId, payment.reason);
  const { bankPaymentId, reason } = payment;
  const write = (call: () => Promise<RecallAnswer>) =>
    record(deps, bankId, payment.paymentId, "payment.recall", { bankPaymentId, reason }, call);
  if (payment.first) return write(ask);
  const answer = await ask();
  return answer.outcome === "granted" || answer.outcome === "refused" ? write(async () => answer) : answer;
}

/** Asks by our reference among the custody account's entries, from the day before it was sent on. */
export async function find(
  deps: Deps,
  bankId: string,
  payment: { paymentId: string; reference: string; currency: string; sentOn: string },
): Promise<Sighting> {
  const { config, connector } = bankOf(deps, bankId);
  const custody = config.custodyAccounts.find(({ currency }) => currency === payment.currency);
  assert(custody !== undefined, "a payment's currency has a custody account");
  const since = addDays(payment.sentOn, -1);
  const { sighting } = await record(
    deps,
    bankId,
    payment.paymentId,
    "payment.find",
    { reference: payment.reference, since },
    async () => {
      const seen = await connector.findPayment(payment.reference, custody, since);
      const outcome = seen.found === true ? seen.status : seen.found === false ? "not_found" : "unknown";
      return { outcome, sighting: seen, ...(seen.found === "unknown" ? { why: seen.why } : {}) };
    },
  );
  return sighting;
}

export async function messagesOf(deps: Deps, paymentId: string): Promise<z.input<typeof BankMessage>[]> {
  const rows = await sql.selectMessages(deps.db, deps.vault, paymentId);
  return rows.map((row) => ({
    id: row.id,
    at: row.at.toISOString(),
    direction: row.direction,
    kind: row.kind,
    outcome: row.outcome,
    httpStatus: row.http_status,
    durationMs: row.duration_ms,
    content: row.content,
  }));
}

/** Writes down what is sent before it is sent, and what came back after it came; each commits by itself. */
export async function record<A extends { outcome: string; httpStatus?: number }>(
  deps: Deps,
  bankId: string,
  paymentId: string,
  kind: string,
  content: unknown,
  call: () => Promise<A>,
): Promise<A> {
  const message = { bank_id: bankId, payment_id: paymentId, kind };
  await sql.insertMessage(deps.db, deps.vault, {
    ...message,
    id: deps.ids.next("msg"),
    direction: "sent",
    outcome: null,
    http_status: null,
    duration_ms: null,
    content,
    at: deps.clock.now(),
  });
  const startedMs = performance.now();
  const answer = await call();
  await sql.insertMessage(deps.db, deps.vault, {
    ...message,
    id: deps.ids.next("msg"),
    direction: "received",
    outcome: answer.outcome,
    http_status: answer.httpStatus ?? null,
    duration_ms: Math.round(performance.now() - startedMs),
    content: receivedContent(answer),
    at: deps.clock.now(),
  });
  return answer;
}

/** The order as staff may see it: account numbers masked, nobody named. */
function sentOrder(order: Order): Record<string, unknown> {
  return {
    reference: order.reference,
    requestId: order.requestId,
    debtorAccount: maskNumber(order.debtorIban),
    creditorAccount: maskNumber(order.creditorIban),
    amount: toWire({ minor: order.amountMinor, currency: order.currency }),
    remittance: order.remittance,
  };
}

/** What the bank said, without addresses that open its pages. */
function receivedContent(answer: Record<string, unknown> & { outcome: string }): Record<string, unknown> {
  const {
    outcome: _kept,
    httpStatus: _too,
    actionUrl,
    sighting: _told,
    completed: _done,
    ...content
  } = answer;
  return actionUrl === undefined ? content : { ...content, bankPage: true };
}

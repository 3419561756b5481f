import { formatDecimal } from "@jinqiao/money";
import type {
  ConsentAccess,
  PaymentAnswer,
  PaymentOrder,
  PaymentWaiting,
  RefundOrder,
  Sighting,
} from "../../connector.ts";
import { BankCallError, isSafeForBrowser } from "../shared/http.ts";
import { BankRefused, type Exchange } from "./exchange.ts";
import { cancelled, type Order, order } from "./messages.ts";
import { reasonOf } from "./reasons.ts";

export type OrderDeps = { exchange: Exchange; bankUrl: URL };

/** The bank's refusals that say "not now, nothing was done": the very same order may be sent again later. */
const tryLater = new Set(["BUSY", "CLOCK_DIFFERS", "NONCE_USED"]);

/**
 * Pays by agreement where the customer pays (`access`), out to the bound card where the operator does. Never throws
 * for what the bank does.
 */
export function initiatePayment(
  deps: OrderDeps,
  asked: PaymentOrder,
  access: ConsentAccess | null,
): Promise<PaymentAnswer> {
  const common = {
    reference: asked.reference,
    requestId: asked.requestId,
    amount: amountOf(asked),
    subject: subjectOf(asked.remittance, asked.reference),
    noticeUrl: asked.noticeUrl,
  };
  return access === null
    ? send(deps, "payout-create", {
        ...common,
        cardToken: asked.creditorIban,
        payeeName: subjectOf(asked.creditorName, "—"),
      })
    : send(deps, "payment-create", {
        ...common,
        agreementNumber: access.accessToken,
        returnUrl: asked.returnUrl,
      });
}

/** Gives a booked payment back, in whole or in part. */
export function refundPayment(deps: OrderDeps, asked: RefundOrder): Promise<PaymentAnswer> {
  return send(deps, "refund-create", {
    reference: asked.reference,
    requestId: asked.requestId,
    originalReference: asked.originalReference,
    amount: amountOf(asked),
    subject: subjectOf(asked.reason, asked.reference),
    noticeUrl: asked.noticeUrl,
  });
}

async function send(
  deps: OrderDeps,
  operation: string,
  message: Record<string, unknown>,
): Promise<PaymentAnswer> {
  try {
    const { data, status: httpStatus } = await deps.exchange(operation, order, message, { alone: true });
    if (data.reference !== message.reference)
      return { outcome: "unknown", why: "the bank answered about another order", answered: true, httpStatus };
    if (data.status === "WAITING_CODE") {
      if (data.approvalUrl === null || !isSafeForBrowser(data.approvalUrl, deps.bankUrl))
        return {
          outcome: "unknown",
          why: "the bank's page has an unsafe address",
          answered: true,
          httpStatus,
        };
      return {
        outcome: "action_required",
        bankPaymentId: data.paymentId,
        bankStatus: data.status,
        actionUrl: data.approvalUrl,
        httpStatus,
      };
    }
    return { ...answerOf(data), httpStatus };
  } catch (error) {
    if (error instanceof BankRefused) {
      const httpStatus = error.status;
      if (tryLater.has(error.code)) return { outcome: "not_sent", why: error.message, httpStatus };
      // The bank's own failure: it may have acted before.
      if (error.status >= 500) return { outcome: "unknown", why: error.message, httpStatus };
      return {
        outcome: "rejected",
        bankPaymentId: null,
        bankStatus: null,
        reason: reasonOf(error.code),
        httpStatus,
      };
    }
    if (error instanceof BankCallError && error.reached === "no")
      return { outcome: "not_sent", why: error.message };
    return unknownBecause(error);
  }
}

/** How an order stands, by the bank's id. */
export async function paymentStatus(
  deps: OrderDeps,
  bankPaymentId: string,
): Promise<PaymentAnswer | PaymentWaiting> {
  try {
    const { data, status: httpStatus } = await deps.exchange("order-query", order, {
      paymentId: bankPaymentId,
    });
    if (data.status === "WAITING_CODE")
      return { outcome: "waiting", bankPaymentId, bankStatus: data.status, httpStatus };
    return { ...answerOf(data), httpStatus };
  } catch (error) {
    // Failing to hear how an order stands says nothing about the order.
    return unknownBecause(error);
  }
}

export async function cancelPayment(
  deps: OrderDeps,
  bankPaymentId: string,
): Promise<"cancelled" | "too_late" | "unknown"> {
  try {
    const { data } = await deps.exchange("order-cancel", cancelled, { paymentId: bankPaymentId });
    return data.outcome;
  } catch {
    return "unknown";
  }
}

/** Asks the bank by our own reference; it knows every order it ever took. */
export async function findPayment(deps: OrderDeps, reference: string): Promise<Sighting> {
  try {
    const { data } = await deps.exchange("order-query", order, { reference });
    if (data.status === "SUCCESS") return { found: true, status: "booked" };
    if (data.status === "PROCESSING") return { found: true, status: "pending" };
    // Taken, and it moved nothing: as good as never taken.
    if (data.status === "FAILED" || data.status === "CANCELLED") return { found: false };
    return { found: "unknown", why: "the bank waits for the customer's code" };
  } catch (error) {
    if (error instanceof BankRefused && error.code === "ORDER_UNKNOWN") return { found: false };
    return { found: "unknown", why: whyOf(error) };
  }
}

function answerOf(data: Order): PaymentAnswer {
  const { paymentId: bankPaymentId, status: bankStatus } = data;
  if (bankStatus === "PROCESSING" || bankStatus === "SUCCESS")
    return { outcome: "accepted", bankPaymentId, bankStatus };
  const reason = reasonOf(bankStatus === "CANCELLED" ? "CANCELLED" : (data.reason?.code ?? "REFUSED"));
  return { outcome: "rejected", bankPaymentId, bankStatus, reason };
}

function unknownBecause(error: unknown): PaymentAnswer {
  const status = error instanceof BankRefused || error instanceof BankCallError ? error.status : undefined;
  return {
    outcome: "unknown",
    why: whyOf(error),
    ...(status === undefined ? {} : { httpStatus: status }),
  };
}

function whyOf(error: unknown): string {
  return error instanceof BankCallError || error instanceof BankRefused ? error.message : "no answer";
}

function amountOf(asked: { amountMinor: bigint; currency: string }) {
  return { amount: formatDecimal(asked.amountMinor, asked.currency), currency: asked.currency };
}

/** One line without control characters, as the schema asks. */
function subjectOf(text: string, otherwise: string): string {
  const line = text.replace(/\p{Cc}+/gu, " ").trim();
  return [...(line === "" ? otherwise : line)].slice(0, 140).join("");
}

import { formatDecimal } from "@jinqiao/money";
import { Refusal } from "../../../platform/errors.ts";
import {
  type ConsentAccess,
  type PaymentAnswer,
  type PaymentOrder,
  type PaymentWaiting,
  tokenRefused,
} from "../../connector.ts";
import { BankCallError, isSafeForBrowser } from "./http.ts";
import { paymentCreated, paymentStatusAnswer } from "./messages.ts";
import { reasonOf, rejectionReason } from "./reasons.ts";
import { BankRefused, type Xs2a } from "./xs2a.ts";

type Deps = { xs2a: Xs2a; bankUrl: URL; ownAddress: string };

/** Codes of `transactionStatus` (ISO 20022 `ExternalPaymentTransactionStatus1Code`) under which a payment goes on. */
const goingOn = new Set([
  "ACCC",
  "ACCP",
  "ACFC",
  "ACSC",
  "ACSP",
  "ACTC",
  "ACWC",
  "ACWP",
  "PART",
  "PATC",
  "PDNG",
]);

/** One product per currency, so that a payment is found again under the address it was made at. */
function productOf(currency: string): string {
  return currency === "EUR" ? "sepa-credit-transfers" : "cross-border-credit-transfers";
}

function pathOf(payment: { bankPaymentId: string; currency: string }): string {
  return `v1/payments/${productOf(payment.currency)}/${encodeURIComponent(payment.bankPaymentId)}`;
}

/** POST /v1/payments/{payment-product} (NextGenPSD2 1.3.11, initiatePayment). Never throws for what the bank does. */
export async function initiatePayment(
  deps: Deps,
  order: PaymentOrder,
  access: ConsentAccess | null,
): Promise<PaymentAnswer> {
  try {
    const { data: answer, status: httpStatus } = await deps.xs2a.exchange(paymentCreated, {
      operation: "initiatePayment",
      method: "POST",
      path: `v1/payments/${productOf(order.currency)}`,
      requestId: order.requestId,
      // Mandatory here. The customer's own address is not known to a job, so it is ours, as the definition says.
      customerIp: deps.ownAddress,
      token: access?.accessToken,
      headers: {
        "tpp-redirect-preferred": "true",
        "tpp-redirect-uri": order.returnUrl,
        "tpp-nok-redirect-uri": order.returnUrl,
        "tpp-notification-uri": order.noticeUrl,
      },
      body: {
        endToEndIdentification: order.reference,
        debtorAccount: { iban: order.debtorIban },
        instructedAmount: {
          amount: formatDecimal(order.amountMinor, order.currency),
          currency: order.currency,
        },
        creditorAccount: { iban: order.creditorIban },
        creditorName: shorten(order.creditorName, 70),
        remittanceInformationUnstructured: shorten(order.remittance, 140),
      },
      alone: true,
    });
    const { paymentId: bankPaymentId, transactionStatus: bankStatus } = answer;
    if (bankStatus !== "RCVD") return { ...answerOf(bankPaymentId, answer), httpStatus };
    const actionUrl = answer._links?.scaRedirect?.href;
    if (actionUrl === undefined) return { outcome: "accepted", bankPaymentId, bankStatus, httpStatus };
    if (!isSafeForBrowser(actionUrl, deps.bankUrl))
      return { outcome: "unknown", why: "the bank's page has an unsafe address", httpStatus };
    return { outcome: "action_required", bankPaymentId, bankStatus, actionUrl, httpStatus };
  } catch (error) {
    return failureOf(error);
  }
}

/** GET …/{paymentId}/status (getPaymentInitiationStatus). */
export async function paymentStatus(
  deps: Deps,
  bankPaymentId: string,
  currency: string,
): Promise<PaymentAnswer | PaymentWaiting> {
  try {
    const { data: answer, status: httpStatus } = await deps.xs2a.exchange(paymentStatusAnswer, {
      operation: "paymentStatus",
      path: `${pathOf({ bankPaymentId, currency })}/status`,
    });
    if (answer.transactionStatus === "RCVD")
      return { outcome: "waiting", bankPaymentId, bankStatus: "RCVD", httpStatus };
    return { ...answerOf(bankPaymentId, answer), httpStatus };
  } catch (error) {
    // Failing to hear how a payment stands says nothing about the payment.
    return { outcome: "unknown", why: whyOf(error), ...statusOf(error) };
  }
}

/** DELETE …/{paymentId} (cancelPayment). */
export async function cancelPayment(
  deps: Deps,
  bankPaymentId: string,
  currency: string,
): Promise<"cancelled" | "too_late" | "unknown"> {
  try {
    const answer = await deps.xs2a.send({
      operation: "cancelPayment",
      method: "DELETE",
      path: pathOf({ bankPaymentId, currency }),
    });
    // 202 means that the cancellation itself waits for an authorisation: it is not done.
    return answer.status === 204 || answer.status === 200 ? "cancelled" : "unknown";
  } catch (error) {
    const late =
      error instanceof BankRefused && (error.code === "CANCELLATION_INVALID" || error.status === 405);
    return late ? "too_late" : "unknown";
  }
}

function answerOf(
  bankPaymentId: string,
  answer: { transactionStatus: string } & Parameters<typeof rejectionReason>[0],
): PaymentAnswer {
  const bankStatus = answer.transactionStatus;
  if (goingOn.has(bankStatus)) return { outcome: "accepted", bankPaymentId, bankStatus };
  if (bankStatus === "RJCT")
    return { outcome: "rejected", bankPaymentId, bankStatus, reason: rejectionReason(answer) };
  if (bankStatus === "CANC")
    return { outcome: "rejected", bankPaymentId, bankStatus, reason: reasonOf("CANC") };
  return { outcome: "unknown", why: "the bank answered with a status that is not published" };
}

/** What a failed initiation means for the money. */
function failureOf(error: unknown): PaymentAnswer {
  return { ...meaningOf(error), ...statusOf(error) };
}

function meaningOf(error: unknown): PaymentAnswer {
  if (error instanceof BankRefused) {
    if (error.status === 429) return { outcome: "not_sent", why: "the bank asks to come back later" };
    if (error.code.startsWith("TOKEN_")) return { outcome: "not_sent", why: tokenRefused };
    return { outcome: "rejected", bankPaymentId: null, bankStatus: null, reason: reasonOf(error.code) };
  }
  if (error instanceof BankCallError && error.reached === "no")
    return { outcome: "not_sent", why: error.message };
  // Our own token is asked for before the order leaves.
  if (error instanceof Refusal)
    return { outcome: "not_sent", why: "the bank's authorisation server did not answer" };
  return { outcome: "unknown", why: whyOf(error) };
}

function statusOf(error: unknown): { httpStatus?: number } {
  const status = error instanceof BankRefused || error instanceof BankCallError ? error.status : undefined;
  return status === undefined ? {} : { httpStatus: status };
}

function whyOf(error: unknown): string {
  return error instanceof BankCallError || error instanceof BankRefused ? error.message : "no answer";
}

function shorten(text: string, characters: number): string {
  return [...text].slice(0, characters).join("");
}

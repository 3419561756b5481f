import { Refusal } from "../../../platform/errors.ts";
import { type PaymentAnswer, type PaymentWaiting, tokenRefused } from "../../connector.ts";
import { BankCallError } from "../shared/http.ts";
import { consentResponse, type PaymentResponse, paymentResponse } from "./messages.ts";
import { BankRefused, type Obie } from "./obie.ts";
import { reasonOf, rejectionReason } from "./reasons.ts";

/** Ids of ours name the resource too: `domestic-payments/58923`. */
export function pathOf(bankPaymentId: string): { path: string; isConsent: boolean } | undefined {
  const parts = /^(domestic-(?:payment|vrp|scheduled-payment|standing-order)(?:s|-consents))\/(.+)$/.exec(
    bankPaymentId,
  );
  if (parts === null) return undefined;
  const [, resource = "", id = ""] = parts;
  return { path: `pisp/${resource}/${encodeURIComponent(id)}`, isConsent: resource.endsWith("-consents") };
}

export async function paymentStatus(
  deps: { obie: Obie },
  bankPaymentId: string,
): Promise<PaymentAnswer | PaymentWaiting> {
  const target = pathOf(bankPaymentId);
  if (target === undefined) return { outcome: "unknown", why: "no id of this bank", answered: true };
  try {
    const call = { operation: "paymentStatus", path: target.path, signed: true };
    if (!target.isConsent) {
      const { data, status: httpStatus } = await deps.obie.exchange(paymentResponse, call);
      return { ...answerOf(data), httpStatus };
    }
    const { data, status: httpStatus } = await deps.obie.exchange(consentResponse, call);
    const bankStatus = data.Data.Status;
    switch (consentStates[bankStatus]) {
      case "open":
        return { outcome: "waiting", bankPaymentId, bankStatus, httpStatus };
      case "consumed":
        return { outcome: "accepted", bankPaymentId, bankStatus, httpStatus };
      case "ended":
        return { outcome: "rejected", bankPaymentId, bankStatus, reason: reasonOf("CUST"), httpStatus };
      default:
        return { outcome: "unknown", why: "a status that is not published", answered: true, httpStatus };
    }
  } catch (error) {
    // Failing to hear how a payment stands says nothing about the payment.
    return {
      outcome: "unknown",
      why: error instanceof Error ? error.message : "no answer",
      ...statusOf(error),
    };
  }
}

/** Statuses of a payment's consent: v4.0 codes and v3.1 words. */
export const consentStates: Record<string, "open" | "consumed" | "ended"> = {
  AWAU: "open",
  AwaitingAuthorisation: "open",
  AUTH: "open",
  Authorised: "open",
  COND: "consumed",
  Consumed: "consumed",
  RJCT: "ended",
  Rejected: "ended",
  CANC: "ended",
  Revoked: "ended",
  EXPD: "ended",
  Expired: "ended",
};

/** Codes of payments that go on or are done: v4.0 (ISO 20022) and v3.1 words. */
export const goingOn = new Set([
  ...["RCVD", "PDNG", "ACTC", "PATC", "ACCP", "ACFC", "ACSP", "ACWC", "ACSC", "ACWP", "ACCC", "BLCK"],
  ...["Pending", "AcceptedTechnicalValidation", "AcceptedCustomerProfile", "AcceptedFundsChecked"],
  ...["AcceptedSettlementInProcess", "AcceptedWithChange", "AcceptedSettlementCompleted"],
  ...["AcceptedWithoutPosting", "AcceptedCreditSettlementCompleted"],
  // Of scheduled payments and standing orders: the order is in place, even where one of its payments failed (INFA).
  ...["INCO", "INFA", "InitiationCompleted", "InitiationPending"],
]);
export const refused = new Set(["RJCT", "Rejected", "CANC", "Cancelled", "InitiationFailed"]);

/** Members that name an order, with the resource that it is. */
const resources = [
  ["DomesticVRPId", "domestic-vrps"],
  ["DomesticPaymentId", "domestic-payments"],
  ["DomesticScheduledPaymentId", "domestic-scheduled-payments"],
  ["DomesticStandingOrderId", "domestic-standing-orders"],
] as const;

export function answerOf({ Data: data }: PaymentResponse): PaymentAnswer {
  const bankStatus = data.Status;
  const named = resources.find(([member]) => data[member] !== undefined);
  if (named === undefined) return { outcome: "unknown", why: "the bank named no payment" };
  const bankPaymentId = `${named[1]}/${data[named[0]]}`;
  if (goingOn.has(bankStatus)) return { outcome: "accepted", bankPaymentId, bankStatus };
  if (refused.has(bankStatus))
    return { outcome: "rejected", bankPaymentId, bankStatus, reason: rejectionReason(data.StatusReason) };
  return { outcome: "unknown", why: "the bank answered with a status that is not published", answered: true };
}

/** What a failed call means for the money. */
export function failureOf(error: unknown): PaymentAnswer {
  if (error instanceof Refusal)
    return { outcome: "not_sent", why: "the bank's authorisation server did not answer" };
  if (error instanceof BankRefused) {
    const { status: httpStatus } = error;
    if (httpStatus === 401) return { outcome: "not_sent", why: tokenRefused, httpStatus };
    if (httpStatus === 429)
      return { outcome: "not_sent", why: "the bank asked us to come later", httpStatus };
    return {
      outcome: "rejected",
      bankPaymentId: null,
      bankStatus: null,
      reason: reasonOf(error.code),
      httpStatus,
    };
  }
  if (error instanceof BankCallError)
    return error.reached === "no"
      ? { outcome: "not_sent", why: error.message }
      : { outcome: "unknown", why: error.message, ...statusOf(error) };
  return { outcome: "unknown", why: "an unexpected failure" };
}

/** A consent moves no money: whatever became of the question, nothing was paid. */
export async function asking(work: () => Promise<PaymentAnswer>): Promise<PaymentAnswer> {
  try {
    return await work();
  } catch (error) {
    const answer = failureOf(error);
    return answer.outcome === "unknown" ? { outcome: "not_sent", why: answer.why } : answer;
  }
}

function statusOf(error: unknown): { httpStatus?: number } {
  const status = error instanceof BankRefused || error instanceof BankCallError ? error.status : undefined;
  return status === undefined ? {} : { httpStatus: status };
}

import { formatDecimal, parseDecimal } from "@jinqiao/money";
import { Refusal } from "../../../platform/errors.ts";
import {
  type ConsentAccess,
  type PaymentAnswer,
  type PaymentOrder,
  type PaymentWaiting,
  type StandingPermission,
  tokenRefused,
} from "../../connector.ts";
import { BankCallError, isSafeForBrowser } from "../shared/http.ts";
import { identificationOf, readAccounts } from "./accounts.ts";
import { consentResponse, type PaymentResponse, paymentResponse } from "./messages.ts";
import type { UkOAuth } from "./oauth.ts";
import { BankRefused, type Obie } from "./obie.ts";
import { reasonOf, rejectionReason } from "./reasons.ts";
import type { UkOpenBankingConfig } from "./settings.ts";
import type { PaymentState, Sealing } from "./state.ts";

export type PaymentDeps = {
  config: UkOpenBankingConfig;
  obie: Obie;
  oauth: UkOAuth;
  sealing: Sealing;
};
type Json = Record<string, unknown>;

/** Payments between the customer's own account and their own balance (`OBRisk1`). */
const risk = { PaymentContextCode: "TransferToSelf" };
const sweepingType = "UK.OBIE.VRPType.Sweeping";
/** After how many tries a payment that the customer has confirmed counts as unanswered. */
const submissionTries = 3;

/**
 * Orders a payment. From custody: consent and payment at once, as agreed by contract. From a customer: under the standing
 * permission where there is one (VRP); else a consent, for which the customer goes to the bank's pages. Never throws for
 * what the bank does.
 */
export async function initiatePayment(
  deps: PaymentDeps,
  order: PaymentOrder,
  access: ConsentAccess | null,
): Promise<PaymentAnswer> {
  const mandate = access?.standing?.[order.debtorIban];
  if (access !== null && isWithinSweeping(deps.config, order)) {
    if (mandate !== undefined) return payUnder(deps, mandate, order, order.requestId);
    return asking(() => askForStanding(deps, order, access));
  }
  const initiation = {
    InstructionIdentification: order.reference,
    EndToEndIdentification: order.reference,
    InstructedAmount: obieAmount(order),
    DebtorAccount: identificationOf(order.debtorIban),
    CreditorAccount: creditorOf(order, 350),
    RemittanceInformation: { Unstructured: [shorten(order.remittance, 140)] },
  };
  if (access === null) return payFromCustody(deps, order, initiation);
  return asking(async () => {
    const { data } = await deps.obie.exchange(consentResponse, {
      operation: "createPaymentConsent",
      method: "POST",
      path: "pisp/domestic-payment-consents",
      idempotencyKey: order.requestId,
      signed: true,
      body: { Data: { Initiation: initiation }, Risk: risk },
    });
    return sendToBank(deps, order, "domestic-payment", data.Data);
  });
}

/**
 * Hands over what the customer has just authorised at the bank. A lost answer is asked for again under the same
 * idempotency key while the customer's token lives; after that the outcome is unknown.
 */
export async function completePayment(
  deps: PaymentDeps,
  input: { callbackUrl: string; sealed: string; state: PaymentState; requestId: string },
): Promise<{ answer: PaymentAnswer; standing?: StandingPermission & { debtorIban: string } }> {
  const { state } = input;
  const path = `pisp/${state.kind}-consents/${encodeURIComponent(state.consentId)}`;
  let tokens: Awaited<ReturnType<UkOAuth["exchangeCode"]>>;
  let terms: StandingPermission["terms"];
  try {
    tokens = await deps.oauth.exchangeCode({
      callbackUrl: input.callbackUrl,
      state: input.sealed,
      consentId: state.consentId,
      ...deps.sealing.secretsOf(input.sealed),
    });
    const { data } = await deps.obie.exchange(consentResponse, {
      operation: "paymentConsent",
      path,
      signed: true,
    });
    terms = { initiation: data.Data.Initiation ?? {}, risk: data.Risk ?? {} };
  } catch {
    // Nothing was handed over: how the consent stands says whether the customer refused or may start again.
    const status = await paymentStatus(deps, `${state.kind}-consents/${state.consentId}`);
    if (status.outcome === "rejected") return { answer: status };
    return {
      answer: { outcome: "unknown", why: "the customer came back, but the payment was not handed over" },
    };
  }
  const { initiation, risk: agreedRisk } = terms;
  const payment = { ...state, amountMinor: BigInt(state.amountMinor) };
  if (state.kind === "domestic-payment") {
    const answer = await submit(deps, {
      path: "pisp/domestic-payments",
      token: tokens.accessToken,
      requestId: input.requestId,
      body: { Data: { ConsentId: state.consentId, Initiation: initiation }, Risk: agreedRisk },
      state,
    });
    return { answer };
  }
  const standing: StandingPermission = {
    consentId: state.consentId,
    ...tokens,
    terms,
  };
  const creditorAccount = initiation.CreditorAccount as Json;
  const answer = await submit(deps, {
    path: "pisp/domestic-vrps",
    token: tokens.accessToken,
    requestId: input.requestId,
    body: vrpBody(standing, { ...payment, creditorAccount }),
    state,
  });
  const debtor = initiation.DebtorAccount as { Identification: string };
  return { answer, standing: { ...standing, debtorIban: debtor.Identification } };
}

async function submit(
  deps: PaymentDeps,
  input: { path: string; token: string; requestId: string; body: Json; state: PaymentState },
): Promise<PaymentAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await post(deps, input);
    const isOpen = answer.outcome === "unknown" || answer.outcome === "not_sent";
    if (!isOpen || attempt === submissionTries) {
      // The customer's one-time token is gone with this call: nobody could send it again.
      return answer.outcome === "not_sent" ? { outcome: "unknown", why: answer.why } : answer;
    }
  }
}

async function post(
  deps: PaymentDeps,
  input: { path: string; token?: string; requestId: string; body: Json },
): Promise<PaymentAnswer> {
  try {
    const { data, status: httpStatus } = await deps.obie.exchange(paymentResponse, {
      operation: "initiatePayment",
      method: "POST",
      path: input.path,
      ...(input.token === undefined ? {} : { token: input.token }),
      idempotencyKey: input.requestId,
      signed: true,
      body: input.body,
      alone: true,
    });
    return { ...answerOf(data), httpStatus };
  } catch (error) {
    return failureOf(error);
  }
}

async function payFromCustody(
  deps: PaymentDeps,
  order: PaymentOrder,
  initiation: Json,
): Promise<PaymentAnswer> {
  let consentId = "";
  const consent = await asking(async () => {
    const { data } = await deps.obie.exchange(consentResponse, {
      operation: "createPaymentConsent",
      method: "POST",
      path: "pisp/domestic-payment-consents",
      idempotencyKey: order.requestId,
      signed: true,
      body: { Data: { Initiation: initiation }, Risk: risk },
    });
    consentId = data.Data.ConsentId;
    return { outcome: "unknown", why: "not ordered yet" };
  });
  if (consentId === "") return consent;
  return post(deps, {
    path: "pisp/domestic-payments",
    requestId: order.requestId,
    body: { Data: { ConsentId: consentId, Initiation: initiation }, Risk: risk },
  });
}

function isWithinSweeping({ sweeping }: UkOpenBankingConfig, order: PaymentOrder): boolean {
  return (
    sweeping?.currency === order.currency &&
    order.amountMinor <= parseDecimal(sweeping.maximumPerPayment, order.currency as never)
  );
}

/** Asks for a standing permission with its limits (VRP, sweeping to the customer's own balance). */
async function askForStanding(
  deps: PaymentDeps,
  order: PaymentOrder,
  access: ConsentAccess,
): Promise<PaymentAnswer> {
  const { sweeping } = deps.config;
  if (sweeping === undefined) throw new Error("sweeping is not configured");
  const accounts = await readAccounts(deps, access, null);
  const owner = accounts.find(({ iban }) => iban === order.debtorIban)?.ownerName ?? "Account holder";
  const { data } = await deps.obie.exchange(consentResponse, {
    operation: "createVrpConsent",
    method: "POST",
    path: "pisp/domestic-vrp-consents",
    idempotencyKey: order.requestId,
    signed: true,
    body: {
      Data: {
        ControlParameters: {
          MaximumIndividualAmount: { Amount: sweeping.maximumPerPayment, Currency: sweeping.currency },
          PeriodicLimits: [
            {
              PeriodType: "Month",
              PeriodAlignment: "Calendar",
              Amount: sweeping.maximumPerMonth,
              Currency: sweeping.currency,
            },
          ],
          VRPType: [sweepingType],
          PSUAuthenticationMethods: ["UK.OBIE.SCANotRequired"],
          PSUInteractionTypes: ["InSession", "OffSession"],
        },
        Initiation: {
          DebtorAccount: { ...identificationOf(order.debtorIban), Name: shorten(owner, 70) },
          CreditorAccount: creditorOf(order, 70),
        },
      },
      Risk: risk,
    },
  });
  return sendToBank(deps, order, "domestic-vrp", data.Data);
}

async function payUnder(
  deps: PaymentDeps,
  standing: StandingPermission,
  order: PaymentOrder,
  requestId: string,
): Promise<PaymentAnswer> {
  const answer = await post(deps, {
    path: "pisp/domestic-vrps",
    token: standing.accessToken,
    requestId,
    body: vrpBody(standing, { ...order, creditorAccount: creditorOf(order, 70) }),
  });
  // The standing permission has ended at the bank: nothing was paid, and the next try asks for a new one.
  const over = answer.outcome === "rejected" && answer.reason.code === "Resource.InvalidConsentStatus";
  return over ? { outcome: "not_sent", why: tokenRefused } : answer;
}

function vrpBody(
  standing: StandingPermission,
  payment: { reference: string; amountMinor: bigint; currency: string; creditorAccount: Json },
): Json {
  return {
    Data: {
      ConsentId: standing.consentId,
      PSUAuthenticationMethod: "UK.OBIE.SCANotRequired",
      PSUInteractionType: "InSession",
      VRPType: sweepingType,
      Initiation: standing.terms.initiation,
      Instruction: {
        InstructionIdentification: payment.reference,
        EndToEndIdentification: payment.reference,
        InstructedAmount: obieAmount(payment),
        CreditorAccount: payment.creditorAccount,
        RemittanceInformation: { Unstructured: [payment.reference] },
      },
    },
    Risk: standing.terms.risk,
  };
}

async function sendToBank(
  deps: PaymentDeps,
  order: PaymentOrder,
  kind: PaymentState["kind"],
  consent: { ConsentId: string; Status: string },
): Promise<PaymentAnswer> {
  const sealed = deps.sealing.seal({
    kind,
    consentId: consent.ConsentId,
    reference: order.reference,
    amountMinor: order.amountMinor.toString(),
    currency: order.currency,
  });
  const actionUrl = await deps.oauth.authorisationUrl({
    consentId: consent.ConsentId,
    scope: "payments",
    state: sealed,
    redirectUri: new URL(`/v1/bank-callbacks/${deps.config.id}`, order.returnUrl).href,
    ...deps.sealing.secretsOf(sealed),
  });
  if (!isSafeForBrowser(actionUrl, new URL(deps.config.issuer)))
    return { outcome: "not_sent", why: "the bank's page has an unsafe address" };
  const bankPaymentId = `${kind}-consents/${consent.ConsentId}`;
  return { outcome: "action_required", bankPaymentId, bankStatus: consent.Status, actionUrl };
}

/** Ids of ours name the resource too: `domestic-payments/58923`. */
function pathOf(bankPaymentId: string): { path: string; isConsent: boolean } | undefined {
  const parts = /^(domestic-(?:payments|vrps|payment-consents|vrp-consents))\/(.+)$/.exec(bankPaymentId);
  if (parts === null) return undefined;
  const [, resource = "", id = ""] = parts;
  return { path: `pisp/${resource}/${encodeURIComponent(id)}`, isConsent: resource.endsWith("-consents") };
}

export async function paymentStatus(
  deps: PaymentDeps,
  bankPaymentId: string,
): Promise<PaymentAnswer | PaymentWaiting> {
  const target = pathOf(bankPaymentId);
  if (target === undefined) return { outcome: "unknown", why: "no id of this bank" };
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
        return { outcome: "unknown", why: "a status that is not published", httpStatus };
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
const consentStates: Record<string, "open" | "consumed" | "ended"> = {
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

/**
 * Lets go of a payment that the customer has not finished. Only we could hand it over, and the caller has made sure that
 * we do not; so an unused consent is enough proof. A standing permission asked for with it is deleted.
 */
export async function cancelPayment(
  deps: PaymentDeps,
  bankPaymentId: string,
): Promise<"cancelled" | "too_late" | "unknown"> {
  const target = pathOf(bankPaymentId);
  if (target === undefined || !target.isConsent) return "too_late";
  try {
    const { data } = await deps.obie.exchange(consentResponse, {
      operation: "paymentConsent",
      path: target.path,
      signed: true,
    });
    if (consentStates[data.Data.Status] === "consumed") return "too_late";
    if (target.path.includes("vrp-consents"))
      await deps.obie.send({ operation: "cancelPayment", method: "DELETE", path: target.path });
    return "cancelled";
  } catch {
    return "unknown";
  }
}

/** Codes of payments that go on or are done: v4.0 (ISO 20022) and v3.1 words. */
const goingOn = new Set([
  ...["RCVD", "PDNG", "ACTC", "PATC", "ACCP", "ACFC", "ACSP", "ACWC", "ACSC", "ACWP", "ACCC", "BLCK"],
  ...["Pending", "AcceptedTechnicalValidation", "AcceptedCustomerProfile", "AcceptedFundsChecked"],
  ...["AcceptedSettlementInProcess", "AcceptedWithChange", "AcceptedSettlementCompleted"],
  ...["AcceptedWithoutPosting", "AcceptedCreditSettlementCompleted"],
]);
const refused = new Set(["RJCT", "Rejected", "CANC", "Cancelled"]);

function answerOf({ Data: data }: PaymentResponse): PaymentAnswer {
  const bankStatus = data.Status;
  const bankPaymentId =
    data.DomesticVRPId === undefined
      ? `domestic-payments/${data.DomesticPaymentId}`
      : `domestic-vrps/${data.DomesticVRPId}`;
  if (data.DomesticVRPId === undefined && data.DomesticPaymentId === undefined)
    return { outcome: "unknown", why: "the bank named no payment" };
  if (goingOn.has(bankStatus)) return { outcome: "accepted", bankPaymentId, bankStatus };
  if (refused.has(bankStatus))
    return { outcome: "rejected", bankPaymentId, bankStatus, reason: rejectionReason(data.StatusReason) };
  return { outcome: "unknown", why: "the bank answered with a status that is not published" };
}

/** What a failed call means for the money. */
function failureOf(error: unknown): PaymentAnswer {
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
async function asking(work: () => Promise<PaymentAnswer>): Promise<PaymentAnswer> {
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

function obieAmount({ amountMinor, currency }: { amountMinor: bigint; currency: string }) {
  return { Amount: formatDecimal(amountMinor, currency as never), Currency: currency };
}

function creditorOf(order: PaymentOrder, longest: number): Json {
  return { ...identificationOf(order.creditorIban), Name: shorten(order.creditorName, longest) };
}

/** At most so many characters, without cutting one in half. */
function shorten(text: string, longest: number): string {
  return [...text].slice(0, longest).join("");
}

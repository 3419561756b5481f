import { formatDecimal } from "@jinqiao/money";
import type { ConsentAccess, PaymentAnswer } from "../../connector.ts";
import { BankCallError, isSafeForBrowser } from "../shared/http.ts";
import { identificationOf } from "./accounts.ts";
import { answerOf, asking, failureOf } from "./answers.ts";
import { consentResponse, paymentResponse } from "./messages.ts";
import type { UkOAuth } from "./oauth.ts";
import type { Obie } from "./obie.ts";
import type { UkOpenBankingConfig } from "./settings.ts";
import type { ReturnState, Sealing } from "./state.ts";

export type PaymentDeps = {
  config: UkOpenBankingConfig;
  obie: Obie;
  oauth: UkOAuth;
  sealing: Sealing;
};
export type Json = Record<string, unknown>;

/** Of what every order needs for its way through the bank. */
export type Orderable = {
  reference: string;
  requestId: string;
  amountMinor: bigint;
  currency: string;
  returnUrl: string;
};

/** Payments between the customer's own account and their own balance (`OBRisk1`). */
export const risk = { PaymentContextCode: "TransferToSelf" };
/** After how many tries a payment that the customer has confirmed counts as unanswered. */
const submissionTries = 3;

/**
 * Orders under a consent of its own. From custody: consent and order at once, as agreed by contract. From a customer: a
 * consent, for which the customer goes to the bank's pages. Never throws for what the bank does.
 * @param more what the kind's consent has beside its initiation
 */
export async function orderUnderConsent(
  deps: PaymentDeps,
  input: {
    kind: Exclude<ReturnState["kind"], "domestic-vrp" | "funds">;
    order: Orderable;
    initiation: Json;
    more?: Json;
  },
  access: ConsentAccess | null,
): Promise<PaymentAnswer> {
  const { kind, order, initiation, more = {} } = input;
  const create = async () => {
    const { data } = await deps.obie.exchange(consentResponse, {
      operation: "createPaymentConsent",
      method: "POST",
      path: `pisp/${kind}-consents`,
      idempotencyKey: order.requestId,
      signed: true,
      body: { Data: { ...more, Initiation: initiation }, Risk: risk },
    });
    return data.Data;
  };
  if (access !== null) return asking(async () => sendToBank(deps, order, kind, await create()));
  let consentId = "";
  const failed = await asking(async () => {
    consentId = (await create()).ConsentId;
    return { outcome: "unknown", why: "not ordered yet", answered: true };
  });
  if (consentId === "") return failed;
  return post(deps, {
    path: `pisp/${kind}s`,
    requestId: order.requestId,
    body: { Data: { ConsentId: consentId, Initiation: initiation }, Risk: risk },
  });
}

/** The answer with which a customer goes to the bank's pages for a consent. */
export async function sendToBank(
  deps: PaymentDeps,
  order: Orderable,
  kind: ReturnState["kind"],
  consent: { ConsentId: string; Status: string },
): Promise<PaymentAnswer> {
  const actionUrl = await authorisationOf(deps, {
    state: {
      kind,
      consentId: consent.ConsentId,
      reference: order.reference,
      amountMinor: order.amountMinor.toString(),
      currency: order.currency,
    },
    scope: "payments",
    returnUrl: order.returnUrl,
  });
  const bankPaymentId = `${kind}-consents/${consent.ConsentId}`;
  return { outcome: "action_required", bankPaymentId, bankStatus: consent.Status, actionUrl };
}

/**
 * The address of the bank's page for a consent; what the return needs travels sealed in its `state`.
 * @throws Refusal `bank.unavailable`, BankCallError for an address that no browser should open
 */
export async function authorisationOf(
  { config, oauth, sealing }: PaymentDeps,
  input: { state: ReturnState; scope: string; returnUrl: string },
): Promise<string> {
  const sealed = sealing.seal(input.state);
  const url = await oauth.authorisationUrl({
    consentId: input.state.consentId,
    scope: input.scope,
    state: sealed,
    redirectUri: new URL(`/v1/bank-callbacks/${config.id}`, input.returnUrl).href,
    ...sealing.secretsOf(sealed),
  });
  if (!isSafeForBrowser(url, new URL(config.issuer)))
    throw new BankCallError("no", "the bank's page has an unsafe address");
  return url;
}

/** Hands an order over with the customer's one-time token, again where the answer is lost. */
export async function submit(
  deps: PaymentDeps,
  input: { path: string; token: string; requestId: string; body: Json },
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

export async function post(
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

export function obieAmount({ amountMinor, currency }: { amountMinor: bigint; currency: string }) {
  return { Amount: formatDecimal(amountMinor, currency as never), Currency: currency };
}

/** @param longest as many characters of the name as the kind of payment takes */
export function creditorOf(order: { creditorIban: string; creditorName: string }, longest: number): Json {
  return { ...identificationOf(order.creditorIban), Name: shorten(order.creditorName, longest) };
}

/** At most so many characters, without cutting one in half. */
export function shorten(text: string, longest: number): string {
  return [...text].slice(0, longest).join("");
}

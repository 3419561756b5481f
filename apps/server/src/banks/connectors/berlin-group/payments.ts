import { formatDecimal } from "@jinqiao/money";
import { Refusal } from "../../../platform/errors.ts";
import {
  type ConsentAccess,
  type PaymentAnswer,
  type PaymentOrder,
  type PaymentWaiting,
  tokenRefused,
} from "../../connector.ts";
import type {
  BankServices,
  GroupAnswer,
  PaymentService,
  ScaStep,
  ScaWish,
} from "../../connector-services.ts";
import { BankCallError, isSafeForBrowser } from "../shared/http.ts";
import { cancellationWaits, paymentCreated, paymentStatusAnswer } from "./messages.ts";
import { reasonOf, rejectionReason } from "./reasons.ts";
import { approachOf, asksCustomer, openedStep, scaHeaders } from "./sca.ts";
import { BankRefused, tokenOf, type Xs2a } from "./xs2a.ts";

export type PaymentDeps = { xs2a: Xs2a; bankUrl: URL; ownAddress: string; products: Products };
type Deps = PaymentDeps;
/** Under which product a payment was made, where it is not the first of its currency. */
export type Products = Map<string, string>;
const maxRemembered = 10_000;
const instant = "instant-sepa-credit-transfers";

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

/** Product of a new payment: SEPA for euro, its instant scheme (EPC 004-16) where the order is urgent. */
export function productOf(currency: string, urgency?: PaymentOrder["urgency"]): string {
  if (currency !== "EUR") return "cross-border-credit-transfers";
  return urgency === "instant" ? instant : "sepa-credit-transfers";
}

/**
 * Calls an address below a payment. A payment's product belongs to its address but not to its id: one that is not
 * remembered (after a restart) is looked for under the first product of its currency and then under the other.
 */
async function atPayment<T>(
  deps: Deps,
  payment: { bankPaymentId: string; currency: string; service?: PaymentService },
  call: (path: string) => Promise<T>,
): Promise<T> {
  const { bankPaymentId, currency, service = "payments" } = payment;
  const first = productOf(currency);
  const known = deps.products.get(bankPaymentId);
  const products = known !== undefined ? [known] : currency === "EUR" ? [first, instant] : [first];
  const pathOf = (product: string) => `v1/${service}/${product}/${encodeURIComponent(bankPaymentId)}`;
  for (const [index, product] of products.entries())
    try {
      const answer = await call(pathOf(product));
      if (product !== first) remember(deps.products, bankPaymentId, product);
      return answer;
    } catch (error) {
      const elsewhere = error instanceof BankRefused && error.status === 404 && index < products.length - 1;
      if (!elsewhere) throw error;
    }
  throw new Error("a payment has a product");
}

function remember(products: Products, bankPaymentId: string, product: string): void {
  products.set(bankPaymentId, product);
  const [oldest] = products.keys();
  if (products.size > maxRemembered && oldest !== undefined) products.delete(oldest);
}

/** POST /v1/payments/{payment-product} (NextGenPSD2 1.3.11, initiatePayment). Never throws for what the bank does. */
export async function initiatePayment(
  deps: Deps,
  order: PaymentOrder,
  access: ConsentAccess | null,
): Promise<PaymentAnswer> {
  return submit(deps, {
    service: "payments",
    product: productOf(order.currency, order.urgency),
    order,
    access,
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
  });
}

/** POST /v1/{payment-service}/{payment-product}, and what its answer means for the money. */
export async function submit(
  deps: Deps,
  sent: {
    service: PaymentService;
    product: string;
    order: Pick<PaymentOrder, "requestId" | "returnUrl" | "noticeUrl" | "sca">;
    access: ConsentAccess | null;
    body: unknown;
  },
): Promise<PaymentAnswer> {
  const { order } = sent;
  try {
    const {
      data: answer,
      status: httpStatus,
      header,
    } = await deps.xs2a.exchange(paymentCreated, {
      operation: "initiatePayment",
      method: "POST",
      path: `v1/${sent.service}/${sent.product}`,
      requestId: order.requestId,
      // Mandatory here. The customer's own address is not known to a job, so it is ours, as the definition says.
      customerIp: deps.ownAddress,
      token: tokenOf(sent.access),
      headers: {
        ...scaHeaders(order.sca, order.returnUrl),
        "tpp-notification-uri": order.noticeUrl,
      },
      body: sent.body,
      alone: true,
    });
    const { paymentId: bankPaymentId, transactionStatus: bankStatus, _links: links } = answer;
    if (sent.product === instant) remember(deps.products, bankPaymentId, sent.product);
    if (bankStatus !== "RCVD") return { ...answerOf(bankPaymentId, answer), httpStatus };
    const said = header("aspsp-sca-approach");
    // Received, and nobody is asked: the bank goes on by itself.
    if (!asksCustomer(said, answer)) return { outcome: "accepted", bankPaymentId, bankStatus, httpStatus };
    const waiting = { outcome: "action_required", bankPaymentId, bankStatus, httpStatus } as const;
    const approach = approachOf(said, links);
    const actionUrl = links?.scaRedirect?.href;
    if (approach === "redirect" && actionUrl !== undefined) {
      if (!isSafeForBrowser(actionUrl, deps.bankUrl))
        return {
          outcome: "unknown",
          why: "the bank's page has an unsafe address",
          answered: true,
          httpStatus,
        };
      return { ...waiting, actionUrl };
    }
    const resource = `v1/${sent.service}/${sent.product}/${encodeURIComponent(bankPaymentId)}/authorisations`;
    const step = openedStep(deps, resource, answer, said);
    return {
      ...waiting,
      actionUrl: "",
      approval: { approach, resource, step, message: answer.psuMessage ?? null },
    };
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
    const { data: answer, status: httpStatus } = await atPayment(deps, { bankPaymentId, currency }, (path) =>
      deps.xs2a.exchange(paymentStatusAnswer, { operation: "paymentStatus", path: `${path}/status` }),
    );
    if (answer.transactionStatus === "RCVD")
      return { outcome: "waiting", bankPaymentId, bankStatus: "RCVD", httpStatus };
    return { ...answerOf(bankPaymentId, answer), httpStatus };
  } catch (error) {
    // Failing to hear how a payment stands says nothing about the payment.
    return { outcome: "unknown", why: whyOf(error), ...statusOf(error) };
  }
}

/**
 * How a periodic or bulk payment stands. PART: some of its payments were rejected, others not; ACTC: confirmed, and
 * going on; ACSC: nothing more will come of it.
 */
export async function groupStatus(
  deps: Deps,
  service: PaymentService,
  bankPaymentId: string,
  currency: string,
): Promise<GroupAnswer> {
  try {
    const answer = await atPayment(deps, { bankPaymentId, currency, service }, (path) =>
      deps.xs2a.json(paymentStatusAnswer, { operation: "paymentStatus", path: `${path}/status` }),
    );
    const bankStatus = answer.transactionStatus;
    if (bankStatus === "RCVD" || bankStatus === "PATC") return { outcome: "waiting", bankStatus };
    if (bankStatus === "PART") return { outcome: "partly", bankStatus };
    if (bankStatus === "CANC") return { outcome: "cancelled", bankStatus };
    if (bankStatus === "ACSC" || bankStatus === "ACCC") return { outcome: "finished", bankStatus };
    const known = answerOf(bankPaymentId, answer);
    if (known.outcome === "rejected" || known.outcome === "unknown") return known;
    return { outcome: "accepted", bankStatus };
  } catch (error) {
    return { outcome: "unknown", why: whyOf(error) };
  }
}

/** DELETE …/{paymentId} (cancelPayment). */
export async function cancelPayment(
  deps: Deps,
  bankPaymentId: string,
  currency: string,
): Promise<"cancelled" | "too_late" | "unknown"> {
  const { outcome } = await askCancellation(deps, { bankPaymentId, currency });
  // A cancellation that waits for an authorisation is not done.
  return outcome === "waiting" ? "unknown" : outcome;
}

/**
 * The same, and where the bank answers 202 (the cancellation needs the customer) the authentication of it is opened
 * (startPaymentInitiationCancellationAuthorisation).
 */
export async function cancelWithCustomer(
  deps: Deps,
  sca: NonNullable<BankServices["sca"]>,
  payment: { bankPaymentId: string; currency: string; service?: PaymentService },
  wish: ScaWish & { returnUrl: string },
): Promise<{ outcome: "cancelled" | "too_late" | "unknown" } | { outcome: "waiting"; step: ScaStep }> {
  const asked = await askCancellation(deps, payment);
  if (asked.outcome !== "waiting") return asked;
  return { outcome: "waiting", step: await sca.start(asked.resource, wish) };
}

async function askCancellation(
  deps: Deps,
  payment: { bankPaymentId: string; currency: string; service?: PaymentService },
): Promise<{ outcome: "cancelled" | "too_late" | "unknown" } | { outcome: "waiting"; resource: string }> {
  let asked = "";
  try {
    const answer = await atPayment(deps, payment, (path) => {
      asked = path;
      return deps.xs2a.send({ operation: "cancelPayment", method: "DELETE", path });
    });
    if (answer.status === 204 || answer.status === 200) return { outcome: "cancelled" };
    const waits = answer.status === 202 && cancellationWaits.safeParse(JSON.parse(answer.text)).success;
    return waits
      ? { outcome: "waiting", resource: `${asked}/cancellation-authorisations` }
      : { outcome: "unknown" };
  } catch (error) {
    const late =
      error instanceof BankRefused && (error.code === "CANCELLATION_INVALID" || error.status === 405);
    return { outcome: late ? "too_late" : "unknown" };
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
  return { outcome: "unknown", why: "the bank answered with a status that is not published", answered: true };
}

/** What a failed initiation means for the money. */
function failureOf(error: unknown): PaymentAnswer {
  return { ...meaningOf(error), ...statusOf(error) };
}

function meaningOf(error: unknown): PaymentAnswer {
  if (error instanceof BankRefused) {
    if (error.status === 429) return { outcome: "not_sent", why: "the bank asks to come back later" };
    if (error.code.startsWith("TOKEN_")) return { outcome: "not_sent", why: tokenRefused };
    // A signature that the bank refuses is our fault, seen before the order was read: nothing was taken in.
    if (/^(SIGNATURE|CERTIFICATE)_/.test(error.code))
      return { outcome: "not_sent", why: `the bank refused our seal: ${error.code}` };
    return {
      outcome: "rejected",
      bankPaymentId: null,
      bankStatus: null,
      reason: reasonOf(error.code),
      bankMessages: error.messages,
    };
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

export function shorten(text: string, characters: number): string {
  return [...text].slice(0, characters).join("");
}

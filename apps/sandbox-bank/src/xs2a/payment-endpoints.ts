/** Payment initiation: NextGenPSD2 1.3.11, /v1/payments, /v1/periodic-payments, /v1/bulk-payments. */
import { findConsent, grantedAccounts } from "../consents/store.ts";
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
import { type BulkRequest, bulkStatus, initiateBulk } from "../payments/bulk.ts";
import { setStatus, settleDuePayments } from "../payments/execution.ts";
import { checkProduct, initiatePayment, type PaymentRequest } from "../payments/initiation.ts";
import { initiatePeriodic, type PeriodicRequest } from "../payments/periodic.ts";
import { childrenOf, findPayment, type Payment } from "../payments/store.ts";
import { assertValid } from "./access.ts";
import { authorisationEndpoints } from "./authorisation-endpoints.ts";
import { Xs2aError } from "./errors.ts";
import { notificationHeaders, notificationUriOf, uriOf } from "./headers.ts";
import type { Answer, Call, Endpoint } from "./pipeline.ts";
import { answerOnce } from "./requests.ts";
import { announceSca, approachOf, type ScaTarget } from "./sca.ts";

const BASE = "/v1/:paymentService/:paymentProduct";
const ONE = `${BASE}/:paymentId`;

export function paymentEndpoints(bank: Bank): Endpoint[] {
  const endpoints: Endpoint[] = [
    {
      operationId: "initiatePayment",
      method: "POST",
      url: BASE,
      fault: "initiatePayment",
      handle: (call) => initiate(bank, call),
    },
    {
      operationId: "getPaymentInformation",
      method: "GET",
      url: ONE,
      fault: "getPayment",
      handle: (call) => information(bank, call),
    },
    {
      operationId: "cancelPayment",
      method: "DELETE",
      url: ONE,
      fault: "cancelPayment",
      handle: (call) => cancel(bank, call),
    },
    {
      operationId: "getPaymentInitiationStatus",
      method: "GET",
      url: `${ONE}/status`,
      fault: "paymentStatus",
      handle: (call) => status(bank, call),
    },
    ...authorisationEndpoints(bank, {
      url: `${ONE}/authorisations`,
      fault: "paymentAuthorisations",
      operations: {
        start: "startPaymentAuthorisation",
        list: "getPaymentInitiationAuthorisation",
        status: "getPaymentInitiationScaStatus",
        update: "updatePaymentPsuData",
      },
      target: async (call) => {
        const payment = await own(bank, call);
        return { target: targetOf(bank, payment, "confirm"), waits: payment.status === "RCVD" };
      },
    }),
    ...authorisationEndpoints(bank, {
      url: `${ONE}/cancellation-authorisations`,
      fault: "cancellationAuthorisations",
      operations: {
        start: "startPaymentInitiationCancellationAuthorisation",
        list: "getPaymentInitiationCancellationAuthorisationInformation",
        status: "getPaymentCancellationScaStatus",
        update: "updatePaymentCancellationPsuData",
      },
      target: async (call) => {
        const payment = await own(bank, call);
        return { target: targetOf(bank, payment, "cancel"), waits: payment.status === "ACTC" };
      },
    }),
  ];
  return endpoints.map((endpoint) => ({
    ...endpoint,
    handle(call) {
      checkProduct(call.path["payment-product"] ?? "");
      return endpoint.handle(call);
    },
  }));
}

function targetOf(bank: Bank, payment: Payment, purpose: ScaTarget["purpose"]): ScaTarget {
  const list = purpose === "confirm" ? "authorisations" : "cancellation-authorisations";
  // The page for single payments shows the debtor account in full; the general one serves everything else.
  const isSingle = purpose === "confirm" && (payment.service ?? "payments") === "payments";
  return {
    column: "payment_id",
    id: payment.id,
    purpose,
    list: `${selfOf(bank, payment)}/${list}`,
    redirect: {
      name: "scaRedirect",
      page: `${bank.baseUrl}/sca/${isSingle ? "payments" : "authorisations"}`,
    },
  };
}

async function initiate(bank: Bank, call: Call): Promise<Answer> {
  const notificationUri = notificationUriOf(call);
  const headers = {
    redirectUri: uriOf(call, "TPP-Redirect-URI"),
    nokRedirectUri: uriOf(call, "TPP-Nok-Redirect-URI"),
    notificationUri,
    // The authorisation is opened below, in the approach that the TPP prefers.
    explicitAuthorisation: true,
    redirect: approachOf(call) === "REDIRECT",
  };
  return answerOnce(bank, call, "initiatePayment", async (tx) => {
    const product = call.path["payment-product"] ?? "";
    const service = call.path["payment-service"];
    const initiator = {
      clientId: call.caller.clientId,
      consentedAccounts: await consentedAccounts(bank, tx, call),
    };
    const payment =
      service === "periodic-payments"
        ? await initiatePeriodic(bank, tx, initiator, product, call.body as PeriodicRequest, headers)
        : service === "bulk-payments"
          ? await initiateBulk(bank, tx, initiator, product, call.body as BulkRequest, headers)
          : (
              await initiatePayment(
                bank,
                tx,
                initiator,
                product,
                call.body as PaymentRequest,
                headers,
                call.refuse,
              )
            ).payment;
    const self = selfOf(bank, payment);
    const sca =
      payment.status === "RCVD"
        ? await announceSca(bank, tx, call, targetOf(bank, payment, "confirm"))
        : undefined;
    return {
      status: 201,
      headers: { location: self, ...sca?.headers, ...notificationHeaders(notificationUri) },
      body: {
        transactionStatus: payment.status,
        paymentId: payment.id,
        _links: { self: { href: self }, status: { href: `${self}/status` }, ...sca?.links },
        ...(payment.exemption === null ? {} : { scaStatus: "exempted" }),
        ...sca?.body,
        ...(payment.reason === null
          ? {}
          : {
              psuMessage: payment.reason,
              // The definition knows no ERROR code here; the reason stands in the text, its ISO code first.
              tppMessages: [{ category: "ERROR", code: "WARNING", text: payment.reason }],
            }),
      },
    };
  });
}

async function consentedAccounts(bank: Bank, tx: Queryable, call: Call): Promise<string[] | null> {
  if (call.caller.consentId === null) return null;
  const consent = await findConsent(bank, tx, call.caller.consentId);
  if (consent === undefined)
    throw new Xs2aError(401, "CONSENT_INVALID", "The consent is unknown.", "Authorization");
  assertValid(consent);
  return (await grantedAccounts(tx, consent.id)).map(({ accountId }) => accountId);
}

function selfOf(bank: Bank, payment: Payment): string {
  return `${bank.apiUrl}/v1/${payment.service ?? "payments"}/${payment.product}/${payment.id}`;
}

/** The payment of the path, if it is this TPP's and of that product. */
async function own(bank: Bank, call: Call): Promise<Payment> {
  await settleDuePayments(bank);
  const payment = await findPayment(bank.db, call.path.paymentId ?? "");
  const matches =
    payment?.clientId === call.caller.clientId &&
    payment.product === call.path["payment-product"] &&
    payment.service === call.path["payment-service"];
  if (payment === undefined || !matches) {
    throw new Xs2aError(404, "RESOURCE_UNKNOWN", "The bank knows no such payment of this TPP.", "paymentId");
  }
  if (payment.service === "bulk-payments" && (payment.status === "ACSP" || payment.status === "PART"))
    payment.status = bulkStatus((await childrenOf(bank.db, payment.id)).map((child) => child.status));
  return payment;
}

async function information(bank: Bank, call: Call): Promise<Answer> {
  const payment = await own(bank, call);
  return { status: 200, body: { ...payment.body, transactionStatus: payment.status, ...messages(payment) } };
}

async function status(bank: Bank, call: Call): Promise<Answer> {
  const payment = await own(bank, call);
  const funds = payment.reason?.startsWith("AM04") ? { fundsAvailable: false } : {};
  const psuMessage = payment.reason === null ? {} : { psuMessage: payment.reason };
  return {
    status: 200,
    body: { transactionStatus: payment.status, ...funds, ...psuMessage, ...messages(payment) },
  };
}

/** Why a payment was rejected. The definition allows ERROR as code here; the ISO reason code opens the text. */
function messages(payment: Payment): Record<string, unknown> {
  if (payment.reason === null) return {};
  return { tppMessages: [{ category: "ERROR", code: "ERROR", text: payment.reason }] };
}

async function cancel(bank: Bank, call: Call): Promise<Answer> {
  await own(bank, call);
  return bank.db.transaction(async (tx) => {
    const payment = await findPayment(tx, call.path.paymentId ?? "", { lock: true });
    if (payment?.status === "CANC") return { status: 204 };
    // What the customer confirmed, only the customer may stop: the cancellation waits for its own authorisation.
    if (payment?.status === "ACTC" && payment.exemption === null) {
      const cancelling = `${selfOf(bank, payment)}/cancellation-authorisations`;
      return {
        status: 202,
        body: {
          transactionStatus: payment.status,
          _links: { startAuthorisation: { href: cancelling } },
        },
      };
    }
    if (payment?.status !== "RCVD" && payment?.status !== "ACTC") {
      throw new Xs2aError(405, "CANCELLATION_INVALID", "The payment is executed or rejected already.");
    }
    await setStatus(bank, tx, payment, "CANC");
    await tx.query("UPDATE payments SET next_date = NULL WHERE id = $1", [payment.id]);
    for (const child of payment.service === "bulk-payments" ? await childrenOf(tx, payment.id) : [])
      if (child.status === "RCVD") await setStatus(bank, tx, child, "CANC");
    await tx.query(
      "UPDATE authorisations SET sca_status = 'failed' WHERE payment_id = $1 AND sca_status <> 'finalised'",
      [payment.id],
    );
    return { status: 204 };
  });
}

/** Payment initiation: NextGenPSD2 1.3.11, /v1/payments. */
import { findConsent, grantedAccounts } from "../consents/store.ts";
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
import { setStatus, settleDuePayments } from "../payments/execution.ts";
import {
  checkProduct,
  initiatePayment,
  type PaymentRequest,
  startAuthorisation,
} from "../payments/initiation.ts";
import { findPayment, type Payment } from "../payments/store.ts";
import { assertValid } from "./access.ts";
import { Xs2aError } from "./errors.ts";
import { notificationHeaders, notificationUriOf, uriOf } from "./headers.ts";
import type { Answer, Call, Endpoint } from "./pipeline.ts";
import { answerOnce } from "./requests.ts";

export function paymentEndpoints(bank: Bank): Endpoint[] {
  const base = "/v1/:paymentService/:paymentProduct";
  const one = `${base}/:paymentId`;
  const endpoint = (
    operationId: string,
    method: Endpoint["method"],
    url: string,
    fault: string,
    handle: Endpoint["handle"],
  ): Endpoint => ({
    operationId,
    method,
    url,
    fault,
    handle(call) {
      checkProduct(call.path["payment-service"] ?? "", call.path["payment-product"] ?? "");
      return handle(call);
    },
  });
  return [
    endpoint("initiatePayment", "POST", base, "initiatePayment", (call) => initiate(bank, call)),
    endpoint("getPaymentInformation", "GET", one, "getPayment", (call) => information(bank, call)),
    endpoint("cancelPayment", "DELETE", one, "cancelPayment", (call) => cancel(bank, call)),
    endpoint("getPaymentInitiationStatus", "GET", `${one}/status`, "paymentStatus", (call) =>
      status(bank, call),
    ),
    endpoint("startPaymentAuthorisation", "POST", `${one}/authorisations`, "paymentAuthorisations", (call) =>
      authorise(bank, call),
    ),
    endpoint(
      "getPaymentInitiationAuthorisation",
      "GET",
      `${one}/authorisations`,
      "paymentAuthorisations",
      (call) => authorisations(bank, call),
    ),
    endpoint(
      "getPaymentInitiationScaStatus",
      "GET",
      `${one}/authorisations/:authorisationId`,
      "paymentAuthorisations",
      (call) => scaStatus(bank, call),
    ),
  ];
}

/** Where the customer confirms a payment. */
export function scaRedirectUrl(bank: Bank, authorisationId: string): string {
  return `${bank.baseUrl}/sca/payments/${authorisationId}`;
}

async function initiate(bank: Bank, call: Call): Promise<Answer> {
  const notificationUri = notificationUriOf(call);
  const headers = {
    redirectUri: uriOf(call, "TPP-Redirect-URI"),
    nokRedirectUri: uriOf(call, "TPP-Nok-Redirect-URI"),
    notificationUri,
    explicitAuthorisation: call.headers["tpp-explicit-authorisation-preferred"] === "true",
  };
  return answerOnce(bank, call, "initiatePayment", async (tx) => {
    const product = call.path["payment-product"] ?? "";
    const initiator = {
      clientId: call.caller.clientId,
      consentedAccounts: await consentedAccounts(bank, tx, call),
    };
    const request = call.body as PaymentRequest;
    const { payment, authorisationId } = await initiatePayment(
      bank,
      tx,
      initiator,
      product,
      request,
      headers,
      call.refuse,
    );
    const self = selfOf(bank, payment);
    const links: Record<string, { href: string }> = {
      self: { href: self },
      status: { href: `${self}/status` },
    };
    if (authorisationId !== null) {
      links.scaRedirect = { href: scaRedirectUrl(bank, authorisationId) };
      links.scaStatus = { href: `${self}/authorisations/${authorisationId}` };
    } else if (payment.status === "RCVD") {
      links.startAuthorisation = { href: `${self}/authorisations` };
    }
    return {
      status: 201,
      headers: {
        location: self,
        ...(payment.status === "RCVD" ? { "aspsp-sca-approach": "REDIRECT" } : {}),
        ...notificationHeaders(notificationUri),
      },
      body: {
        transactionStatus: payment.status,
        paymentId: payment.id,
        _links: links,
        ...(payment.exemption === null ? {} : { scaStatus: "exempted" }),
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
  return `${bank.baseUrl}/v1/payments/${payment.product}/${payment.id}`;
}

/** The payment of the path, if it is this TPP's and of that product. */
async function own(bank: Bank, call: Call): Promise<Payment> {
  await settleDuePayments(bank);
  const payment = await findPayment(bank.db, call.path.paymentId ?? "");
  const matches =
    payment?.clientId === call.caller.clientId && payment.product === call.path["payment-product"];
  if (payment === undefined || !matches) {
    throw new Xs2aError(404, "RESOURCE_UNKNOWN", "The bank knows no such payment of this TPP.", "paymentId");
  }
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
    if (payment?.status !== "RCVD") {
      throw new Xs2aError(405, "CANCELLATION_INVALID", "The payment is executed or rejected already.");
    }
    await setStatus(bank, tx, payment, "CANC");
    await tx.query(
      "UPDATE authorisations SET sca_status = 'failed' WHERE payment_id = $1 AND sca_status <> 'finalised'",
      [payment.id],
    );
    return { status: 204 };
  });
}

async function authorise(bank: Bank, call: Call): Promise<Answer> {
  const payment = await own(bank, call);
  if (payment.status !== "RCVD") {
    throw new Xs2aError(409, "STATUS_INVALID", "The payment waits for no authorisation.");
  }
  const id = await startAuthorisation(bank, bank.db, payment.id);
  return {
    status: 201,
    headers: { "aspsp-sca-approach": "REDIRECT" },
    body: {
      scaStatus: "received",
      authorisationId: id,
      _links: {
        scaRedirect: { href: scaRedirectUrl(bank, id) },
        scaStatus: { href: `${selfOf(bank, payment)}/authorisations/${id}` },
      },
    },
  };
}

async function authorisations(bank: Bank, call: Call): Promise<Answer> {
  const payment = await own(bank, call);
  const { rows } = await bank.db.query<{ id: string }>(
    "SELECT id FROM authorisations WHERE payment_id = $1 ORDER BY created_at, id",
    [payment.id],
  );
  return { status: 200, body: { authorisationIds: rows.map((row) => row.id) } };
}

async function scaStatus(bank: Bank, call: Call): Promise<Answer> {
  const payment = await own(bank, call);
  const { rows } = await bank.db.query<{ sca_status: string }>(
    "SELECT sca_status FROM authorisations WHERE payment_id = $1 AND id::text = $2",
    [payment.id, call.path.authorisationId],
  );
  const row = rows[0];
  if (row === undefined)
    throw new Xs2aError(404, "RESOURCE_UNKNOWN", "There is no such authorisation.", "authorisationId");
  return { status: 200, body: { scaStatus: row.sca_status } };
}

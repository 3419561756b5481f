/** Domestic scheduled payments and standing orders (v4.0, pisp): consent first, then the order under it. */
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
import { holdBusinessDate } from "../ledger/postings.ts";
import { setStatus, settleDuePayments } from "../payments/execution.ts";
import { childrenOf, findPayment, insertPayment, type Payment } from "../payments/store.ts";
import { type AmountOfObie, type Initiation, setConsentStatus, type UkConsent } from "./consents.ts";
import { UkError } from "./errors.ts";
import { tellPayment } from "./events.ts";
import { minorOf } from "./identifiers.ts";
import {
  initiationOf,
  requireLater,
  SCHEDULED,
  STANDING,
  scheduledDate,
  standingSchedule,
  startOrder,
} from "./orders.ts";
import { consentAnswer, createPaymentConsent, ownConsent, PISP, useConsent } from "./payment-consents.ts";
import { creditorRefusal, paymentOf } from "./payment-endpoints.ts";
import type { UkAnswer, UkCall, UkEndpoint } from "./pipeline.ts";

type OrderKind = "domestic-scheduled-payment" | "domestic-standing-order";

const INITIATION = "Data.Initiation";

export function orderEndpoints(bank: Bank): UkEndpoint[] {
  return [
    ...endpointsOf(bank, "domestic-scheduled-payment", "DomesticScheduledPayment"),
    ...endpointsOf(bank, "domestic-standing-order", "DomesticStandingOrder"),
  ];
}

/** @param name as operation and member names of the definition write the kind */
function endpointsOf(bank: Bank, kind: OrderKind, name: string): UkEndpoint[] {
  const shared = { scope: "payments", signed: true } as const;
  const idName = `${name}Id`;
  return [
    {
      ...shared,
      operationId: `Create${name}Consents`,
      method: "POST",
      url: `${PISP}/${kind}-consents`,
      fault: "createConsent",
      handleOnce: (call, tx) => createConsent(bank, call, tx, kind),
    },
    {
      ...shared,
      operationId: `Get${name}ConsentsConsentId`,
      method: "GET",
      url: `${PISP}/${kind}-consents/:consentId`,
      fault: "paymentStatus",
      handle: async (call) => consentAnswer(bank, await ownConsent(bank, bank.db, call, kind)),
    },
    {
      ...shared,
      operationId: `Create${name}s`,
      method: "POST",
      url: `${PISP}/${kind}s`,
      fault: "initiatePayment",
      handleOnce: (call, tx) => order(bank, call, tx, kind),
    },
    {
      ...shared,
      operationId: `Get${name}s${idName}`,
      method: "GET",
      url: `${PISP}/${kind}s/:orderId`,
      fault: "paymentStatus",
      handle: async (call) => orderAnswer(bank, await ownOrder(bank, call, kind, idName), 200),
    },
    {
      ...shared,
      operationId: `Get${name}s${idName}PaymentDetails`,
      method: "GET",
      url: `${PISP}/${kind}s/:orderId/payment-details`,
      fault: "paymentStatus",
      handle: async (call) => detailsAnswer(bank, await ownOrder(bank, call, kind, idName)),
    },
  ];
}

async function createConsent(bank: Bank, call: UkCall, tx: Queryable, kind: OrderKind): Promise<UkAnswer> {
  const { Data: data } = call.body as UkConsent["request"];
  const initiation = data.Initiation as Initiation;
  if (kind === "domestic-scheduled-payment") {
    minorOf(initiation.InstructedAmount as AmountOfObie, `${INITIATION}.InstructedAmount`);
    await requireLater(tx, scheduledDate(bank, initiation), `${INITIATION}.RequestedExecutionDateTime`);
  } else await checkStanding(bank, tx, initiation);
  return createPaymentConsent(bank, call, tx, kind);
}

async function checkStanding(bank: Bank, tx: Queryable, initiation: Initiation): Promise<void> {
  const { firstDate } = standingSchedule(bank, initiation);
  await requireLater(tx, firstDate, `${INITIATION}.MandateRelatedInformation.FirstPaymentDateTime`);
  for (const name of ["FirstPaymentAmount", "RecurringPaymentAmount", "FinalPaymentAmount"] as const) {
    const amount = initiation[name];
    if (amount === undefined) continue;
    minorOf(amount, `${INITIATION}.${name}`);
    if (amount.Currency !== initiation.FirstPaymentAmount?.Currency)
      throw new UkError(
        400,
        "Unsupported.Currency",
        "All amounts are in one currency.",
        `${INITIATION}.${name}`,
      );
  }
}

async function order(bank: Bank, call: UkCall, tx: Queryable, kind: OrderKind): Promise<UkAnswer> {
  const initiation = call.body.Data.Initiation as Initiation;
  await holdBusinessDate(tx);
  const consent = await useConsent(bank, call, tx, kind);
  const isStanding = kind === "domestic-standing-order";
  const reference = initiation.MandateRelatedInformation?.MandateIdentification;
  // A standing order has neither an amount nor a reference of its own: its payments have.
  const instruction: Initiation = isStanding
    ? {
        ...initiation,
        ...(initiation.FirstPaymentAmount ? { InstructedAmount: initiation.FirstPaymentAmount } : {}),
        ...(reference === undefined ? {} : { EndToEndIdentification: reference }),
      }
    : initiation;
  const payment: Payment = {
    ...(await paymentOf(bank, tx, call, consent, instruction)),
    service: isStanding ? "periodic-payments" : "payments",
    requestedExecutionDate: isStanding ? null : scheduledDate(bank, initiation),
  };
  await insertPayment(tx, payment, bank.clock.now());
  await setConsentStatus(bank, tx, consent, "COND");
  const refusal = call.refuse
    ? "NARR: the bank refuses this payment (scripted fault)"
    : await creditorRefusal(tx, payment);
  if (refusal === undefined) await startOrder(bank, tx, payment);
  else await setStatus(bank, tx, payment, "RJCT", refusal);
  await tellPayment(bank, tx, payment);
  return orderAnswer(bank, payment, 201);
}

async function ownOrder(bank: Bank, call: UkCall, kind: OrderKind, idName: string): Promise<Payment> {
  await settleDuePayments(bank);
  const payment = await findPayment(bank.db, call.path[idName] ?? "");
  const isOwn = payment?.clientId === call.caller.clientId && payment.product === `${kind}s`;
  // The payments that a standing order makes are shown among its details only.
  if (payment === undefined || !isOwn || payment.parentId != null)
    throw new UkError(400, "Resource.NotFound", "The bank knows no such order of this company.", idName);
  return payment;
}

/**
 * The order's status as the code set writes it. INCO and INFA tell of a standing order how its latest payment ended
 * (OB_Internal_CodeSet.csv, `ExternalPaymentTransactionStatus1Code`).
 */
async function statusOf(bank: Bank, { id, product, status }: Payment): Promise<string> {
  // Whether it reached the payee's account is not among the codes of a scheduled payment.
  if (product === SCHEDULED) return status === "ACCC" ? "ACSC" : status;
  if (status !== "ACTC" && status !== "ACSC") return status;
  const latest = (await childrenOf(bank.db, id)).at(-1);
  if (latest === undefined) return status;
  return latest.status === "RJCT" ? "INFA" : "INCO";
}

async function orderAnswer(bank: Bank, payment: Payment, status: number): Promise<UkAnswer> {
  const { Data } = payment.body as { Data: Record<string, unknown> };
  const now = bank.clock.now().toISOString();
  const [code = "", text = ""] = (payment.reason ?? "").split(/: (.*)/);
  const day = initiationOf(payment).RequestedExecutionDateTime;
  return {
    status,
    body: {
      Data: {
        ...Data,
        [payment.product === SCHEDULED ? "DomesticScheduledPaymentId" : "DomesticStandingOrderId"]:
          payment.id,
        CreationDateTime: now,
        Status: await statusOf(bank, payment),
        StatusUpdateDateTime: now,
        ...(payment.reason === null
          ? {}
          : { StatusReason: [{ StatusReasonCode: code, StatusReasonDescription: text }] }),
        ...(payment.product === SCHEDULED && payment.status === "ACTC"
          ? { ExpectedExecutionDateTime: day }
          : {}),
      },
      Links: { Self: `${bank.apiUrl}${PISP}/${payment.product}/${payment.id}` },
      Meta: {},
    },
  };
}

/** `OBWritePaymentDetailsResponse1`: what was carried out so far. */
async function detailsAnswer(bank: Bank, order: Payment): Promise<UkAnswer> {
  const carriedOut = ["ACSP", "ACSC", "ACCC", "RJCT"].includes(order.status) ? [order] : [];
  const payments = order.product === STANDING ? await childrenOf(bank.db, order.id) : carriedOut;
  const now = bank.clock.now().toISOString();
  return {
    status: 200,
    body: {
      Data: {
        PaymentStatus: payments.map(({ id, status, reason }) => {
          const [code = "", text = ""] = (reason ?? "").split(/: (.*)/);
          const detail = { Status: status, StatusReason: code, StatusReasonDescription: text };
          return {
            PaymentTransactionId: id,
            Status: status,
            StatusUpdateDateTime: now,
            ...(reason === null ? {} : { StatusDetail: detail }),
          };
        }),
      },
      Links: { Self: `${bank.apiUrl}${PISP}/${order.product}/${order.id}/payment-details` },
      Meta: {},
    },
  };
}

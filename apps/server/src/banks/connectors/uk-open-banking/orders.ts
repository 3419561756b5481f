import { addDays, type Clock, dateIn } from "../../../platform/clock.ts";
import type { ConsentAccess, PaymentAnswer } from "../../connector.ts";
import type { BankServices, GroupAnswer, PeriodicOrder, ScheduledOrder } from "../../connector-services.ts";
import { identificationOf } from "./accounts.ts";
import { answerOf, pathOf, paymentStatus } from "./answers.ts";
import { type PaymentResponse, paymentDetails, paymentResponse } from "./messages.ts";
import { BankRefused } from "./obie.ts";
import { reasonOf } from "./reasons.ts";
import { daysOf } from "./schedule.ts";
import {
  creditorOf,
  type Json,
  obieAmount,
  orderUnderConsent,
  type PaymentDeps,
  shorten,
} from "./submission.ts";

type Deps = PaymentDeps & { clock: Clock };

/** The longest run of days on which British banks do not work: a payment due on the first is made after it. */
const closedDaysAtMost = 5;
const cancelled = new Set(["CANC", "Cancelled"]);
const paid = new Set(["ACSC", "ACCC", "AcceptedSettlementCompleted", "AcceptedCreditSettlementCompleted"]);
/** Of a single payment; INFA says of a whole standing order that its latest payment failed. */
const failed = new Set(["RJCT", "Rejected", "INFA"]);

/**
 * Payments of a later day and standing orders (v4.0 domestic-scheduled-payments, domestic-standing-orders). The customer
 * confirms one at the bank and comes back, where `completePayment` hands it over. The standard has no way to stop one
 * that stands: the customer does so at the bank, and `status` then says `cancelled`.
 */
export function createOrders(
  deps: Deps,
): Pick<Required<BankServices>, "scheduledPayments" | "periodicPayments"> {
  const status = (bankPaymentId: string) => orderStatus(deps, bankPaymentId);
  return {
    scheduledPayments: { initiate: (order, access) => orderScheduled(deps, order, access), status },
    periodicPayments: { initiate: (order, access) => orderStanding(deps, order, access), status },
  };
}

async function orderScheduled(
  deps: Deps,
  order: ScheduledOrder,
  access: ConsentAccess | null,
): Promise<PaymentAnswer> {
  const initiation: Json = {
    InstructionIdentification: order.reference,
    EndToEndIdentification: order.reference,
    RequestedExecutionDateTime: instantOf(order.executionDate),
    InstructedAmount: obieAmount(order),
    ...parties(order),
  };
  return orderUnderConsent(
    deps,
    { kind: "domestic-scheduled-payment", order, initiation, more: { Permission: "Create" } },
    access,
  );
}

async function orderStanding(
  deps: Deps,
  order: PeriodicOrder,
  access: ConsentAccess | null,
): Promise<PaymentAnswer> {
  const days = daysOf(order);
  // The standard cannot ask for the day before a weekend: banks pay on the working day after it.
  if (days === undefined || order.executionRule === "preceding")
    return {
      outcome: "rejected",
      bankPaymentId: null,
      bankStatus: null,
      reason: reasonOf(days === undefined ? "Field.InvalidDate" : "Unsupported.Frequency"),
    };
  const amount = obieAmount(order);
  const initiation: Json = {
    FirstPaymentAmount: amount,
    RecurringPaymentAmount: amount,
    MandateRelatedInformation: {
      MandateIdentification: order.reference,
      FirstPaymentDateTime: instantOf(days.first),
      ...(days.last === null ? {} : { FinalPaymentDateTime: instantOf(days.last) }),
      Frequency: days.frequency,
    },
    ...parties(order),
  };
  return orderUnderConsent(
    deps,
    { kind: "domestic-standing-order", order, initiation, more: { Permission: "Create" } },
    access,
  );
}

function parties(order: PeriodicOrder | ScheduledOrder): Json {
  return {
    DebtorAccount: identificationOf(order.debtorIban),
    CreditorAccount: creditorOf(order, 350),
    RemittanceInformation: { Unstructured: [shorten(order.remittance, 140)] },
  };
}

/** A date as the standard writes it. Midnight in Greenwich is the same date in the United Kingdom all year. */
const instantOf = (date: string) => `${date}T00:00:00+00:00`;

async function orderStatus(deps: Deps, bankPaymentId: string): Promise<GroupAnswer> {
  const target = pathOf(bankPaymentId);
  if (target === undefined || target.isConsent) {
    const answer = await paymentStatus(deps, bankPaymentId);
    if (answer.outcome === "waiting" || answer.outcome === "accepted")
      return { outcome: answer.outcome, bankStatus: answer.bankStatus };
    return groupAnswerOf(answer);
  }
  try {
    const { data } = await deps.obie.exchange(paymentResponse, {
      operation: "paymentStatus",
      path: target.path,
      signed: true,
    });
    const { Status: bankStatus } = data.Data;
    if (cancelled.has(bankStatus)) return { outcome: "cancelled", bankStatus };
    const answer = answerOf(data);
    if (answer.outcome !== "accepted") return groupAnswerOf(answer);
    if (paid.has(bankStatus)) return { outcome: "finished", bankStatus };
    const single = await statusesOfPayments(deps, target.path);
    if (isStanding(bankPaymentId)) {
      const outcome = [bankStatus, ...single].some((status) => failed.has(status))
        ? "partly"
        : isOver(deps, data)
          ? "finished"
          : "accepted";
      return { outcome, bankStatus };
    }
    const isPaid = single.length > 0 && single.every((status) => paid.has(status));
    return { outcome: isPaid ? "finished" : "accepted", bankStatus };
  } catch (error) {
    // Failing to hear how an order stands says nothing about it.
    const why = error instanceof Error ? error.message : "no answer";
    return { outcome: "unknown", why };
  }
}

const isStanding = (bankPaymentId: string) => bankPaymentId.startsWith("domestic-standing-orders/");

function groupAnswerOf(answer: PaymentAnswer | { outcome: "waiting" }): GroupAnswer {
  if (answer.outcome === "rejected" || answer.outcome === "unknown") return answer;
  return { outcome: "unknown", why: `a status that does not fit: ${answer.outcome}` };
}

/** How the payments stand that an order has made; none where the bank does not offer to say so. */
async function statusesOfPayments(deps: Deps, path: string): Promise<string[]> {
  try {
    const { data } = await deps.obie.exchange(paymentDetails, {
      operation: "paymentDetails",
      path: `${path}/payment-details`,
      signed: true,
    });
    return (data.Data.PaymentStatus ?? []).map(({ Status: status }) => status);
  } catch (error) {
    if (error instanceof BankRefused && [403, 404, 405].includes(error.status)) return [];
    throw error;
  }
}

/** Whether a standing order's last day is over, with the days by which banks put it off. */
function isOver({ clock, config }: Deps, { Data: data }: PaymentResponse): boolean {
  const initiation = data.Initiation;
  const last =
    initiation?.MandateRelatedInformation?.FinalPaymentDateTime ?? initiation?.FinalPaymentDateTime;
  if (last === undefined) return false;
  const lastDate = dateIn(config.timeZone, new Date(last));
  return dateIn(config.timeZone, clock.now()) > addDays(lastDate, closedDaysAtMost);
}

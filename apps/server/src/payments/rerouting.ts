import type { Banks, PaymentAnswer } from "../banks/index.ts";
import type { Clock } from "../platform/clock.ts";
import { submitJob } from "./jobs.ts";
import type { Mover } from "./mover.ts";
import { isPaidOut } from "./own-account.ts";
import type { PayoutRecords } from "./payouts.ts";
import { mayDoElsewhere, type Routing, routeRow } from "./routing-facts.ts";
import type { PaymentRow, RouteFrom } from "./sql.ts";

export type ReroutingDeps = {
  clock: Clock;
  banks: Banks;
  mover: Mover;
  routing: Routing;
  payouts: Pick<PayoutRecords, "creditorOf">;
};

/**
 * Sends a payment another way, under the same reference, once at most, and only where it is certain that nothing was
 * moved: no order has left, none reached the bank, or the bank refused it for a reason of its own.
 */
export type Rerouting = {
  /** The bank takes no orders at this moment, and none was sent. @returns whether the payment goes another way now */
  ofClosed(payment: PaymentRow): Promise<boolean>;
  /** @param sent the payment as it was marked before the call. @returns whether it goes another way now */
  afterAnswer(sent: PaymentRow, answer: PaymentAnswer): Promise<boolean>;
};

export function createRerouting(deps: ReroutingDeps): Rerouting {
  async function reroute(payment: PaymentRow, why: RouteFrom["why"], code: string | null): Promise<boolean> {
    const { route, bank_id } = payment;
    if (route === null || route.from !== null || bank_id === null) return false;
    if (!isPaidOut(payment.kind) && payment.kind !== "top_up") return false;
    const account = await otherAccount(payment);
    if (account === undefined) return false;
    const from = { bankId: bank_id, rail: route.rail, why, code, at: deps.clock.now().toISOString() };
    const { kind, amount, currency, id: paymentId } = payment;
    const choice = await deps.routing.find({ kind, amount, currency, account, paymentId }, from);
    // Another way that would wait as well is none.
    if (choice === undefined || choice.chosen.closed !== null || !choice.chosen.isCovered) return false;
    const { moved } = await deps.mover.apply(
      payment,
      {
        cause: "rerouted",
        // What anybody heard of the payment since it was read comes first.
        ifVersion: payment.version,
        route: { bankId: choice.chosen.bankId, route: routeRow(choice, from) },
      },
      () => ({ jobs: [submitJob(payment.id)] }),
    );
    return moved;
  }

  async function otherAccount(payment: PaymentRow): Promise<{ bankId: string; iban: string } | undefined> {
    if (payment.kind === "payout") return deps.payouts.creditorOf(payment);
    return payment.linked_account_id === null
      ? undefined
      : deps.banks.linkedAccount(payment.customer_id, payment.linked_account_id);
  }

  return {
    async ofClosed(payment) {
      if (payment.status !== "authorised" || payment.sent_at !== null || payment.bank_id === null)
        return false;
      if (deps.banks.availability(payment.bank_id).state === "available") return false;
      return reroute(payment, "closed", null);
    },
    async afterAnswer(sent, answer) {
      if (answer.outcome === "not_sent") return reroute(sent, "not_sent", null);
      if (answer.outcome !== "rejected" || !mayDoElsewhere(sent.kind, answer.reason.code)) return false;
      return reroute(sent, "refused", answer.reason.code);
    },
  };
}

import type { DomainEvent } from "@jinqiao/contract";
import { type Id, isId, type Money } from "@jinqiao/money";
import type { Banks } from "../banks/index.ts";
import type { PaymentAuthentication } from "../identity/index.ts";
import type { Clock } from "../platform/clock.ts";
import { assert } from "../platform/errors.ts";
import type { Ids } from "../platform/ids.ts";
import { balanceEvents, changedEvents, rowOf } from "./mover.ts";
import { newPayment } from "./new-payment.ts";
import type { PaymentRow } from "./sql.ts";
import { type PaymentView, viewOf } from "./views.ts";

/** What a customer pays to whom. */
export type PurchaseFacts = {
  customerId: string;
  merchant: { id: string; name: string; reference: string | null };
  intentId: Id<"pi">;
  amount: Money;
  authentication: PaymentAuthentication;
  /** Held first, and taken by a later `capture`; absent: taken at once. */
  holdId?: Id<"hld"> | undefined;
};

/** A payment as it is after a step, and what its commit stores of it. */
export type PurchaseStep = {
  payment: PaymentRow;
  rows: { writer: string; row: Record<string, unknown> }[];
  events: DomainEvent[];
};

/**
 * Payments to shops as their payers have them. Pure: the module above commits them together with its intent, whose
 * version guards both, and with the postings.
 */
export type Purchases = {
  begin(facts: PurchaseFacts): PurchaseStep;
  /** Takes `amount` minor units of what was held. */
  capture(purchase: PaymentRow, amount: bigint): PurchaseStep;
  /** What was held is given back. */
  giveUp(purchase: PaymentRow, cause: "cancelled" | "expired"): PurchaseStep;
  /** `amount` minor units of a purchase come back to its payer. */
  refund(purchase: PaymentRow, amount: bigint): PurchaseStep;
  /** A purchase that was just begun, as its payer sees it. */
  view(purchase: PaymentRow): PaymentView;
};

export function createPurchases(deps: { ids: Ids; clock: Clock; banks: Banks }): Purchases {
  function step(payment: PaymentRow, cause: string): PurchaseStep {
    return {
      payment,
      rows: [rowOf(payment, cause)],
      events: [...changedEvents(payment), ...balanceEvents(payment)],
    };
  }
  function moved(purchase: PaymentRow, changes: Partial<PaymentRow>): PaymentRow {
    assert(purchase.kind === "purchase" && purchase.status === "authorised", "what is held is moved once");
    return { ...purchase, ...changes, version: purchase.version + 1, updated_at: deps.clock.now() };
  }
  return {
    begin({ customerId, merchant, intentId, amount, authentication, holdId }) {
      assert(isId("mer", merchant.id), "a shop has an id");
      const payment = newPayment(deps, "purchase", customerId, amount, {
        status: holdId ? "authorised" : "settled",
        merchant_id: merchant.id,
        merchant_name: merchant.name,
        merchant_reference: merchant.reference,
        intent_id: intentId,
        authentication,
        hold_id: holdId ?? null,
      });
      return step(payment, "created");
    },
    capture: (purchase, amount) =>
      step(
        moved(purchase, {
          status: "settled",
          amount,
          authorised_amount: amount === purchase.amount ? null : purchase.amount,
        }),
        "captured",
      ),
    giveUp: (purchase, cause) =>
      step(moved(purchase, { status: cause }), cause === "cancelled" ? "cancelled_by_shop" : "expired"),
    refund(purchase, amount) {
      const { customer_id, currency, merchant_id, merchant_name, merchant_reference, intent_id } = purchase;
      const refund = newPayment(
        deps,
        "refund",
        customer_id,
        { minor: amount, currency },
        {
          status: "settled",
          original_id: purchase.id,
          original_kind: "purchase",
          merchant_id,
          merchant_name,
          merchant_reference,
          intent_id,
        },
      );
      return step(refund, "created");
    },
    view: (purchase) =>
      viewOf(
        purchase,
        purchase.customer_id,
        [
          {
            payment_id: purchase.id,
            version: purchase.version,
            status: purchase.status,
            cause: "created",
            at: purchase.created_at,
          },
        ],
        new Map(),
        new Map(),
        deps.banks,
      ),
  };
}

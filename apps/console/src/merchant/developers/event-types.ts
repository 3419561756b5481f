import type { EventFilter } from "../queries.ts";

export type EventType = NonNullable<EventFilter["type"]>;

/** Types of events, in the order of the documents; `true` for each, so that a new one cannot be forgotten here. */
const known: Record<EventType, true> = {
  "payment_intent.created": true,
  "payment_intent.requires_action": true,
  "payment_intent.processing": true,
  "payment_intent.amount_capturable_updated": true,
  "payment_intent.succeeded": true,
  "payment_intent.payment_failed": true,
  "payment_intent.canceled": true,
  "refund.created": true,
  "refund.failed": true,
  "checkout.session.completed": true,
  "checkout.session.expired": true,
  "payout.created": true,
  "payout.paid": true,
  "payout.failed": true,
  "payout.returned": true,
  "dispute.created": true,
  "dispute.updated": true,
  "dispute.closed": true,
  "balance.available": true,
  "account.updated": true,
};
export const eventTypes = Object.keys(known) as EventType[];

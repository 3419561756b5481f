import type { PaymentKind, PaymentStatus } from "@jinqiao/contract";
import type { z } from "zod";

export type Status = z.infer<typeof PaymentStatus>;
export type Kind = z.infer<typeof PaymentKind>;

/** News that can move a payment. */
export type Cause =
  | "sending" //             the bank is about to be called: from here on it may have the order
  | "not_sent" //            certain that nothing reached the bank
  | "rerouted" //            the same, and the order now goes to another bank or by another rail
  | "bank_accepted"
  | "bank_asks_customer" //  the customer must approve at the bank
  | "bank_rejected"
  | "bank_silent" //         nobody knows what the bank did
  | "not_received" //        the bank shows, after its own time limit, that it never took the order
  | "on_statement" //        a line of the custody statement bears our reference
  | "returned" //            after settlement all of it went back, as a payment of its own
  | "returned_in_part"
  | "cancelled_by_customer"
  | "approval_expired"
  | "confirmed_by_staff" //  staff have evidence that the bank carried it out; the statement must still show it
  | "reversed_by_staff";

/** What a move does to the books; `books.ts` turns it into postings. */
export type Effect = "none" | "accept" | "settle" | "undo";

export type Move = { to: Status; effect: Effect };

type Table = Partial<Record<Status, Partial<Record<Cause, Move>>>>;

const to = (status: Status, effect: Effect = "none"): Move => ({ to: status, effect });

/** While the bank may or may not have the order, any answer can come, also the statement before the answer. */
const open: Partial<Record<Cause, Move>> = {
  bank_accepted: to("submitted", "accept"),
  bank_asks_customer: to("action_required"),
  bank_rejected: to("rejected", "undo"),
  bank_silent: to("unknown"),
  not_received: to("rejected", "undo"),
  on_statement: to("settled", "settle"),
  confirmed_by_staff: to("submitted", "accept"),
  reversed_by_staff: to("rejected", "undo"),
};

const withBank: Table = {
  authorised: {
    ...open,
    sending: to("authorised"),
    not_sent: to("authorised"),
    rerouted: to("authorised"),
    cancelled_by_customer: to("cancelled", "undo"),
  },
  action_required: {
    ...open,
    bank_silent: to("action_required"),
    cancelled_by_customer: to("cancelled", "undo"),
    approval_expired: to("expired", "undo"),
  },
  unknown: { ...open, bank_silent: to("unknown") },
  submitted: {
    // Later word of the same kind: nothing moves, but what the bank said last is kept.
    bank_accepted: to("submitted"),
    bank_silent: to("submitted"),
    on_statement: to("settled", "settle"),
    bank_rejected: to("rejected", "undo"),
    reversed_by_staff: to("rejected", "undo"),
  },
  // The books of a settled payment stay as they are: the return has postings of its own (`returns.ts`).
  settled: {
    returned: to("returned"),
    returned_in_part: to("settled"),
  },
};

/**
 * All moves there are. A transfer between customers is created settled and never moves. Anything not in the table
 * is no move: repeats are ignored, contradictions are kept for staff, and neither moves money.
 */
export const moves: Record<Kind, Table> = {
  top_up: withBank,
  withdrawal: withBank,
  payout: withBank,
  transfer: {},
  return: {},
  // The shop's intent moves it, in one commit with its own row; see the module `merchants`.
  purchase: {},
  refund: {},
};

export function moveFor(kind: Kind, status: Status, cause: Cause): Move | undefined {
  return moves[kind][status]?.[cause];
}

/** News that says what is already so. */
export function isRepeat(status: Status, cause: Cause): boolean {
  const settledBy: Partial<Record<Cause, readonly Status[]>> = {
    bank_accepted: ["submitted", "settled", "returned"],
    bank_rejected: ["rejected", "cancelled", "expired"],
    not_received: ["rejected", "cancelled", "expired"],
    on_statement: ["settled", "returned"],
    bank_silent: ["submitted", "settled", "rejected", "cancelled", "expired"],
    bank_asks_customer: ["submitted", "settled", "cancelled", "expired"],
    confirmed_by_staff: ["submitted", "settled"],
    reversed_by_staff: ["rejected", "cancelled", "expired"],
    cancelled_by_customer: ["cancelled"],
    approval_expired: ["expired"],
  };
  return settledBy[cause]?.includes(status) ?? false;
}

export const finalStatuses: readonly Status[] = [
  "settled",
  "rejected",
  "cancelled",
  "expired",
  "declined",
  "returned",
  "refunded",
];

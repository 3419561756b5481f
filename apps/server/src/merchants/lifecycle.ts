import type { IntentRow } from "./rows.ts";

/** What may be done with an intent. */
export type IntentMove =
  | "pay" //      the payer's money is taken, held, or fetched from their bank
  | "fund" //     what the bank was asked for has come, or has not
  | "capture"
  | "cancel"
  | "refund"
  | "dispute";

type Status = IntentRow["status"];

/** In which states what may be done; anything else is refused and moves nothing. */
const allowed: Record<IntentMove, readonly Status[]> = {
  pay: ["requires_payment_method", "requires_action"],
  fund: ["processing"],
  capture: ["requires_capture"],
  cancel: ["requires_payment_method", "requires_action", "requires_capture"],
  refund: ["succeeded"],
  dispute: ["succeeded"],
};

export const mayMove = (status: Status, move: IntentMove): boolean => allowed[move].includes(status);

/** States that an intent never leaves; refunds and disputes are counted beside. */
export const endStatuses: readonly Status[] = ["succeeded", "canceled"];

/** What of a payment can still go back: received, less refunded and lost in disputes. */
export const refundable = ({
  received,
  refunded,
  disputed,
}: Pick<IntentRow, "received" | "refunded" | "disputed">): bigint => received - refunded - disputed;

/** Whether its time to be paid is over. */
export const isExpired = ({ expires_at }: Pick<IntentRow, "expires_at">, now: Date): boolean =>
  expires_at !== null && expires_at <= now;

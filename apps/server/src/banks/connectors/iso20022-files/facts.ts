import type { MandateNews } from "./mandate-messages.ts";

/** What one file says about payments under our references, mandates and statements. */
export type Facts = {
  statuses: StatusFact[];
  movements: Movement[];
  /** pacs.004: money that comes back after settlement. */
  returns: { endToEndId: string; code: string }[];
  /** camt.029: the answer to our recall. */
  resolutions: { endToEndId: string; status: string; code?: string | null }[];
  mandates: MandateNews[];
  statements: { account: string; date: string; createdAt: string }[];
};

/** pain.002: at the level of one payment, or, with `endToEndId` null, of the whole message. */
export type StatusFact = {
  messageId: string;
  endToEndId: string | null;
  status: string;
  code: string | null;
};

/** camt.052, .053 or .054: a line of the custody account that bears our reference. */
export type Movement = {
  endToEndId: string;
  booked: boolean;
  direction: "credit" | "debit";
  amountMinor: bigint;
  currency: string;
  /** The line takes an earlier one back; with the reason where the bank gives one. */
  returned: { code: string | null } | null;
};

/** What we ordered, read back from the file that lies with the bank. */
export type OwnOrder = {
  kind: "credit_transfer" | "direct_debit";
  /** The end-to-end id. */
  reference: string;
  /** One order, one file: what the bank says of another message under the reference is about an earlier order. */
  messageId: string;
  amountMinor: bigint;
  currency: string;
};

/** Where the file of an order lies. */
export type Whereabouts =
  | "to-bank"
  | "to-bank/archive"
  | "to-bank/rejected"
  | "to-bank/withdrawn"
  | "nowhere";

export type Verdict =
  | { outcome: "accepted"; bankStatus: string }
  | { outcome: "rejected"; bankStatus: string; code: string }
  | { outcome: "unknown"; why: string; answered: true };

/**
 * Reasons of a duplicate (ISO 20022 ExternalStatusReason1Code). The bank refuses the second one because it has the
 * first: that says nothing against the first.
 */
const duplicates = new Set(["AM05", "DU01", "DU02", "DU03", "DU04", "DU05", "DUPL"]);

/** Later statuses outrank earlier ones, whichever file came first (ExternalPaymentTransactionStatus1Code). */
const order = [
  "RCVD",
  "PDNG",
  "PATC",
  "PART",
  "ACTC",
  "ACCP",
  "ACFC",
  "ACWP",
  "ACWC",
  "ACSP",
  "ACSC",
  "ACCC",
];

/** Status of an order that lies complete where the bank takes files from. It is ours: the bank has said nothing yet. */
export const handedOver = "HANDED_OVER";

/**
 * What became of an order, from everything that was said about it, in whatever order it came. Money that moved
 * outweighs words: a booking or a return outweighs a status report. Where the bank contradicts itself, or booked
 * another amount, the outcome is unknown and people look at it.
 */
export function verdictOn(
  own: OwnOrder,
  where: Whereabouts,
  facts: Pick<Facts, "statuses" | "movements" | "returns" | "resolutions">,
): Verdict {
  const expected = own.kind === "direct_debit" ? "credit" : "debit";
  const movements = facts.movements.filter(({ currency }) => currency === own.currency);
  const backs = movements.filter(
    (movement) => movement.booked && (movement.returned !== null || movement.direction !== expected),
  );
  const there = movements.filter(
    (movement) => movement.booked && movement.returned === null && movement.direction === expected,
  );
  const statuses = facts.statuses.filter(
    ({ messageId, code }) => messageId === own.messageId && (code === null || !duplicates.has(code)),
  );
  const refusal = statuses.find(({ status }) => status === "RJCT" || status === "CANC");

  if (there.some(({ amountMinor }) => amountMinor !== own.amountMinor))
    return { outcome: "unknown", why: "the bank booked another amount than was ordered", answered: true };
  // What comes back was paid first: the order itself was carried out, and the return is booked by a line of its own
  // on the statement.
  const cameBack =
    backs.length > 0 || (facts.returns.length > 0 && (there.length > 0 || refusal === undefined));
  if (cameBack) return { outcome: "accepted", bankStatus: "ACSC" };
  if (there.length > 0 && refusal !== undefined)
    return {
      outcome: "unknown",
      why: "the bank says both that it refused and that it booked the payment",
      answered: true,
    };
  if (there.length > 0) return { outcome: "accepted", bankStatus: "ACSC" };
  if (refusal !== undefined)
    return { outcome: "rejected", bankStatus: refusal.status, code: refusal.code ?? "MS03" };
  if (facts.resolutions.some(({ status }) => ["CNCL", "ACCR"].includes(status)))
    return { outcome: "rejected", bankStatus: "CANC", code: "CANC" };
  const furthest = statuses
    .map(({ status }) => status)
    .filter((status) => order.includes(status))
    .sort((a, b) => order.indexOf(b) - order.indexOf(a))[0];
  if (furthest !== undefined) return { outcome: "accepted", bankStatus: furthest };
  switch (where) {
    case "to-bank":
      return { outcome: "accepted", bankStatus: handedOver };
    case "to-bank/archive":
      return { outcome: "accepted", bankStatus: "RCVD" };
    case "to-bank/rejected":
      return { outcome: "rejected", bankStatus: "RJCT", code: "FF01" };
    case "to-bank/withdrawn":
      return { outcome: "rejected", bankStatus: "CANC", code: "CANC" };
    case "nowhere":
      return { outcome: "unknown", why: "the file of the order is not with the bank", answered: true };
  }
}

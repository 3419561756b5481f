import type { Id } from "@jinqiao/money";
import type { StatementEntry } from "../banks/index.ts";
import type { PaymentRow, Payments, ReturnOutcome } from "../payments/index.ts";
import type { StatementRow } from "./sql.ts";

/** Rows, guards and events by which settlement keeps the line; part of the commit that books it. */
type LineKept = (place: {
  paymentId: Id<"pay">;
  transferId: Id<"trf">;
}) => ReturnType<Parameters<Payments["returns"]["book"]>[2]>;

/**
 * Whether a line is money going the way back under a payment's reference, at the payment's own bank and in its
 * currency. Money that comes needs no more than that. Money that goes is a return only where the bank says so: any
 * other debit with our reference may be the bank's mistake, and a customer does not pay for it.
 */
export function isReturn(statement: StatementRow, entry: StatementEntry, payment: PaymentRow): boolean {
  if (!["top_up", "withdrawal", "payout"].includes(payment.kind)) return false;
  if (payment.bank_id !== statement.bank_id || payment.currency !== statement.currency) return false;
  const back = payment.kind === "top_up" ? "debit" : "credit";
  return entry.direction === back && (back === "credit" || entry.returned != null);
}

/**
 * Our reference of the payment a line is about. A bank that sends money back as a payment of its own may name the
 * first one in the remittance information only.
 */
export function referenceOf(entry: StatementEntry): string | null {
  const named = entry.returned ? /\bJQ[0-9A-HJKMNP-TV-Z]{26}\b/.exec(entry.remittance ?? "")?.[0] : undefined;
  const isOurs = entry.endToEndId !== null && /^JQ[0-9A-HJKMNP-TV-Z]{26}$/.test(entry.endToEndId);
  return isOurs ? entry.endToEndId : (named ?? entry.endToEndId);
}

/**
 * Books a line that is a return. What cannot be booked as one goes to suspense, for the reason given.
 * @returns undefined when the line is placed, now or by somebody else meanwhile
 */
export async function placeReturn(
  payments: Payments,
  entry: StatementEntry,
  original: PaymentRow,
  kept: LineKept,
  isPlaced: () => Promise<boolean>,
): Promise<NotBooked | undefined> {
  const outcome: ReturnOutcome = await payments.returns.book(
    original.id,
    {
      amount: entry.amountMinor,
      code: entry.returned?.code ?? null,
      bankReference: entry.bankReference,
    },
    kept,
    isPlaced,
  );
  return outcome.booked || outcome.why === "placed_meanwhile" ? undefined : outcome.why;
}

export type NotBooked = Exclude<Extract<ReturnOutcome, { booked: false }>["why"], "placed_meanwhile">;

/** Why a return waits in suspense, for the break it opens. */
export const whyNotReturned: Record<NotBooked, { why_en: string; why_zh: string }> = {
  never_settled: {
    why_en:
      "The bank sends a payment back that no statement has shown as paid. What moved waits in suspense.",
    why_zh: "银行退回了一笔对账单上从未显示为已付的款项，实际金额已挂账待查。",
  },
  too_much: {
    why_en: "More comes back than the payment was for. What moved waits in suspense.",
    why_zh: "退回金额累计超过原付款金额，实际金额已挂账待查。",
  },
  shown_twice: {
    why_en:
      "The bank shows the same return again, under the same reference of its own. What moved waits in suspense.",
    why_zh: "银行以同一流水号再次列出该笔退款，实际金额已挂账待查。",
  },
  "ledger.account_closed": {
    why_en: "A payment came back after its customer's account was closed. The money waits in suspense.",
    why_zh: "退款到账时，对应客户的账户已注销，该款项已挂账待查。",
  },
  "ledger.account_frozen": {
    why_en: "A payment came back while its customer's account is frozen. The money waits in suspense.",
    why_zh: "退款到账时，对应客户的账户处于冻结状态，该款项已挂账待查。",
  },
};

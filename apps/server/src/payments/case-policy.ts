import type * as contract from "@jinqiao/contract";
import type { z } from "zod";
import type { CaseRow } from "./case-rows.ts";
import { limitsOf } from "./limits.ts";
import type { PaymentRow } from "./sql.ts";

export type CaseAction = z.infer<typeof contract.CaseAction>;

/** What may be done about a case. One about money in suspense is ended by closing its difference. */
export function actionsFor(row: CaseRow, payment: PaymentRow | undefined): CaseAction[] {
  if (row.closed_at !== null || row.kind === "late_money" || payment === undefined) return [];
  const refuse = row.proposed_action === null ? [] : (["refuse_proposal"] as const);
  if (row.kind === "money_owed") return ["collect", "write_off_debt", ...refuse];
  const undecided = ["authorised", "unknown", "action_required"].includes(payment.status);
  if (!undecided || payment.sent_at === null) return [];
  return ["ask_bank", "confirm_done", "give_back", ...refuse];
}

/** What the bank last said of a payment, as far as it said anything. */
export type LastWord = "has_it" | "has_it_not" | "nothing";

/** @param messages all that was said about the payment, oldest first */
export function lastWordOf(
  messages: readonly { direction: string; kind: string; outcome: string | null }[],
): LastWord {
  for (const { direction, kind, outcome } of messages.toReversed()) {
    if (direction !== "received" || outcome === null || !asks.has(kind)) continue;
    if (outcome === "not_found") return "has_it_not";
    if (hasIt.has(outcome)) return "has_it";
  }
  return "nothing";
}
const asks: ReadonlySet<string> = new Set(["payment.initiate", "payment.status", "payment.find"]);
const hasIt: ReadonlySet<string> = new Set(["accepted", "action_required", "booked", "pending"]);

/**
 * Two people decide what moves much money, and whatever says the opposite of the bank's last word. Below the limit one
 * person may say what the bank's word does not contradict.
 */
export function needsTwo(
  action: CaseAction,
  payment: Pick<PaymentRow, "amount" | "currency">,
  lastWord: LastWord,
): boolean {
  if (action === "ask_bank" || action === "refuse_proposal" || action === "collect") return false;
  if (action === "write_off_debt") return true;
  const limit = limitsOf(payment.currency)?.caseByOnePerson ?? 0n;
  return payment.amount > limit || lastWord === (action === "confirm_done" ? "has_it_not" : "has_it");
}

import { type Tone, useFormatDate, useFormatMoney } from "@jinqiao/ui";
import type { PurchaseDispute } from "./queries.ts";
import { useT } from "./text.ts";

/** How a dispute stands, for its payer: `lost` by the shop is won by the payer. */
export type Standing =
  | "asked"
  | "deciding"
  | "set_apart"
  | "deciding_again"
  | "paid_back"
  | "kept"
  | "refunded"
  | "withdrawn";

export function standingOf({ status, stage, final }: PurchaseDispute): Standing {
  if (status === "needs_response") return "asked";
  if (status === "under_review") return stage === "first" ? "deciding" : "deciding_again";
  if (status === "lost") return final ? "paid_back" : "set_apart";
  if (status === "accepted" || status === "expired") return "paid_back";
  return status === "won" ? "kept" : status;
}

export const standingTone: Record<Standing, Tone> = {
  asked: "info",
  deciding: "info",
  set_apart: "positive",
  deciding_again: "warning",
  paid_back: "positive",
  kept: "neutral",
  refunded: "positive",
  withdrawn: "aside",
};

/** What that means for the person's money and what comes next, in a sentence or two. */
export function useMeaning(): (dispute: PurchaseDispute) => string {
  const t = useT();
  const format = useFormatMoney();
  const formatDate = useFormatDate();
  return (dispute) =>
    t(`disputes.meaning.${standingOf(dispute)}`, {
      amount: format(dispute.contested),
      answer: formatDate(dispute.answerBy, "date-time"),
      represent: dispute.representBy ? formatDate(dispute.representBy, "date-time") : "",
    });
}

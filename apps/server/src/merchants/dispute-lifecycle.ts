import type { DisputeStatus } from "@jinqiao/contract";

export type DisputeStage = "first" | "representment";

/** What can happen to a dispute once it is open. */
export type DisputeCause =
  | "answered"
  | "accepted"
  | "expired"
  | "decided_for_payer"
  | "decided_for_merchant"
  | "represented"
  | "representment_waived"
  | "refunded"
  | "withdrawn";

/**
 * What a move does to the money in dispute:
 * `none` nothing;
 * `give` merchant → payer, at once and for good;
 * `take` merchant → set apart, because the merchant may still represent;
 * `hand_over` set apart → payer;
 * `give_back` set apart → merchant;
 * `free` the holds end.
 */
export type DisputeEffect = "none" | "give" | "take" | "hand_over" | "give_back" | "free";

export type DisputeMove = {
  to: DisputeStatus;
  stage: DisputeStage;
  final: boolean;
  effect: DisputeEffect;
};

export type DisputeState = { status: DisputeStatus; stage: DisputeStage; final: boolean };

/**
 * The one table of moves: undefined where the dispute does not allow it. The payer's money is never taken back: what a
 * merchant may still win is set apart and reaches the payer only when nothing can change any more.
 */
export function disputeMove(
  { status, stage, final }: DisputeState,
  cause: DisputeCause,
): DisputeMove | undefined {
  if (final) return undefined;
  const end = (to: DisputeStatus, effect: DisputeEffect): DisputeMove => ({ to, stage, final: true, effect });
  const first = stage === "first";
  switch (status) {
    case "needs_response":
      switch (cause) {
        case "answered":
          return { to: "under_review", stage, final: false, effect: "none" };
        case "accepted":
          return end("accepted", "give");
        case "expired":
          return end("expired", "give");
        case "refunded":
          return end("refunded", "free");
        case "withdrawn":
          return end("withdrawn", "free");
        default:
          return undefined;
      }
    case "under_review":
      switch (cause) {
        case "accepted":
          return end("accepted", first ? "give" : "hand_over");
        case "decided_for_payer":
          return first ? { to: "lost", stage, final: false, effect: "take" } : end("lost", "hand_over");
        case "decided_for_merchant":
          return end("won", first ? "free" : "give_back");
        case "refunded":
          return first ? end("refunded", "free") : undefined;
        case "withdrawn":
          return end("withdrawn", first ? "free" : "give_back");
        default:
          return undefined;
      }
    case "lost":
      switch (cause) {
        case "represented":
          return { to: "under_review", stage: "representment", final: false, effect: "none" };
        case "accepted":
        case "representment_waived":
          return end("lost", "hand_over");
        case "withdrawn":
          return end("withdrawn", "give_back");
        default:
          return undefined;
      }
    default:
      return undefined;
  }
}

/** True while the money in dispute is still the merchant's, held as far as it is there. */
export const isHeld = ({ status, stage, final }: DisputeState): boolean =>
  !final && stage === "first" && (status === "needs_response" || status === "under_review");

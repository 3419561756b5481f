import { isKnownReason, reasonText } from "@jinqiao/iso20022";
import type { LocalText } from "../../types.ts";

/** Why a bank said no: the code for staff and for our own decisions, the words for the customer. */
export type RefusalReason = { code: string; text: LocalText };

/** ISO 20022 `AM04`, for dialects that say the same by a name of their own. */
export const insufficientFunds: LocalText = reasonText("AM04");

const general: LocalText = {
  en: "The bank refused this. Nothing was paid.",
  zh: "银行拒绝了此操作，未扣款。",
};

/**
 * The reasons of a dialect: its own codes first, then those of ISO 20022's external code sets, which all dialects have
 * in common. A code that nobody has words for is kept beside a general sentence.
 * @param other the sentence for such a code, where the dialect has a better one
 */
export function reasonsWith(
  own: Readonly<Record<string, LocalText>>,
  other: LocalText = general,
): (code: string) => RefusalReason {
  return (code) => {
    if (Object.hasOwn(own, code)) return { code, text: own[code] ?? other };
    return { code, text: isKnownReason(code) ? reasonText(code) : other };
  };
}

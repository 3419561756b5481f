import type { Reason, Text } from "../types.ts";
import { reasonTexts, recallRefusalTexts, returnTexts } from "./texts.ts";

/**
 * `return` for pacs.004, `RtrInf` of a statement and other money that comes back; `recall_refusal` for a camt.029 by
 * which a bank says no to giving money back; `status` for all else.
 */
export type ReasonList = "status" | "return" | "recall_refusal";

const meaningsOf: Record<ReasonList, Record<string, readonly [en: string, zh: string]>> = {
  status: {},
  return: returnTexts,
  recall_refusal: recallRefusalTexts,
};

function wordsFor(code: string, list: ReasonList): readonly [en: string, zh: string] | undefined {
  for (const texts of [meaningsOf[list], reasonTexts]) if (Object.hasOwn(texts, code)) return texts[code];
  return undefined;
}

/** Whether we have words for a code of ISO 20022's external code sets. */
export function isKnownReason(code: string): boolean {
  return wordsFor(code, "status") !== undefined;
}

/**
 * Words for a reason code of ISO 20022's external code sets. A code that customers rarely meet, or a bank's own, is
 * named as it is, so that staff can look it up.
 */
export function reasonText(code: string, list: ReasonList = "status"): Text {
  const known = wordsFor(code, list);
  if (known !== undefined) return { en: known[0], zh: known[1] };
  return { en: `The bank gave the reason code ${code}.`, zh: `银行给出的原因代码为 ${code}。` };
}

/** Words for a whole reason: the code's, then what the bank wrote itself, as it wrote it. */
export function explainReason(reason: Reason, list: ReasonList = "status"): Text {
  const code = reason.code ?? reason.proprietary;
  const said = reason.information.join(" ").trim();
  // “The bank gives its reason in its own words” followed by them says it twice.
  const words = code === null || (code === "NARR" && said !== "") ? null : reasonText(code, list);
  if (words === null)
    return said === ""
      ? { en: "The bank gave no reason.", zh: "银行未说明原因。" }
      : { en: `The bank says: ${said}`, zh: `银行说明：${said}` };
  if (said === "") return words;
  return { en: `${words.en} The bank says: ${said}`, zh: `${words.zh}银行说明：${said}` };
}

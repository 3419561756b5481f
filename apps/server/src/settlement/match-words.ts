import type { LocalText } from "../banks/index.ts";
import type { Reason } from "./matching.ts";
import type { Sighted } from "./references.ts";

/** Why a suggestion is made, as one sentence for a person in each language. */
export function whySuggested(reasons: readonly Reason[]): LocalText {
  const words = reasons.flatMap((reason) => wordsOf(reason) ?? []);
  const en = words.map((text) => text.en).join(", ");
  return {
    en: `${en.charAt(0).toUpperCase()}${en.slice(1)}.`,
    zh: `${words.map((text) => text.zh).join("，")}。`,
  };
}

function wordsOf(reason: Reason): LocalText | null {
  switch (reason.code) {
    case "reference":
      return sightedWords(reason.sighted);
    case "same_amount":
      return { en: "same amount", zh: "金额相同" };
    case "other_amount":
      return { en: "but another amount", zh: "但金额不同" };
    case "payments_add_up":
      return {
        en: `${reason.count} payments add up to the line exactly${reason.asCounted ? ", as many as the bank says it holds" : ""}${reason.isOnlyWay ? "" : ", as other groups do too"}`,
        zh: `${reason.count} 笔付款的合计与该行完全相等${reason.asCounted ? "，且笔数与银行所述一致" : ""}${reason.isOnlyWay ? "" : "（另有其他组合也相等）"}`,
      };
    case "lines_add_up":
      return {
        en: `${reason.count} lines add up to the payment exactly${reason.isOnlyWay ? "" : ", as other groups do too"}`,
        zh: `${reason.count} 行的合计与该付款完全相等${reason.isOnlyWay ? "" : "（另有其他组合也相等）"}`,
      };
    case "days":
      return daysWords(reason.days);
    case "sent_together":
      return reason.days === 0
        ? { en: "all sent on the day of the line", zh: "均于该行当日发出" }
        : {
            en: `all sent on one day, the line ${daysWords(reason.days).en}`,
            zh: `均于同一天发出，该行${daysWords(reason.days).zh}`,
          };
    case "name":
      return reason.isExact
        ? { en: "the name matches", zh: "户名一致" }
        : { en: "the name is similar", zh: "户名相近" };
  }
}

function sightedWords(sighted: Sighted): LocalText {
  switch (sighted.as) {
    case "same":
      return { en: "same reference", zh: "参考号相同" };
    case "in_text":
      return { en: "the reference stands in the remittance text", zh: "附言中含有该参考号" };
    case "cut":
      return { en: "the line bears the beginning of the reference", zh: "该行带有参考号的前一部分" };
    case "slip":
      return {
        en: `the line bears the reference with ${sighted.edits === 1 ? "one character" : `${sighted.edits} characters`} wrong`,
        zh: `该行所带参考号有 ${sighted.edits} 个字符不同`,
      };
  }
}

function daysWords(days: number): LocalText {
  if (days === 0) return { en: "on the same day", zh: "日期相同" };
  if (days < 0) return { en: "dated one day before", zh: "日期早一天" };
  return days === 1
    ? { en: "one day later", zh: "晚一天" }
    : { en: `${days} days later`, zh: `晚 ${days} 天` };
}

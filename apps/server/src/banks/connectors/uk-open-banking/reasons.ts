import type { LocalText } from "../../types.ts";
import { type RefusalReason, reasonsWith } from "../shared/reasons.ts";

/** Words for the error catalogue of UK Open Banking (`OBErrorResponseError1Code`) and its own status reasons. */
const reasons: Record<string, LocalText> = {
  "Rules.FailsControlParameters": {
    en: "This is above the limit for top-ups that you agreed with the bank. Top up less, or wait for the next month.",
    zh: "已超过您与银行约定的充值限额。请减少金额，或下个月再试。",
  },
  "Rules.AfterCutOffDateTime": { en: "It was too late for the bank's day.", zh: "已过银行当日受理时间。" },
  "Field.InvalidDate": {
    en: "The bank does not take this date. Please choose a later one.",
    zh: "银行不接受该日期，请选择更晚的日期。",
  },
  "Unsupported.Frequency": {
    en: "The bank does not offer payments at these intervals.",
    zh: "银行不支持该付款频率。",
  },
  "Resource.InvalidConsentStatus": {
    en: "Your permission at the bank has ended. Please try again and confirm it at the bank.",
    zh: "您在银行的授权已失效，请重试并在银行页面确认。",
  },
  "Unsupported.AccountIdentifier": {
    en: "The bank does not know this account number.",
    zh: "银行查不到该账号。",
  },
  "Unsupported.Currency": {
    en: "The bank cannot pay in this currency from this account.",
    zh: "该账户无法以此币种付款。",
  },
  U033: { en: "The payment was not confirmed at the bank.", zh: "该笔付款未在银行确认。" },
  U037: { en: "The payment was not confirmed at the bank.", zh: "该笔付款未在银行确认。" },
  "1100": { en: "The receiving bank refused the payment.", zh: "收款银行拒绝了该笔付款。" },
  "1161": { en: "The receiving account is stopped.", zh: "收款账户已停用。" },
  "1162": { en: "The name does not fit the receiving account.", zh: "收款人姓名与账户不符。" },
  "1165": { en: "The receiving account is kept in another currency.", zh: "收款账户为其他币种。" },
};

/** Words for a code of the dialect or of ISO 20022. */
export const reasonOf = reasonsWith(reasons);

/** The reason of a rejected payment, `StatusReason`. */
export function rejectionReason(
  given: readonly { StatusReasonCode?: string | undefined }[] | undefined,
): RefusalReason {
  const code = given?.find(({ StatusReasonCode: one }) => one !== undefined && one !== "")?.StatusReasonCode;
  return reasonOf(code ?? "MS03");
}

import { isKnownReason } from "@jinqiao/iso20022";
import type { LocalText } from "../../types.ts";
import { insufficientFunds, type RefusalReason, reasonsWith } from "../shared/reasons.ts";

/**
 * Why a bank said no, in words for the customer: message codes of NextGenPSD2 XS2A 1.3.11 (implementation guidelines,
 * section 14.11) and `CANC`, a transaction status that is its own reason.
 */
const reasons: Record<string, LocalText> = {
  CANC: { en: "The payment was cancelled at the bank.", zh: "该笔付款已在银行取消。" },
  CONSENT_EXPIRED: {
    en: "Your permission at the bank has ended. Link the account again to go on.",
    zh: "您在银行的授权已到期，请重新绑定后继续。",
  },
  CONSENT_INVALID: {
    en: "Your permission at the bank has ended. Link the account again to go on.",
    zh: "您在银行的授权已失效，请重新绑定后继续。",
  },
  CONSENT_UNKNOWN: {
    en: "The bank no longer knows your permission. Link the account again to go on.",
    zh: "银行已查不到您的授权，请重新绑定后继续。",
  },
  PSU_CREDENTIALS_INVALID: { en: "The log-in at the bank failed.", zh: "银行登录失败。" },
  SERVICE_BLOCKED: {
    en: "The bank does not offer this to you at the moment.",
    zh: "银行暂不为您提供此服务。",
  },
  SERVICE_INVALID: {
    en: "The bank does not offer this for this account.",
    zh: "银行不支持该账户进行此操作。",
  },
  PRODUCT_INVALID: {
    en: "The bank does not offer this kind of payment for this account.",
    zh: "银行不支持该账户进行此类付款。",
  },
  PRODUCT_UNKNOWN: { en: "The bank does not offer this kind of payment.", zh: "银行不支持此类付款。" },
  PAYMENT_FAILED: { en: "The bank could not make the payment.", zh: "银行未能完成该笔付款。" },
  EXECUTION_DATE_INVALID: { en: "The bank does not accept the date.", zh: "银行不接受该日期。" },
  FUNDS_NOT_AVAILABLE: insufficientFunds,
  FORMAT_ERROR: { en: "The bank could not read the order.", zh: "银行无法读取该指令。" },
  ACCESS_EXCEEDED: {
    en: "The bank answers no more today. Please try again tomorrow.",
    zh: "银行今日查询次数已用完，请明天再试。",
  },
  BENEFICIARY_WHITELISTING_REQUIRED: {
    en: "The bank pays only people you have put on its list. Add the payee at the bank first.",
    zh: "银行仅向您名单中的收款人付款，请先在银行添加该收款人。",
  },
  CANCELLATION_INVALID: {
    en: "It is too late to stop this payment.",
    zh: "该笔付款已无法撤销。",
  },
  CARD_INVALID: {
    en: "The bank does not know this card, or has blocked it.",
    zh: "银行查不到该卡，或该卡已冻结。",
  },
  CORPORATE_ID_INVALID: {
    en: "The bank does not know this company's log-in.",
    zh: "银行查不到该企业登录信息。",
  },
  INVALID_STATUS_VALUE: { en: "The bank could not read the order.", zh: "银行无法读取该指令。" },
  KID_MISSING: {
    en: "The payee's bank asks for a payment number that is missing.",
    zh: "收款方要求的付款编号缺失。",
  },
  NO_PIIS_ACTIVATION: {
    en: "You have not allowed us to ask the bank whether there is enough money.",
    zh: "您尚未授权查询余额是否足够。",
  },
  PARAMETER_NOT_SUPPORTED: {
    en: "The bank does not offer this choice.",
    zh: "银行不支持该选项。",
  },
  PARAMETER_NOT_CONSISTENT: { en: "The bank could not read the order.", zh: "银行无法读取该指令。" },
  PERIOD_INVALID: { en: "The bank does not accept these dates.", zh: "银行不接受该日期范围。" },
  REFERENCE_MIX_INVALID: {
    en: "These payments cannot be confirmed together.",
    zh: "这些付款不能一并确认。",
  },
  REFERENCE_STATUS_INVALID: {
    en: "One of these payments no longer waits for you.",
    zh: "其中一笔付款已无需您确认。",
  },
  REQUIRED_KID_MISSING: {
    en: "The payee's bank asks for a payment number that is missing.",
    zh: "收款方要求的付款编号缺失。",
  },
  RESOURCE_EXPIRED: { en: "The bank no longer keeps this.", zh: "银行已不再保留该信息。" },
  RESOURCE_BLOCKED: { en: "The bank has blocked this for the moment.", zh: "银行暂时锁定了此操作。" },
  SCA_INVALID: { en: "The code is not right, or is too old.", zh: "验证码不正确或已过期。" },
  SCA_METHOD_UNKNOWN: {
    en: "The bank does not offer this way of confirming.",
    zh: "银行不支持该确认方式。",
  },
  SESSIONS_NOT_SUPPORTED: { en: "The bank does not offer this.", zh: "银行不支持此操作。" },
  STATUS_INVALID: {
    en: "The bank no longer waits for this.",
    zh: "银行已不再等待此操作。",
  },
  TIMESTAMP_INVALID: {
    en: "The bank does not accept the time of this order.",
    zh: "银行不接受该指令的时间。",
  },
  TRANSACTION_COUNT_INVALID: {
    en: "There are too many payments in this order.",
    zh: "该指令包含的付款笔数过多。",
  },
  RESOURCE_UNKNOWN: { en: "The bank does not know this account or payment.", zh: "银行查不到该账户或付款。" },
};

/** Words for a code of the dialect or of ISO 20022. */
export const reasonOf = reasonsWith(reasons);

/**
 * The reason of a rejected payment. Banks put the ISO code at the start of a message's text or into `code`;
 * the generic codes ERROR and WARNING say nothing.
 */
export function rejectionReason(answer: {
  psuMessage?: string | undefined;
  tppMessages?: readonly { code: string; text?: string | undefined }[] | undefined;
}): RefusalReason {
  const texts = [...(answer.tppMessages ?? []).map(({ text }) => text), answer.psuMessage];
  for (const text of texts) {
    const code = /^\s*([A-Z]{2}[0-9]{2}|[A-Z]{2}[0-9][A-Z]|[A-Z]{4})\b/.exec(text ?? "")?.[1];
    if (code !== undefined && (isKnownReason(code) || /[0-9]/.test(code))) return reasonOf(code);
  }
  const named = answer.tppMessages?.find(({ code }) => !["ERROR", "WARNING"].includes(code));
  return reasonOf(named?.code ?? "MS03");
}

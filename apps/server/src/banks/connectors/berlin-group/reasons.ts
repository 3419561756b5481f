import type { LocalText } from "../../types.ts";

/**
 * Why a bank said no, in words for the customer. Keys are ISO 20022 external status reason codes (`ExternalStatusReason1Code`)
 * and message codes of NextGenPSD2 XS2A 1.3.11 (implementation guidelines, section 14.11).
 */
const reasons: Record<string, LocalText> = {
  // ISO 20022
  AC01: { en: "The bank does not know this account number.", zh: "银行查不到该账号。" },
  AC03: { en: "The bank does not know the payee's account number.", zh: "银行查不到收款账号。" },
  AC04: { en: "The bank account is closed.", zh: "该银行账户已销户。" },
  AC06: { en: "The bank account is blocked.", zh: "该银行账户已冻结。" },
  AC09: {
    en: "The bank account is kept in another currency.",
    zh: "该银行账户的币种不同。",
  },
  AC13: { en: "This kind of bank account cannot be used for this.", zh: "该类型的银行账户不支持此操作。" },
  AG01: { en: "The bank does not allow this payment from this account.", zh: "银行不允许该账户进行此付款。" },
  AM02: { en: "The amount is above what the bank allows.", zh: "金额超过银行限额。" },
  AM04: { en: "There is not enough money in the bank account.", zh: "银行账户余额不足。" },
  AM05: {
    en: "The bank takes this for a payment that it has already received.",
    zh: "银行认为该笔付款已经收到过。",
  },
  AM14: { en: "The amount is above the limit agreed with the bank.", zh: "金额超过您与银行约定的限额。" },
  AM21: { en: "The amount is above the limit agreed with the bank.", zh: "金额超过您与银行约定的限额。" },
  BE04: { en: "The bank needs the payee's address.", zh: "银行需要收款人地址。" },
  CUST: {
    en: "The payment was cancelled at the bank by the account holder.",
    zh: "账户持有人已在银行取消该笔付款。",
  },
  DS02: { en: "The payment was cancelled at the bank.", zh: "该笔付款已在银行取消。" },
  DS0A: { en: "The bank needs another person's approval.", zh: "银行要求其他授权人同意。" },
  DT01: { en: "The bank does not accept the date.", zh: "银行不接受该日期。" },
  FF01: { en: "The bank could not read the order.", zh: "银行无法读取该指令。" },
  FOCR: {
    en: "The payment was taken back at the account holder's wish.",
    zh: "已按账户持有人要求撤回该笔付款。",
  },
  MD07: { en: "The bank says the account holder has died.", zh: "银行告知账户持有人已去世。" },
  MS02: { en: "The account holder refused the payment.", zh: "账户持有人拒绝了该笔付款。" },
  MS03: { en: "The bank refused the payment and gave no reason.", zh: "银行拒绝了该笔付款，未说明原因。" },
  NARR: { en: "The bank refused the payment.", zh: "银行拒绝了该笔付款。" },
  RC01: { en: "The bank code is not right.", zh: "银行代码不正确。" },
  RR04: {
    en: "The bank refused the payment because of a rule it must follow.",
    zh: "因监管规定，银行拒绝了该笔付款。",
  },
  TM01: { en: "It was too late for the bank's day.", zh: "已过银行当日受理时间。" },
  CANC: { en: "The payment was cancelled at the bank.", zh: "该笔付款已在银行取消。" },
  // NextGenPSD2
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
  FUNDS_NOT_AVAILABLE: { en: "There is not enough money in the bank account.", zh: "银行账户余额不足。" },
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

const general: LocalText = {
  en: "The bank refused this. Nothing was paid.",
  zh: "银行拒绝了此操作，未扣款。",
};

/** Words for a code. A code that we have no words for is kept beside a general sentence. */
export function reasonOf(code: string): { code: string; text: LocalText } {
  return { code, text: Object.hasOwn(reasons, code) ? (reasons[code] as LocalText) : general };
}

/**
 * The reason of a rejected payment. Banks put the ISO code at the start of a message's text or into `code`;
 * the generic codes ERROR and WARNING say nothing.
 */
export function rejectionReason(answer: {
  psuMessage?: string | undefined;
  tppMessages?: readonly { code: string; text?: string | undefined }[] | undefined;
}): { code: string; text: LocalText } {
  const texts = [...(answer.tppMessages ?? []).map(({ text }) => text), answer.psuMessage];
  for (const text of texts) {
    const code = /^\s*([A-Z]{2}[0-9]{2}|[A-Z]{2}[0-9][A-Z]|[A-Z]{4})\b/.exec(text ?? "")?.[1];
    if (code !== undefined && (Object.hasOwn(reasons, code) || /[0-9]/.test(code))) return reasonOf(code);
  }
  const named = answer.tppMessages?.find(({ code }) => !["ERROR", "WARNING"].includes(code));
  return reasonOf(named?.code ?? "NARR");
}

/** What the mandate page says, in Chinese and English. */
import type { Language } from "../pages/texts.ts";

const english = {
  loginLead: (creditor: string) =>
    `${creditor} asks for your permission to collect money from your account. Log in to see what it asks for.`,
  title: (creditor: string) => `Allow ${creditor} to collect top-ups`,
  what: "By signing you allow the company to send us collections, and us to pay them from your account.",
  creditor: "Company",
  creditorId: "Its number at this bank",
  mandate: "Mandate reference",
  kind: "Kind of payment",
  kindValue: "Repeated collections, only when you top up in the app",
  rights:
    "You can ask us to give back a collection within eight weeks after it left your account, without giving a reason. You can end this permission at any time, here at the bank or in the app.",
  choose: "From which account?",
  pickOne: "Choose one account.",
  noAccounts:
    "You have no account in a currency in which the company collects at this bank. You can only cancel here.",
  account: "Account",
  sign: "Sign the mandate",
  sms: (creditor: string, bank: string) =>
    `${bank}: sign a mandate for ${creditor}. Never tell anyone this code:`,
};

const chinese: typeof english = {
  loginLead: (creditor) => `${creditor} 请求您授权从您的账户扣款。请先登录，查看它要求的内容。`,
  title: (creditor) => `授权 ${creditor} 代收充值款`,
  what: "签署后，即表示您允许该公司向本行发送代收指令，并允许本行从您的账户付款。",
  creditor: "收款公司",
  creditorId: "该公司在本行的编号",
  mandate: "授权编号",
  kind: "扣款方式",
  kindValue: "多次代收，仅在您于应用中充值时扣款",
  rights: "款项扣出后八周内，您可以要求本行退回该笔扣款，无需说明理由。您可随时在本行或应用中终止该授权。",
  choose: "从哪个账户扣款？",
  pickOne: "请选择一个账户。",
  noAccounts: "您没有该公司在本行代收币种的账户，此处只能取消。",
  account: "账户",
  sign: "签署授权",
  sms: (creditor, bank) => `【${bank}】您正在为 ${creditor} 签署代收授权。请勿将验证码告诉任何人：`,
};

export function mandateTexts(language: Language): typeof english {
  return language === "zh" ? chinese : english;
}

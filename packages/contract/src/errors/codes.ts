import { define } from "./define.ts";

/** Codes that merchants show, and codes that payers show. */
export const codeErrors = define({
  "code.revoked": {
    status: 409,
    retryable: false,
    en: "The shop has withdrawn this code. Nothing was paid. Ask the shop for its present code.",
    zh: "商户已停用该收款码，没有付款。请向商户索取新的收款码。",
    staff: "The code's status is `revoked`; `replacedBy` names the one that took its place, if any.",
  },
  "code.store_missing": {
    status: 422,
    retryable: false,
    en: "This shop has no such store, or the store is closed. Choose one of its open stores.",
    zh: "未找到该门店，或门店已停用。请选择营业中的门店。",
    staff: "`storeId` (or `tillId`) is none of the merchant's in this mode.",
  },
  "code.currency_other": {
    status: 422,
    retryable: false,
    en: "This code takes payments in another currency. Nothing was paid.",
    zh: "该收款码使用其他币种收款，没有付款。",
    staff: "The amount's currency is not the code's.",
  },
  "code.limit_payment": {
    status: 422,
    retryable: false,
    en: "This is more than may be paid at once with a printed code. Nothing was paid. Ask the shop to show a code with the amount.",
    zh: "金额超过静态收款码的单笔限额，没有付款。请让商户出示带金额的动态收款码。",
    staff: "Limit of the code's kind per payment (merchants/code-limits.ts).",
  },
  "code.limit_day": {
    status: 409,
    retryable: false,
    en: "With this payment you would pass what may be paid with printed codes in a day. Nothing was paid. Ask the shop to show a code with the amount, or let it scan your pay code.",
    zh: "付款后将超过静态收款码的单日累计限额，没有付款。请让商户出示带金额的动态收款码，或由商户扫描您的付款码。",
    staff: "Limit of the code's kind per payer and day (merchants/code-limits.ts).",
  },
  "pay_code.unknown": {
    status: 422,
    retryable: false,
    en: "This is no pay code of ours, or it was misread. Nothing was charged. Please scan the customer's code again.",
    zh: "这不是有效的付款码，或识别有误，没有扣款。请重新扫描顾客的付款码。",
    staff: "Form, handle or check digits do not fit. Twenty wrong checks within an hour end the key.",
  },
  "pay_code.expired": {
    status: 422,
    retryable: false,
    en: "This pay code is too old: a code is good for one minute. Nothing was charged. Please ask the customer for the code that the phone shows now.",
    zh: "付款码已过期（有效期 1 分钟），没有扣款。请顾客出示手机上当前显示的付款码。",
    staff: "Older than 60 seconds, or the phone's clock is more than 15 seconds ahead of ours.",
  },
  "pay_code.used": {
    status: 409,
    retryable: false,
    en: "This pay code was used already: each code is good for one payment. Nothing was charged by this attempt. Please scan the new code on the customer's phone.",
    zh: "该付款码已被使用（每个付款码仅能使用一次），本次没有扣款。请扫描顾客手机上的新付款码。",
    staff: "The code stands in merchants.pay_code_use with another payment.",
  },
  "pay_code.ended": {
    status: 409,
    retryable: false,
    en: "This phone's pay code is switched off. Nothing was charged. The customer can open the wallet and switch it on again.",
    zh: "该手机的付款码已停用，没有扣款。请顾客打开钱包重新启用付款码。",
    staff: "The key was revoked, has run out, was paused after wrong codes, or its device was removed.",
  },
  "pay_code.no_device": {
    status: 409,
    retryable: false,
    en: "This browser does not keep what tells your phone from others, so it cannot show pay codes. Allow cookies for this page, then sign in again.",
    zh: "此浏览器未保存设备标识，无法显示付款码。请允许本页面使用 Cookie 后重新登录。",
    staff: "The session has no device: it was removed, or the browser keeps no cookie.",
  },
});

import { banksErrors } from "./errors/banks.ts";
import { booksErrors } from "./errors/books.ts";
import { codeErrors } from "./errors/codes.ts";
import { developerErrors } from "./errors/developers.ts";
import { disputeErrors } from "./errors/disputes.ts";
import { generalErrors } from "./errors/general.ts";
import { identityErrors } from "./errors/identity.ts";
import { merchantErrors } from "./errors/merchants.ts";
import { notificationsErrors } from "./errors/notifications.ts";
import { paymentsErrors } from "./errors/payments.ts";
import { staffErrors } from "./errors/staff.ts";
import { stepUpErrors } from "./errors/step-up.ts";

export type { ErrorDefinition } from "./errors/define.ts";

/**
 * The error catalogue: every problem the API can answer, with its HTTP status, whether sending the same request
 * again may help, what the customer is told in both languages, and what staff are told.
 * Source for the shape on the wire: RFC 9457 (Problem Details for HTTP APIs).
 */
export const errorCatalogue = {
  ...generalErrors,
  ...identityErrors,
  ...paymentsErrors,
  ...banksErrors,
  ...booksErrors,
  ...staffErrors,
  ...notificationsErrors,
  ...stepUpErrors,
  ...merchantErrors,
  ...disputeErrors,
  ...codeErrors,
  ...developerErrors,
};

export type ErrorCode = keyof typeof errorCatalogue;

/** Codes of single fields inside `request.invalid`. */
export const fieldErrorCatalogue = {
  "field.required": { en: "Please fill this in.", zh: "请填写此项。" },
  "field.invalid": { en: "This is not in the right form.", zh: "格式不正确。" },
  "field.unknown": { en: "This field is not known.", zh: "未知的字段。" },
  "field.too_long": { en: "This is too long.", zh: "内容过长。" },
  "field.email": { en: "Please enter a valid e-mail address.", zh: "请输入有效的邮箱地址。" },
  "field.password_short": { en: "Use at least 10 characters.", zh: "密码至少需要 10 个字符。" },
  "field.password_common": {
    en: "Many people use this password, and thieves try it first. Choose another one.",
    zh: "该密码使用的人很多，盗号者会最先尝试。请换一个。",
  },
  "field.password_personal": {
    en: "This password holds your name or e-mail address. Choose one that others cannot guess.",
    zh: "密码中含有您的姓名或邮箱。请换一个他人猜不到的。",
  },
  "field.time_zone": {
    en: "We do not know this time zone. Use a name such as Asia/Shanghai.",
    zh: "没有这个时区。请使用 Asia/Shanghai 这样的名称。",
  },
  "field.card_number": {
    en: "This card number is not right. Check each digit.",
    zh: "卡号不正确，请逐位核对。",
  },
  "field.id_number": {
    en: "This ID number is not right. Check each character.",
    zh: "证件号码不正确，请逐位核对。",
  },
  "field.phone": { en: "Enter the mobile number with digits only.", zh: "请输入正确的手机号。" },
  "field.code": { en: "The code has six digits.", zh: "验证码为 6 位数字。" },
  "field.period_order": {
    en: "The period must end after it begins.",
    zh: "结束日期必须晚于开始日期。",
  },
  "field.period_too_long": {
    en: "Choose a period of at most five years.",
    zh: "期间最长为五年。",
  },
  "amount.format": {
    en: "Enter an amount with digits and one point, for example 120.50.",
    zh: "请用数字和小数点输入金额，例如 120.50。",
  },
  "amount.zero": { en: "The amount must be more than zero.", zh: "金额必须大于零。" },
  "amount.negative": { en: "The amount must not be negative.", zh: "金额不能为负数。" },
  "amount.too_many_decimals": {
    en: "This currency does not have that many decimals.",
    zh: "该币种没有这么多位小数。",
  },
  "amount.too_large": { en: "This amount is too large.", zh: "金额过大。" },
  "amount.unknown_currency": { en: "We do not know this currency.", zh: "不支持该币种。" },
} as const satisfies Record<string, { en: string; zh: string }>;

export type FieldErrorCode = keyof typeof fieldErrorCatalogue;

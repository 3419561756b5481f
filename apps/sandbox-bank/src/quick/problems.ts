/** Refusals of the quick payment interface: code, HTTP status and words in both languages. */

interface Definition {
  status: number;
  en: string;
  zh: string;
}

export const PROBLEMS = {
  MESSAGE_INVALID: { status: 400, en: "The message is not as published.", zh: "报文不符合规范。" },
  SIGNATURE_INVALID: { status: 401, en: "The signature is wrong.", zh: "验签失败。" },
  MERCHANT_UNKNOWN: { status: 401, en: "There is no such merchant or key.", zh: "商户或密钥不存在。" },
  CLOCK_DIFFERS: {
    status: 401,
    en: "The message is more than five minutes off the bank's clock.",
    zh: "报文时间与银行时间相差超过五分钟。",
  },
  NONCE_USED: { status: 401, en: "This message was sent before.", zh: "重复的报文。" },
  DETAILS_MISMATCH: {
    status: 422,
    en: "Name, ID number, card number and phone do not belong together.",
    zh: "姓名、证件号、卡号与手机号不一致。",
  },
  CARD_NOT_SUPPORTED: { status: 422, en: "This is not a card of this bank.", zh: "不是本行的卡。" },
  TOO_MANY_TRIES: {
    status: 422,
    en: "Too many wrong tries. Try tomorrow.",
    zh: "错误次数过多，请明天再试。",
  },
  BINDING_UNKNOWN: { status: 404, en: "There is no such agreement.", zh: "协议不存在。" },
  AGREEMENT_ENDED: { status: 422, en: "The agreement is over.", zh: "协议已失效。" },
  ORDER_UNKNOWN: { status: 404, en: "There is no such order.", zh: "订单不存在。" },
  REFERENCE_REUSED: {
    status: 409,
    en: "The reference belongs to another order.",
    zh: "该商户订单号已用于其他订单。",
  },
  NOT_REFUNDABLE: {
    status: 422,
    en: "Only a booked payment can be refunded.",
    zh: "只有已入账的支付可以退款。",
  },
  REFUND_TOO_LARGE: {
    status: 422,
    en: "More than is left of the payment.",
    zh: "退款金额超过剩余可退金额。",
  },
  CARD_UNKNOWN: { status: 404, en: "There is no such card token.", zh: "卡标识不存在。" },
  CURRENCY_NOT_OFFERED: { status: 422, en: "The card has another currency.", zh: "该卡不支持此币种。" },
  BUSY: { status: 503, en: "Not now; nothing was done.", zh: "系统繁忙，未作处理。" },
  BANK_FAILED: { status: 500, en: "Something went wrong at the bank.", zh: "银行系统异常。" },
} as const satisfies Record<string, Definition>;

export type ProblemCode = keyof typeof PROBLEMS;

export class QuickProblem extends Error {
  readonly code: ProblemCode;

  constructor(code: ProblemCode, detail?: string) {
    super(detail ?? PROBLEMS[code].en);
    this.code = code;
  }
}

/** Why an order failed, after it was taken. */
export const REASONS: Record<string, { en: string; zh: string }> = {
  INSUFFICIENT_FUNDS: { en: "There is not enough money on the card.", zh: "卡内余额不足。" },
  CODE_FAILED: { en: "The code was wrong too often, or came too late.", zh: "验证码多次错误或已过期。" },
  CUSTOMER_REFUSED: { en: "The customer refused the payment.", zh: "客户取消了付款。" },
  MERCHANT_FUNDS: { en: "The merchant's account is too low.", zh: "商户账户余额不足。" },
  REFUSED: { en: "The bank refuses this order.", zh: "银行拒绝了该笔交易。" },
};

import type { LocalText } from "../../types.ts";

/** Why an order failed or was refused, in words for the customer; by the codes of docs/quick-payment.md. */
const reasons: Record<string, LocalText> = {
  INSUFFICIENT_FUNDS: { en: "There is not enough money on the card.", zh: "卡内余额不足。" },
  CODE_FAILED: {
    en: "The code from the bank was wrong too often, or came too late.",
    zh: "银行验证码多次错误或已过期。",
  },
  CUSTOMER_REFUSED: { en: "The payment was refused at the bank.", zh: "付款在银行页面被取消。" },
  AGREEMENT_ENDED: {
    en: "Your permission at the bank has ended. Link the card again to go on.",
    zh: "您与银行的签约已失效，请重新绑卡后继续。",
  },
  BINDING_UNKNOWN: {
    en: "The bank does not know this permission. Link the card again to go on.",
    zh: "银行查不到该签约，请重新绑卡后继续。",
  },
  CARD_UNKNOWN: { en: "The bank does not know this card any more.", zh: "银行查不到该银行卡。" },
  CURRENCY_NOT_OFFERED: { en: "The card is kept in another currency.", zh: "该卡不支持此币种。" },
  NOT_REFUNDABLE: {
    en: "This payment cannot be given back, because it is not booked.",
    zh: "该笔付款尚未入账，不能退款。",
  },
  REFUND_TOO_LARGE: {
    en: "This is more than is left of the payment.",
    zh: "退款金额超过剩余可退金额。",
  },
  REFUSED: {
    en: "The bank refused the payment. Please ask your bank.",
    zh: "银行拒绝了该笔交易，请联系银行。",
  },
  CANCELLED: { en: "The payment was cancelled.", zh: "付款已取消。" },
};
const other: LocalText = {
  en: "The bank refused the payment. Please ask your bank, or try another account.",
  zh: "银行拒绝了该笔付款。请联系银行，或改用其他账户。",
};

/**
 * Code and words of a reason. What the rest of the house knows by an ISO 20022 code goes by that: `AM04` means that
 * the paying account was short.
 */
export function reasonOf(code: string): { code: string; text: LocalText } {
  const named: Record<string, string> = {
    MERCHANT_FUNDS: "AM04",
    INSUFFICIENT_FUNDS: "AM04",
    AGREEMENT_ENDED: "bank.consent_ended",
    BINDING_UNKNOWN: "bank.consent_ended",
  };
  return { code: named[code] ?? code, text: reasons[code] ?? other };
}

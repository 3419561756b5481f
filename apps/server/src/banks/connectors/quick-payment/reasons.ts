import type { LocalText } from "../../types.ts";
import { insufficientFunds, type RefusalReason, reasonsWith } from "../shared/reasons.ts";

/** Why an order failed or was refused, in words for the customer; by the codes of docs/quick-payment.md. */
const reasons: Record<string, LocalText> = {
  INSUFFICIENT_FUNDS: insufficientFunds,
  // The operator's account at the bank, never the customer's.
  MERCHANT_FUNDS: {
    en: "The bank could not pay this out at the moment. Your bank account is not the reason.",
    zh: "银行暂时无法付出这笔款项，与您的银行账户无关。",
  },
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

const wordsFor = reasonsWith(reasons, other);

/** Names of the dialect for what the rest of the house knows by another. */
const named: Readonly<Record<string, string>> = {
  MERCHANT_FUNDS: "AM04",
  INSUFFICIENT_FUNDS: "AM04",
  AGREEMENT_ENDED: "bank.consent_ended",
  BINDING_UNKNOWN: "bank.consent_ended",
};

/**
 * Code and words of a reason. `AM04` says that the account that was to pay was short: the customer's for a top-up,
 * ours for a payout.
 */
export function reasonOf(code: string): RefusalReason {
  const { text } = wordsFor(code);
  return { code: Object.hasOwn(named, code) ? (named[code] ?? code) : code, text };
}

import type { DisputeReason, DisputeReasonCode } from "@jinqiao/contract";

type LocalText = { en: string; zh: string };

/** A reason for which payers dispute a purchase, and what helps to decide it. */
export type ReasonEntry = DisputeReason & {
  hint: LocalText;
  /** True where the payer says that they never agreed to the payment: packs give longer for that. */
  unauthorised: boolean;
};

const cancellation = "ExternalCancellationReason1Code";
const returned = "ExternalReturnReason1Code";

/**
 * Reasons in standard terms. ISO 20022 has no code set of its own for disputes of purchases: where its external code
 * set of cancellation reasons says the same, that code stands here; otherwise MD06 (refund asked for by the end
 * customer) of the return reasons. Visa's dispute conditions: https://docs.stripe.com/disputes/categories, read
 * 2026-11-22. Mastercard's two message reasons are those that public guides to its chargebacks agree on (4837 no
 * cardholder authorisation, 4853 cardholder dispute); where they do not agree there is no number.
 */
export const disputeReasons: readonly ReasonEntry[] = [
  {
    code: "fraudulent",
    name: { en: "I did not make this payment", zh: "这笔付款不是我做的" },
    hint: {
      en: "Say where you were and where your phone was at the time, and whether somebody else can unlock it.",
      zh: "请说明当时您和手机在哪里，以及是否有他人能解锁您的手机。",
    },
    iso20022: { codeSet: cancellation, code: "FRAD" },
    cards: { visa: ["10.1", "10.2", "10.3", "10.4", "10.5"], mastercard: ["4837"] },
    unauthorised: true,
  },
  {
    code: "product_not_received",
    name: { en: "It did not arrive", zh: "没有收到商品或服务" },
    hint: {
      en: "Say when it was due. Add the order's confirmation and what you and the shop wrote to each other.",
      zh: "请说明约定的交付时间，并附上订单确认以及与商家的沟通记录。",
    },
    iso20022: { codeSet: returned, code: "MD06" },
    cards: { visa: ["13.1"], mastercard: ["4853"] },
    unauthorised: false,
  },
  {
    code: "product_unacceptable",
    name: { en: "It is broken or not what was described", zh: "商品损坏或与描述不符" },
    hint: {
      en: "Add photographs and the shop's description, and say whether you offered to send it back.",
      zh: "请附上照片和商家的描述，并说明是否曾提出退货。",
    },
    iso20022: { codeSet: returned, code: "MD06" },
    cards: { visa: ["13.3", "13.4", "13.5"], mastercard: ["4853"] },
    unauthorised: false,
  },
  {
    code: "canceled",
    name: { en: "I had cancelled it", zh: "我已取消订单或订阅" },
    hint: {
      en: "Say when and how you cancelled, and add the confirmation if you were given one.",
      zh: "请说明取消的时间和方式，如有取消确认请附上。",
    },
    iso20022: { codeSet: cancellation, code: "CUST" },
    cards: { visa: ["13.2", "13.7"], mastercard: ["4853"] },
    unauthorised: false,
  },
  {
    code: "credit_not_processed",
    name: { en: "A promised refund has not come", zh: "商家承诺的退款未到账" },
    hint: {
      en: "Add the message in which the shop promised the money, or proof that you sent the goods back.",
      zh: "请附上商家承诺退款的消息，或退货凭证。",
    },
    iso20022: { codeSet: returned, code: "MD06" },
    cards: { visa: ["13.6"], mastercard: ["4853"] },
    unauthorised: false,
  },
  {
    code: "duplicate",
    name: { en: "I paid twice for the same thing", zh: "同一笔消费重复付款" },
    hint: {
      en: "Say which other payment was for the same thing, from this wallet or another way.",
      zh: "请说明另一笔付款是哪一笔，无论是用本钱包还是其他方式支付。",
    },
    iso20022: { codeSet: cancellation, code: "DUPL" },
    cards: { visa: ["12.6.1", "12.6.2"], mastercard: [] },
    unauthorised: false,
  },
  {
    code: "incorrect_amount",
    name: { en: "The amount is wrong", zh: "金额不对" },
    hint: {
      en: "Say what it should have cost and add the receipt or the offer. Dispute only the difference.",
      zh: "请说明应付金额并附上小票或报价，仅对差额提出争议。",
    },
    iso20022: { codeSet: cancellation, code: "AM09" },
    cards: { visa: ["12.5"], mastercard: [] },
    unauthorised: false,
  },
  {
    code: "general",
    name: { en: "Something else", zh: "其他问题" },
    hint: {
      en: "Say what happened and what you have asked the shop for.",
      zh: "请说明发生了什么，以及您向商家提出过什么要求。",
    },
    iso20022: { codeSet: returned, code: "MD06" },
    cards: { visa: [], mastercard: [] },
    unauthorised: false,
  },
];

const byCode = new Map(disputeReasons.map((reason) => [reason.code, reason]));

export function disputeReason(code: DisputeReasonCode): ReasonEntry {
  const reason = byCode.get(code);
  if (reason === undefined) throw new Error(`no dispute reason ${code}`);
  return reason;
}

/** Words of the quick payment pages, in both languages. */
import type { Language } from "../pages/texts.ts";

const en = {
  phoneTitle: "Sandbox telephone",
  phoneLead:
    "Everything the bank sends by SMS arrives here. A real bank sends it to the customer's own telephone.",
  messages: "Messages",
  noMessages: "No message yet. Link a card in the wallet and the code arrives here.",
  agreements: "Agreements",
  noAgreements: "No app may pay from these cards.",
  until: "until",
  end: "End",
  cards: "Cards of the demo people",
  cardsNote: "Invented people, cards and numbers, to try the wallet with.",
  cardNumber: "Card",
  idNumber: "ID number",
  phone: "Phone",
  approveTitle: "Confirm the payment",
  payTo: (name: string) => `You pay ${name}`,
  fromCard: (last: string) => `from your card ending in ${last}`,
  pay: "Pay",
  refuse: "Do not pay",
  sms: "The bank's code for this payment:",
  codeWrong: (left: number) => `The code is wrong. ${left} more ${left === 1 ? "try" : "tries"}.`,
};

const zh: typeof en = {
  phoneTitle: "沙盒手机",
  phoneLead: "银行发送的短信都会出现在这里。真实的银行会发送到客户本人的手机。",
  messages: "短信",
  noMessages: "暂无短信。在钱包中绑定银行卡后，验证码会出现在这里。",
  agreements: "已签约",
  noAgreements: "没有应用可以从这些卡付款。",
  until: "有效期至",
  end: "解约",
  cards: "演示人物的银行卡",
  cardsNote: "人物、卡号与号码均为虚构，供试用钱包。",
  cardNumber: "卡号",
  idNumber: "身份证号",
  phone: "手机号",
  approveTitle: "确认付款",
  payTo: (name) => `向 ${name} 付款`,
  fromCard: (last) => `从尾号 ${last} 的卡支付`,
  pay: "付款",
  refuse: "不付款",
  sms: "本次付款的银行验证码：",
  codeWrong: (left) => `验证码错误，还可以再试 ${left} 次。`,
};

export const pageTexts: Record<Language, typeof en> = { en, zh };

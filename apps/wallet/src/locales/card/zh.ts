import type { CardMessageId } from "./en.ts";

/** Texts of the page that links a card, in Chinese. */
export const zh: Record<CardMessageId, string> = {
  "card.title": "绑定{bank}的卡",
  "card.lead": "请填写您在{bank}登记的信息。银行核对后，会向您的手机发送验证码。",
  "card.kept": "这些信息加密后转交银行核对，我们只保留姓名和卡号的后四位。",
  "card.holder": "持卡人姓名",
  "card.id_type": "证件类型",
  "card.id_type.resident_identity_card": "居民身份证",
  "card.id_type.passport": "护照",
  "card.id_number": "证件号码",
  "card.number": "银行卡号",
  "card.recognised": "{issuer} · {kind, select, debit {借记卡} credit {信用卡} other {预付卡}}",
  "card.other_bank": "这张卡似乎属于{issuer}。这里可以绑定{bank}的卡。",
  "card.not_ours": "这不是{bank}的卡。",
  "card.phone": "手机号",
  "card.phone.hint": "请填写银行预留的手机号。",
  "card.allows": "输入验证码即表示您同意：由您确认的充值可从此卡扣款。您可随时在“我的”中终止。",
  "card.send": "获取验证码",
  "card.code.title": "输入验证码",
  "card.code.lead": "{bank}已向 {phone} 发送 6 位验证码，{time} 前有效。",
  "card.code": "验证码",
  "card.code.left": "{count, plural, other {还可以再试 # 次。}}",
  "card.code.confirm": "完成绑定",
  "card.code.again": "重新填写信息",
  "card.code.over": "验证码已失效，未绑定任何银行卡。",
};

/** What a scanned code is and what to do now, in the payer's words. */
export const readingTexts = {
  static: {
    en: "This is the shop's genuine code. Check the name, type the amount and pay.",
    zh: "这是该商户的有效收款码。请核对商户名称，输入金额后付款。",
  },
  payment: {
    en: "This is a genuine code for one payment. Check the shop and the amount, then pay.",
    zh: "这是一笔待付款的有效收款码。请核对商户和金额后付款。",
  },
  forged: {
    en: "Do not pay with this code. It says that it is ours, and it was changed or made by somebody else. Nothing was paid. Tell the shop: somebody may have pasted it over the real one.",
    zh: "请勿使用此码付款。该码冒充本钱包收款码，内容被改动或由他人伪造。没有付款。请告知商户：真码可能被人覆盖了。",
  },
  revoked: {
    en: "The shop has withdrawn this code. Nothing was paid. Ask for the present one.",
    zh: "商户已停用此收款码，没有付款。请索取新的收款码。",
  },
  ended: {
    en: "The time to pay with this code is over, or it was paid already. Nothing was paid now. Ask the shop for a new code.",
    zh: "此码已过付款时限或已付款，本次没有付款。请向商户索取新的收款码。",
  },
  pay_code: {
    en: "This is a pay code: a payer shows it, and a shop scans it. To pay here, scan the shop's code or show your own pay code.",
    zh: "这是付款码，由付款人出示、商户扫描。如需付款，请扫描商户收款码，或出示您自己的付款码。",
  },
  other_pay_code: {
    en: "This is another wallet's pay code. Only the shop's scanner can use it. To pay here, show your own pay code.",
    zh: "这是其他钱包的付款码，只能由商户扫描。如需付款，请出示您自己的付款码。",
  },
  website: {
    en: "This is the address of a website and not one of our codes. Payments there are not made by this wallet. Open it only if you trust who gave it to you.",
    zh: "这是一个网址，不是本钱包的收款码，在该网站付款与本钱包无关。仅在信任来源时打开。",
  },
  own_page: {
    en: "This is a page of this wallet and no code for a payment. Open the address in the browser to see it.",
    zh: "这是本钱包的页面地址，不是收款码。请在浏览器中打开查看。",
  },
  unknown_merchant: {
    en: "This is a merchant's payment code of a scheme that we do not know. This wallet cannot pay it. Nothing was paid.",
    zh: "这是商户收款码，但所属支付网络无法识别，本钱包不能付款。没有付款。",
  },
} as const;

/** What to do with a code of another scheme. */
export function otherSchemeText(names: readonly { en: string; zh: string }[]): { en: string; zh: string } {
  const list = (language: "en" | "zh", joint: string) => names.map((name) => name[language]).join(joint);
  return {
    en: `This code is for ${list("en", ", ")}. This wallet cannot pay it: use an app of that scheme, or ask the shop for a code of ours. Nothing was paid, and nobody has checked what the code says.`,
    zh: `此码属于${list("zh", "、")}，本钱包不能付款。请使用该支付网络的应用，或向商户索取本钱包的收款码。没有付款；码中内容未经核实。`,
  };
}

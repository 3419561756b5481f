import type { MerchantAccount, MerchantCode } from "./merchant.ts";

/** A payment scheme whose codes we can name. */
export type Scheme = { id: string; name: { en: string; zh: string }; country: string | null };

const scheme = (id: string, en: string, zh: string, country: string | null): Scheme => ({
  id,
  name: { en, zh },
  country,
});

/** Our own codes name themselves so. */
export const ownScheme = scheme("jinqiao", "Jinqiao", "金桥", null);
export const ownDomain = "org.jinqiao";

/**
 * Who stands behind a template: its owner as the code names it. Sources: the public specifications of PayNow (SGQR),
 * PromptPay (Thai QR Payment), Pix (BR Code manual of Banco Central do Brasil), DuitNow, QRIS, VietQR (NAPAS),
 * Hong Kong FPS (HKICL), Bharat QR (NPCI), JPQR.
 */
const byOwner: ReadonlyMap<string, Scheme> = new Map([
  [ownDomain, ownScheme],
  ["sg.paynow", scheme("paynow", "PayNow", "PayNow（新加坡）", "SG")],
  ["sg.com.nets", scheme("nets", "NETS", "NETS（新加坡）", "SG")],
  ["a000000677010111", scheme("promptpay", "PromptPay", "PromptPay（泰国）", "TH")],
  ["a000000677010112", scheme("promptpay", "PromptPay bill payment", "PromptPay 账单（泰国）", "TH")],
  ["br.gov.bcb.pix", scheme("pix", "Pix", "Pix（巴西）", "BR")],
  ["a0000006150001", scheme("duitnow", "DuitNow", "DuitNow（马来西亚）", "MY")],
  ["id.co.qris.www", scheme("qris", "QRIS", "QRIS（印度尼西亚）", "ID")],
  ["a000000727", scheme("vietqr", "VietQR", "VietQR（越南）", "VN")],
  ["hk.com.hkicl", scheme("fps", "Faster Payment System", "转数快（香港）", "HK")],
  ["a000000524", scheme("bharatqr", "Bharat QR (UPI)", "Bharat QR（印度）", "IN")],
  ["jp.or.paymentsjapan", scheme("jpqr", "JPQR", "JPQR（日本）", "JP")],
]);

/** Tags that EMVCo gave to card schemes (Merchant-Presented Mode 1.1, table 4.3). */
const cardSchemes: readonly { from: string; to: string; scheme: Scheme }[] = [
  { from: "02", to: "03", scheme: scheme("visa", "Visa", "Visa", null) },
  { from: "04", to: "05", scheme: scheme("mastercard", "Mastercard", "万事达卡", null) },
  { from: "09", to: "10", scheme: scheme("discover", "Discover", "Discover", null) },
  { from: "11", to: "12", scheme: scheme("amex", "American Express", "美国运通", null) },
  { from: "13", to: "14", scheme: scheme("jcb", "JCB", "JCB", null) },
  { from: "15", to: "16", scheme: scheme("unionpay", "UnionPay", "银联", null) },
];

/** The scheme of one account, or undefined where nobody we know stands behind it. */
export function schemeOfAccount(account: MerchantAccount): Scheme | undefined {
  if ("value" in account)
    return cardSchemes.find(({ from, to }) => account.tag >= from && account.tag <= to)?.scheme;
  return byOwner.get(account.owner.toLowerCase());
}

/** Every scheme a code can be paid through, in the code's order. */
export function schemesOf(code: MerchantCode): Scheme[] {
  const found = new Map<string, Scheme>();
  for (const account of code.accounts) {
    const one = schemeOfAccount(account);
    if (one !== undefined) found.set(one.id, one);
  }
  return [...found.values()];
}

/** Codes that are no EMVCo text: addresses of apps. */
const byAddress: readonly { form: RegExp; scheme: Scheme }[] = [
  { form: /^upi:\/\/(pay|mandate)\?/i, scheme: scheme("upi", "UPI", "UPI（印度）", "IN") },
  { form: /^https:\/\/qr\.alipay\.com\//i, scheme: scheme("alipay", "Alipay", "支付宝", "CN") },
  { form: /^(wxp|weixin):\/\//i, scheme: scheme("wechat-pay", "WeChat Pay", "微信支付", "CN") },
  { form: /^https:\/\/qr\.95516\.com\//i, scheme: scheme("unionpay", "UnionPay", "银联", "CN") },
  { form: /^BCD(\r?\n)/, scheme: scheme("epc", "SEPA credit transfer (EPC)", "SEPA 汇款码（EPC）", null) },
  { form: /^SPC(\r?\n)/, scheme: scheme("swiss-qr", "Swiss QR bill", "瑞士 QR 账单", "CH") },
];

export function schemeOfAddress(text: string): Scheme | undefined {
  return byAddress.find(({ form }) => form.test(text))?.scheme;
}

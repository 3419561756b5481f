export type Language = "en" | "zh";

/** What the shop sells; prices in the shop's one currency. */
export const products = [
  { id: "tea", en: "Longjing tea, 100 g", zh: "龙井茶 100 克", price: "18.80" },
  { id: "cup", en: "Celadon cup", zh: "青瓷茶杯", price: "32.00" },
  { id: "cake", en: "Osmanthus cake", zh: "桂花糕", price: "6.50" },
] as const;

export type Order = {
  id: string;
  lines: { name: string; quantity: number; unitAmount: { amount: string; currency: string } }[];
  /** Only the webhook or the API makes it `paid`. */
  status: "open" | "paid";
  session?: string | undefined;
  paymentIntent?: string | undefined;
  total: string;
  refunded: string;
};

const words = {
  en: {
    title: "Bamboo Lane Tea House",
    other: '<a href="?lang=zh" lang="zh-CN">中文</a>',
    buy: "Pay with Jinqiao",
    quantity: "Quantity",
    order: "Order",
    total: "Total",
    open: "We are waiting for the confirmation of your payment. This page looks again by itself.",
    paid: "Paid. Thank you! Your tea is on its way.",
    refunded: "Given back to you so far:",
    refund: "Give back",
    amount: "Amount",
    again: "Back to the shop",
    empty: "Choose at least one thing, then pay.",
  },
  zh: {
    title: "竹巷茶舍",
    other: '<a href="?lang=en" lang="en">English</a>',
    buy: "用金桥付款",
    quantity: "数量",
    order: "订单",
    total: "合计",
    open: "正在等待付款确认，本页会自动刷新。",
    paid: "已付款，谢谢！茶叶即将寄出。",
    refunded: "已退回：",
    refund: "退款",
    amount: "金额",
    again: "返回商店",
    empty: "请至少选择一件商品再付款。",
  },
};

const escaped = (text: string) => text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

function page(language: Language, body: string, refresh = false): string {
  const { title, other } = words[language];
  return `<!doctype html><html lang="${language === "zh" ? "zh-CN" : "en"}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width">${refresh ? '<meta http-equiv="refresh" content="2">' : ""}
<title>${title}</title><style>:root{color-scheme:light dark;background:Canvas;color:CanvasText}body{font:17px/1.6 system-ui,sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem}a{color:inherit}[role=alert]{border-left:4px solid #c2410c;padding-left:.8rem}
li,form p{display:flex;justify-content:space-between;gap:1rem}ul{padding:0}input{width:5rem;font:inherit}button{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:.6rem;background:#0f766e;color:#fff}</style>
<header><h1>${title}</h1>${other}</header><main>${body}</main></html>`;
}

export function shopPage(language: Language, currency: string, { empty = false } = {}): string {
  const text = words[language];
  const rows = products.map(
    ({ id, price, ...name }) =>
      `<p><label for="${id}">${name[language]} · ${price} ${currency}</label>
<input id="${id}" name="${id}" type="number" min="0" max="20" value="${id === "tea" ? 1 : 0}" aria-label="${text.quantity}: ${name[language]}"></p>`,
  );
  const warning = empty ? `<p role="alert">${text.empty}</p>` : "";
  return page(
    language,
    `${warning}<form method="post" action="/orders?lang=${language}">${rows.join("")}<button>${text.buy}</button></form>`,
  );
}

export function orderPage(language: Language, order: Order, currency: string, problem = ""): string {
  const text = words[language];
  const lines = order.lines.map(
    ({ name, quantity, unitAmount }) =>
      `<li><span>${escaped(name)} × ${quantity}</span><span>${unitAmount.amount} ${currency}</span></li>`,
  );
  const refund = `<p data-refunded="${order.refunded}">${text.refunded} ${order.refunded} ${currency}</p>
<form method="post" action="/orders/${order.id}/refunds?lang=${language}"><p><label>${text.amount} <input name="amount" inputmode="decimal" required></label><button>${text.refund}</button></p></form>`;
  return page(
    language,
    `<h2>${text.order} ${order.id.slice(0, 8)}</h2><ul>${lines.join("")}</ul><p><strong>${text.total} ${order.total} ${currency}</strong></p>
<p role="status" data-status="${order.status}">${text[order.status]}</p>${problem === "" ? "" : `<p role="alert">${escaped(problem)}</p>`}
${order.status === "paid" ? refund : ""}<a href="/?lang=${language}">${text.again}</a>`,
    order.status === "open",
  );
}

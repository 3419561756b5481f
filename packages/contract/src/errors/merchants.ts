import { define } from "./define.ts";

/** Merchants: who they are, their keys, and what they take. */
export const merchantErrors = define({
  "merchant.not_authenticated": {
    status: 401,
    retryable: false,
    en: "This needs a secret key of a merchant (Authorization: Bearer sk_…), or a signed-in member of its team.",
    zh: "请使用商户密钥（Authorization: Bearer sk_…），或以商户团队成员的身份登录后再试。",
    staff:
      "No key or session, a key that is unknown, rolled or ended, or a team that the person does not belong to.",
  },
  "merchant.not_allowed": {
    status: 403,
    retryable: false,
    en: "This key or this role may not do that. Ask the owner of the shop for the right.",
    zh: "该密钥或角色没有此项权限，请联系商户负责人开通。",
    staff: "The route's scope is not among the key's scopes or the role's.",
  },
  "checkout.not_open": {
    status: 409,
    retryable: false,
    en: "This checkout is over: it was paid, or its time has passed. Begin a new one.",
    zh: "该收银台已结束：订单已支付或已超时。请重新发起收款。",
    staff: "The checkout session is complete or expired.",
  },
  "checkout.return_address_not_allowed": {
    status: 422,
    retryable: false,
    en: "Payers may not be sent back to this address. Add its origin to the shop's list of return addresses first, and leave out user names and fragments.",
    zh: "不允许把付款人带回该地址。请先把它的来源（协议、域名、端口）加入商户的返回地址名单，并去掉用户名和 # 片段。",
    staff:
      "successUrl or cancelUrl has an origin that is not on the merchant's list, user information or a fragment.",
  },
  "checkout.origin_invalid": {
    status: 422,
    retryable: false,
    en: "Give an origin alone, such as https://shop.example.com: without path, user name or #. Only for trying out on this very machine may it be http.",
    zh: "请只填写来源，例如 https://shop.example.com，不带路径、用户名或 #。仅在本机试用时可以使用 http。",
    staff: "Not an https origin, nor http on loopback.",
  },
  "checkout.origins_full": {
    status: 409,
    retryable: false,
    en: "The list of return addresses is full (20). Remove one that is no longer used.",
    zh: "返回地址名单已满（20 个），请先移除不再使用的地址。",
    staff: "Twenty origins are on the merchant's list.",
  },
  "checkout.currencies_differ": {
    status: 422,
    retryable: false,
    en: "All items of one checkout must have the same currency.",
    zh: "同一笔订单的商品必须使用同一币种。",
    staff: "Line items of several currencies.",
  },
  "checkout.amount_too_large": {
    status: 422,
    retryable: false,
    en: "The items together come to more than one payment can be.",
    zh: "商品合计金额超过了单笔付款的上限。",
    staff: "The sum of the line items is above 2^53-1 minor units.",
  },
  "checkout.expiry_out_of_range": {
    status: 422,
    retryable: false,
    en: "A checkout lasts between five minutes and 24 hours. Choose an end in between.",
    zh: "收银台的有效期为 5 分钟到 24 小时，请在此范围内选择结束时间。",
    staff: "expiresAt is less than five minutes or more than 24 hours ahead.",
  },
});

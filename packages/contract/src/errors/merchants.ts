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
});

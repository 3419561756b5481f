import { define } from "./define.ts";

/** What a shop's programmers use: keys, versions, webhooks. */
export const developerErrors = define({
  "merchant.version_unknown": {
    status: 400,
    retryable: false,
    en: "This API version does not exist. Leave out the header Jinqiao-Version, or send a date from the changelog.",
    zh: "没有这个 API 版本。请去掉 Jinqiao-Version 请求头，或改用更新日志中列出的日期。",
    staff: "The header Jinqiao-Version names none of `apiVersions` in the contract.",
  },
  "key.over": {
    status: 409,
    retryable: false,
    en: "This key has already ended. Make a new one.",
    zh: "该密钥已失效，请新建密钥。",
    staff: "Rolling or revoking a key that was revoked, was rolled before, or has expired.",
  },
  "key.too_many": {
    status: 409,
    retryable: false,
    en: "There are already 50 keys in this mode. Revoke those that are no longer used, then try again.",
    zh: "当前模式下已有 50 个密钥。请先撤销不再使用的密钥，然后重试。",
    staff: "A merchant has at most 50 keys that work, in each mode.",
  },
  "webhook.url_refused": {
    status: 422,
    retryable: false,
    en: "We cannot send webhooks to this address. It must be an https address that can be reached from the internet.",
    zh: "无法向该地址发送通知。须为可从互联网访问的 https 地址。",
    staff:
      "Not https, with a user name or a fragment, or the host is or resolves to a private, loopback or otherwise reserved address.",
  },
  "webhook.too_many": {
    status: 409,
    retryable: false,
    en: "There are already 16 endpoints in this mode. Delete one that is no longer used, then try again.",
    zh: "当前模式下已有 16 个接收地址。请先删除不再使用的地址，然后重试。",
    staff: "A merchant has at most 16 webhook endpoints in each mode.",
  },
  "webhook.changed_meanwhile": {
    status: 409,
    retryable: false,
    en: "Somebody else changed this endpoint meanwhile. Load the page again, then decide.",
    zh: "此接收地址刚被他人修改。请刷新页面后再操作。",
    staff: "The version sent is not the endpoint's version.",
  },
  "webhook.not_sendable": {
    status: 409,
    retryable: false,
    en: "This endpoint is switched off or paused. Switch it on first, then send again.",
    zh: "此接收地址已停用或暂停。请先启用，然后再发送。",
    staff: "A test or a replay was asked of an endpoint whose status is not `enabled`.",
  },
});

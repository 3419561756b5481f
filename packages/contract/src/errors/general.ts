import { define } from "./define.ts";

/** Any route: form, limits, repetition, who is asking. */
export const generalErrors = define({
  "request.invalid": {
    status: 400,
    retryable: false,
    en: "Something in what you entered needs a change. Nothing was done.",
    zh: "填写的内容有误，请修改。系统未做任何操作。",
    staff: "The request broke the contract; `errors` names each field.",
  },
  "request.not_found": {
    status: 404,
    retryable: false,
    en: "We could not find this.",
    zh: "找不到您要的内容。",
    staff: "No such route or record, or it belongs to someone else.",
  },
  "request.body_too_large": {
    status: 413,
    retryable: false,
    en: "What was sent is too large.",
    zh: "发送的内容过大。",
    staff: "The body is over the limit of 64 KiB.",
  },
  "request.media_type": {
    status: 415,
    retryable: false,
    en: "This must be sent as JSON.",
    zh: "请以 JSON 格式发送。",
    staff: "Content-Type must be application/json.",
  },
  "request.cross_site": {
    status: 403,
    retryable: false,
    en: "This request came from another site and was refused for your safety.",
    zh: "该请求来自其他网站，为保障安全已被拒绝。",
    staff: "Origin or Sec-Fetch-Site shows a cross-site write with a cookie.",
  },
  "rate.limited": {
    status: 429,
    retryable: true,
    en: "Too many tries in a short time. Please wait a minute and try again.",
    zh: "操作过于频繁，请一分钟后再试。",
    staff: "The rate limit for this route was reached; Retry-After says when it opens.",
  },
  "server.unexpected": {
    status: 500,
    retryable: true,
    en: "Something went wrong on our side. Your money is safe; trying again will not pay twice.",
    zh: "我们这边出了问题。您的资金是安全的，重试不会重复付款。",
    staff: "Unexpected error; search the log by request id.",
  },
  "server.unavailable": {
    status: 503,
    retryable: true,
    en: "We are busy or starting up. Please try again in a moment.",
    zh: "系统繁忙或正在启动，请稍后再试。",
    staff: "Database not reachable, start or stop in progress.",
  },
  "idempotency.key_missing": {
    status: 400,
    retryable: false,
    en: "This request lacks the key that protects you from paying twice.",
    zh: "该请求缺少防止重复付款的标识。",
    staff: "Writes take an Idempotency-Key header of 8 to 128 visible ASCII characters.",
  },
  "idempotency.key_reused": {
    status: 409,
    retryable: false,
    en: "This request was already used for something else. Please start again.",
    zh: "该请求标识已用于其他操作，请重新开始。",
    staff: "Same Idempotency-Key, different body.",
  },
});

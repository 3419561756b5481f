import { define } from "./define.ts";

/** Strong authentication of payments: bound to amount, currency, payee and reference, and good for one payment. */
export const stepUpErrors = define({
  "sca.required": {
    status: 403,
    retryable: false,
    en: "Please confirm that it is you who makes this payment. Nothing has been paid yet.",
    zh: "请先确认这笔付款由您本人发起，目前尚未付款。",
    staff:
      "The payment needs strong authentication; `reasons` says why. Never stored as the answer of a key.",
  },
  "sca.dynamic_link_mismatch": {
    status: 403,
    retryable: false,
    en: "What you confirmed is not what would be paid now: amount, person or note has changed. Nothing was paid. Please check and confirm again.",
    zh: "当前的付款内容与您确认的不一致（金额、收款人或附言有变化），没有付款。请核对后重新确认。",
    staff: "PSD2 RTS Art. 5: the payment differs from the confirmed one; the confirmation is void.",
  },
  "sca.expired": {
    status: 403,
    retryable: false,
    en: "The time to confirm is over. Nothing was paid. Please confirm again.",
    zh: "确认已超时，没有付款。请重新确认。",
    staff: "A confirmation holds for 5 minutes, and for its own attempt 15 minutes longer.",
  },
  "sca.used": {
    status: 403,
    retryable: false,
    en: "This confirmation was already used for another payment. Please confirm this one by itself.",
    zh: "该确认已用于另一笔付款，请为这笔付款单独确认。",
    staff: "One confirmation, one attempt (idempotency key), at most one payment.",
  },
  "sca.locked": {
    status: 403,
    retryable: false,
    en: "Too many wrong tries, so codes are switched off for a quarter of an hour. Nothing was paid. A passkey works at once.",
    zh: "错误次数过多，验证码方式暂停 15 分钟，没有付款。使用通行密钥可立即确认。",
    staff: "Five wrong answers in a row (PSD2 RTS Art. 4(3)(b)). Passkeys cannot be guessed and stay open.",
  },
  "sca.answer_wrong": {
    status: 422,
    retryable: false,
    en: "This is not right. Please look at it again.",
    zh: "不正确，请重新核对。",
    staff: "Wrong code, PIN or signature; it counts as a try.",
  },
  "sca.method_not_offered": {
    status: 422,
    retryable: false,
    en: "This payment cannot be confirmed in this way. Please choose another.",
    zh: "这笔付款不能用该方式确认，请选择其他方式。",
    staff:
      "The step-up's `methods` lists what it takes; above the limit only what is bound to the payment itself.",
  },
  "sca.pin_locked": {
    status: 403,
    retryable: false,
    en: "The payment PIN was wrong five times and is locked. Confirm in another way; that also unlocks the PIN.",
    zh: "支付密码连续错误 5 次，已锁定。请用其他方式确认，确认后支付密码自动解锁。",
    staff: "Unlocked by a strong confirmation or by setting a new PIN.",
  },
  "sca.pin_too_easy": {
    status: 422,
    retryable: false,
    en: "This PIN is easy to guess: no birthdays, rows or repeated digits, please.",
    zh: "该支付密码太容易被猜到，请勿使用生日、连续或重复的数字。",
    staff: "The list of rules is in identity/step-up/pin.ts.",
  },
  "sca.token_unknown": {
    status: 422,
    retryable: false,
    en: "We could not connect this token. Check the serial number and press it twice for two new codes.",
    zh: "无法绑定该令牌。请核对序列号，并连续按两次获取两个新动态码。",
    staff: "Serial number unknown or taken, or the two codes do not follow one another within the window.",
  },
});

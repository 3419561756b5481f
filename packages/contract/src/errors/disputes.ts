import { define } from "./define.ts";

/** Disputes of purchases. */
export const disputeErrors = define({
  "dispute.not_a_purchase": {
    status: 409,
    retryable: false,
    en: "Only a purchase that was paid can be disputed. Nothing was changed.",
    zh: "只能对已付款的消费提出争议。未作任何更改。",
    staff: "The payment is no purchase, or nothing of it was captured.",
  },
  "dispute.exists": {
    status: 409,
    retryable: false,
    en: "There is a dispute of this purchase already. Open it to see where it stands.",
    zh: "该笔消费已有争议，请打开查看进度。",
    staff: "One dispute per purchase.",
  },
  "dispute.too_late": {
    status: 409,
    retryable: false,
    en: "The time in which this purchase could be disputed for this reason is over. Please ask the shop directly.",
    zh: "以此原因提出争议的期限已过，请直接联系商家。",
    staff: "The pack's days for that reason have passed since the payment.",
  },
  "dispute.amount_too_large": {
    status: 422,
    retryable: false,
    en: "That is more than what is left of this purchase after refunds. Enter a smaller amount.",
    zh: "该金额超过了此消费扣除退款后的剩余金额，请输入较小的金额。",
    staff: "Disputed amount above captured less refunded, or of another currency.",
  },
  "dispute.nothing_left": {
    status: 409,
    retryable: false,
    en: "All of this purchase has been refunded, so there is nothing to dispute.",
    zh: "该笔消费已全额退款，没有可争议的金额。",
    staff: "Refunds left nothing.",
  },
  "dispute.not_open": {
    status: 409,
    retryable: false,
    en: "This dispute has moved on, and this can no longer be done. Reload to see where it stands.",
    zh: "该争议的状态已改变，无法再进行此操作。请刷新查看。",
    staff: "The dispute's status does not allow that move.",
  },
  "dispute.representment_not_possible": {
    status: 409,
    retryable: false,
    en: "New evidence can be sent once, within the deadline after a decision for the customer. That is not so here.",
    zh: "仅可在判定顾客胜诉后的期限内提交一次新证据，当前不符合条件。",
    staff: "Not lost, already represented, or past the deadline.",
  },
  "dispute.file_kind": {
    status: 422,
    retryable: false,
    en: "Only PDF, PNG and JPEG files can be added, and this file is none of them, or is empty or damaged.",
    zh: "仅支持 PDF、PNG 和 JPEG 文件；该文件格式不符、为空或已损坏。",
    staff: "Told by the file's first bytes, not by its name.",
  },
  "dispute.file_pixels": {
    status: 422,
    retryable: false,
    en: "This picture has too many pixels to be opened safely. Send a smaller one.",
    zh: "图片像素过大，无法安全打开，请上传较小的图片。",
    staff: "More than 50 million pixels or a side above 16,000: what a small file would unfold to.",
  },
  "dispute.too_many_files": {
    status: 409,
    retryable: false,
    en: "At most 10 files can be added.",
    zh: "最多可添加 10 个文件。",
    staff: "Ten files per side and dispute.",
  },
  "dispute.test_mode_only": {
    status: 403,
    retryable: false,
    en: "This works in test mode only. Use a test key.",
    zh: "此操作仅限测试模式，请使用测试密钥。",
    staff: "A helper of test mode was called with a live key.",
  },
});

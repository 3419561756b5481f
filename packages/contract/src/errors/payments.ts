import { define } from "./define.ts";

/** Payments and their cases. */
export const paymentsErrors = define({
  "payment.insufficient_funds": {
    status: 422,
    retryable: false,
    en: "Your available balance is too low for this. Top up first, or choose a smaller amount.",
    zh: "可用余额不足。请先充值，或减少金额。",
    staff: "Available balance (balance less holds) is below the amount.",
  },
  "payment.payee_not_found": {
    status: 422,
    retryable: false,
    en: "We could not find this person. Check the e-mail address.",
    zh: "找不到该收款人，请核对邮箱。",
    staff: "No customer with this address or id.",
  },
  "payment.payee_is_payer": {
    status: 422,
    retryable: false,
    en: "You cannot send money to yourself.",
    zh: "不能给自己转账。",
    staff: "Payer and payee are one customer.",
  },
  "payment.currency_not_supported": {
    status: 422,
    retryable: false,
    en: "This account does not use that currency.",
    zh: "该账户不支持此币种。",
    staff: "The currency differs from the account's, or no custody account exists for it.",
  },
  "payment.limit_exceeded": {
    status: 422,
    retryable: false,
    en: "This is above the limit for one payment.",
    zh: "超过单笔限额。",
    staff: "Above the limit per payment of the currency.",
  },
  "payment.not_cancellable": {
    status: 409,
    retryable: false,
    en: "This payment can no longer be cancelled.",
    zh: "该笔付款已无法取消。",
    staff: "The payment's state has no cancel move.",
  },
  "payment.nothing_booked": {
    status: 409,
    retryable: true,
    en: "There is no receipt yet, because no money has moved for this payment.",
    zh: "该笔付款尚未发生资金变动，暂无凭证。",
    staff: "The payment has no transfer in the ledger that touches the customer's account.",
  },
  "payment.payee_not_confirmed": {
    status: 409,
    retryable: false,
    en: "The name at the bank is not yours. Please check the account, and confirm that you want to go on.",
    zh: "银行登记的户名与您的姓名不一致。请核对账户，并确认是否继续。",
    staff: "Verification of payee said no match; the customer has not confirmed (`payeeConfirmed`).",
  },
  "payment.case_closed": {
    status: 409,
    retryable: false,
    en: "This case is already closed.",
    zh: "该工单已关闭。",
    staff: "A colleague or the bank's answer has ended it.",
  },
  "payment.case_action_not_possible": {
    status: 422,
    retryable: false,
    en: "This cannot be done in this case.",
    zh: "该工单不支持此操作。",
    staff: "`actions` of the case lists what can be done.",
  },
  "payment.changed_meanwhile": {
    status: 409,
    retryable: true,
    en: "This changed a moment ago. Please look again.",
    zh: "状态刚刚有变化，请刷新后再看。",
    staff: "Another process moved the record first.",
  },
});

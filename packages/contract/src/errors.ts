/**
 * The error catalogue: every problem the API can answer, with its HTTP status, whether sending the same request
 * again may help, what the customer is told in both languages, and what staff are told.
 * Source for the shape on the wire: RFC 9457 (Problem Details for HTTP APIs).
 */
export type ErrorDefinition = {
  status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 422 | 429 | 500 | 502 | 503;
  /** True when the same request may succeed later without being changed. */
  retryable: boolean;
  en: string;
  zh: string;
  /** One line for the person at the help desk. */
  staff: string;
};

const define = <T extends Record<string, ErrorDefinition>>(catalogue: T): T => catalogue;

export const errorCatalogue = define({
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
  "identity.not_signed_in": {
    status: 401,
    retryable: false,
    en: "Please sign in.",
    zh: "请先登录。",
    staff: "No session, or it has ended.",
  },
  "identity.credentials_invalid": {
    status: 401,
    retryable: false,
    en: "The e-mail address or the password is not right.",
    zh: "邮箱或密码不正确。",
    staff: "Wrong password or unknown address; which of them is never told.",
  },
  "identity.email_taken": {
    status: 409,
    retryable: false,
    en: "There is already an account with this e-mail address. Please sign in.",
    zh: "该邮箱已注册，请直接登录。",
    staff: "Sign-up with an address in use.",
  },
  "identity.not_allowed": {
    status: 403,
    retryable: false,
    en: "You may not do this.",
    zh: "您没有权限进行此操作。",
    staff: "The staff role does not allow the action.",
  },
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
  "log.not_signing": {
    status: 503,
    retryable: true,
    en: "Receipts cannot be made right now. Your money is safe; please try again later.",
    zh: "暂时无法出具凭证。您的资金是安全的，请稍后再试。",
    staff: "The transparency log does not sign; the server's log says why. Run npx jinqiao audit.",
  },
  "payment.changed_meanwhile": {
    status: 409,
    retryable: true,
    en: "This changed a moment ago. Please look again.",
    zh: "状态刚刚有变化，请刷新后再看。",
    staff: "Another process moved the record first.",
  },
  "bank.not_found": {
    status: 404,
    retryable: false,
    en: "We do not know this bank.",
    zh: "暂不支持该银行。",
    staff: "Unknown bank id.",
  },
  "bank.unavailable": {
    status: 502,
    retryable: true,
    en: "The bank is not answering right now. Nothing was changed; please try again later.",
    zh: "银行暂时没有响应。未作任何改动，请稍后再试。",
    staff: "The bank's interface failed or timed out on a call that moves no money.",
  },
  "bank.link_failed": {
    status: 422,
    retryable: false,
    en: "The bank account was not linked. You can start again.",
    zh: "银行账户未能绑定，您可以重新开始。",
    staff: "Consent refused, state mismatch or code exchange failed.",
  },
  "bank.consent_ended": {
    status: 422,
    retryable: false,
    en: "Your permission at the bank has ended. Link the account again to go on.",
    zh: "您在银行的授权已失效，请重新绑定后继续。",
    staff: "Consent expired or was revoked; the customer must link again.",
  },
  "ledger.too_many_legs": {
    status: 422,
    retryable: false,
    en: "This has too many parts to book at once. Please split it.",
    zh: "该笔交易的分项过多，请拆分后再试。",
    staff: "A transfer has at most 1,000 legs.",
  },
  "ledger.amount_invalid": {
    status: 422,
    retryable: false,
    en: "The amount must be more than zero.",
    zh: "金额必须大于零。",
    staff: "A posting, hold or capture of zero or less, or a transfer without legs.",
  },
  "ledger.amount_too_large": {
    status: 422,
    retryable: false,
    en: "The amount is larger than we can book.",
    zh: "金额超出可记账的范围。",
    staff: "An amount or balance would pass 2^63 − 1 minor units.",
  },
  "ledger.account_unknown": {
    status: 422,
    retryable: false,
    en: "There is no such account.",
    zh: "没有这个账户。",
    staff: "The account code fits no rule of the chart of accounts.",
  },
  "ledger.currency_mismatch": {
    status: 422,
    retryable: false,
    en: "The currencies do not match.",
    zh: "币种不一致。",
    staff: "Debit and credit of one posting are in different currencies, or the currency is unknown.",
  },
  "ledger.unbalanced": {
    status: 422,
    retryable: false,
    en: "The amounts do not add up.",
    zh: "借贷金额不相等。",
    staff:
      "The legs of a transfer do not sum to zero in each currency, or a posting has one account on both sides.",
  },
  "ledger.hold_exceeded": {
    status: 409,
    retryable: false,
    en: "This is more than was reserved.",
    zh: "金额超过已冻结的金额。",
    staff: "A capture is larger than what is left of the hold.",
  },
  "ledger.account_not_empty": {
    status: 409,
    retryable: false,
    en: "The account still holds money, so it cannot be closed yet.",
    zh: "账户内仍有资金，暂时不能关闭。",
    staff: "Only an account with a balance of zero and no holds can be closed.",
  },
  "ledger.limit_exceeded": {
    status: 422,
    retryable: false,
    en: "This goes over your limit for now. Choose a smaller amount, or wait until the limit resets.",
    zh: "超出当前限额。请减少金额，或等限额重置后再试。",
    staff: "The allowance counter of the instruction would pass its maximum.",
  },
  "ledger.account_closed": {
    status: 422,
    retryable: false,
    en: "This account is closed.",
    zh: "该账户已关闭。",
    staff: "Posting to a closed ledger account.",
  },
  "ledger.account_frozen": {
    status: 422,
    retryable: false,
    en: "This account is frozen. No money can move until it is released.",
    zh: "该账户已冻结，解冻前资金不能变动。",
    staff: "Posting to a frozen ledger account.",
  },
  "ledger.hold_not_open": {
    status: 409,
    retryable: false,
    en: "This reservation was already used or released.",
    zh: "该笔冻结资金已使用或已释放。",
    staff: "Capture or void of a hold that is captured, voided or expired.",
  },
  "ledger.outgoing_stopped": {
    status: 503,
    retryable: true,
    en: "Payments out to banks are paused while we check our books. Your money is safe. Please try again later.",
    zh: "我们正在核对账目，暂停向银行转出。您的资金是安全的，请稍后再试。",
    staff: "An alarm of the invariant watch is open in this currency; see Alarms in the console.",
  },
  "ledger.alarm_already_cleared": {
    status: 409,
    retryable: false,
    en: "This alarm is already cleared.",
    zh: "该警报已解除。",
    staff: "The alarm was cleared before.",
  },
  "ledger.alarm_still_true": {
    status: 409,
    retryable: false,
    en: "What this alarm found is still so. Put it right first, then clear the alarm.",
    zh: "警报所指的问题仍然存在。请先纠正，再解除警报。",
    staff: "The invariant was checked again just now and is still broken.",
  },
  "ledger.period_archived": {
    status: 422,
    retryable: false,
    en: "The entries of that time are kept in our archive and cannot be shown here. Choose a later time, or ask us for them.",
    zh: "该时段的明细已归档，无法在此显示。请选择较晚的时段，或联系我们索取。",
    staff: "The period begins in a month that was moved away; `npx jinqiao ledger restore` brings it back.",
  },
  "statement.too_long_for_pdf": {
    status: 422,
    retryable: false,
    en: "This period has more than 5,000 lines, too many for a PDF. Choose CSV, or a shorter period.",
    zh: "该期间的明细超过 5,000 条，无法生成 PDF。请改用 CSV，或缩短期间。",
    staff: "A PDF statement has at most 5,000 lines; CSV and JSON have no limit.",
  },
  "settlement.safeguarding_breach": {
    status: 503,
    retryable: true,
    en: "Payments out are paused while we check our books. Your money is safe.",
    zh: "我们正在核对账目，暂停转出。您的资金是安全的。",
    staff: "Custody is below what is owed to customers in this currency; outgoing money stops.",
  },
  "settlement.break_closed": {
    status: 409,
    retryable: false,
    en: "This break is already closed.",
    zh: "该差异已处理。",
    staff: "The break was closed before.",
  },
  "settlement.resolution_not_possible": {
    status: 422,
    retryable: false,
    en: "This break cannot be closed in that way.",
    zh: "该差异不能以此方式处理。",
    staff: "The chosen action does not fit the kind of break.",
  },
} as const satisfies Record<string, ErrorDefinition>);

export type ErrorCode = keyof typeof errorCatalogue;

/** Codes of single fields inside `request.invalid`. */
export const fieldErrorCatalogue = {
  "field.required": { en: "Please fill this in.", zh: "请填写此项。" },
  "field.invalid": { en: "This is not in the right form.", zh: "格式不正确。" },
  "field.unknown": { en: "This field is not known.", zh: "未知的字段。" },
  "field.too_long": { en: "This is too long.", zh: "内容过长。" },
  "field.email": { en: "Please enter a valid e-mail address.", zh: "请输入有效的邮箱地址。" },
  "field.password_short": { en: "Use at least 10 characters.", zh: "密码至少需要 10 个字符。" },
  "field.time_zone": {
    en: "We do not know this time zone. Use a name such as Asia/Shanghai.",
    zh: "没有这个时区。请使用 Asia/Shanghai 这样的名称。",
  },
  "field.period_order": {
    en: "The period must end after it begins.",
    zh: "结束日期必须晚于开始日期。",
  },
  "field.period_too_long": {
    en: "Choose a period of at most five years.",
    zh: "期间最长为五年。",
  },
  "amount.format": {
    en: "Enter an amount with digits and one point, for example 120.50.",
    zh: "请用数字和小数点输入金额，例如 120.50。",
  },
  "amount.zero": { en: "The amount must be more than zero.", zh: "金额必须大于零。" },
  "amount.negative": { en: "The amount must not be negative.", zh: "金额不能为负数。" },
  "amount.too_many_decimals": {
    en: "This currency does not have that many decimals.",
    zh: "该币种没有这么多位小数。",
  },
  "amount.too_large": { en: "This amount is too large.", zh: "金额过大。" },
  "amount.unknown_currency": { en: "We do not know this currency.", zh: "不支持该币种。" },
} as const satisfies Record<string, { en: string; zh: string }>;

export type FieldErrorCode = keyof typeof fieldErrorCatalogue;

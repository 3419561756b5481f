import { define } from "./define.ts";

/** What is frozen, what needs a second person, and looking at people's data. */
export const staffErrors = define({
  "freeze.payments": {
    status: 403,
    retryable: false,
    en: "Payments from this wallet are frozen. Your money is where it was and still yours. Open Security to see why and how to undo it.",
    zh: "该钱包的付款已冻结。您的资金原封不动，仍归您所有。请打开“安全”查看原因和解除方法。",
    staff:
      "A freeze of payments stands: see the customer's page. Lifting one that staff or risk set takes two people.",
  },
  "freeze.sign_in": {
    status: 403,
    retryable: false,
    en: "Signing in to this wallet is frozen. Your money is safe. The message we sent you says why and how to undo it.",
    zh: "该钱包的登录已冻结。您的资金是安全的。我们发给您的消息说明了原因和解除方法。",
    staff:
      "A freeze of sign-in stands: see the customer's page. It is told only to who gave the right password or passkey.",
  },
  "freeze.card": {
    status: 403,
    retryable: false,
    en: "This card is frozen here, so nothing was taken from it. Open Security to see why and how to undo it.",
    zh: "该银行卡在此已冻结，未从中扣款。请打开“安全”查看原因和解除方法。",
    staff: "A freeze of that card stands: see the customer's page.",
  },
  "freeze.needs_appeal": {
    status: 403,
    retryable: false,
    en: "You did not set this freeze, so it cannot be undone with one tap. Write an appeal: two people will look at it.",
    zh: "这项冻结不是您设置的，不能一键解除。请提出申诉，将由两名工作人员审核。",
    staff: "The customer tried to lift a freeze that staff or risk had set.",
  },
  "freeze.ended": {
    status: 409,
    retryable: false,
    en: "This freeze has already ended.",
    zh: "该冻结已经解除。",
    staff: "The freeze was lifted meanwhile.",
  },
  "freeze.appeal_open": {
    status: 409,
    retryable: false,
    en: "Your appeal is already with us. We will tell you as soon as it is decided.",
    zh: "您的申诉正在处理，有结果后会立即通知您。",
    staff: "One open appeal for each freeze.",
  },
  "staff.reason_needed": {
    status: 403,
    retryable: false,
    en: "Say why you need to see this customer's data first. It is kept on record.",
    zh: "请先说明为何需要查看该客户的数据。系统会记录在案。",
    staff: "No reason of the last 30 minutes for this customer: give one on the customer's page.",
  },
  "staff.second_person_needed": {
    status: 409,
    retryable: false,
    en: "A second person has to decide this. Whoever proposed it cannot approve it.",
    zh: "此事须由另一人决定，提出者本人不能批准。",
    staff: "Four eyes: proposer and approver must be two people.",
  },
  "staff.proposal_over": {
    status: 409,
    retryable: false,
    en: "This was already decided, withdrawn, or has waited too long.",
    zh: "该申请已处理、已撤回或已过期。",
    staff: "The proposal is not waiting any more; see its outcome.",
  },
  "staff.proposal_exists": {
    status: 409,
    retryable: false,
    en: "The same is already waiting for a second person.",
    zh: "相同的申请已在等待另一人处理。",
    staff: "One waiting proposal for the same matter.",
  },
  "staff.proposal_failed": {
    status: 409,
    retryable: false,
    en: "This could not be carried out any more: things have changed since it was proposed. Nothing was done.",
    zh: "情况已发生变化，无法再执行。系统未做任何操作。",
    staff:
      "Approved, but the matter no longer stands as it did; the proposal stays open to be rejected or withdrawn.",
  },
  "customer.not_erasable": {
    status: 409,
    retryable: false,
    en: "This customer's data cannot be erased now. The customer's page says what stands in the way.",
    zh: "目前无法删除该客户的数据，客户页面列出了原因。",
    staff: "Money, payments under way, permissions at banks, or a legal duty to keep records.",
  },
  "staff.email_taken": {
    status: 409,
    retryable: false,
    en: "A member of staff with this e-mail address already exists.",
    zh: "已有使用该邮箱的工作人员。",
    staff: "The address belongs to another member of staff.",
  },
  "staff.passkey_needed": {
    status: 403,
    retryable: false,
    en: "Staff sign in with a passkey here. Use the passkey of this device, or ask for an invitation.",
    zh: "工作人员须使用通行密钥登录。请使用本设备的通行密钥，或申请邀请。",
    staff:
      "JINQIAO_STAFF_SIGN_IN=passkey: a password with a code from the mail is only for registering the first passkey.",
  },
  "staff.last_passkey": {
    status: 409,
    retryable: false,
    en: "This is your only passkey. Add another one before you remove it.",
    zh: "这是您唯一的通行密钥。请先添加另一个再删除。",
    staff: "The last way in cannot be removed.",
  },
});

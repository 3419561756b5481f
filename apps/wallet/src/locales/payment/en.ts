import { en as way } from "../way/en.ts";

/** Texts of the page of one payment, in English. */
export const en = {
  ...way,
  "payment.title.return.in": "Sent back by {bank}",
  "payment.title.return.out": "Taken back by {bank}",
  "explain.top_up.authorised": "We are asking {bank} for {amount}. Nothing has left your account yet.",
  "explain.top_up.action_required":
    "{bank} needs your approval before {amount} can move. Nothing has left your account yet.",
  "explain.top_up.under_review": "We are checking this top-up. Nothing has left your account yet.",
  "explain.top_up.submitted":
    "{bank} has accepted. {amount} is added to your balance when the bank's statement shows it, usually the next working day.",
  "explain.top_up.credited":
    "{amount} is in your balance, and you can use it now. The bank's statement confirms it later. You have nothing to do.",
  "explain.top_up.settled": "{amount} is in your balance. The bank's statement has confirmed it.",
  "explain.top_up.unknown":
    "The bank has not answered yet. We keep asking and tell you here. You will not be charged twice.",
  "explain.top_up.rejected": "{bank} did not carry this out. No money was added to your balance.",
  "explain.top_up.taken_back":
    "{bank} first accepted and then did not carry this out. What we had added to your balance was taken out again.",
  "explain.top_up.cancelled": "You cancelled this top-up. Nothing has left your account.",
  "explain.top_up.expired": "The approval at {bank} did not come in time. Nothing has left your account.",
  "explain.top_up.returned": "{amount} went back to your account at {bank}.",
  "explain.top_up.refunded": "{amount} went back to your account at {bank}.",
  "explain.top_up.declined": "This top-up was not allowed. Nothing has left your account.",
  "explain.withdrawal.authorised":
    "We are sending {amount} to {bank}. Until the bank accepts, the amount is on hold and safe.",
  "explain.withdrawal.action_required":
    "{bank} needs your approval. {amount} is on hold and safe until then.",
  "explain.withdrawal.under_review": "We are checking this withdrawal. {amount} is on hold and safe.",
  "explain.withdrawal.submitted":
    "{bank} has accepted. {amount} is on its way to your account. You have nothing to do.",
  "explain.withdrawal.settled": "{amount} was paid out to your account. The bank's statement shows it.",
  "explain.withdrawal.unknown":
    "The bank has not answered yet. {amount} is on hold and safe. We keep asking and tell you here; it is never sent twice.",
  "explain.withdrawal.rejected":
    "{bank} did not carry this out. {amount} is available in your balance again.",
  "explain.withdrawal.cancelled":
    "You cancelled this withdrawal. {amount} is available in your balance again.",
  "explain.withdrawal.expired":
    "This took too long and has ended. {amount} is available in your balance again.",
  "explain.withdrawal.returned": "The bank sent {amount} back. It is in your balance again.",
  "explain.withdrawal.refunded": "The bank sent {amount} back. It is in your balance again.",
  "explain.withdrawal.declined": "This withdrawal was not allowed. Nothing has left your balance.",
  "explain.transfer.settled": "{name} has the money. It arrived at once.",
  "explain.transfer.received": "{name} sent you {amount}. It is in your balance, and you can use it now.",
  "explain.transfer.underway": "{amount} is on its way to {name}. You have nothing to do.",
  "explain.transfer.stopped": "This payment was not made. Nothing has left your balance.",
  "explain.transfer.returned": "{amount} came back. It is in your balance again.",
  "explain.purchase.settled": "{name} has the money. It arrived at once.",
  "explain.purchase.held":
    "{amount} is set aside for {name}. It is taken when the shop confirms the order, and otherwise comes back to you.",
  "explain.purchase.refunded": "{name} gave all of it back. It is in your balance again.",
  "explain.purchase.stopped": "{name} was not paid. Nothing has left your balance.",
  "explain.refund": "{name} gave you {amount} back. It is in your balance, and you can use it now.",
  "payment.refunds": "What the shop gave back",
  "payment.refunds.part": "{refunded} of {amount} has been given back.",
  "explain.return.in": "{bank} sent back an earlier withdrawal. {amount} is in your balance again.",
  "explain.return.out":
    "Your bank took back an earlier top-up. {amount} went back to your account at {bank} and no longer counts here.",
  "payment.original": "The first payment",
  "payment.came_back": "What came back",
  "payment.came_back.part": "{returned} of {amount} came back so far.",
  "payment.dispute.ask": "Something wrong with this purchase?",
  "payment.dispute.open": "This purchase is disputed",
  "payment.dispute.tell": "Tell us",
  "payment.dispute.see": "See the dispute",
  "payment.came_back.open": "Open the return of {amount}",
};

export type PaymentMessageId = keyof typeof en;

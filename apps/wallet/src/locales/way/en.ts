/** Texts about the way a payment goes and the check of its payee, in English. */
export const en = {
  "way.title": "Why this way",
  "way.sent_by": "Sent by",
  "way.by": "{bank}, {rail}",
  "way.rail.instant_transfer": "instant transfer",
  "way.rail.credit_transfer": "bank transfer",
  "way.rail.faster_payment": "UK Faster Payment",
  "way.rail.standing_permission": "payment under your standing permission",
  "way.rail.file_transfer": "bank transfer",
  "way.rail.direct_debit": "direct debit",
  "way.rail.quick_payment": "quick payment",
  "way.arrives.minutes": "Usually within minutes",
  "way.arrives.by": "By {when}",
  "way.expected": "Expected when it was chosen",
  "way.because": "We chose this way because",
  "way.reason.open": "the bank takes payments now",
  "way.reason.covered": "our account at this bank has enough money",
  "way.reason.certain": "payments this way go through more reliably",
  "way.reason.cheap": "it costs less; you pay nothing either way",
  "way.reason.quick": "it arrives sooner",
  "way.reason.own_bank": "it is the bank that keeps your account",
  "way.reason.order": "it is as good as the others and stands first on our list",
  "way.reason.only_way": "nothing else leads to this account at the moment",
  "way.others": "Other ways, and why not",
  "way.not.open": "does not take payments at the moment",
  "way.not.covered": "our account there does not have enough money",
  "way.not.certain": "payments this way have failed more often lately",
  "way.not.cheap": "costs more",
  "way.not.quick": "takes longer",
  "way.not.own_bank": "is not the bank that keeps your account",
  "way.not.order": "just as good, but further down our list",
  "way.not.already_tried": "we tried it before, and nothing was moved",
  "way.not.other_currency": "does not carry this currency",
  "way.not.out_of_reach": "does not reach this account",
  "way.not.over_payment_limit": "does not carry so much in one payment",
  "way.not.over_day_limit": "has reached its limit for today",
  "way.before.not_sent":
    "We first tried {bank}, which could not be reached. Nothing was moved there, so we sent this another way.",
  "way.before.refused":
    "We first tried {bank}, which did not carry it out. Nothing was moved there, so we sent this another way.",
  "way.before.closed":
    "{bank} was not taking payments. Nothing had been sent there, so we sent this another way.",
  "way.rerouted": "Sent another way",
  "way.recommended": "Best from {account}: {reason}.",
  "way.use": "Use this account",
  "payee_check.pending": "Checking the name…",
  "payee_check.match": "The account is in your name: {name}.",
  "payee_check.close_match":
    "The bank spells the name “{spelling}”; here you are “{name}”. Please check that this is your account.",
  "payee_check.no_match":
    "The account is not in the name “{name}”. If it is not yours, the money may be hard to get back.",
  "payee_check.not_possible":
    "We could not compare your name with the account's. Please check that this is the right account.",
  "payee_check.go_on": "I have checked the account and want to pay to it all the same.",
};

export type WayMessageId = keyof typeof en;

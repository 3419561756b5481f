/** Texts of the pages of cases, which come with them. `zh.ts` has exactly the same ids. */
export const en = {
  "cases.title": "Cases",
  "cases.lead": "What only a person can decide, newest first.",
  "cases.tabs": "Cases by status",
  "cases.none": "There are no cases",
  "cases.none_open": "No case is open",
  "cases.none_hint": "Every bank has answered for every payment, and all money that came is explained.",
  "cases.column.what": "What is to be decided",
  "cases.column.bank": "Bank",
  "cases.column.opened": "Opened",
  "cases.column.amount": "Amount",
  "cases.column.status": "Status",
  "case_status.open": "Open",
  "case_status.closed": "Closed",
  "case_kind.outcome_unknown": "The bank does not say what became of a payment",
  "case_kind.hold_ending": "A payment has been unknown for so long that its hold was renewed",
  "case_kind.late_money": "Money came that belongs to no open payment",
  "case_kind.money_owed": "A top-up was taken back and the customer no longer has all of the money",
  "case_means.outcome_unknown":
    "We asked the bank by our reference until the upper bound was reached. The money stays on hold, and the order is never sent again under another reference.",
  "case_means.hold_ending":
    "The hold would have ended before the bank had spoken. It was taken again for 90 days, so that the money stays set aside.",
  "case_means.late_money":
    "The bank's statement shows money that fits no open payment, or whose customer's account is closed or frozen. It waits in suspense; closing the break ends this case.",
  "case_means.money_owed":
    "The bank took a settled top-up back. What the balance still held was taken; the rest is owed by the customer and stands as a receivable. It covers nobody else's money: until it is made good, custody is short by it.",
  "case.known": "What is known",
  "case.id": "Case id",
  "case.bank": "Bank",
  "case.opened": "Opened",
  "case.payment": "Payment",
  "case.payment_status": "Status of the payment",
  "case.customer": "Customer",
  "case.reference": "Our reference at the bank",
  "case.inquiries": "Asked without an answer",
  "case.inquiries_count": "{count, plural, one {# time} other {# times}}",
  "case.break": "Break",
  "case.messages": "What was said to the bank and by it",
  "case.messages_newest": "The newest {count}. The payment's page has all of them.",
  "case.decide": "Decide",
  "case.decide_lead":
    "The bank is asked once more before anything is decided. If it answers, its answer counts.",
  "case.choose": "What is to be done?",
  "case_action.ask_bank": "Ask the bank again now",
  "case_action.confirm_done": "The bank carried it out",
  "case_action.give_back": "The bank did not carry it out",
  "case_action_means.ask_bank":
    "One more question by our reference. Nothing else happens if the bank stays silent.",
  "case_action_means.confirm_done":
    "The payment counts as accepted. The next statement must show it; if it does not, a break is opened.",
  "case_action_means.give_back":
    "The payment ends, and what was held or credited for it is given back. Should the bank carry it out after all, its money goes to suspense with a break.",
  "case_action.collect": "Take it from the balance",
  "case_action.write_off_debt": "Write the rest off",
  "case_action_means.collect":
    "What the customer's balance holds now is taken, up to what is owed. The case stays open for the rest.",
  "case_action_means.write_off_debt":
    "The customer no longer owes it; the operator bears it. Custody stays short until the operator puts the money in.",
  "case.note": "What is the evidence? For the audit trail",
  "case.note_hint":
    "At least 5 characters, for example whom you asked at the bank, when, and what they answered.",
  "case.note_missing": "Please name the evidence, in at least 5 characters.",
  "case.action_missing": "Please choose what is to be done.",
  "case_action.refuse_proposal": "Refuse what was proposed",
  "case_action_means.refuse_proposal":
    "Nothing happens to the payment. The proposal is taken away and stays on record.",
  "case.two_people": "Two people decide this: one proposes, another confirms.",
  "case.proposed": "Proposed: {action}",
  "case.second_needed":
    "A second person must confirm it by the same choice, or refuse it. Another choice takes its place.",
  "case.propose": "Propose this",
  "case.confirm_second": "Confirm as the second person",
  "case.waits_for_second": "Waits for a second person",
  "case.confirm": "Do this now",
  "case.viewer": "You may look at cases. Deciding them is for operations.",
  "case.see_break": "This case ends with its break. Open the break to close it.",
  "case.log": "What was done",
  "case.log_none": "Nobody has done anything about this yet.",
  "case.log_result": "The payment was then: {status}",
  "case.closed_by_person": "Closed by {name}",
  "case.closed_by_bank": "Closed by the bank's own answer",
} as const;

export type CasesMessageId = keyof typeof en;

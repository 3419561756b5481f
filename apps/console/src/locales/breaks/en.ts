/** Texts of the pages of breaks, which come with them. `zh.ts` has exactly the same ids. */
export const en = {
  "breaks.lead":
    "A break is a difference between a bank's statement and our books. A posting that says why closes it.",
  "breaks.tabs": "Breaks by status",
  "breaks.none": "There are no breaks",
  "break.bank_side": "The bank says",
  "break.bank_side_none": "Nothing: the statement has no such line.",
  "break.our_side": "Our books say",
  "break.our_side_none": "Nothing: our books expect no such movement.",
  "break.difference": "Difference",
  "break.difference_hint": "What the bank says less what our books say; money out counts as minus.",
  "break.closing_balance": "Closing balance of the day",
  "break.belongs": "What it belongs to",
  "break.id": "Break id",
  "break.opened": "Opened",
  "break.bank_and_day": "Bank, currency and day",
  "break.statement": "Statement",
  "break.payment": "Payment",
  "break.viewer": "You may look at this break. Closing it takes someone with the role Operations.",
  "break.close_title": "Close this break",
  "break.close_lead":
    "Each way of closing makes one posting. It carries your name and your note, and it cannot be undone, only corrected by another posting.",
  "break.no_actions": "Nothing can close this break yet: what caused it must be put right first.",
  "break.choose": "What shall be posted?",
  "break.posting_leg": "Debit {debit}, credit {credit}:",
  "break.note": "Why? For the audit trail",
  "break.note_hint": "At least 5 characters, for example whom you asked at the bank and what they answered.",
  "break.note_missing": "Please say why, in at least 5 characters.",
  "break.action_missing": "Please choose what shall be posted.",
  "break.confirm_second": "Confirm as the second person and post",
  "break.propose": "Propose this",
  "break.proposed": "Proposed: {action}",
  "break.second_needed":
    "A second person must confirm it by the same choice. Another choice takes its place.",
  "break.two_people": "Two people decide this: one proposes, another confirms.",
  "break.confirm": "Post and close",
  "break.closed_title": "This break is closed",
  "break.closed_posting": "Closed by the posting",
  "break_action.credit_payment_customer": "Credit the customer of the payment",
  "break_action.complete_payment": "Complete the payment",
  "break_action.reverse_payment": "Reverse the payment",
  "break_action.write_off": "Write the difference off",
  "break_action_means.credit_payment_customer":
    "The money came for a payment that had already ended. It belongs to that customer and is added to their balance.",
  "break_action_means.complete_payment":
    "The payment is completed as agreed: the customer gets or pays exactly what they asked for. What the bank moved too little or too much is the operator's.",
  "break_action_means.reverse_payment":
    "The bank did not carry the payment out. It is undone and the customer's balance is put right. What the balance no longer bears is the operator's loss.",
  "break_write_off.bears":
    "Nobody can be asked for it. The operator bears it; no customer's balance changes.",
  "break_write_off.keeps": "Nobody claims it. The operator keeps it; no customer's balance changes.",
};

export type BreaksMessageId = keyof typeof en;

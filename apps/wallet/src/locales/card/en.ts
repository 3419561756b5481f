/** Texts of the page that links a card. `zh.ts` has exactly the same ids. */
export const en = {
  "card.title": "Link a card of {bank}",
  "card.lead":
    "Enter what {bank} has on file about you. The bank compares it and sends a code to your phone.",
  "card.kept":
    "We hand these details to the bank, enciphered. We keep only the name and the last four digits of the card.",
  "card.holder": "Name on the card",
  "card.id_type": "Kind of ID",
  "card.id_type.resident_identity_card": "Resident identity card",
  "card.id_type.passport": "Passport",
  "card.id_number": "ID number",
  "card.number": "Card number",
  "card.recognised":
    "{issuer} · {kind, select, debit {debit card} credit {credit card} other {prepaid card}}",
  "card.other_bank": "Here you can link cards of {bank}. This looks like a card of another bank: {issuer}",
  "card.not_ours": "This is not a card of {bank}.",
  "card.phone": "Mobile number",
  "card.phone.hint": "The one that your bank has on file.",
  "card.allows":
    "By entering the code you allow the wallet to collect, from this card, top-ups that you confirm. You can end this at any time under Me.",
  "card.send": "Send me the code",
  "card.code.title": "Enter the code",
  "card.code.lead": "{bank} sent a code with six digits to {phone}. It is good until {time}.",
  "card.code": "Code",
  "card.code.left": "{count, plural, one {One more try.} other {# more tries.}}",
  "card.code.confirm": "Link the card",
  "card.code.again": "Start again with other details",
  "card.code.over": "This code can no longer be used. Nothing was linked.",
} as const;

export type CardMessageId = keyof typeof en;

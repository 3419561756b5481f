/** Texts of the page that checks a receipt, in English. */
export const en = {
  "verify.text":
    "A receipt proves that a payment stands in the signed books. It is checked right here in your browser; the file is sent to nobody.",
  "verify.choose": "Choose the receipt",
  "verify.drop": "or drop the file here",
  "verify.paste": "Or paste its text",
  "verify.paste.label": "Text of the receipt",
  "verify.nothing": "Choose a receipt first, or paste its text.",
  "verify.key": "Whose signature must be on it?",
  "verify.key.server": "The key that this server shows",
  "verify.key.server.hint": "The quick way: you trust this server to show the right key.",
  "verify.key.own": "A key that I have from elsewhere",
  "verify.key.own.hint":
    "The stricter way: a key from an auditor or from your papers. What this server shows does not count then.",
  "verify.key.label": "The log's key",
  "verify.no_key": "Enter the key, or choose the one that this server shows.",
  "verify.action": "Check the receipt",
  "verify.result": "Result of the check",
  "verify.how": "What the check tells you",
  "verify.how.unchanged": "Nothing was changed: amount, account and time are exactly those that were booked.",
  "verify.how.logged":
    "It stands in the signed log: an entry that is altered or removed later no longer fits the signature.",
  "verify.how.private": "It reveals your side alone. Nobody learns from it who the other side is.",
  "verify.genuine": "The receipt is genuine",
  "verify.genuine.text": "This transfer stands in the signed log exactly as the receipt says.",
  "verify.refused": "Not confirmed",
  "verify.based_on.server":
    "Checked with the key that this server shows. If you do not trust this server, check again with a key from elsewhere.",
  "verify.based_on.own":
    "Checked with the key that you entered. This page itself comes from this server; the command line (npx jinqiao receipt verify) needs nothing from it.",
  "verify.amount.in": "Money in",
  "verify.amount.out": "Money out",
  "verify.balance": "Balance after it",
  "verify.account": "Account",
  "verify.time": "Time",
  "verify.subject": "Payment",
  "verify.transfer": "Transfer",
  "verify.others": "Other sides",
  "verify.others.value":
    "{count, plural, =0 {None} one {One, of which the receipt tells nothing} other {#, of which the receipt tells nothing}}",
  "verify.place": "Place in the log",
  "verify.place.value": "Number {place} of {size}",
  "verify.log": "Log",
  "verify.signed_at": "Signed on",
  "verify.witnesses": "Witnesses",
  "verify.witnesses.none": "None",
};

export type VerifyMessageId = keyof typeof en;

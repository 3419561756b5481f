/** Texts of the pages that link a bank, in English. */
export const en = {
  "link.choose": "Choose your bank",
  "link.choose_first": "Choose a bank first",
  "link.what_happens": "What happens next",
  "link.your_bank": "your bank",
  "link.step.bank": "You sign in at your bank",
  "link.step.bank.text":
    "We take you to the pages of {bank}. You sign in and confirm there. We never see your bank password.",
  "link.step.see": "You choose what we may see",
  "link.step.see.text":
    "We ask for the balances and transactions of the accounts you choose. Money moves only when you say so, each time.",
  "link.step.until": "It has an end",
  "link.step.until.text": "{bank} sets the last day and shows it to you. We remind you before it ends.",
  "link.step.undo": "You can end it at any time",
  "link.step.undo.text": "Under “Me”, with one press. Then we delete the bank data we were given.",
  "link.step.card": "Enter your card's details",
  "link.step.card.text": "{bank} compares them with what it has on file and sends a code to your phone.",
  "link.step.collect": "Only top-ups that you confirm",
  "link.step.collect.text":
    "We see neither balance nor transactions of the card. We may only collect top-ups that you confirm in the wallet, and pay out to it.",
  "link.card.go": "Enter card details",
  "link.go": "Go to {bank}",
  "link.done.title": "Your bank is linked",
  "link.done.plain": "Your bank accounts now stand beside your wallet.",
  "link.done.text": "Done. Your accounts at {bank} now stand beside your wallet.",
  "link.done.until":
    "Done. Your accounts at {bank} now stand beside your wallet. The permission lasts until {date}.",
  "link.done.accounts": "{count, plural, =0 {Accounts} one {# account linked} other {# accounts linked}}",
  "link.done.top_up": "Top up now",
  "link.failed.title": "The bank was not linked",
  "link.failed.headline": "Nothing was linked, and no money moved",
  "link.failed.unavailable": "Your bank could not be reached. Please try again in a few minutes.",
  "link.failed.session": "You were signed out here before you came back from the bank. Please start again.",
  "link.failed.other":
    "The bank did not confirm the permission: it was refused there, or it took too long. You can start again whenever you like.",
  "link.failed.again": "Start again",
};

export type LinkMessageId = keyof typeof en;

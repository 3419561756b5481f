/** Lessons on safety, in English: the cards and the help page. */
export const en = {
  "lessons.seen": "Got it",
  "lessons.more": "More on staying safe",
  "lessons.label": "Safety",
  "lessons.new_payee.title": "The first payment to this person",
  "lessons.new_payee.text":
    "Money that you send is there at once and cannot be called back. Ask the person first, on a number that you already have, not one from the message that asked you to pay.",
  "lessons.new_payee.do_first": "Compare the name that we show you with the person you mean.",
  "lessons.new_payee.do_second":
    "Start with a small amount when you are not sure, and ask whether it arrived.",
  "lessons.new_payee.do_third":
    "Stop when somebody hurries you. Nothing honest has to be paid within minutes.",
  "lessons.bank_call.title": "Is somebody on the phone with you?",
  "lessons.bank_call.text":
    "We never call to ask for a code, nor does your bank, nor the police. Whoever asks for this code wants your money. Hang up and tell nobody the code.",
  "lessons.bank_call.do_first":
    "Hang up, even if the number on the screen looks right: numbers can be faked.",
  "lessons.bank_call.do_second": "Call your bank yourself, on the number that stands on your card.",
  "lessons.bank_call.do_third":
    "Do not move money to a “safe account” and do not let anybody see your screen: both are how money is stolen.",
  "lessons.public_wifi.title": "Signing in somewhere new",
  "lessons.public_wifi.text":
    "In a café or at an airport, look at the address before you type. If your browser warns you about this page, leave it. With a passkey there is nothing that anybody could listen to or use again.",
  "lessons.public_wifi.do_first": "Use your mobile connection where you can; it is harder to tamper with.",
  "lessons.public_wifi.do_second": "Never go on after a warning about the page’s certificate.",
  "lessons.public_wifi.do_third": "On a device that is not yours, sign out when you are done.",
  "lessons.reused_password.title": "A password for this wallet alone",
  "lessons.reused_password.text":
    "When another site is broken into, its passwords are tried everywhere within hours. A password that you use nowhere else keeps that away from your money. A passkey is safer still, and there is nothing to remember.",
  "lessons.reused_password.do_first": "Let your browser or a password manager make one up and keep it.",
  "lessons.reused_password.do_second":
    "A long line of several words is better than a short one with odd signs.",
  "lessons.reused_password.do_third": "If you used it elsewhere, change it here first, then there.",
  "lessons.page.title": "Staying safe",
  "lessons.page.lead": "Four situations in which people lose money, and what helps in each of them.",
  "lessons.page.never": "What we never do",
  "lessons.page.never_code":
    "We never ask you for a code, a password or your payment PIN: not by phone, not by message.",
  "lessons.page.never_move": "We never ask you to move your money so that it is safe.",
  "lessons.page.never_remote": "We never ask you to install a program or to share your screen.",
  "lessons.page.happened": "Has something happened?",
  "lessons.page.happened_text":
    "Freeze payments at once: from that second nothing goes out, and you can undo it yourself later. Then call your bank, and report it to the police.",
  "lessons.page.freeze": "Freeze payments",
  "lessons.page.sign_in": "Sign in and freeze payments",
};

export type LessonsMessageId = keyof typeof en;

/** Texts of the pages before signing in (opening a wallet, signing in, getting back in), in English. */
export const en = {
  "sign_up.title": "Open your wallet",
  "sign_up.email.hint": "We send a code to it. You sign in with it, and others can send you money with it.",
  "sign_up.send_code": "Send me a code",
  "sign_up.have_wallet": "You have a wallet already?",
  "sign_up.confirm_title": "Almost there",
  "sign_up.sent_to": "We have sent a message to {email}. Type the code that is in it.",
  "sign_up.other_email": "Use another address",
  "sign_up.name.hint": "People who send you money see a part of it, so that they know it is you.",
  "sign_up.how": "How would you like to sign in?",
  "sign_up.passkey": "Open it with a passkey",
  "sign_up.passkey.text":
    "A passkey lives on your phone or computer. You unlock it with your face, finger or PIN. Nobody can guess it, and it cannot be given away to a false site.",
  "sign_up.passkey.none": "This browser knows no passkeys. Choose a password; you can add a passkey later.",
  "sign_up.or_password": "Use a password instead",
  "sign_up.with_password": "Open it with this password",
  "sign_up.password.hint":
    "At least 10 characters. A few words in a row are easy to remember and hard to guess.",
  "password.strength": "Strength: {word}",
  "password.strength.short": "too short",
  "password.strength.weak": "easy to guess",
  "password.strength.fair": "fair",
  "password.strength.good": "good",

  "sign_in.title": "Welcome back",
  "sign_in.no_wallet": "You have no wallet yet?",
  "sign_in.ended": "Your session has ended. Sign in again, and you come back to where you were.",
  "sign_in.idle":
    "You were signed out because nothing was done for a while. Sign in again, and you come back to where you were.",
  "sign_in.passkey": "Sign in with a passkey",
  "sign_in.passkey.hint": "With the face, finger or PIN that unlocks this device.",
  "sign_in.or": "or with e-mail address and password",
  "sign_in.forgot": "I cannot get in any more",
  "sign_in.frozen.help":
    "Your money is still there. To get back in, prove that it is you; nobody else can do that in your place.",

  "factor.title": "One more proof",
  "factor.text":
    "A password alone is not enough on a device that we do not know yet. So nobody gets in who only found out your password.",
  "factor.which": "How would you like to prove that it is you?",
  "factor.email": "Code by e-mail",
  "factor.email.to": "Code by e-mail to {masked}",
  "factor.sms": "Code by text message",
  "factor.sms.to": "Code by text message to {masked}",
  "factor.totp": "Code from your authenticator app",
  "factor.recovery_code": "One of your recovery codes",
  "factor.hardware_token": "Code from your token",
  "factor.send": "Send the code",
  "factor.code": "The code of six digits",
  "factor.code.sent": "It is on its way to {masked} and works for 5 minutes.",
  "factor.code.sent_plain": "It is on its way and works for 5 minutes.",
  "factor.code.app": "Open your authenticator app and type the code that it shows now.",
  "factor.code.token": "Press the button on your token and type the code that it shows.",
  "factor.code.recovery": "Each works once. Capital and small letters make no difference.",
  "factor.recovery_code.label": "Recovery code",
  "factor.resend": "Send a new code",
  "factor.resend_in":
    "{seconds, plural, one {You can ask for a new code in # second.} other {You can ask for a new code in # seconds.}}",
  "factor.back": "Start again",
  "factor.never_tell": "Tell this code to nobody. We never ask for it on the phone.",
  "demo.outbox": "This is a demo: no mail leaves this computer.",
  "demo.outbox.open": "Open the outbox with your code",

  "passkey.fault.cancelled":
    "No passkey was used. Perhaps you said no, or it took too long, or this device has none of yours. Try again or choose another way.",
  "passkey.fault.exists": "This device has a passkey for your wallet already. You can simply use it.",
  "passkey.fault.failed":
    "Your browser could not use a passkey here. Nothing was changed. Try again or choose another way.",

  "recovery.title": "Get back into your wallet",
  "recovery.lead":
    "Lost your phone or forgot your password? You prove in two separate ways that it is you. Then we wait, and tell you on every channel, so that a thief cannot do it unnoticed.",
  "recovery.money_safe": "Your money stays where it is. Until you are back in, nobody can send it anywhere.",
  "recovery.begin": "Begin",
  "recovery.steps": "How it goes",
  "recovery.step.proofs": "Two proofs",
  "recovery.step.proofs.text": "For example a code by e-mail and one of your recovery codes.",
  "recovery.step.wait": "A waiting time",
  "recovery.step.wait.text": "You get a notice with a link that stops it, in case it was not you.",
  "recovery.step.new": "A new way in",
  "recovery.step.new.text": "You make a new passkey or password. All devices are signed out.",
  "recovery.proofs": "Prove that it is you",
  "recovery.proofs.count": "{given} of {needed} proofs given",
  "recovery.proof.given": "Given",
  "recovery.proof.give": "Give this proof",
  "recovery.proof.password": "Your password",
  "recovery.waiting": "Now we wait",
  "recovery.waiting.text":
    "Both proofs are right. For your protection we wait until {date}. We have told you on every channel. Come back to this page then; you can close it meanwhile.",
  "recovery.waiting.link": "Keep this address, so that you find the page again:",
  "recovery.cancelled": "The recovery was stopped",
  "recovery.cancelled.text": "Nothing was changed. Your ways in are the same as before.",
  "recovery.ready": "You can go on now",
  "recovery.ready.text":
    "Choose how you get in from now on. All devices are then signed out, and old passkeys end.",
  "recovery.finish.passkey": "Make a new passkey",
  "recovery.finish.password": "Set this password",
  "recovery.new_password": "New password",
  "recovery.over": "This recovery is over",
  "recovery.over.text": "It took too long, or it was finished or stopped. You can begin again.",
  "recovery.again": "Begin again",

  "cancel.title": "Stop the recovery?",
  "cancel.text":
    "Somebody asked to get into your wallet anew. If that was not you, stop it here. Nothing has been changed yet.",
  "cancel.action": "Stop it now",
  "cancel.no_token": "This link is not complete. Open it once more from our message.",

  "not_me.title": "This was not you?",
  "not_me.text":
    "Then press here. At once nobody can sign in or send money, and every device is signed out. Your money stays in your wallet. Afterwards you get back in by proving that it is you.",
  "not_me.action": "Freeze my wallet now",
  "not_me.was_me": "It was me after all",
  "not_me.done": "Your wallet is frozen",
  "not_me.done.text":
    "Nobody can sign in or send money now, and every device is signed out. Money that is sent to you still arrives.",
  "not_me.next": "What to do now",
  "not_me.next.recover": "Get back in by proving that it is you.",
  "not_me.next.mail":
    "Change the password of your e-mail account too if you suspect that somebody else reads it.",
  "not_me.next.call": "Do not pass on codes, whoever asks for them. We never do.",
};

export type WelcomeMessageId = keyof typeof en;

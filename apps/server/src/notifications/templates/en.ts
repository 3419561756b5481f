import type { ContentOf, Frame, Texts } from "./texts.ts";

const codeFor: Record<ContentOf<"code">["purpose"], string> = {
  sign_up: "open your wallet",
  sign_in: "sign in",
  payment: "approve your payment",
  phone: "confirm your phone number",
  email: "confirm your e-mail address",
  recovery: "get back into your wallet",
};
const changes: Record<ContentOf<"notice.security_changed">["what"], string> = {
  passkey_added: "A passkey was added",
  passkey_removed: "A passkey was removed",
  password_changed: "Your password was changed",
  totp_added: "An authenticator app was added",
  totp_removed: "Your authenticator app was removed",
  phone_changed: "Your phone number was changed",
  email_changed: "Your e-mail address was changed",
  pin_changed: "Your payment PIN was changed",
  recovery_codes_made: "New recovery codes were made",
  recovery_code_used: "A recovery code was used",
  signed_out_everywhere: "All other devices were signed out",
  phrase_changed: "Your anti-phishing phrase was changed",
};
const scopes = { payments: "Payments are", sign_in: "Signing in is", card: "A card is" } as const;
const frozenBy = {
  customer: "You asked for it.",
  staff: "Our security team did this to protect you.",
  risk: "Our protection against fraud did this because something looked unusual.",
} as const;

const notYou = "If this was not you, press the button: payments and signing in stop at once.";
const notYouNoButton = "If this was not you, open Jinqiao, choose Security, and freeze payments.";
const notYouShort = "Not you? Open Jinqiao, Security, and freeze payments.";

const keyChanges = { created: "created", rolled: "rolled", revoked: "revoked" };

const merchantRoles: Record<string, string> = {
  owner: "owner",
  administrator: "administrator",
  developer: "developer",
  finance: "finance",
  cashier: "cashier",
  viewer: "viewer",
};
const merchantNews: Record<ContentOf<"notice.merchant">["what"], { subject: string; means: string }> = {
  opened: {
    subject: "the shop is open",
    means: "It can take real payments from now on. Make a live key or show a code in the merchant portal.",
  },
  declined: {
    subject: "the shop was not opened",
    means: "It cannot take real payments; test mode goes on. Change what is needed and hand it in again.",
  },
  suspended: {
    subject: "the shop stands still",
    means: "It takes no new payments. What it has taken stays its own; write to us to learn how it goes on.",
  },
  resumed: {
    subject: "the shop is open again",
    means: "It takes payments as before.",
  },
  plan_changed: {
    subject: "another fee plan is coming",
    means: "The merchant portal shows all of it and from when it holds. Until then nothing changes.",
  },
  account_named: {
    subject: "a new account for payouts was named",
    means:
      "Nothing goes there until the code that comes with one cent was typed. If no owner of the shop did this, change your password and write to us at once.",
  },
  account_verified: {
    subject: "a new account for payouts was proved",
    means:
      "A first account is paid to at once, a changed one after a day. If no owner of the shop did this, change your password and write to us at once.",
  },
};

export const texts: Texts = {
  code: ({ purpose, code, minutes, amount, payee }) => {
    const pays = amount ? `pay ${amount}${payee ? ` to ${payee}` : ""}` : codeFor[purpose];
    return {
      subject: amount ? `Code for your payment of ${amount}` : `Your code to ${codeFor[purpose]}`,
      text: [
        `Your code to ${pays}:`,
        `It works once, within ${minutes} minutes${amount ? ", and for exactly this payment" : ""}.`,
        "We never ask for this code by phone, chat or e-mail. Whoever does wants your money.",
        amount
          ? "If you are not making this payment, do not enter the code: nothing is paid without it."
          : "If you did not ask for it, do nothing: without the code nothing happens.",
      ],
      short: `Jinqiao: ${code} is your code to ${pays}. Valid ${minutes} min. Tell it to nobody; we never ask for it.`,
    };
  },
  sign_up_repeated: (_content, { page }) => ({
    subject: "You already have a wallet",
    text: [
      "Somebody tried to open a wallet with this e-mail address, which has one already. No second one was opened, and nothing was changed.",
      "If it was you, simply sign in. If you cannot get in any more, choose “I cannot sign in” there.",
      "If it was not you, you need do nothing: whoever it was learned nothing about you.",
    ],
    short: "Somebody tried to open a wallet with your address. You already have one; nothing was changed.",
    action: { label: "Sign in", url: page("/sign-in") },
  }),
  "notice.new_device": ({ device, at, undo }, tools) => ({
    subject: "New sign-in to your wallet",
    text: [
      `Your wallet was opened on a device we did not know: ${device}, on ${tools.at(at)}.`,
      "If this was you, you need do nothing.",
      notYou,
    ],
    inWallet: `On: ${device}. Not you? Freeze payments under Security at once; your money stays where it is.`,
    short: `New sign-in: ${device}, ${tools.at(at)}. ${notYouShort}`,
    action: { label: "This was not me: freeze", url: tools.page(`/not-me#${undo}`) },
  }),
  "notice.security_changed": ({ what, at, undo }, tools) => ({
    subject: changes[what],
    text: [
      `${changes[what]} on ${tools.at(at)}. Your money is where it was.`,
      "If this was you, you need do nothing.",
      undo === undefined ? notYouNoButton : notYou,
    ],
    short: `${changes[what]}, ${tools.at(at)}. ${notYouShort}`,
    ...(undo === undefined
      ? {}
      : { action: { label: "This was not me: freeze", url: tools.page(`/not-me#${undo}`) } }),
  }),
  "notice.recovery_started": ({ at, opensAt, cancel }, tools) => ({
    subject: "Somebody asks to get back into your wallet",
    text: [
      `On ${tools.at(at)} somebody proved twice to be you and asked for new ways to sign in. They open on ${tools.at(opensAt)}, not earlier.`,
      "Your money is safe until then: nothing can be paid through this request.",
      "If this was you, wait until then. If it was not, stop it now with the button, or by signing in.",
    ],
    inWallet: `It opens new ways to sign in on ${tools.at(opensAt)}. Not you? The link in our e-mail stops it, and so does signing in anew. Your money is safe until then.`,
    short: `Somebody asks to get back into your wallet; it opens on ${tools.at(opensAt)}. Not you? Sign in to Jinqiao and it stops.`,
    action: { label: "Stop this request", url: tools.page(`/recover/cancel#${cancel}`) },
  }),
  "notice.recovery_done": ({ at }, tools) => ({
    subject: "Your wallet has new ways to sign in",
    text: [
      `On ${tools.at(at)} the recovery of your wallet was finished. All devices were signed out and the payment PIN no longer works.`,
      "Your money is where it was. Set a new PIN and look at your devices under Security.",
      notYouNoButton,
    ],
    short: `The recovery of your wallet is finished, ${tools.at(at)}. All devices are signed out. ${notYouShort}`,
  }),
  "notice.recovery_cancelled": ({ at }, tools) => ({
    subject: "The recovery of your wallet was stopped",
    text: [
      `The request to get back into your wallet was stopped on ${tools.at(at)}. Nothing was changed; you sign in as before.`,
      "If you did not ask for the recovery, somebody knows two of your proofs: change your password and look at your e-mail account.",
    ],
    short: `The recovery of your wallet was stopped, ${tools.at(at)}. Nothing was changed.`,
  }),
  "notice.frozen": ({ scope, by, at, appeal }, tools) => ({
    subject: `${scopes[scope]} frozen`,
    text: [
      `${scopes[scope]} frozen since ${tools.at(at)}. ${frozenBy[by]}`,
      scope === "sign_in"
        ? "Nobody can sign in until it is lifted. Your money stays where it is, and money sent to you still arrives."
        : "Your money stays where it is, and money sent to you still arrives. Orders a bank already has go on.",
      by === "customer"
        ? "You can lift it yourself under Security."
        : "Under Security you see why, and can ask for it to be lifted.",
    ],
    short: `${scopes[scope]} frozen since ${tools.at(at)}. Your money is safe. See Jinqiao, Security.`,
    ...(appeal === undefined
      ? {}
      : { action: { label: "Ask for it to be lifted", url: tools.page(`/appeal#${appeal}`) } }),
  }),
  "notice.unfrozen": ({ scope, at }, tools) => ({
    subject: `${scopes[scope]} no longer frozen`,
    text: [`${scopes[scope]} possible again since ${tools.at(at)}.`, notYouNoButton],
    short: `${scopes[scope]} possible again since ${tools.at(at)}. ${notYouShort}`,
  }),
  "notice.merchant_key": ({ change, shopEn: shop, key, at }, tools) => ({
    subject: `${shop}: a secret key was ${keyChanges[change]}`,
    text: [
      `A secret key of ${shop} (${key}) was ${keyChanges[change]} on ${tools.at(at)}.`,
      "Whoever has a secret key can take payments and give refunds in the shop's name. The shop's money stays where it is.",
      "If nobody of your team did this, open the merchant portal now, revoke the key under Developers, and remove whoever should not be there from the team.",
    ],
    inWallet: `Key ${key}. Not your team? Revoke it in the merchant portal under Developers.`,
    short: `${shop}: secret key ${key} ${keyChanges[change]}, ${tools.at(at)}. Not your team? Revoke it in the merchant portal.`,
  }),
  "notice.webhook_paused": ({ shopEn: shop, host, at }, tools) => ({
    subject: `${shop}: webhooks are paused`,
    text: [
      `${host} has answered none of ${shop}'s webhooks for three days, so we stopped sending on ${tools.at(at)}.`,
      "Payments go on and the money is safe; your system only does not hear of them from us.",
      "When the address works again, enable it in the merchant portal under Developers and send again what was missed.",
    ],
    inWallet: `${host} has not answered for three days. Payments go on. Enable it in the merchant portal when it works again.`,
    short: `${shop}: webhooks to ${host} are paused after three days without an answer. Payments go on.`,
  }),
  "merchant.invited": ({ shopEn: shop, role, until }, tools) => ({
    subject: `${shop} invites you to its team`,
    text: [
      `${shop} invites you to work with it in the merchant portal, as ${merchantRoles[role] ?? role}. The invitation holds until ${tools.at(until)}.`,
      "Sign in to Jinqiao with this e-mail address, or open a wallet with it, and answer there. Your own money stays apart from the shop's.",
      "If you do not know the shop, do nothing.",
    ],
    short: `${shop} invites you to its team. See your e-mail.`,
    action: { label: "See the invitation", url: tools.page("/console/merchant") },
  }),
  "notice.merchant": ({ what, shopEn: shop, note, at }, tools) => {
    const { subject, means } = merchantNews[what];
    return {
      subject: `${shop}: ${subject}`,
      text: [
        `${shop}: ${subject} (${tools.at(at)}).`,
        ...(note === "" ? [] : [`What we were asked to tell you: ${note}`]),
        means,
      ],
      inWallet: note === "" ? means : `${note} ${means}`,
      short: `${shop}: ${subject}, ${tools.at(at)}. ${what.startsWith("account") ? notYouShort : ""}`.trim(),
    };
  },
  "notice.payout_failed": ({ shopEn: shop, amount, reasonEn, at }, tools) => ({
    subject: `${shop}: a payout of ${amount} did not arrive`,
    text: [
      `A payout of ${amount} to ${shop}'s bank account did not arrive (${tools.at(at)}).`,
      ...(reasonEn === "" ? [] : [`What the bank says: ${reasonEn}`]),
      "The money is back in the shop's balance and is safe. It goes out again with the next payout.",
      "Look in the merchant portal whether the bank account is still the right one.",
    ],
    inWallet: `A payout of ${amount} did not arrive. The money is back in the shop's balance; check the bank account in the merchant portal.`,
    short: `${shop}: a payout of ${amount} did not arrive. The money is back in the shop's balance.`,
  }),
  "notice.dispute": ({ what, shop, amount, disputeId, until, at }, tools) => {
    const by = until ? tools.at(until) : "";
    const said = {
      opened: {
        subject: `We asked ${shop} about your ${amount}`,
        line: `You told us on ${tools.at(at)} that something is wrong with your purchase at ${shop}. The shop can answer until ${by}. You need do nothing now.`,
      },
      answered: {
        subject: `${shop} has answered`,
        line: `${shop} has answered about your ${amount}. We now look at what both of you said, and decide.`,
      },
      decided_for_you: {
        subject: `We decided for you: ${amount}`,
        line: `We decided for you. The ${amount} is taken from ${shop} and set aside. It comes to your wallet once the shop can bring no new evidence: by ${by} at the latest, unless the shop brings some.`,
      },
      paid_back: {
        subject: `${amount} is back in your wallet`,
        line: `Your dispute with ${shop} is over. ${amount} is back in your wallet and stays there.`,
      },
      kept: {
        subject: `Your dispute with ${shop} is decided`,
        line: `We decided for ${shop}, so ${amount} stays with the shop. You can read the shop's answer in your wallet.`,
      },
      reviewed_again: {
        subject: `${shop} has brought new evidence`,
        line: `${shop} has brought new evidence, so we look at it once more. The ${amount} stays set aside until we have decided for good.`,
      },
      refunded: {
        subject: `${shop} has given your money back`,
        line: `${shop} has refunded what you disputed (${amount} at first). The dispute is over.`,
      },
    }[what];
    return {
      subject: said.subject,
      text: [said.line],
      inWallet: said.line,
      short: said.line,
      action: { label: "See the dispute", url: tools.page(`/disputes/${disputeId}`) },
    };
  },
  "notice.shop_dispute": ({ what, shop, amount, disputeId, until, at }, tools) => {
    const by = until ? tools.at(until) : "";
    const said = {
      opened: {
        subject: `${shop}: a customer disputes ${amount}`,
        line: `On ${tools.at(at)} a customer said that something is wrong with a payment to ${shop}. ${amount} of the shop's money is held. Answer until ${by}: without an answer the customer gets the money.`,
      },
      reminder: {
        subject: `${shop}: answer a dispute until ${by}`,
        line: `A customer's dispute about ${amount} is still without ${shop}'s answer. After ${by} the customer gets the money.`,
      },
      expired: {
        subject: `${shop}: a dispute ended without an answer`,
        line: `${shop} did not answer in time, so ${amount} went back to the customer.`,
      },
      lost: {
        subject: `${shop}: a dispute was decided for the customer`,
        line: `We decided for the customer. ${amount} is taken from ${shop}'s money and set aside. If you have new evidence, send it once, until ${by}; otherwise the customer gets the money then.`,
      },
      lost_for_good: {
        subject: `${shop}: a dispute is lost`,
        line: `After your new evidence we decided for the customer again. ${amount} went to the customer. This decision is final.`,
      },
      won: {
        subject: `${shop}: a dispute is won`,
        line: `We decided for ${shop}. ${amount} is the shop's to use again.`,
      },
      withdrawn: {
        subject: `${shop}: a dispute was withdrawn`,
        line: `The customer withdrew the dispute. ${amount} is ${shop}'s to use again.`,
      },
    }[what];
    return {
      subject: said.subject,
      text: [said.line],
      inWallet: said.line,
      short: said.line,
      action: { label: "See the dispute", url: tools.page(`/console/merchant/disputes/${disputeId}`) },
    };
  },
  "staff.invited": ({ token, role }, tools) => ({
    subject: "Your access to the console",
    text: [
      `You were invited to work in the bank console, as ${role}.`,
      "The button opens the console once, for registering a passkey on your device. Use it only if you expect this invitation, and pass it on to nobody.",
    ],
    short: "You were invited to the bank console. See your e-mail.",
    action: { label: "Open the console", url: tools.page(`/console/invitation#${token}`) },
  }),
  "payment.sent": ({ paymentId, amount, payee, at }, tools) => ({
    subject: `You paid ${amount} to ${payee}`,
    text: [`${amount} went to ${payee} on ${tools.at(at)}.`, notYouNoButton],
    short: `You paid ${amount} to ${payee}.`,
    action: { label: "See the payment", url: tools.page(`/activity/${paymentId}`) },
  }),
  "payment.received": ({ paymentId, amount, payer, at }, tools) => ({
    subject: `You received ${amount}`,
    text: [`${amount} from ${payer} is in your wallet since ${tools.at(at)}.`],
    short: `You received ${amount} from ${payer}.`,
    action: { label: "See the payment", url: tools.page(`/activity/${paymentId}`) },
  }),
};

export const frame: Frame = {
  footer:
    "Jinqiao never asks for passwords, PINs or codes, and never asks you to move money “to safety”. When in doubt, do not use this message: open the wallet as you always do.",
  phrase: (phrase) => `Your phrase: ${phrase}`,
  noPhrase: "Set a phrase of your own under Notices; it then stands here, and a forged message will lack it.",
  inWallet:
    "Your money is where it was. If this was you, you need do nothing; if not, freeze payments under Security at once.",
  dates: { tag: "en-GB", timeZone: "UTC", zone: "UTC" },
};

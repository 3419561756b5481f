/** Texts of notices, in English. */
export const en = {
  "notices.title": "Notices",
  "notices.bell.unread": "{count, plural, one {Notices, # unread} other {Notices, # unread}}",
  "notices.latest": "Latest",
  "notices.none": "Nothing to tell yet",
  "notices.none.text":
    "When something happens to your wallet’s security, you find it here as well as in your mail.",
  "notices.new": "New",
  "notices.more": "Show earlier ones",
  "notices.phrase": "Your phrase",
  "notices.phrase.text":
    "Words that only you and we know. They stand in each of our e-mails and device notices. An e-mail or device notice without them is not from us: do not follow it.",
  "notices.phrase.label": "Phrase",
  "notices.phrase.new": "New phrase",
  "notices.phrase.hint":
    "3 to 40 characters that you will recognise, for example “Blue whale on a bicycle”. Never a password.",
  "notices.phrase.save": "Set phrase",
  "notices.phrase.change": "Change phrase",
  "notices.phrase.remove": "Remove phrase",
  "notices.phrase.set": "Your phrase is set. Look for it in our next message.",
  "notices.phrase.removed": "Your phrase was removed.",
  "notices.groups": "What we tell you, and where",
  "notices.fixed": "Always on",
  "notices.group.security": "Security",
  "notices.group.security.text":
    "New devices, changed ways to sign in, recovery, freezes. Nobody can switch these off, not even a thief with your phone.",
  "notices.group.payments": "Payments",
  "notices.group.payments.text": "Money you sent or received. You always see it under Activity.",
  "notices.channel.email": "E-mail",
  "notices.channel.sms": "SMS",
  "notices.channel.push": "Devices",
  "notices.push": "Notices on this device",
  "notices.push.before":
    "Hear of payments and security within seconds, also while the wallet is closed. When you press the button, your browser asks whether Jinqiao may show notices: choose “Allow”. Others who see your screen may see them too.",
  "notices.push.switch_on": "Switch on",
  "notices.push.on": "This device shows notices.",
  "notices.push.off": "Switch off",
  "notices.push.denied":
    "Your browser blocks notices of this site. Allow them in the browser’s settings of this site, then reload the page. E-mails still reach you.",
  "notices.push.unsupported":
    "This browser cannot show notices. On an iPhone, first add the wallet to the home screen.",
  "notices.push.none": "Notices on devices are not offered here. E-mails still reach you.",
};

export type NoticesMessageId = keyof typeof en;

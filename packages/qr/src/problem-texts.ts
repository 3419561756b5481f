import type { QrProblem } from "./qr-error.ts";

/** What a problem means to the person who scanned, and what to do: one text for the command line and the browser. */
export const problemTexts: Readonly<Record<QrProblem, { en: string; zh: string }>> = {
  not_a_payment_code: {
    en: "This is no payment code. Nothing was paid. Ask for the code that is meant for payments.",
    zh: "这不是收款或付款码，未发生任何付款。请向对方索取付款用的二维码。",
  },
  not_readable: {
    en: "No code could be read. Hold the phone closer and straight, with more light, or choose a sharper picture.",
    zh: "未能识别二维码。请靠近并端正手机、增加光线，或换一张更清晰的图片。",
  },
  cut_off: {
    en: "The code ends too early: a part of it is missing. Scan it again.",
    zh: "二维码内容不完整。请重新扫描。",
  },
  bad_length: {
    en: "The code is damaged: a field does not say how long it is. Scan it again or ask for a new one.",
    zh: "二维码已损坏：有字段的长度无法识别。请重新扫描或索取新的二维码。",
  },
  tag_twice: {
    en: "The code says one thing twice. It was made wrongly: ask for a new one.",
    zh: "二维码中同一项内容出现了两次，制作有误。请索取新的二维码。",
  },
  no_checksum: {
    en: "The end of the code is missing, so nobody can tell whether it is right. Scan it again.",
    zh: "二维码结尾缺失，无法判断是否正确。请重新扫描。",
  },
  checksum_wrong: {
    en: "The checksum does not fit: the code was changed or misread. Scan it again; if it stays so, do not pay.",
    zh: "校验码不符：二维码被改动过或识别有误。请重新扫描；若仍如此，请勿付款。",
  },
  field_missing: {
    en: "Something that every payment code says is missing. Ask for a new code.",
    zh: "二维码缺少必需的内容。请索取新的二维码。",
  },
  field_wrong: {
    en: "Something in the code has a form that cannot be meant. Ask for a new code.",
    zh: "二维码中有内容的格式不正确。请索取新的二维码。",
  },
  too_long: {
    en: "The code, or a part of it, is longer than payment codes may be.",
    zh: "二维码或其中某项内容超过了允许的长度。",
  },
};

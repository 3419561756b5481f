import type { Channel, MessageContent } from "../identity/index.ts";
import * as en from "./templates/en.ts";
import type { Frame, Kind, Texts, Tools, Words } from "./templates/texts.ts";
import * as zh from "./templates/zh.ts";

type Locale = "zh" | "en";
/** How a message looks on each channel. */
export type Rendered = {
  email: { subject: string; text: string; html: string };
  sms: { text: string };
  push: { title: string; text: string; path: string };
  code: string | null;
  link: string | null;
};

const languages: Record<Locale, { texts: Texts; frame: Frame }> = { zh, en };

/**
 * Words that others chose (names, notes, names of devices) as one short line: no line breaks that would begin a header,
 * no characters that turn the direction of reading, and nothing that a mail program makes a link of.
 */
export function plain(text: string, longest = 60): string {
  const line = text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .replaceAll("://", ": //")
    .replaceAll(/(\p{L})\.(?=\p{L}{2})/gu, "$1. ")
    .replaceAll(/\s+/g, " ")
    .trim();
  const letters = [...line];
  return letters.length <= longest ? line : `${letters.slice(0, longest - 1).join("")}…`;
}

const tokens: ReadonlySet<string> = new Set(["undo", "cancel", "appeal", "token"]);

/** The content with every text in it made plain; tokens and ids hold nothing that it would change. */
function plainContent(content: MessageContent): MessageContent {
  const entries = Object.entries(content).map(([name, value]) => [
    name,
    typeof value === "string" && name !== "kind" && name !== "at" && name !== "opensAt" && name !== "until"
      ? plain(value, tokens.has(name) ? 200 : 60)
      : value,
  ]);
  return Object.fromEntries(entries) as MessageContent;
}

/** What a message says in one language. */
export function wordsOf(content: MessageContent, locale: Locale, url: string): Words {
  const { texts, frame } = languages[locale];
  const tools: Tools = {
    at: (instant) => `${dateText(instant, frame.dates)}`,
    page: (path) => `${url}${path}`,
  };
  const words = texts[content.kind] as (content: MessageContent, tools: Tools) => Words;
  return words(plainContent(content), tools);
}

/** Title and text of a message in the wallet's own list. */
export function listedOf(
  content: MessageContent,
  locale: Locale,
  url: string,
): { title: string; text: string } {
  const { subject, short, inWallet } = wordsOf(content, locale, url);
  const usual = groupOf(content.kind) === "payments" ? short : languages[locale].frame.inWallet;
  return { title: subject, text: inWallet ?? usual };
}

/**
 * Lays a message out for every channel. `locale` null writes both languages under one another, for staff.
 * @param phrase the customer's own words against forged messages; undefined where the addressee is not a customer
 */
export function render(
  content: MessageContent,
  to: { locale: Locale | null; phrase: string | null | undefined; url: string },
): Rendered {
  const locales: Locale[] = to.locale === null ? ["en", "zh"] : [to.locale];
  const parts = locales.map((locale) => ({
    locale,
    frame: languages[locale].frame,
    words: wordsOf(content, locale, to.url),
  }));
  const code = content.kind === "code" ? content.code : null;
  const link = parts[0]?.words.action?.url ?? null;
  const phrase = to.phrase == null ? to.phrase : plain(to.phrase);
  const phraseLine = ({ phrase: say, noPhrase }: Frame) =>
    phrase === undefined ? null : phrase === null ? noPhrase : say(phrase);
  const subject = parts.map(({ words }) => words.subject).join(" · ");
  const short = parts.map(({ words }) => words.short).join(" ");
  return {
    email: {
      subject,
      text: parts
        .map(({ words, frame }) => emailText({ words, code, frame, phrase: phraseLine(frame) }))
        .join("\n\n————\n\n"),
      html: emailHtml(
        subject,
        parts.map(({ locale, words, frame }) =>
          emailPart({ locale, words, code, frame, phrase: phraseLine(frame) }),
        ),
      ),
    },
    sms: { text: short },
    push: {
      title: subject,
      text: phrase ? `${short}\n${phrase}` : short,
      path: pathOf(content),
    },
    code,
    link,
  };
}

/** What a tap on a push notice opens: never a page that undoes something by a token. */
export function pathOf(content: MessageContent): string {
  if (content.kind === "payment.sent" || content.kind === "payment.received")
    return `/activity/${content.paymentId}`;
  if (content.kind === "notice.dispute") return `/disputes/${content.disputeId}`;
  if (content.kind === "notice.shop_dispute") return `/console/merchant/disputes/${content.disputeId}`;
  return "/notices";
}

export const groupOf = (kind: Kind): "security" | "payments" =>
  kind.startsWith("payment.") ? "payments" : "security";

/** Which channels a kind goes to when its sender named none; settings and addresses decide among them. */
export function channelsOf(kind: Kind): readonly Channel[] {
  if (
    kind === "code" ||
    kind === "sign_up_repeated" ||
    kind === "staff.invited" ||
    kind === "merchant.invited"
  )
    return ["email"];
  if (kind === "notice.dispute" || kind === "notice.shop_dispute") return ["email", "push"];
  return kind.startsWith("notice.") ? ["email", "sms", "push"] : ["email", "push"];
}

type Part = { words: Words; code: string | null; frame: Frame; phrase: string | null };

function emailText({ words, code, frame, phrase }: Part): string {
  const [first = "", ...rest] = words.text;
  return [
    ...(phrase === null ? [] : [phrase]),
    first,
    ...(code === null ? [] : [`    ${code}`]),
    ...rest,
    ...(words.action ? [`${words.action.label}:\n${words.action.url}`] : []),
    `-- \n${frame.footer}`,
  ].join("\n\n");
}

function emailPart({ words, code, frame, phrase, locale }: Part & { locale: Locale }): string {
  const [first = "", ...rest] = words.text;
  const paragraph = (text: string) => `<p style="margin:0 0 16px">${escaped(text)}</p>`;
  return [
    `<div lang="${locale === "zh" ? "zh-CN" : "en"}">`,
    phrase === null
      ? ""
      : `<p style="margin:0 0 16px;padding:8px 12px;background:#e6f4f1;border-radius:8px">${escaped(phrase)}</p>`,
    paragraph(first),
    code === null
      ? ""
      : `<p style="margin:0 0 16px;font-size:32px;font-weight:700;letter-spacing:6px">${escaped(code)}</p>`,
    ...rest.map(paragraph),
    words.action
      ? `<p style="margin:0 0 24px"><a href="${escaped(words.action.url)}" style="display:inline-block;padding:12px 20px;background:#0f766e;color:#ffffff;border-radius:12px;text-decoration:none;font-weight:600">${escaped(words.action.label)}</a></p>`
      : "",
    `<p style="margin:0;font-size:13px;color:#52606d">${escaped(frame.footer)}</p>`,
    "</div>",
  ].join("");
}

/** Text and one style: nothing that a mail program would have to fetch, so that nobody learns when it was read. */
function emailHtml(subject: string, parts: readonly string[]): string {
  return `<!doctype html><html><head><meta charset="utf-8"><title>${escaped(subject)}</title></head><body style="margin:0;padding:24px;background:#f5fafa;color:#102a2a;font:16px/1.6 system-ui,'PingFang SC','Microsoft YaHei',sans-serif"><div style="max-width:560px;margin:0 auto;padding:24px;background:#ffffff;border-radius:16px"><p style="margin:0 0 16px;font-weight:700;color:#0f766e">金桥 Jinqiao</p>${parts.join('<hr style="margin:24px 0;border:0;border-top:1px solid #d9e2e1">')}</div></body></html>`;
}

function escaped(text: string): string {
  const signs: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replaceAll(/[&<>"']/g, (sign) => signs[sign] as string);
}

function dateText(instant: string, { tag, timeZone, zone }: Frame["dates"]): string {
  const format = new Intl.DateTimeFormat(tag, { timeZone, dateStyle: "long", timeStyle: "short" });
  return tag === "zh-CN"
    ? `${zone}${format.format(new Date(instant))}`
    : `${format.format(new Date(instant))} ${zone}`;
}

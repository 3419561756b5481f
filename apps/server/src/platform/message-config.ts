import { readFileSync } from "node:fs";
import { ConfigError } from "./config-error.ts";

/** How messages to people leave; a channel that is missing has no sender. */
export type MessageSettings = {
  smtp?: { url: string; from: string; ca?: string };
  sms?: { url: string; authorization?: string; body: unknown };
  push?: { contact: string; hosts: readonly string[] };
};

/** Push services of Chrome and Edge, Firefox, Safari, and Edge on Windows. */
const usualPushHosts = [
  "fcm.googleapis.com",
  "*.push.services.mozilla.com",
  "*.push.apple.com",
  "*.notify.windows.com",
];
const usualSmsBody = { to: "{{to}}", text: "{{text}}", reference: "{{reference}}" };

type Read = (name: string) => string | undefined;

/** Reads `JINQIAO_SMTP_…`, `JINQIAO_SMS_…` and `JINQIAO_PUSH_…`. @throws ConfigError */
export function readMessageSettings(read: Read): MessageSettings {
  const smtp = readSmtp(read);
  const sms = readSms(read);
  const push = readPush(read);
  return { ...(smtp && { smtp }), ...(sms && { sms }), ...(push && { push }) };
}

// Addresses of servers are never shown: they may hold a password.
function readSmtp(read: Read): MessageSettings["smtp"] {
  const text = read("JINQIAO_SMTP_URL");
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^smtps?:$/.test(url.protocol) || url.hostname === "")
    throw new ConfigError(
      "JINQIAO_SMTP_URL is no mail server: write it as smtps://user:password@mail.example.com:465, or smtp://… for STARTTLS.",
    );
  const from = read("JINQIAO_MAIL_FROM");
  if (from === undefined || !/^(?:[^\p{Cc}<>]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/u.test(from))
    throw new ConfigError(
      "JINQIAO_MAIL_FROM is missing or no address: write the sender of our mails, for example Jinqiao <no-reply@example.com>.",
    );
  const caFile = read("JINQIAO_SMTP_CA_FILE");
  return { url: text, from, ...(caFile && { ca: readFile(caFile, "JINQIAO_SMTP_CA_FILE") }) };
}

function readSms(read: Read): MessageSettings["sms"] {
  const url = read("JINQIAO_SMS_URL");
  if (url === undefined) return undefined;
  if (!isSafeAddress(url))
    throw new ConfigError(
      "JINQIAO_SMS_URL cannot be used: give the https address that the SMS gateway takes messages at.",
    );
  const authorization = read("JINQIAO_SMS_AUTHORIZATION");
  const text = read("JINQIAO_SMS_BODY");
  let body: unknown = usualSmsBody;
  if (text !== undefined) {
    try {
      body = JSON.parse(text);
    } catch {
      body = undefined;
    }
    const holds = (name: string) => JSON.stringify(body)?.includes(`{{${name}}}`) === true;
    if (!holds("to") || !holds("text"))
      throw new ConfigError(
        'JINQIAO_SMS_BODY cannot be used: write the JSON that the gateway takes, with {{to}}, {{text}} and {{reference}} in it, for example {"to": "{{to}}", "text": "{{text}}"}.',
      );
  }
  return { url, body, ...(authorization === undefined ? {} : { authorization }) };
}

function readPush(read: Read): MessageSettings["push"] {
  const contact = read("JINQIAO_PUSH_CONTACT");
  if (contact === undefined) return undefined;
  if (!/^(?:mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/.test(contact))
    throw new ConfigError(
      `JINQIAO_PUSH_CONTACT is "${contact}": write whom push services may turn to, as mailto:… or https://….`,
    );
  const hosts = read("JINQIAO_PUSH_HOSTS")
    ?.split(",")
    .map((host) => host.trim());
  if (hosts?.some((host) => !/^(?:\*\.)?[a-z0-9.-]+(?::\d+)?$/i.test(host)))
    throw new ConfigError(
      "JINQIAO_PUSH_HOSTS cannot be used: write host names with commas between them, for example fcm.googleapis.com,*.push.apple.com.",
    );
  return { contact, hosts: hosts ?? usualPushHosts };
}

/** https, or http to this machine. */
function isSafeAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return false;
  const loopback = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  return url.protocol === "https:" || (url.protocol === "http:" && loopback);
}

function readFile(path: string, variable: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new ConfigError(
      `${variable} names ${path}, which cannot be read (${(error as NodeJS.ErrnoException).code}).`,
    );
  }
}

import { decodeConsumerCode, encodeConsumerCode, isConsumerCode } from "./consumer.ts";

/**
 * A payer's code: 24 digits that a till scans or a cashier types, made by the payer's phone without a network.
 *
 * `76` + handle (9 digits: which key) + moment (3: when it was made, in steps of five seconds, modulo 1000) + suffix
 * (2: a new code in the same moment is another one) + check (8: HMAC-SHA-256 by the key, cut as RFC 4226, section 5.3,
 * cuts). The check covers the whole moment, of which the digits name the end: a code of an earlier round does not fit.
 */
export type PayCode = { handle: string; moment: number; suffix: string; check: string };

const prefix = "76";
const stepSeconds = 5;
const moments = 1_000;

/** For how long a code may be charged after it was made, in seconds. The phone then shows the next one. */
export const payCodeSeconds = 60;
/** How much longer, in seconds: the digits tell the moment to five seconds only. */
export const payCodeGraceSeconds = 5;
/** How far ahead of ours the phone's clock may be, in seconds. */
export const payCodeAheadSeconds = 15;

/** Our application on a payer's phone: an unregistered proprietary identifier (ISO/IEC 7816-5, category F). */
const applicationId = "F04A494E5149414F";
const codeTag = "63";

/** The number of five-second steps since 1970. @param at Unix milliseconds */
export function payCodeMoment(at: number): number {
  return Math.floor(at / (stepSeconds * 1_000));
}

/** What the key signs. */
export function payCodeMessage(handle: string, moment: number, suffix: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`jinqiao pay code v1\n${handle}\n${moment}\n${suffix}`);
}

/** The check digits of a MAC. @param mac 32 bytes */
export function payCodeCheck(mac: Uint8Array): string {
  const offset = (mac[mac.length - 1] as number) & 0x0f;
  const number = new DataView(mac.buffer, mac.byteOffset, mac.byteLength).getUint32(offset) & 0x7fff_ffff;
  return String(number % 100_000_000).padStart(8, "0");
}

/** The code as its digits, without spaces. */
export function payCodeDigits({ handle, moment, suffix, check }: PayCode): string {
  return `${prefix}${handle}${String(moment % moments).padStart(3, "0")}${suffix}${check}`;
}

/** The code as a QR code says it: EMVCo Consumer-Presented Mode 1.1, our application, digits in tag 63. */
export function payCodeQr(digits: string): string {
  const value = Uint8Array.from(digits, (sign) => sign.charCodeAt(0));
  return encodeConsumerCode({
    applications: [
      {
        aid: applicationId,
        label: "JINQIAO",
        lastDigits: undefined,
        objects: [{ tag: codeTag, value }],
      },
    ],
    common: [],
  });
}

/**
 * Reads what a till scanned or a cashier typed (spaces and hyphens are overlooked). The moment is the one nearest to
 * now whose end the digits name: a code of over 40 minutes ago is taken for a later one, and its check does not fit.
 * @param now Unix milliseconds
 * @returns undefined where it is no payer's code of ours
 */
export function readPayCode(text: string, now: number): PayCode | undefined {
  const digits = isConsumerCode(text.trim()) ? digitsIn(text.trim()) : text.replace(/[\s-]/g, "");
  const parts = /^76(\d{9})(\d{3})(\d{2})(\d{8})$/.exec(digits ?? "");
  if (parts === null) return undefined;
  const [, handle = "", end = "", suffix = "", check = ""] = parts;
  const present = payCodeMoment(now);
  const behind = (((present - Number(end)) % moments) + moments) % moments;
  const moment = behind <= moments / 2 ? present - behind : present - behind + moments;
  return { handle, moment, suffix, check };
}

/** How old a code is by our clock, in seconds; below zero where the phone's clock is ahead. */
export function payCodeAge({ moment }: Pick<PayCode, "moment">, now: number): number {
  return Math.floor(now / 1_000) - moment * stepSeconds;
}

function digitsIn(text: string): string | undefined {
  try {
    const ours = decodeConsumerCode(text).applications.find(({ aid }) => aid === applicationId);
    const value = ours?.objects.find(({ tag }) => tag === codeTag)?.value;
    return value && String.fromCharCode(...value);
  } catch {
    return undefined;
  }
}

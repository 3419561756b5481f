import { QrError } from "./qr-error.ts";

/** One object of BER-TLV: the tag in hexadecimal capitals and its bytes. */
export type DataObject = { tag: string; value: Uint8Array };

/**
 * What a consumer-presented code says: which application of the payer's phone stands behind it, and objects that only
 * its issuer reads. Ours carries a one-time code of the wallet in tag 63 (application specific transparent template).
 */
export type ConsumerCode = {
  applications: {
    /** Application id (ISO/IEC 7816-5) in hexadecimal capitals. */
    aid: string;
    label: string | undefined;
    /** Last digits of the account, where they are told. */
    lastDigits: string | undefined;
    objects: DataObject[];
  }[];
  common: DataObject[];
};

const tags = {
  version: "85",
  application: "61",
  common: "62",
  aid: "4F",
  label: "50",
  lastDigits: "9F25",
} as const;
const version = "CPV01";
/** Most bytes of a code before base64 (EMVCo Consumer-Presented Mode 1.1, section 3.2). */
const maxBytes = 512;

/**
 * Reads a consumer-presented code.
 * Source: EMVCo QR Code Specification for Payment Systems, Consumer-Presented Mode 1.1, sections 3 and 4.
 * @throws QrError
 */
export function decodeConsumerCode(text: string): ConsumerCode {
  if (!isConsumerCode(text))
    throw new QrError("not_a_payment_code", "It does not begin as a payer's code does.");
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text))
    throw new QrError("not_readable", "It is not base64 in full groups of four.");
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  if (bytes.length > maxBytes) throw new QrError("too_long", `A payer's code has at most ${maxBytes} bytes.`);
  const [first, ...rest] = readObjects(bytes);
  if (first?.tag !== tags.version || latin(first.value) !== version)
    throw new QrError("field_wrong", `It is not of version ${version}.`, { field: tags.version });
  const applications = rest.filter(({ tag }) => tag === tags.application).map(applicationOf);
  if (applications.length === 0)
    throw new QrError("field_missing", "It names no application.", { field: tags.application });
  const common = rest.find(({ tag }) => tag === tags.common);
  return { applications, common: common ? readObjects(common.value) : [] };
}

/** Writes a consumer-presented code as base64. @throws QrError `too_long`, `field_wrong` or `field_missing` */
export function encodeConsumerCode(code: ConsumerCode): string {
  if (code.applications.length === 0)
    throw new QrError("field_missing", "A payer's code names an application.", { field: tags.application });
  const bytes = writeObjects([
    { tag: tags.version, value: latinBytes(version) },
    ...code.applications.map(({ aid, label, lastDigits, objects }) => ({
      tag: tags.application,
      value: writeObjects([
        { tag: tags.aid, value: bytesOfHex(aid) },
        ...(label === undefined ? [] : [{ tag: tags.label, value: latinBytes(label) }]),
        ...(lastDigits === undefined ? [] : [{ tag: tags.lastDigits, value: bytesOfHex(lastDigits) }]),
        ...objects,
      ]),
    })),
    ...(code.common.length === 0 ? [] : [{ tag: tags.common, value: writeObjects(code.common) }]),
  ]);
  if (bytes.length > maxBytes) throw new QrError("too_long", `A payer's code has at most ${maxBytes} bytes.`);
  return btoa(latin(bytes));
}

/** Whether a text begins as `85 05 CPV01` in base64. */
export function isConsumerCode(text: string): boolean {
  return text.startsWith("hQVDUFYwM");
}

function applicationOf({ value }: DataObject): ConsumerCode["applications"][number] {
  const objects = readObjects(value);
  const find = (tag: string) => objects.find((object) => object.tag === tag)?.value;
  const aid = find(tags.aid);
  if (aid === undefined)
    throw new QrError("field_missing", "An application has no id.", {
      field: `${tags.application}.${tags.aid}`,
    });
  const [label, lastDigits] = [find(tags.label), find(tags.lastDigits)];
  const known: readonly string[] = [tags.aid, tags.label, tags.lastDigits];
  return {
    aid: hexOf(aid),
    label: label && latin(label),
    lastDigits: lastDigits && hexOf(lastDigits),
    objects: objects.filter(({ tag }) => !known.includes(tag)),
  };
}

/** Objects one after the other: tags of one or two bytes, lengths in the short form or `81 nn` (ISO/IEC 8825-1). */
export function readObjects(bytes: Uint8Array): DataObject[] {
  const objects: DataObject[] = [];
  let at = 0;
  const next = (): number => {
    const byte = bytes[at];
    if (byte === undefined)
      throw new QrError("cut_off", "It ends in the middle of an object.", { position: at });
    at += 1;
    return byte;
  };
  while (at < bytes.length) {
    const start = at;
    const first = next();
    const tag = (first & 0x1f) === 0x1f ? hexOf([first, next()]) : hexOf([first]);
    const head = next();
    const length = head === 0x81 ? next() : head;
    if (head > 0x81 || head === 0x80)
      throw new QrError("bad_length", `Object ${tag} has a length of a form that is not used.`, {
        field: tag,
        position: start,
      });
    const value = bytes.slice(at, at + length);
    if (value.length < length)
      throw new QrError(
        "cut_off",
        `Object ${tag} is announced with ${length} bytes; ${value.length} are left.`,
        {
          field: tag,
          position: start,
        },
      );
    at += length;
    objects.push({ tag, value });
  }
  return objects;
}

export function writeObjects(objects: readonly DataObject[]): Uint8Array {
  const parts = objects.flatMap(({ tag, value }) => {
    if (!/^([0-9A-F]{2}){1,2}$/.test(tag))
      throw new QrError("field_wrong", `${tag} is no tag.`, { field: tag });
    if (value.length > 255)
      throw new QrError("too_long", `Object ${tag} has more than 255 bytes.`, { field: tag });
    return [...bytesOfHex(tag), ...(value.length < 0x80 ? [value.length] : [0x81, value.length]), ...value];
  });
  return Uint8Array.from(parts);
}

function hexOf(bytes: Iterable<number>): string {
  return [...bytes].map((byte) => byte.toString(16).toUpperCase().padStart(2, "0")).join("");
}

function bytesOfHex(text: string): Uint8Array {
  if (!/^([0-9A-F]{2})+$/.test(text)) throw new QrError("field_wrong", `"${text}" is not hexadecimal.`);
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function latinBytes(text: string): Uint8Array {
  if (!/^[\x20-\x7e]+$/.test(text)) throw new QrError("field_wrong", `"${text}" has letters beyond ASCII.`);
  return Uint8Array.from(text, (sign) => sign.charCodeAt(0));
}

import {
  type Currency,
  currencyOfNumber,
  formatDecimal,
  type Money,
  numberOf,
  parseDecimal,
} from "@jinqiao/money";
import { checksumOf } from "./crc.ts";
import { QrError } from "./qr-error.ts";
import { type Field, readFields, writeFields } from "./tlv.ts";

/** A template: whose rules it follows (domain name or application id) and its fields. */
export type Template = { tag: string; owner: string; fields: Field[] };

/** An account of a card scheme (tags 02 to 25), whose text only the scheme reads, or one with a template (26 to 51). */
export type MerchantAccount = { tag: string; value: string } | Template;

export type Tip =
  | { kind: "asked" }
  | { kind: "fixed"; amount: bigint }
  /** Hundredths of a percent. */
  | { kind: "share"; basisPoints: number };

/** Names of the fields of tag 62 (EMVCo Merchant-Presented Mode 1.1, table 3.7). */
const additionalTags = {
  billNumber: "01",
  mobileNumber: "02",
  storeLabel: "03",
  loyaltyNumber: "04",
  reference: "05",
  customerLabel: "06",
  terminalLabel: "07",
  purpose: "08",
  dataRequest: "09",
  taxId: "10",
  channel: "11",
} as const;
export type AdditionalData = { -readonly [N in keyof typeof additionalTags]?: string } & { other?: Field[] };

/** What a merchant-presented code says. Amounts are in minor units of `currency`. */
export type MerchantCode = {
  /** Static codes hang at the till and name no amount as a rule; dynamic ones are for one payment. */
  initiation: "static" | "dynamic" | undefined;
  accounts: MerchantAccount[];
  /** ISO 18245, four digits. */
  category: string;
  currency: Currency;
  amount: bigint | undefined;
  tip: Tip | undefined;
  /** ISO 3166-1, two capital letters. */
  country: string;
  name: string;
  city: string;
  postalCode: string | undefined;
  additional: AdditionalData | undefined;
  /** The same names in another language (ISO 639-1). */
  translated: { language: string; name: string; city: string | undefined } | undefined;
  /** Templates that nobody but their owner knows (tags 80 to 99). */
  own: Template[];
  /** Fields that the specification keeps for later (tags 65 to 79), as they are. */
  reserved: Field[];
};

/** Most characters a code may have (EMVCo Merchant-Presented Mode 1.1, section 3.3). */
const maxLength = 512;

/**
 * Reads a merchant-presented code and checks its checksum before anything else is believed.
 * Source: EMVCo QR Code Specification for Payment Systems, Merchant-Presented Mode 1.1, sections 3 and 4.
 * @throws QrError with the field that is wrong
 */
export function decodeMerchantCode(payload: string): MerchantCode {
  // The specification knows format 01 alone; codes of DuitNow name 02 and are otherwise alike.
  if (!/^00020[12]/.test(payload))
    throw new QrError("not_a_payment_code", "It does not begin as a merchant's payment code does (000201).");
  if ([...payload].length > maxLength)
    throw new QrError("too_long", `A payment code has at most ${maxLength} characters.`);
  checkSum(payload);
  const fields = readFields(payload);
  const all = new Map(fields.map(({ tag, value }) => [tag, value]));
  const currency = currencyOf(needed(all, "53", /^\d{3}$/));
  return {
    initiation: initiationOf(all.get("01")),
    accounts: fields.filter(({ tag }) => tag >= "02" && tag <= "51").map(accountOf),
    category: needed(all, "52", /^\d{4}$/),
    currency,
    amount: amountOf(all.get("54"), currency, "54"),
    tip: tipOf(all, currency),
    country: needed(all, "58", /^[A-Z]{2}$/),
    name: needed(all, "59"),
    city: needed(all, "60"),
    postalCode: all.get("61"),
    additional: additionalOf(all.get("62")),
    translated: translatedOf(all.get("64")),
    own: fields.filter(({ tag }) => tag >= "80").map(templateOf),
    reserved: fields.filter(({ tag }) => tag >= "65" && tag <= "79"),
  };
}

/**
 * Writes a merchant-presented code, fields in order of their tags and the checksum last. What it writes,
 * `decodeMerchantCode` reads as the same value.
 * @throws QrError `field_wrong`, `field_missing` or `too_long`
 */
export function encodeMerchantCode(code: MerchantCode): string {
  const { currency, tip, additional, translated } = code;
  if (code.accounts.length === 0)
    throw new QrError("field_missing", "A code names at least one account.", { field: "02" });
  const fields: (Field | undefined)[] = [
    { tag: "00", value: "01" },
    code.initiation && { tag: "01", value: code.initiation === "static" ? "11" : "12" },
    ...code.accounts.map((account) => tagged(account, "02", "51")),
    { tag: "52", value: held("52", code.category, /^\d{4}$/) },
    { tag: "53", value: numberOf(currency) },
    code.amount === undefined ? undefined : { tag: "54", value: amountText(code.amount, currency, "54") },
    tip && { tag: "55", value: { asked: "01", fixed: "02", share: "03" }[tip.kind] },
    tip?.kind === "fixed" ? { tag: "56", value: amountText(tip.amount, currency, "56") } : undefined,
    tip?.kind === "share" ? { tag: "57", value: shareText(tip.basisPoints) } : undefined,
    { tag: "58", value: held("58", code.country, /^[A-Z]{2}$/) },
    { tag: "59", value: short("59", code.name, 25) },
    { tag: "60", value: short("60", code.city, 15) },
    code.postalCode === undefined ? undefined : { tag: "61", value: short("61", code.postalCode, 10) },
    additional && { tag: "62", value: writeFields(additionalFields(additional), "62.") },
    ...code.reserved.map((field) => tagged(field, "65", "79")),
    translated && {
      tag: "64",
      value: writeFields(
        [
          { tag: "00", value: held("64.00", translated.language, /^[A-Z]{2}$/) },
          { tag: "01", value: short("64.01", translated.name, 25) },
          ...(translated.city === undefined
            ? []
            : [{ tag: "02", value: short("64.02", translated.city, 15) }]),
        ],
        "64.",
      ),
    },
    ...code.own.map((template) => tagged(template, "80", "99")),
  ];
  const written = fields.filter((field) => field !== undefined).sort((a, b) => Number(a.tag) - Number(b.tag));
  const repeated = written.find((field, at) => written[at + 1]?.tag === field.tag);
  if (repeated)
    throw new QrError("tag_twice", `Field ${repeated.tag} is given twice.`, { field: repeated.tag });
  const text = `${writeFields(written)}6304`;
  const payload = `${text}${checksumOf(text)}`;
  if ([...payload].length > maxLength)
    throw new QrError("too_long", `A payment code has at most ${maxLength} characters.`);
  return payload;
}

/** The amount of a code as money, or undefined where the payer types it. */
export function amountOfCode(code: MerchantCode): Money | undefined {
  return code.amount === undefined ? undefined : { minor: code.amount, currency: code.currency };
}

function checkSum(payload: string): void {
  const end = payload.slice(-8);
  if (!/^6304[0-9A-Fa-f]{4}$/.test(end))
    throw new QrError("no_checksum", "The checksum at the end is missing: the code was not read whole.", {
      field: "63",
    });
  if (checksumOf(payload.slice(0, -4)) !== end.slice(4).toUpperCase())
    throw new QrError("checksum_wrong", "The checksum does not fit: the code was changed or misread.", {
      field: "63",
    });
}

function initiationOf(value: string | undefined): MerchantCode["initiation"] {
  if (value === undefined) return undefined;
  // The second digit tells static from dynamic; the first, which way the code is shown (1 = QR).
  if (/^[1-9]1$/.test(value)) return "static";
  if (/^[1-9]2$/.test(value)) return "dynamic";
  throw wrong("01", "It is neither static (11) nor dynamic (12).");
}

function accountOf(field: Field): MerchantAccount {
  return field.tag < "26" ? field : templateOf(field);
}

function templateOf({ tag, value }: Field): Template {
  const [first, ...fields] = readFields(value, `${tag}.`);
  if (first?.tag !== "00")
    throw new QrError("field_missing", `Field ${tag} does not say whose it is (00).`, { field: `${tag}.00` });
  return { tag, owner: first.value, fields };
}

function tagged(account: MerchantAccount | Field, from: string, to: string): Field {
  const { tag } = account;
  if (!/^\d{2}$/.test(tag) || tag < from || tag > to)
    throw wrong(tag, `Its tag must lie between ${from} and ${to}.`);
  if ("value" in account) {
    if (tag >= "26" && tag <= "51") throw wrong(tag, "It needs a template that says whose it is.");
    return account;
  }
  if (tag < "26") throw wrong(tag, "It belongs to a card scheme and is plain text.");
  return {
    tag,
    value: writeFields(
      [{ tag: "00", value: short(`${tag}.00`, account.owner, 32) }, ...account.fields],
      `${tag}.`,
    ),
  };
}

function currencyOf(number: string): Currency {
  const currency = currencyOfNumber(number);
  if (currency === undefined) throw wrong("53", `${number} is no currency of ISO 4217.`);
  return currency;
}

/** Amounts are digits with one point at most; `12`, `12.`, `12.3` and `12.30` all occur. */
function amountOf(text: string | undefined, currency: Currency, field: string): bigint | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,13}(\.\d{0,12})?$/.test(text) || text.length > 13)
    throw wrong(field, `"${text}" is no amount.`);
  const [whole = "", decimals = ""] = text.split(".");
  const places = formatDecimal(0n, currency).split(".")[1]?.length ?? 0;
  if (/[1-9]/.test(decimals.slice(places)))
    throw wrong(field, `"${text}" has more decimals than ${currency} has.`);
  const kept = decimals.slice(0, places).padEnd(places, "0");
  const minor = parseDecimal(`${whole.replace(/^0+(?=\d)/, "")}${places > 0 ? `.${kept}` : ""}`, currency);
  // A static code of some schemes says 0.00 and means that the payer types the amount.
  return minor === 0n ? undefined : minor;
}

function amountText(minor: bigint, currency: Currency, field: string): string {
  if (minor <= 0n) throw wrong(field, "An amount is above zero.");
  return short(field, formatDecimal(minor, currency), 13);
}

function tipOf(all: ReadonlyMap<string, string>, currency: Currency): Tip | undefined {
  const kind = all.get("55");
  if (kind === undefined) return undefined;
  if (kind === "01") return { kind: "asked" };
  if (kind === "02") {
    const amount = amountOf(needed(all, "56"), currency, "56");
    if (amount === undefined) throw wrong("56", "A fixed fee is above zero.");
    return { kind: "fixed", amount };
  }
  if (kind !== "03") throw wrong("55", `"${kind}" is no kind of tip (01, 02, 03).`);
  const [whole = "", decimals = ""] = needed(all, "57", /^\d{1,3}(\.\d{1,2})?$/).split(".");
  const basisPoints = Number(whole) * 100 + Number(decimals.padEnd(2, "0"));
  if (basisPoints < 1 || basisPoints > 10_000)
    throw wrong("57", "A share lies between 0.01 and 100 percent.");
  return { kind: "share", basisPoints };
}

function shareText(basisPoints: number): string {
  if (!Number.isInteger(basisPoints) || basisPoints < 1 || basisPoints > 10_000)
    throw wrong("57", "A share lies between 0.01 and 100 percent.");
  return `${Math.floor(basisPoints / 100)}.${String(basisPoints % 100).padStart(2, "0")}`;
}

function additionalOf(text: string | undefined): AdditionalData | undefined {
  if (text === undefined) return undefined;
  const names = new Map<string, keyof typeof additionalTags>(
    Object.entries(additionalTags).map(([name, tag]) => [tag, name as keyof typeof additionalTags]),
  );
  const additional: AdditionalData = {};
  const other: Field[] = [];
  for (const field of readFields(text, "62.")) {
    const name = names.get(field.tag);
    if (name === undefined) other.push(field);
    else additional[name] = field.value;
  }
  return other.length === 0 ? additional : { ...additional, other };
}

function additionalFields({ other = [], ...named }: AdditionalData): Field[] {
  const known = Object.entries(additionalTags).flatMap(([name, tag]) => {
    const value = named[name as keyof typeof additionalTags];
    return value === undefined ? [] : [{ tag: tag as string, value: short(`62.${tag}`, value, 25) }];
  });
  if (known.length + other.length === 0)
    throw new QrError("field_missing", "Additional data without any field.", { field: "62" });
  return [...known, ...other].sort((a, b) => Number(a.tag) - Number(b.tag));
}

function translatedOf(text: string | undefined): MerchantCode["translated"] {
  if (text === undefined) return undefined;
  const parts = new Map(readFields(text, "64.").map(({ tag, value }) => [tag, value]));
  const [language, name] = [parts.get("00"), parts.get("01")];
  if (language === undefined || name === undefined)
    throw new QrError("field_missing", "The other language has no name.", { field: "64" });
  return { language: language.toUpperCase(), name, city: parts.get("02") };
}

function needed(all: ReadonlyMap<string, string>, tag: string, form?: RegExp): string {
  const value = all.get(tag);
  if (value === undefined) throw new QrError("field_missing", `Field ${tag} is missing.`, { field: tag });
  return form === undefined ? value : held(tag, value, form);
}

function held(tag: string, value: string, form: RegExp): string {
  if (!form.test(value)) throw wrong(tag, `"${value}" does not have the form of field ${tag}.`);
  return value;
}

function short(tag: string, value: string, most: number): string {
  const length = [...value].length;
  if (length < 1) throw new QrError("field_missing", `Field ${tag} is empty.`, { field: tag });
  if (length > most)
    throw new QrError("too_long", `Field ${tag} has ${length} characters; ${most} fit.`, { field: tag });
  return value;
}

function wrong(field: string, why: string): QrError {
  return new QrError("field_wrong", `Field ${field}: ${why}`, { field });
}

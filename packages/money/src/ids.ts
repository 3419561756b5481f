/**
 * Prefixed, time-ordered ids: `pay_01jd…`: a prefix that names the record, then 48 bits of Unix milliseconds and
 * 80 random bits in Crockford's base 32 (lower case), so that ids sort by creation and cannot be guessed.
 */
export type IdPrefix =
  | "cus"
  | "stf"
  | "ses"
  | "bnk"
  | "cns"
  | "lac"
  | "pay"
  | "dev"
  | "psk"
  | "sca"
  | "tok"
  | "frz"
  | "apl"
  | "aud"
  | "acc"
  | "prp"
  | "rcv"
  | "sup"
  | "sin"
  | "rea"
  | "fnd"
  | "att"
  | "trf"
  | "hld"
  | "evt"
  | "stm"
  | "lin"
  | "brk"
  | "msg"
  | "psb"
  | "btx"
  | "alm"
  | "onb"
  | "evd"
  | "cse"
  | "imp"
  | "iac"
  | "itx"
  | "mer"
  | "sto"
  | "til"
  | "mbr"
  | "mac"
  | "fpl"
  | "key"
  | "pi"
  | "re"
  | "cs"
  | "shp"
  | "txn"
  | "stl"
  | "po"
  | "dp"
  | "we"
  | "whd"
  | "req"
  | "qrc"
  | "pck";

export type Id<P extends IdPrefix = IdPrefix> = `${P}_${string}`;

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** @param nowMs Unix milliseconds; @param random ten random bytes */
export function makeId<P extends IdPrefix>(prefix: P, nowMs: number, random: Uint8Array): Id<P> {
  let value = BigInt(nowMs);
  for (const byte of random.subarray(0, 10)) value = (value << 8n) | BigInt(byte);
  let text = "";
  for (let digit = 0; digit < 26; digit += 1) {
    text = alphabet[Number(value & 31n)] + text;
    value >>= 5n;
  }
  return `${prefix}_${text}`;
}

/** True for a well-formed id with that prefix; says nothing about whether the record exists. */
export function isId<P extends IdPrefix>(prefix: P, text: string): text is Id<P> {
  return text.startsWith(`${prefix}_`) && /^[0-9a-hjkmnp-tv-z]{26}$/.test(text.slice(prefix.length + 1));
}

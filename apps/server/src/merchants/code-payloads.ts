import { type Currency, formatDecimal } from "@jinqiao/money";
import {
  encodeMerchantCode,
  type MerchantCode,
  type OwnReference,
  ownAccount,
  signMerchantCode,
} from "@jinqiao/qr";
import type { CodeKeys } from "./code-keys.ts";
import type { LocalName } from "./code-rows.ts";

/** Who takes the money, as a code names them. */
export type CodeShop = {
  merchantName: LocalName;
  /** ISO 18245; null while the merchant has not said. */
  mcc: string | null;
  /** ISO 3166-1 alpha-2. */
  country: string;
  city: string | null;
  currency: Currency;
  /** Null: the merchant as a whole. */
  store: { name: LocalName } | null;
};

/** 0000 is no category: ISO 18245 begins at 0742. EMVCo wants four digits all the same. */
const noCategory = "0000";

/** Characters, not halves of them; what is longer is cut, as names on receipts are. */
const cut = (text: string, most: number): string => [...text].slice(0, most).join("").trim();

/** The text of a merchant's QR code, signed. @param amount minor units; absent in static codes */
export async function signedPayload(
  keys: CodeKeys,
  shop: CodeShop,
  reference: OwnReference,
  money: { currency: Currency; amount?: bigint },
): Promise<string> {
  const name = shop.store?.name ?? shop.merchantName;
  const city = cut(shop.city ?? shop.country, 15);
  const code: MerchantCode = {
    initiation: reference.kind === "static" ? "static" : "dynamic",
    accounts: [ownAccount(reference)],
    category: shop.mcc ?? noCategory,
    currency: money.currency,
    amount: money.amount,
    tip: undefined,
    country: shop.country,
    name: cut(name.en, 25),
    city,
    postalCode: undefined,
    additional: undefined,
    translated: name.zh === name.en ? undefined : { language: "ZH", name: cut(name.zh, 25), city: undefined },
    own: [],
    reserved: [],
  };
  return encodeMerchantCode(await signMerchantCode(code, await keys.signer()));
}

/** What the signature of a static code's link covers. */
export function linkBytes(address: string): Uint8Array {
  return new TextEncoder().encode(`jinqiao code link v1\n${address}`);
}

/** The same static code as an address: for an NFC tag (NDEF URI record) and for links. */
export async function signedLink(keys: CodeKeys, publicUrl: string, codeId: string): Promise<string> {
  const address = `${publicUrl}/t/${codeId}`;
  const { id, sign } = await keys.signer();
  return `${address}?k=${id}&s=${Buffer.from(sign(linkBytes(address))).toString("base64url")}`;
}

/** Whether a static code's link is as we signed it. */
export async function judgeLink(keys: CodeKeys, publicUrl: string, link: URL): Promise<boolean> {
  const [keyId, text] = [link.searchParams.get("k") ?? "", link.searchParams.get("s") ?? ""];
  if (!/^[A-Za-z0-9_-]{86}$/.test(text)) return false;
  return keys.verify(keyId, Buffer.from(text, "base64url"), linkBytes(`${publicUrl}${link.pathname}`));
}

/** Exact decimal text of an amount, for people who read the code's claims. */
export const claimed = (minor: bigint, currency: Currency) => ({
  amount: formatDecimal(minor, currency),
  currency,
});

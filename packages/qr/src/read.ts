import { type ConsumerCode, decodeConsumerCode, isConsumerCode } from "./consumer.ts";
import { decodeMerchantCode, type MerchantCode } from "./merchant.ts";
import { QrError } from "./qr-error.ts";
import { type Scheme, schemeOfAddress, schemesOf } from "./schemes.ts";

/** What a scanned text is. */
export type ReadCode =
  | { kind: "merchant"; schemes: Scheme[]; code: MerchantCode }
  | { kind: "consumer"; schemes: Scheme[]; code: ConsumerCode }
  /** A code of another scheme that is no EMVCo text. `fields` are the parameters of its address. */
  | { kind: "address"; schemes: Scheme[]; address: string; fields: Record<string, string> };

/**
 * Says what a scanned text is and reads it.
 * @throws QrError `not_a_payment_code` for anything that is no payment, others for a payment code that is broken
 */
export function readCode(text: string): ReadCode {
  const trimmed = text.trim();
  if (trimmed === "") throw new QrError("not_readable", "There is no text in it.");
  if (isConsumerCode(trimmed)) return { kind: "consumer", schemes: [], code: decodeConsumerCode(trimmed) };
  const scheme = schemeOfAddress(trimmed);
  if (scheme !== undefined)
    return { kind: "address", schemes: [scheme], address: trimmed, fields: parametersOf(trimmed) };
  if (!/^0002/.test(trimmed))
    throw new QrError("not_a_payment_code", "This is no payment code that we know.");
  const code = decodeMerchantCode(trimmed);
  return { kind: "merchant", schemes: schemesOf(code), code };
}

function parametersOf(address: string): Record<string, string> {
  return URL.canParse(address) ? Object.fromEntries(new URL(address).searchParams) : {};
}

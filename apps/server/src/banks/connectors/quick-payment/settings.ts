import { z } from "zod";
import type { CommonBankConfig } from "../../types.ts";

const serial = z.string().regex(/^[A-Za-z0-9-]{1,40}$/);
const algorithm = z.enum(["RSA-SHA256", "SM2-SM3"]);

/** What `banks.json` says of a bank of this dialect: its address, our keys and the bank's. */
export const quickPaymentSettings = z.object({
  connector: z.literal("quick-payment"),
  baseUrl: z.url(),
  merchantId: z.string().regex(/^[A-Za-z0-9-]{8,64}$/),
  /** Our key. RSA: PKCS #8 as PEM; SM2: the number as 64 hexadecimal digits. */
  signKey: z.object({ algorithm, serial, privateKey: z.string().min(1) }),
  /** The bank's keys for its signatures, also the next one before it is used. RSA: SPKI as PEM; SM2: 04 and both coordinates in hexadecimal. */
  bankSignKeys: z.array(z.object({ algorithm, serial, publicKey: z.string().min(1) })).min(1),
  /** The bank's RSA key under which the four elements are enciphered. */
  bankCipherKey: z.object({ serial, publicKey: z.string().min(1) }),
  /** First digits of the bank's own cards, for telling people at once that a card is another bank's; empty: any. */
  cardPrefixes: z.array(z.string().regex(/^[0-9]{2,12}$/)).default([]),
});
export type QuickPaymentConfig = CommonBankConfig & z.infer<typeof quickPaymentSettings>;

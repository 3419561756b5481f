import { isCurrency, parseDecimal } from "@jinqiao/money";
import { z } from "zod";
import type { CommonBankConfig } from "../../types.ts";

const sweeping = z
  .object({
    currency: z.string().refine(isCurrency),
    maximumPerPayment: z.string(),
    maximumPerMonth: z.string(),
  })
  .refine(({ currency, maximumPerPayment, maximumPerMonth }) => {
    try {
      const [each, month] = [maximumPerPayment, maximumPerMonth].map((text) =>
        parseDecimal(text, currency as never),
      );
      return each !== undefined && month !== undefined && each > 0n && month >= each;
    } catch {
      return false;
    }
  });

/** What `banks.json` says of a bank of this dialect: its addresses, and who we are to it. */
export const ukOpenBankingSettings = z.object({
  connector: z.literal("uk-open-banking"),
  /** Up to and including the version, e.g. `https://bank.example/open-banking/v4.0`; v3.1 is understood as well. */
  baseUrl: z.url(),
  /** The bank's authorisation server (OpenID Connect Discovery). */
  issuer: z.url(),
  clientId: z.string().min(1),
  /** Our private RSA key (JWK with `kid`), for private_key_jwt and for message signatures, both PS256. */
  privateKey: z.looseObject({ kty: z.literal("RSA"), kid: z.string().min(1), n: z.string(), d: z.string() }),
  /** `false` where the bank's metadata offers DPoP (RFC 9449), but has not switched it on for us. */
  dpop: z.literal(false).optional(),
  /** Limits that a customer is asked to agree to for one-tap top-ups (VRP sweeping); none are offered when absent. */
  sweeping: sweeping.optional(),
});
export type UkOpenBankingConfig = CommonBankConfig & z.infer<typeof ukOpenBankingSettings>;

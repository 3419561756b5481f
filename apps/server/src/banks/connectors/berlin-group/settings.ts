import { z } from "zod";
import type { CommonBankConfig } from "../../types.ts";

/** What `banks.json` says of a bank of this dialect: its address, and who we are to it (OAuth2 client, seal). */
export const berlinGroupSettings = z.object({
  connector: z.literal("berlin-group"),
  baseUrl: z.url(),
  /** The bank's authorisation server (RFC 8414), where it is not at `baseUrl`: banks ask browsers for no certificate. */
  issuer: z.url().optional(),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  /** Electronic seal (QSEAL) with which requests are signed, where the bank asks for it: two PEM texts. */
  seal: z
    .object({
      certificate: z.string().startsWith("-----BEGIN CERTIFICATE-----"),
      privateKey: z.string().startsWith("-----BEGIN"),
    })
    .optional(),
  /** How payments are rather confirmed at this bank; it knows the customer by the token. Default: on its page. */
  preferredSca: z.enum(["redirect", "decoupled"]).optional(),
  /** Also asks the customer's permission to read whom they pay without being asked (extended service of the bank). */
  readTrustedBeneficiaries: z.boolean().optional(),
});
export type BerlinGroupConfig = CommonBankConfig & z.infer<typeof berlinGroupSettings>;

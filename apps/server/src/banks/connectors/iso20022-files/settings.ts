import { z } from "zod";
import type { CommonBankConfig } from "../../types.ts";

const exchange = z.discriminatedUnion("kind", [
  /** A folder that bank and company share, e.g. one that the bank's transfer program watches. */
  z.object({ kind: z.literal("folder"), path: z.string().min(1) }),
  /** The same folder at the bank, reached by SFTP. The bank's key is pinned: no other server is talked to. */
  z
    .object({
      kind: z.literal("sftp"),
      host: z.string().min(1),
      port: z.number().int().min(1).max(65_535),
      username: z.string().min(1),
      password: z.string().min(1).optional(),
      /** In OpenSSH's format, not enciphered. */
      privateKey: z.string().min(1).optional(),
      /** As `ssh-keygen -lf` shows it, without `SHA256:`. */
      hostFingerprint: z.string().regex(/^[A-Za-z0-9+/]{43}$/),
      path: z.string().startsWith("/").default("/"),
    })
    .refine(({ password, privateKey }) => password !== undefined || privateKey !== undefined),
]);

/** What `banks.json` says of a bank that is reached by ISO 20022 files. */
export const isoFilesSettings = z.object({
  connector: z.literal("iso20022-files"),
  exchange,
  /** Our number at the bank: initiating party, and creditor identifier of our collections. */
  companyId: z.string().min(1).max(35),
  companyName: z.string().min(1).max(70).default("Jinqiao Wallet"),
  /** The bank's own identification in recalls. */
  bankBic: z.string().regex(/^[A-Z0-9]{8}([A-Z0-9]{3})?$/),
  /** The bank's page on which people sign direct-debit mandates. */
  mandatePage: z.url(),
  creditTransfers: z.enum(["pain.001.001.09", "pain.001.001.03"]).default("pain.001.001.09"),
  /** SEPA scheme of collections in euro: CORE may be given back within eight weeks, B2B may not. */
  collections: z.enum(["CORE", "B2B"]).default("CORE"),
  /** A file without an end that has not grown for so long is put aside as broken. */
  partialAfterMs: z.number().int().min(1_000).max(86_400_000).default(600_000),
});
export type Exchange = z.infer<typeof exchange>;
export type IsoFilesConfig = CommonBankConfig & z.infer<typeof isoFilesSettings>;

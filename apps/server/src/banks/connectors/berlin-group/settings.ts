import { z } from "zod";
import type { CommonBankConfig } from "../../types.ts";

/** What `banks.json` says of a bank of this dialect: its address, and who we are to it (OAuth2 client). */
export const berlinGroupSettings = z.object({
  connector: z.literal("berlin-group"),
  baseUrl: z.url(),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
});
export type BerlinGroupConfig = CommonBankConfig & z.infer<typeof berlinGroupSettings>;

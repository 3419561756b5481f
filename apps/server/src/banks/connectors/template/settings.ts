import { z } from "zod";
import type { CommonBankConfig } from "../../types.ts";

/** What `banks.json` must say of a bank of this dialect: its address, and who we are to it. Never what all banks have. */
export const templateSettings = z.object({
  connector: z.literal("template"),
  baseUrl: z.url(),
});
export type TemplateConfig = CommonBankConfig & z.infer<typeof templateSettings>;

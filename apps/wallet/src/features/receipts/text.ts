import { type Translate, useTranslate } from "@jinqiao/ui";
import type { WalletMessageId } from "../../locales/en.ts";
import type { VerifyMessageId } from "../../locales/verify/en.ts";

/** As the wallet's own `useT`, with the texts of the page that checks a receipt. */
export function useT(): Translate<WalletMessageId | VerifyMessageId> {
  return useTranslate<WalletMessageId | VerifyMessageId>();
}

import { type Translate, useTranslate } from "@jinqiao/ui";
import type { WalletMessageId } from "../../locales/en.ts";
import type { LinkMessageId } from "../../locales/link/en.ts";

/** As the wallet's own `useT`, with the texts of the pages that link a bank. */
export function useT(): Translate<WalletMessageId | LinkMessageId> {
  return useTranslate<WalletMessageId | LinkMessageId>();
}

import { type Translate, useTranslate } from "@jinqiao/ui";
import type { CodesMessageId } from "../../locales/codes/en.ts";
import type { WalletMessageId } from "../../locales/en.ts";

/** As the wallet's own `useT`, with the texts of scanning, pay codes and tapping. */
export function useT(): Translate<WalletMessageId | CodesMessageId> {
  return useTranslate<WalletMessageId | CodesMessageId>();
}

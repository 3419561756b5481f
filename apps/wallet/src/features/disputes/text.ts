import { type Translate, useTranslate } from "@jinqiao/ui";
import type { DisputesMessageId } from "../../locales/disputes/en.ts";
import type { WalletMessageId } from "../../locales/en.ts";

/** As the wallet's own `useT`, with the texts of disputes. */
export function useT(): Translate<WalletMessageId | DisputesMessageId> {
  return useTranslate<WalletMessageId | DisputesMessageId>();
}

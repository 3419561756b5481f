import { type Translate, useTranslate } from "@jinqiao/ui";
import type { CardMessageId } from "../../locales/card/en.ts";
import type { WalletMessageId } from "../../locales/en.ts";

/** As the wallet's own `useT`, with the texts of the page that links a card. */
export function useT(): Translate<WalletMessageId | CardMessageId> {
  return useTranslate<WalletMessageId | CardMessageId>();
}

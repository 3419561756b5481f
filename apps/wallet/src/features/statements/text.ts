import { type Translate, useTranslate } from "@jinqiao/ui";
import type { WalletMessageId } from "../../locales/en.ts";
import type { StatementsMessageId } from "../../locales/statements/en.ts";

/** As the wallet's own `useT`, with the texts of the statements page. */
export function useT(): Translate<WalletMessageId | StatementsMessageId> {
  return useTranslate<WalletMessageId | StatementsMessageId>();
}

import { type Translate, useTranslate } from "@jinqiao/ui";
import type { WalletMessageId } from "../../locales/en.ts";
import type { NoticesMessageId } from "../../locales/notices/en.ts";

/** As the wallet's own `useT`, with the texts of notices. */
export function useT(): Translate<WalletMessageId | NoticesMessageId> {
  return useTranslate<WalletMessageId | NoticesMessageId>();
}

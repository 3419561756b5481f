import { type Translate, useTranslate } from "@jinqiao/ui";
import type { WalletMessageId } from "../../locales/en.ts";
import type { ImportsMessageId } from "../../locales/imports/en.ts";

/** As the wallet's own `useT`, with the texts of the pages of imported statements. */
export function useT(): Translate<WalletMessageId | ImportsMessageId> {
  return useTranslate<WalletMessageId | ImportsMessageId>();
}

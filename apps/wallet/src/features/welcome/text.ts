import { type Translate, useTranslate } from "@jinqiao/ui";
import type { WalletMessageId } from "../../locales/en.ts";
import type { WelcomeMessageId } from "../../locales/welcome/en.ts";

/** As the wallet's own `useT`, with the texts of the pages before signing in. */
export function useT(): Translate<WalletMessageId | WelcomeMessageId> {
  return useTranslate<WalletMessageId | WelcomeMessageId>();
}

import { type Translate, useTranslate } from "@jinqiao/ui";
import type { WalletMessageId } from "../../locales/en.ts";
import type { SecurityMessageId } from "../../locales/security/en.ts";
import type { WelcomeMessageId } from "../../locales/welcome/en.ts";

/** As the wallet's own `useT`, with the texts of the security centre; its forms share some with signing in. */
export function useT(): Translate<WalletMessageId | SecurityMessageId | WelcomeMessageId> {
  return useTranslate<WalletMessageId | SecurityMessageId | WelcomeMessageId>();
}

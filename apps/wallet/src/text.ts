import { type Translate, useTranslate } from "@jinqiao/ui";
import type { WalletMessageId } from "./locales/en.ts";

/** `t("home.balance")`: texts of the wallet and of the shared components. An id that no catalogue has does not compile. */
export function useT(): Translate<WalletMessageId> {
  return useTranslate<WalletMessageId>();
}

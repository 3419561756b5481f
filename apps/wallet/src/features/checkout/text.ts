import { type Translate, useTranslate } from "@jinqiao/ui";
import type { CheckoutMessageId } from "../../locales/checkout/en.ts";
import type { WalletMessageId } from "../../locales/en.ts";

/** As the wallet's own `useT`, with the texts of paying a shop. */
export function useT(): Translate<WalletMessageId | CheckoutMessageId> {
  return useTranslate<WalletMessageId | CheckoutMessageId>();
}

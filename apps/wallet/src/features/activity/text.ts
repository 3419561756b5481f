import { type Translate, useTranslate } from "@jinqiao/ui";
import type { WalletMessageId } from "../../locales/en.ts";
import type { PaymentMessageId } from "../../locales/payment/en.ts";

/** As the wallet's own `useT`, with the texts of the page of one payment. */
export function usePaymentT(): Translate<WalletMessageId | PaymentMessageId> {
  return useTranslate<WalletMessageId | PaymentMessageId>();
}

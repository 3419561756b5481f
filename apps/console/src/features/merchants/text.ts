import { type Catalogues, type Translate, useTranslate } from "@jinqiao/ui";
import type { MessageId } from "../../locales/en.ts";
import type { MerchantsMessageId } from "../../locales/merchants/en.ts";

/** Texts of the pages of merchants, which come with them. */
export const merchantsCatalogues: Catalogues = {
  en: async () => (await import("../../locales/merchants/en.ts")).en,
  zh: async () => (await import("../../locales/merchants/zh.ts")).zh,
};

/** As the console's own `useT`, on the pages of merchants. */
export function useMerchantsT(): Translate<MessageId | MerchantsMessageId> {
  return useTranslate<MessageId | MerchantsMessageId>();
}

import { type Catalogues, type Translate, useTranslate } from "@jinqiao/ui";
import type { MessageId } from "../../locales/en.ts";
import type { SecurityMessageId } from "../../locales/security/en.ts";

/** Texts of the page of security, which come with it. */
export const securityCatalogues: Catalogues = {
  en: async () => (await import("../../locales/security/en.ts")).en,
  zh: async () => (await import("../../locales/security/zh.ts")).zh,
};

/** As the console's own `useT`, on the page of security. */
export function useSecurityT(): Translate<MessageId | SecurityMessageId> {
  return useTranslate<MessageId | SecurityMessageId>();
}

import { type Catalogues, type Translate, useTranslate } from "@jinqiao/ui";
import type { DevelopersTextId } from "./locales/developers/en.ts";
import type { PortalTextId } from "./locales/en.ts";
import type { MoneyTextId } from "./locales/money/en.ts";
import type { OverviewTextId } from "./locales/overview/en.ts";
import type { PaymentsTextId } from "./locales/payments/en.ts";
import type { ShopTextId } from "./locales/shop/en.ts";

/** Texts of every page of the portal, and those of the console's parts that it is drawn with. */
export const portalCatalogues: Catalogues = {
  en: async () => (await import("./locales/en.ts")).en,
  zh: async () => (await import("./locales/zh.ts")).zh,
};
/** The overview, and what other pages share with it. */
export const overviewCatalogues: Catalogues = {
  en: async () => (await import("./locales/overview/en.ts")).en,
  zh: async () => (await import("./locales/overview/zh.ts")).zh,
};
/** Payments, refunds and the till. */
export const paymentsCatalogues: Catalogues = {
  en: async () => (await import("./locales/payments/en.ts")).en,
  zh: async () => (await import("./locales/payments/zh.ts")).zh,
};
/** Balance, transactions and payouts. */
export const moneyCatalogues: Catalogues = {
  en: async () => (await import("./locales/money/en.ts")).en,
  zh: async () => (await import("./locales/money/zh.ts")).zh,
};
/** The merchant itself: sign-up, stores, team, settlement account, fees, codes. */
export const shopCatalogues: Catalogues = {
  en: async () => (await import("./locales/shop/en.ts")).en,
  zh: async () => (await import("./locales/shop/zh.ts")).zh,
};
/** Keys, webhooks, events, requests. */
export const developersCatalogues: Catalogues = {
  en: async () => (await import("./locales/developers/en.ts")).en,
  zh: async () => (await import("./locales/developers/zh.ts")).zh,
};

export type PortalMessageId =
  | OverviewTextId
  | PortalTextId
  | PaymentsTextId
  | MoneyTextId
  | ShopTextId
  | DevelopersTextId;

/** `t("id", { values })` on pages of the portal; a page loads the catalogues whose ids it uses (see app/router.tsx). */
export function useT(): Translate<PortalMessageId> {
  return useTranslate<PortalMessageId>();
}

import {
  type Catalogues,
  type Translate,
  useFormatMaskedMoney,
  useLocaleTag,
  useTranslate,
} from "@jinqiao/ui";
import type { WireMoney } from "./api.ts";
import type { AlarmsMessageId } from "./locales/alarms/en.ts";
import type { BooksMessageId } from "./locales/books/en.ts";
import type { BreaksMessageId } from "./locales/breaks/en.ts";
import type { CasesMessageId } from "./locales/cases/en.ts";
import type { DeskMessageId } from "./locales/desk/en.ts";
import type { DisputesMessageId } from "./locales/disputes/en.ts";
import type { MessageId } from "./locales/en.ts";
import type { OnboardingMessageId } from "./locales/onboarding/en.ts";
import type { PaymentMessageId } from "./locales/payment/en.ts";
import type { ReconciliationMessageId } from "./locales/reconciliation/en.ts";

export { useLocalText } from "@jinqiao/ui";
export type { BooksMessageId, MessageId, OnboardingMessageId, PaymentMessageId };

export const catalogues: Catalogues = {
  en: async () => (await import("./locales/en.ts")).en,
  zh: async () => (await import("./locales/zh.ts")).zh,
};

/** Texts of the pages of the books, which come with them. */
export const booksCatalogues: Catalogues = {
  en: async () => (await import("./locales/books/en.ts")).en,
  zh: async () => (await import("./locales/books/zh.ts")).zh,
};

/** As `useT`, on the pages of the books. */
export function useBooksT(): Translate<MessageId | BooksMessageId> {
  return useTranslate<MessageId | BooksMessageId>();
}

/** Texts of the page of one payment, which come with it. */
export const paymentCatalogues: Catalogues = {
  en: async () => (await import("./locales/payment/en.ts")).en,
  zh: async () => (await import("./locales/payment/zh.ts")).zh,
};

/** As `useT`, on the page of one payment. */
export function usePaymentT(): Translate<MessageId | PaymentMessageId> {
  return useTranslate<MessageId | PaymentMessageId>();
}

/** Texts of the pages on which banks are taken in, which come with them. */
export const onboardingCatalogues: Catalogues = {
  en: async () => (await import("./locales/onboarding/en.ts")).en,
  zh: async () => (await import("./locales/onboarding/zh.ts")).zh,
};

/** As `useT`, on the pages on which banks are taken in. */
export function useOnboardingT(): Translate<MessageId | OnboardingMessageId> {
  return useTranslate<MessageId | OnboardingMessageId>();
}

/** Texts of the pages of cases, which come with them. */
export const casesCatalogues: Catalogues = {
  en: async () => (await import("./locales/cases/en.ts")).en,
  zh: async () => (await import("./locales/cases/zh.ts")).zh,
};

/** As `useT`, on the pages of cases. */
export function useCasesT(): Translate<MessageId | CasesMessageId> {
  return useTranslate<MessageId | CasesMessageId>();
}

/** Texts of disputes, for staff and for merchants. */
export const disputesCatalogues: Catalogues = {
  en: async () => (await import("./locales/disputes/en.ts")).en,
  zh: async () => (await import("./locales/disputes/zh.ts")).zh,
};

/** As `useT`, where disputes are shown. */
export function useDisputesT(): Translate<MessageId | DisputesMessageId> {
  return useTranslate<MessageId | DisputesMessageId>();
}

/** Texts of the pages of breaks, which come with them. */
export const breaksCatalogues: Catalogues = {
  en: async () => (await import("./locales/breaks/en.ts")).en,
  zh: async () => (await import("./locales/breaks/zh.ts")).zh,
};

/** As `useT`, on the pages of breaks. */
export function useBreaksT(): Translate<MessageId | BreaksMessageId> {
  return useTranslate<MessageId | BreaksMessageId>();
}

/** Texts of the pages of reconciliation, which come with them. */
export const reconciliationCatalogues: Catalogues = {
  en: async () => (await import("./locales/reconciliation/en.ts")).en,
  zh: async () => (await import("./locales/reconciliation/zh.ts")).zh,
};

/** As `useT`, on the pages of reconciliation. */
export function useReconciliationT(): Translate<MessageId | ReconciliationMessageId> {
  return useTranslate<MessageId | ReconciliationMessageId>();
}

/** Texts of the pages of alarms, which come with them. */
export const alarmsCatalogues: Catalogues = {
  en: async () => (await import("./locales/alarms/en.ts")).en,
  zh: async () => (await import("./locales/alarms/zh.ts")).zh,
};

/** As `useT`, on the pages of alarms. */
export function useAlarmsT(): Translate<MessageId | AlarmsMessageId> {
  return useTranslate<MessageId | AlarmsMessageId>();
}

/** `t("id", { values })` with the console's own ids checked by type. */
export function useT(): Translate<MessageId> {
  return useTranslate<MessageId>();
}

/** Amounts and instants as plain text, for drawings and sentences. */
export function useFormat(): { money: (money: WireMoney) => string; instant: (value: string) => string } {
  const money = useFormatMaskedMoney();
  const tag = useLocaleTag();
  return { money, instant: (value) => formatInstant(value, tag) };
}

/**
 * An instant to the second, in the device's zone, with its year where that is not this one. Staff compare it with the records of banks, where a minute is too
 * coarse to tell what came first.
 */
export function formatInstant(value: string, localeTag: string): string {
  const at = new Date(value);
  return at.toLocaleString(localeTag, {
    ...(at.getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" }),
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hour12: false,
  });
}

/** Texts of the pages about customers, approvals, the audit trail and staff, which come with them. */
export const deskCatalogues: Catalogues = {
  en: async () => (await import("./locales/desk/en.ts")).en,
  zh: async () => (await import("./locales/desk/zh.ts")).zh,
};

/** As `useT`, on the pages about customers, approvals, the audit trail and staff. */
export function useDeskT(): Translate<MessageId | DeskMessageId> {
  return useTranslate<MessageId | DeskMessageId>();
}

import type { Catalogues } from "@jinqiao/ui";

/** One language is fetched at a time; both are kept for use offline. */
export const catalogues: Catalogues = {
  en: async () => (await import("./en.ts")).en,
  zh: async () => (await import("./zh.ts")).zh,
};

/** Texts of the statements page: few open it, and everybody would wait for them. */
export const statementsCatalogues: Catalogues = {
  en: async () => (await import("./statements/en.ts")).en,
  zh: async () => (await import("./statements/zh.ts")).zh,
};

/** Texts of the page of one payment. */
export const paymentCatalogues: Catalogues = {
  en: async () => (await import("./payment/en.ts")).en,
  zh: async () => (await import("./payment/zh.ts")).zh,
};

/** Texts of the page of permissions at banks. */
export const permissionsCatalogues: Catalogues = {
  en: async () => (await import("./permissions/en.ts")).en,
  zh: async () => (await import("./permissions/zh.ts")).zh,
};

/** Texts of the page that links a card. */
export const cardCatalogues: Catalogues = {
  en: async () => (await import("./card/en.ts")).en,
  zh: async () => (await import("./card/zh.ts")).zh,
};

/** Lessons on safety. */
export const lessonsCatalogues: Catalogues = {
  en: async () => (await import("./lessons/en.ts")).en,
  zh: async () => (await import("./lessons/zh.ts")).zh,
};

/** Texts of the pages of imported statements. */
export const importsCatalogues: Catalogues = {
  en: async () => (await import("./imports/en.ts")).en,
  zh: async () => (await import("./imports/zh.ts")).zh,
};

/** Texts of opening a wallet, signing in and getting back in. */
export const welcomeCatalogues: Catalogues = {
  en: async () => (await import("./welcome/en.ts")).en,
  zh: async () => (await import("./welcome/zh.ts")).zh,
};

/** Texts of the security centre, of devices and of freezes. */
export const securityCatalogues: Catalogues = {
  en: async () => (await import("./security/en.ts")).en,
  zh: async () => (await import("./security/zh.ts")).zh,
};

/** Texts of notices. */
export const noticesCatalogues: Catalogues = {
  en: async () => (await import("./notices/en.ts")).en,
  zh: async () => (await import("./notices/zh.ts")).zh,
};

/** Texts of the pages that link a bank. */
export const linkCatalogues: Catalogues = {
  en: async () => (await import("./link/en.ts")).en,
  zh: async () => (await import("./link/zh.ts")).zh,
};

/** Texts of the page that checks a receipt. */
export const verifyCatalogues: Catalogues = {
  en: async () => (await import("./verify/en.ts")).en,
  zh: async () => (await import("./verify/zh.ts")).zh,
};

/** Texts of confirming a payment, of the payment PIN and of what makes codes. */
export const stepUpCatalogues: Catalogues = {
  en: async () => (await import("./step-up/en.ts")).en,
  zh: async () => (await import("./step-up/zh.ts")).zh,
};

/** Texts of paying a shop. */
export const checkoutCatalogues: Catalogues = {
  en: async () => (await import("./checkout/en.ts")).en,
  zh: async () => (await import("./checkout/zh.ts")).zh,
};

/** Texts of scanning, of pay codes and of tapping. */
export const codesCatalogues: Catalogues = {
  en: async () => (await import("./codes/en.ts")).en,
  zh: async () => (await import("./codes/zh.ts")).zh,
};

/** Texts of disputes of purchases. */
export const disputesCatalogues: Catalogues = {
  en: async () => (await import("./disputes/en.ts")).en,
  zh: async () => (await import("./disputes/zh.ts")).zh,
};

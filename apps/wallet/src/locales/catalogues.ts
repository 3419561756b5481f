import type { Catalogues } from "@jinqiao/ui";

/** One language is fetched at a time; both are kept for use offline. */
export const catalogues: Catalogues = {
  en: async () => (await import("./en.ts")).en,
  zh: async () => (await import("./zh.ts")).zh,
};

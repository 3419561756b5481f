import { remembered } from "./remembered.ts";

export type Theme = "system" | "light" | "dark";
export type Language = "en" | "zh";

/** Tags for Intl: the plain language tags would give other defaults on some systems. */
export const localeTags: Record<Language, string> = { en: "en-GB", zh: "zh-CN" };

export const themeSetting = remembered<Theme>("jinqiao.theme", ["system", "light", "dark"], "system");
export const languageSetting = remembered<Language>("jinqiao.language", ["en", "zh"], preferredLanguage());
/** The eye: `hidden` masks every amount on every screen. */
export const amountsSetting = remembered<"shown" | "hidden">("jinqiao.amounts", ["shown", "hidden"], "shown");

/** Puts the theme on <html> now and whenever it changes. Call once, before the first render. */
export function applyTheme(): void {
  const apply = (): void => {
    const theme = themeSetting.get();
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  };
  apply();
  themeSetting.subscribe(apply);
}

/** The first of the browser's languages that we have; English otherwise. */
function preferredLanguage(): Language {
  for (const tag of globalThis.navigator?.languages ?? []) {
    if (tag.toLowerCase().startsWith("zh")) return "zh";
    if (tag.toLowerCase().startsWith("en")) return "en";
  }
  return "en";
}

import { i18n } from "@lingui/core";
import { I18nProvider as LinguiProvider, useLingui } from "@lingui/react";
import { type ReactNode, useCallback, useEffect, useState } from "react";
import type { UiMessageId } from "./locales/en.ts";
import { type Language, languageSetting, localeTags } from "./settings.ts";

/**
 * One language's texts of an app, ICU MessageFormat by explicit id. Loaded on demand: a page carries one language. A
 * built app carries them compiled (`build/compiled-texts.ts`).
 */
export type CatalogueLoader = () => Promise<Record<string, string>>;
export type Catalogues = Record<Language, CatalogueLoader>;

const ownCatalogues: Catalogues = {
  en: async () => (await import("./locales/en.ts")).en,
  zh: async () => (await import("./locales/zh.ts")).zh,
};

/** Texts of single pages, which come with the page and not with the first one. */
const pageTexts = new Set<Catalogues>();

/**
 * Loads the remembered language, sets `<html lang>` and keeps both in step with the choice.
 * Await it before the first render, so that nobody sees ids. The promise fails only if the app's files are unreachable.
 */
export async function setUpI18n(app: Catalogues): Promise<void> {
  const activate = async (language: Language): Promise<void> => {
    const texts = await Promise.all(
      [ownCatalogues, app, ...pageTexts].map((catalogues) => catalogues[language]()),
    );
    // The last choice wins when a person switches faster than the files arrive.
    if (languageSetting.get() !== language) return;
    i18n.load(language, Object.assign({}, ...texts));
    i18n.activate(language);
    document.documentElement.lang = localeTags[language];
  };
  await activate(languageSetting.get());
  languageSetting.subscribe(() => {
    void activate(languageSetting.get()).catch(() => languageSetting.set(i18n.locale as Language));
  });
}

/** Loads the texts of one page; await it before the page is shown. From then on they follow the language. */
export async function loadPageTexts(texts: Catalogues): Promise<void> {
  pageTexts.add(texts);
  const language = languageSetting.get();
  i18n.load(language, await texts[language]());
  // The language may have been changed while the file was on its way.
  if (languageSetting.get() !== language) await loadPageTexts(texts);
}

/** Gives the texts to everything below. Render it once, after `setUpI18n`. */
export function I18nProvider({ children }: { children: ReactNode }) {
  return <LinguiProvider i18n={i18n}>{children}</LinguiProvider>;
}

export type Translate<Id extends string> = (id: Id | UiMessageId, values?: Record<string, unknown>) => string;

/** `t("id", { values })`. Give the app's own ids as the type argument: `useTranslate<keyof typeof en>()`. */
export function useTranslate<Id extends string = never>(): Translate<Id> {
  const { i18n: active } = useLingui();
  return (id, values) => active._(id, values);
}

/** The language on screen, which follows the choice once its texts have arrived. */
export function useLanguage(): Language {
  const { i18n: active } = useLingui();
  return active.locale === "zh" ? "zh" : "en";
}

/** The tag for Intl formatters. */
export function useLocaleTag(): string {
  return localeTags[useLanguage()];
}

/** Picks one side of a text that the server sends in both languages. */
export function useLocalText(): (text: { en: string; zh: string }) => string {
  const language = useLanguage();
  return useCallback((text) => text[language], [language]);
}

/** Sets the document's title while a page is on screen. */
export function useDocumentTitle(title: string): void {
  useEffect(() => {
    document.title = title;
  }, [title]);
}

/** Renders again every `everyMs`, for words such as "3 minutes ago". */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

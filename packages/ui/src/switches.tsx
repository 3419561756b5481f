import { Languages, Monitor, Moon, Sun } from "lucide-react";
import { classNames } from "./class-names.ts";
import { useLanguage, useTranslate } from "./i18n.tsx";
import { useRemembered } from "./remembered.ts";
import { type Language, languageSetting, type Theme, themeSetting } from "./settings.ts";

const look =
  "inline-flex min-h-11 items-center justify-center gap-2 rounded-full border border-line bg-surface text-sm font-medium text-ink hover:bg-jade-soft";

/** Changes between Chinese and English. Its words are in the other language, for who cannot read this one. */
export function LanguageSwitch({
  onChange,
  className,
}: {
  onChange?: (language: Language) => void;
  className?: string;
}) {
  const t = useTranslate();
  const language = useLanguage();
  const other: Language = language === "zh" ? "en" : "zh";
  return (
    <button
      type="button"
      data-testid="language-switch"
      lang={other === "zh" ? "zh-CN" : "en"}
      aria-label={t("ui.language.switch")}
      onClick={() => {
        languageSetting.set(other);
        onChange?.(other);
      }}
      className={classNames(look, "px-4", className)}
    >
      <Languages aria-hidden className="size-4.5" />
      {other === "zh" ? "中文" : "English"}
    </button>
  );
}

const themes: Theme[] = ["system", "light", "dark"];
const themeIcons = { system: Monitor, light: Sun, dark: Moon };

/** Goes through: as the device, light, dark. */
export function ThemeSwitch({ className }: { className?: string }) {
  const t = useTranslate();
  const [theme, setTheme] = useRemembered(themeSetting);
  const Icon = themeIcons[theme];
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "system";
  const label = t("ui.theme.switch", { theme: t(`ui.theme.${theme}`) });
  return (
    <button
      type="button"
      data-testid="theme-switch"
      data-theme-choice={theme}
      aria-label={label}
      title={label}
      onClick={() => setTheme(next)}
      className={classNames(look, "size-11", className)}
    >
      <Icon aria-hidden className="size-5" />
    </button>
  );
}

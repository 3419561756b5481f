export { type AmountCheck, checkAmount, type KeypadKey, pressKey } from "./amount.ts";
export { AmountField, AmountKeypad } from "./amount-field.tsx";
export { Badge, type PaymentStatus, StatusBadge, statusLook, type Tone, toneClasses } from "./badge.tsx";
export { Button, type ButtonVariant, buttonClasses, IconButton } from "./button.tsx";
export { classNames } from "./class-names.ts";
export { CopyText } from "./copy-text.tsx";
export { type DateStyle, DateText, localDay, useFormatDate } from "./date-text.tsx";
export { Dialog } from "./dialog.tsx";
export { Field, FieldError, SelectField, TextAreaField } from "./field.tsx";
export {
  type CatalogueLoader,
  type Catalogues,
  I18nProvider,
  loadPageTexts,
  setUpI18n,
  type Translate,
  useDocumentTitle,
  useLanguage,
  useLocaleTag,
  useLocalText,
  useNow,
  useTranslate,
} from "./i18n.tsx";
export { Card, DetailList, EmptyState, Notice, Page, Skeleton, SkeletonList } from "./layout.tsx";
export type { UiMessageId } from "./locales/en.ts";
export { AmountsToggle, MoneyText, useFormatMaskedMoney, useFormatMoney } from "./money-text.tsx";
export { Problem, problemCode, useFieldErrors } from "./problem.tsx";
export { refreshQueries } from "./refresh-queries.ts";
export { type Remembered, remembered, useRemembered } from "./remembered.ts";
export {
  amountsSetting,
  applyTheme,
  type Language,
  languageSetting,
  localeTags,
  type Theme,
  themeSetting,
} from "./settings.ts";
export { LanguageSwitch, ThemeSwitch } from "./switches.tsx";
export { useAction } from "./use-action.ts";
export { type LiveEvent, liveEventNames, useLiveEvents } from "./use-live-events.ts";

import { exponentOf, isCurrency } from "@jinqiao/money";
import { Delete } from "lucide-react";
import { type ReactNode, useId } from "react";
import { type KeypadKey, pressKey } from "./amount.ts";
import { classNames } from "./class-names.ts";
import { FieldError } from "./field.tsx";
import { useLocaleTag, useTranslate } from "./i18n.tsx";

/**
 * The large amount input with its keypad. The text is the person's own until it is confirmed; the page checks it by
 * `checkAmount` and gives back `error` in words. With a mouse and a wide screen the keypad makes room.
 */
export function AmountField({
  value,
  onChange,
  currency,
  error,
  hint,
  label,
}: {
  value: string;
  onChange: (text: string) => void;
  currency: string;
  error?: string | null | undefined;
  hint?: ReactNode;
  label?: string;
}) {
  const t = useTranslate();
  const id = useId();
  const symbol = useCurrencySymbol(currency);
  return (
    <div className="grid min-w-0 gap-2">
      <label htmlFor={id} className="text-sm font-medium">
        {label ?? t("ui.amount.label", { currency })}
      </label>
      <div
        className={classNames(
          "flex min-w-0 items-baseline gap-2 rounded-2xl border-2 px-4 py-2 has-focus-visible:outline-3 has-focus-visible:outline-offset-2 has-focus-visible:outline-jade",
          error ? "border-danger" : "border-line-strong",
        )}
      >
        <span aria-hidden className="shrink-0 text-2xl font-semibold whitespace-nowrap text-ink-muted">
          {symbol}
        </span>
        <input
          id={id}
          name="amount"
          data-testid="amount-input"
          value={value}
          onChange={(event) => onChange(event.target.value)}
          // The keypad below replaces the phone's own keyboard; a real keyboard still types here.
          inputMode="none"
          autoComplete="off"
          enterKeyHint="next"
          placeholder="0"
          aria-invalid={error ? true : undefined}
          aria-describedby={`${id}-error ${id}-hint`}
          className="tabular w-full min-w-0 bg-transparent text-4xl font-bold tracking-tight outline-none placeholder:text-ink-muted"
        />
      </div>
      <FieldError id={`${id}-error`} error={error} />
      <div id={`${id}-hint`} className="text-sm text-ink-muted empty:hidden">
        {hint}
      </div>
      <AmountKeypad value={value} onChange={onChange} currency={currency} className="keypad-only mt-2" />
    </div>
  );
}

const keys: KeypadKey[] = ["1", "2", "3", "4", "5", "6", "7", "8", "9", ".", "0", "delete"];

/** Digits, a point where the currency has decimals, and delete. */
export function AmountKeypad({
  value,
  onChange,
  currency,
  className,
}: {
  value: string;
  onChange: (text: string) => void;
  currency: string;
  className?: string;
}) {
  const t = useTranslate();
  const whole = isCurrency(currency) && exponentOf(currency) === 0;
  return (
    <fieldset
      aria-label={t("ui.amount.keypad")}
      className={classNames("grid min-w-0 grid-cols-[repeat(3,minmax(0,1fr))] gap-2", className)}
    >
      {keys.map((key) =>
        key === "." && whole ? (
          <span key={key} />
        ) : (
          <button
            key={key}
            type="button"
            aria-label={
              key === "delete" ? t("ui.amount.delete") : key === "." ? t("ui.amount.point") : undefined
            }
            onClick={() => onChange(pressKey(value, key, currency))}
            className="tabular flex h-13 items-center justify-center rounded-2xl bg-sunken text-2xl font-semibold select-none hover:bg-jade-soft active:bg-jade-soft"
          >
            {key === "delete" ? <Delete aria-hidden className="size-6" /> : key}
          </button>
        ),
      )}
    </fieldset>
  );
}

function useCurrencySymbol(currency: string): string {
  const tag = useLocaleTag();
  const parts = new Intl.NumberFormat(tag, {
    style: "currency",
    currency,
    // As in formatMoney: yuan and yen share one sign.
    currencyDisplay: currency === "JPY" ? "symbol" : "narrowSymbol",
  }).formatToParts(0);
  return parts.find((part) => part.type === "currency")?.value ?? currency;
}

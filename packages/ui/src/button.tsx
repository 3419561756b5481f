import { LoaderCircle } from "lucide-react";
import { type ComponentProps, type MouseEvent, useRef, useState } from "react";
import { classNames } from "./class-names.ts";
import { useTranslate } from "./i18n.tsx";

export type ButtonVariant = "primary" | "secondary" | "ghost" | "danger";

const variants: Record<ButtonVariant, string> = {
  primary: "bg-jade-solid text-on-jade hover:bg-jade-solid-hover",
  secondary: "border border-line bg-surface text-ink hover:bg-jade-soft",
  ghost: "text-jade hover:bg-jade-soft",
  danger: "bg-danger-solid text-on-jade hover:opacity-90",
};

const shape =
  "inline-flex items-center justify-center gap-2 rounded-full font-semibold transition-colors select-none no-underline";
const sizes = { regular: "min-h-12 px-6 text-base", small: "min-h-9 px-4 text-sm" };

/** The look of a button, for links that lead on. */
export function buttonClasses(
  variant: ButtonVariant = "primary",
  size: keyof typeof sizes = "regular",
): string {
  return classNames(shape, sizes[size], variants[variant]);
}

/**
 * A button that shows at once that it works and takes no second press meanwhile. A handler that returns a promise
 * keeps it pending until the promise ends; `pending` does the same from outside. While pending or `disabled` it
 * keeps the focus (`aria-disabled`), so that keyboard and screen reader users do not lose their place.
 */
export function Button({
  variant = "primary",
  size = "regular",
  pending = false,
  disabled = false,
  onClick,
  className,
  children,
  type = "button",
  ...rest
}: Omit<ComponentProps<"button">, "onClick"> & {
  variant?: ButtonVariant;
  size?: keyof typeof sizes;
  pending?: boolean;
  onClick?: (event: MouseEvent<HTMLButtonElement>) => unknown;
}) {
  const t = useTranslate();
  const busy = useRef(false);
  const [working, setWorking] = useState(false);
  const waiting = pending || working;

  const press = (event: MouseEvent<HTMLButtonElement>): void => {
    // The ref blocks a second press that comes before React has rendered the first.
    if (busy.current || waiting || disabled) {
      event.preventDefault();
      return;
    }
    const outcome = onClick?.(event);
    if (!(outcome instanceof Promise)) return;
    busy.current = true;
    setWorking(true);
    const end = (): void => {
      busy.current = false;
      setWorking(false);
    };
    outcome.then(end, end);
  };

  return (
    <button
      {...rest}
      type={type}
      onClick={press}
      aria-disabled={waiting || disabled || undefined}
      aria-busy={waiting || undefined}
      className={classNames(
        buttonClasses(variant, size),
        waiting && "cursor-progress",
        disabled && !waiting && "cursor-not-allowed opacity-55",
        className,
      )}
    >
      {waiting && <LoaderCircle aria-hidden className="size-5 shrink-0 animate-spin" />}
      {children}
      {waiting && <span className="sr-only">{t("ui.working")}</span>}
    </button>
  );
}

/** A round button with an icon alone; `label` is its name for screen readers and the tooltip. */
export function IconButton({
  label,
  className,
  children,
  ...rest
}: Omit<ComponentProps<"button">, "aria-label"> & { label: string }) {
  return (
    <button
      type="button"
      {...rest}
      aria-label={label}
      title={label}
      className={classNames(
        "inline-flex size-11 shrink-0 items-center justify-center rounded-full border border-line bg-surface text-ink hover:bg-jade-soft",
        className,
      )}
    >
      {children}
    </button>
  );
}

import { CircleAlert, Eye, EyeOff } from "lucide-react";
import { type ComponentProps, type ReactNode, useId, useState } from "react";
import { classNames } from "./class-names.ts";
import { useTranslate } from "./i18n.tsx";

const inputLook =
  "w-full min-w-0 min-h-12 rounded-xl border bg-surface px-4 py-2.5 text-base text-ink placeholder:text-ink-muted";

type Common = { label: string; hint?: ReactNode; error?: string | null | undefined; optional?: boolean };

/** A labelled text input. `error` is said to screen readers and shown under the input in words. */
export function Field({
  label,
  hint,
  error,
  optional = false,
  className,
  type = "text",
  ...rest
}: ComponentProps<"input"> & Common & { name: string }) {
  const t = useTranslate();
  const id = useId();
  const [revealed, setRevealed] = useState(false);
  const secret = type === "password";
  return (
    <Frame id={id} label={label} hint={hint} error={error} optional={optional}>
      <span className="relative block">
        <input
          {...rest}
          id={id}
          type={secret && revealed ? "text" : type}
          aria-invalid={error ? true : undefined}
          aria-describedby={describedBy(id, hint, error)}
          className={classNames(
            inputLook,
            error ? "border-danger" : "border-line-strong",
            secret && "pr-14",
            className,
          )}
        />
        {secret && (
          <button
            type="button"
            aria-label={revealed ? t("ui.password.hide") : t("ui.password.show")}
            aria-controls={id}
            onClick={() => setRevealed(!revealed)}
            className="absolute inset-y-0 right-1 inline-flex w-11 items-center justify-center rounded-xl text-ink-muted"
          >
            {revealed ? <EyeOff aria-hidden className="size-5" /> : <Eye aria-hidden className="size-5" />}
          </button>
        )}
      </span>
    </Frame>
  );
}

/** A labelled multi-line input. */
export function TextAreaField({
  label,
  hint,
  error,
  optional = false,
  className,
  ...rest
}: ComponentProps<"textarea"> & Common & { name: string }) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} error={error} optional={optional}>
      <textarea
        rows={3}
        {...rest}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={describedBy(id, hint, error)}
        className={classNames(inputLook, error ? "border-danger" : "border-line-strong", className)}
      />
    </Frame>
  );
}

/** A labelled native select, which every device shows in its own best way. */
export function SelectField({
  label,
  hint,
  error,
  optional = false,
  hideLabel = false,
  className,
  children,
  ...rest
}: ComponentProps<"select"> & Common & { name: string; hideLabel?: boolean }) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} error={error} optional={optional} hideLabel={hideLabel}>
      <select
        {...rest}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={describedBy(id, hint, error)}
        className={classNames(inputLook, error ? "border-danger" : "border-line-strong", className)}
      >
        {children}
      </select>
    </Frame>
  );
}

function Frame({
  id,
  label,
  hint,
  error,
  optional,
  hideLabel = false,
  children,
}: Common & { id: string; hideLabel?: boolean; children: ReactNode }) {
  const t = useTranslate();
  return (
    <div className="grid min-w-0 gap-1.5">
      <label htmlFor={id} className={hideLabel ? "sr-only" : "text-sm font-medium"}>
        {label}
        {optional && <span className="font-normal text-ink-muted"> · {t("ui.field.optional")}</span>}
      </label>
      {children}
      {hint && (
        <p id={`${id}-hint`} className="text-sm text-ink-muted">
          {hint}
        </p>
      )}
      <FieldError id={`${id}-error`} error={error} />
    </div>
  );
}

/** The words under a field. It stays in the page while empty, so that screen readers notice a new error. */
export function FieldError({ id, error }: { id: string; error: string | null | undefined }) {
  return (
    <p id={id} aria-live="polite" className="flex items-start gap-1.5 text-sm text-danger empty:hidden">
      {error && (
        <>
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          <span>{error}</span>
        </>
      )}
    </p>
  );
}

function describedBy(id: string, hint: ReactNode, error: string | null | undefined): string | undefined {
  return classNames(Boolean(hint) && `${id}-hint`, Boolean(error) && `${id}-error`) || undefined;
}

import { ApiError } from "@jinqiao/contract/client";
import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { useLanguage, useTranslate } from "./i18n.tsx";
import { Notice } from "./layout.tsx";

/**
 * What went wrong, in the person's words: the text of the API's problem, a way to try again where that may help
 * (`onRetry`), another way out (`action`), and the request id, small, for the help desk. Shows nothing without an error.
 */
export function Problem({
  error,
  onRetry,
  action,
}: {
  error: unknown;
  onRetry?: (() => unknown) | undefined;
  action?: ReactNode;
}) {
  const t = useTranslate();
  const language = useLanguage();
  if (error === undefined || error === null) return null;
  const problem = error instanceof ApiError ? error.problem : undefined;
  const retryable = problem?.retryable ?? true;
  return (
    <Notice tone="danger" icon={CircleAlert} role="alert">
      <div data-testid="problem" data-code={problem?.code ?? "ui.unexpected"}>
        <p className="text-base font-medium">{problem?.detail[language] ?? t("ui.problem.unexpected")}</p>
        {problem?.requestId && (
          <p className="mt-1 text-xs">{t("ui.problem.request_id", { id: problem.requestId })}</p>
        )}
        {((retryable && onRetry) || action) && (
          <div className="mt-3 flex flex-wrap gap-2">
            {retryable && onRetry && (
              <Button variant="secondary" size="small" onClick={() => onRetry()}>
                {t("ui.try_again")}
              </Button>
            )}
            {action}
          </div>
        )}
      </div>
    </Notice>
  );
}

/**
 * The text for one field of a refused form, from `errors` of the problem. Field names are the API's own, with dots
 * for what is nested: `amount.amount` also answers to `amount`.
 */
export function useFieldErrors(error: unknown): (field: string) => string | null {
  const language = useLanguage();
  const errors = error instanceof ApiError ? (error.problem.errors ?? []) : [];
  return (field) =>
    errors.find((one) => one.field === field || one.field.startsWith(`${field}.`))?.detail[language] ?? null;
}

/** The problem's code, for pages that offer another way on for one of them. */
export function problemCode(error: unknown): string | undefined {
  return error instanceof ApiError ? error.problem.code : undefined;
}

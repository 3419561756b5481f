import {
  type ErrorCode,
  errorCatalogue,
  type FieldErrorCode,
  fieldErrorCatalogue,
  type Problem,
} from "@jinqiao/contract";
import type { z } from "zod";
import { isConnectionLoss } from "../db.ts";
import { type FieldProblem, Refusal } from "../errors.ts";

/** Media type of RFC 9457 (Problem Details for HTTP APIs), section 3. */
export const problemType = "application/problem+json; charset=utf-8";

/** How long a caller is asked to wait, in seconds, when the refusal itself does not say. */
const usualWaitSeconds: Partial<Record<number, number>> = { 429: 60, 503: 5 };

/** A refusal in the form of RFC 9457, with the texts of the catalogue. */
export function problemOf(refusal: Refusal, requestId: string): { problem: Problem; retryAfter?: number } {
  const { status, retryable, en, zh } = errorCatalogue[refusal.code];
  const retryAfter = refusal.retryAfterSeconds ?? usualWaitSeconds[status];
  return {
    problem: {
      type: `/errors/${refusal.code}`,
      title: refusal.code,
      status,
      code: refusal.code,
      detail: refusal.detail ?? { en, zh },
      retryable,
      requestId,
      ...(refusal.reasons.length > 0 ? { reasons: [...refusal.reasons] } : {}),
      ...(refusal.fields.length > 0
        ? {
            errors: refusal.fields.map(({ field, code }) => ({
              field,
              code,
              detail: fieldErrorCatalogue[code],
            })),
          }
        : {}),
    },
    ...(retryAfter === undefined ? {} : { retryAfter: Math.max(1, Math.ceil(retryAfter)) }),
  };
}

/** What the HTTP library says when it cannot read a request, in the words of the catalogue. */
const frameworkCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "request.media_type",
  FST_ERR_CTP_EMPTY_TYPE: "request.media_type",
  FST_ERR_CTP_BODY_TOO_LARGE: "request.body_too_large",
  FST_ERR_CTP_INVALID_JSON_BODY: "request.invalid",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "request.invalid",
  FST_ERR_BAD_URL: "request.not_found",
  FST_ERR_MAX_PARAM_LENGTH: "request.not_found",
  FST_ERR_NOT_FOUND: "request.not_found",
};

/**
 * Any error as a refusal. `expected` is false for what only a bug or a broken machine causes: those belong in the
 * log with their stack.
 */
export function refusalOf(error: unknown): { refusal: Refusal; expected: boolean } {
  if (error instanceof Refusal) return { refusal: error, expected: true };
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  const known = typeof code === "string" ? frameworkCodes[code] : undefined;
  // A body that is no JSON at all: the parser names no field.
  if (
    known === "request.invalid" ||
    (known === undefined && error instanceof SyntaxError && statusCode === 400)
  )
    return {
      refusal: new Refusal("request.invalid", { fields: [{ field: "body", code: "field.invalid" }] }),
      expected: true,
    };
  if (known !== undefined) return { refusal: new Refusal(known), expected: true };
  const refusal = new Refusal(isUnreachable(error) ? "server.unavailable" : "server.unexpected", {
    cause: error,
  });
  return { refusal, expected: false };
}

/** True when the database is gone, starting, stopping, or has no connection left (SQLSTATE 53300). */
function isUnreachable(error: unknown): boolean {
  return isConnectionLoss(error) || (error as { code?: unknown } | null)?.code === "53300";
}

/**
 * One problem per field from what zod found. `input` is what was parsed: a value that is not there is `required`,
 * whatever else the schema says about it.
 */
export function fieldProblems(error: z.core.$ZodError, input: unknown): FieldProblem[] {
  const problems = new Map<string, FieldErrorCode>();
  const add = (path: readonly PropertyKey[], code: FieldErrorCode) => {
    const field = path.length === 0 ? "body" : path.map(String).join(".");
    if (!problems.has(field)) problems.set(field, code);
  };
  for (const issue of error.issues) {
    if (issue.code === "unrecognized_keys")
      for (const key of issue.keys) add([...issue.path, key], "field.unknown");
    else add(issue.path, codeOf(issue, valueAt(input, issue.path)));
  }
  return [...problems].map(([field, code]) => ({ field, code }));
}

function codeOf(issue: z.core.$ZodIssue, value: unknown): FieldErrorCode {
  if (value === undefined) return "field.required";
  if (Object.hasOwn(fieldErrorCatalogue, issue.message)) return issue.message as FieldErrorCode;
  return issue.code === "too_big" && issue.origin === "string" ? "field.too_long" : "field.invalid";
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, key)
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    input,
  );
}

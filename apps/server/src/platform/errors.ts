import { type ErrorCode, errorCatalogue, type FieldErrorCode } from "@jinqiao/contract";

export type FieldProblem = { field: string; code: FieldErrorCode };

/**
 * The one error class for expected refusals. The code comes from the contract's catalogue, which gives the HTTP
 * status and the texts. Bugs are asserted instead and end as `server.unexpected`.
 */
export class Refusal extends Error {
  readonly code: ErrorCode;
  readonly fields: readonly FieldProblem[];
  /** When trying again may help, in seconds; sent as `Retry-After`. */
  readonly retryAfterSeconds: number | undefined;
  /** What this very case is about, in place of the catalogue's sentence (RFC 9457, section 3.1.4). */
  readonly detail: { en: string; zh: string } | undefined;
  /** Of `sca.required`: why, in words of the contract that a program reads. */
  readonly reasons: readonly string[];
  constructor(
    code: ErrorCode,
    options: {
      fields?: readonly FieldProblem[];
      retryAfterSeconds?: number;
      detail?: { en: string; zh: string };
      reasons?: readonly string[];
      cause?: unknown;
    } = {},
  ) {
    super(code, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "Refusal";
    this.code = code;
    this.fields = options.fields ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.detail = options.detail;
    this.reasons = options.reasons ?? [];
  }
  get status(): number {
    return errorCatalogue[this.code].status;
  }
}

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCatalogue, code);
}

/** States a fact that only a bug can break. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}

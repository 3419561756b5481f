import type { components } from "@jinqiao/contract/client";

export type Problem = components["schemas"]["Problem"];

/** Jinqiao refused what was asked, or could not do it. `code` is stable and made for programs; texts are for people. */
export class JinqiaoError extends Error {
  /** From the error catalogue, e.g. `refund.amount_too_large`. */
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
  /** Whether the same request may succeed later without a change. */
  readonly retryable: boolean;
  /** Names the request to our support; also in the request log of the merchant portal. */
  readonly requestId: string | undefined;
  /** The whole answer, with texts in English and Chinese and the fields that were wrong. */
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(`${problem.code}: ${problem.detail.en}`);
    this.name = "JinqiaoError";
    this.code = problem.code;
    this.status = problem.status;
    this.retryable = problem.retryable;
    this.requestId = problem.requestId;
    this.problem = problem;
  }
}

/**
 * No answer came, however often it was tried. Whether the request was carried out is not known: send it again with the
 * same idempotency key, which never does a thing twice.
 */
export class JinqiaoConnectionError extends Error {
  /** The key under which the request may be sent again; undefined for reading. */
  readonly idempotencyKey: string | undefined;
  constructor(idempotencyKey: string | undefined, cause: unknown) {
    super("Jinqiao could not be reached.", { cause });
    this.name = "JinqiaoConnectionError";
    this.idempotencyKey = idempotencyKey;
  }
}

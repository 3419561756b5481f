import createFetchClient, { type Client } from "openapi-fetch";
import type { Problem } from "./common.ts";
import type { paths } from "./generated/api.d.ts";

export type { components, operations, paths } from "./generated/api.d.ts";

/** An answer with a problem, thrown by `unwrap` so that callers see one error type with texts in both languages. */
export class ApiError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.code);
    this.name = "ApiError";
    this.problem = problem;
  }
}

/** Typed client of the whole API. Cookies are sent along; give a new `idempotencyKey()` per attempt a person makes. */
export function createApiClient(options: {
  baseUrl: string;
  fetch?: typeof fetch;
  headers?: Record<string, string>;
}): Client<paths> {
  return createFetchClient<paths>({ credentials: "same-origin", ...options });
}

/** A key that makes one attempt safe to send again. */
export function idempotencyKey(): string {
  return globalThis.crypto.randomUUID();
}

/** Returns the data of an answer, or throws ApiError; a broken connection becomes `server.unavailable`. */
export async function unwrap<T>(
  answer: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await answer.catch((cause: unknown) => {
    throw Object.assign(new ApiError(offline), { cause });
  });
  if (error !== undefined || !response.ok) throw new ApiError(isProblem(error) ? error : offline);
  return data as T;
}

const offline: Problem = {
  type: "about:blank",
  title: "server.unavailable",
  status: 503,
  code: "server.unavailable",
  retryable: true,
  detail: {
    en: "We cannot reach Jinqiao right now. Check your connection and try again; nothing is paid twice.",
    zh: "暂时连接不上金桥。请检查网络后重试，不会重复付款。",
  },
};

function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && "code" in value && "detail" in value;
}

export type ErrorDefinition = {
  status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 422 | 429 | 500 | 502 | 503;
  /** True when the same request may succeed later without being changed. */
  retryable: boolean;
  en: string;
  zh: string;
  /** One line for the person at the help desk. */
  staff: string;
};

/** Keeps the codes as literal types and holds each entry to its shape. */
export const define = <const T extends Record<string, ErrorDefinition>>(catalogue: T): T => catalogue;

import { ApiError, idempotencyKey } from "@jinqiao/contract/client";
import { useAction } from "@jinqiao/ui";
import { useRef } from "react";

/** The header that makes one attempt safe to send again. */
export type AttemptHeader = { "Idempotency-Key": string };

/**
 * One attempt that a person makes. After a lost answer the next press sends the same key again, so that nothing is
 * done twice; another content, or a refusal, begins a new attempt.
 */
export function useAttempt<Args extends unknown[]>(
  send: (header: AttemptHeader, ...args: Args) => Promise<unknown>,
) {
  const open = useRef<{ text: string; key: string } | null>(null);
  return useAction(async (...args: Args) => {
    const text = JSON.stringify(args);
    if (open.current?.text !== text) open.current = { text, key: idempotencyKey() };
    try {
      await send({ "Idempotency-Key": open.current.key }, ...args);
      open.current = null;
    } catch (error) {
      if (error instanceof ApiError && !error.problem.retryable) open.current = null;
      throw error;
    }
  });
}

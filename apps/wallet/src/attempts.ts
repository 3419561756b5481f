import { ApiError, idempotencyKey } from "@jinqiao/contract/client";
import { useAction } from "@jinqiao/ui";
import { useEffect, useRef } from "react";

type Attempt = { body: string; key: string; at: number };

/**
 * How long an undecided attempt is taken up again. Later, someone who makes the same payment means a new one, and
 * what became of the first is on the activity page by then.
 */
const lifeMs = 15 * 60_000;

/** Where the key of pay codes lies; features/pay-code fills it. */
export const payKeyDatabase = "jinqiao-pay-code";

const storageKey = (flow: string): string => `jinqiao.attempt.${flow}`;

/**
 * The idempotency key of one attempt a person makes. It lives in the browser's storage until the attempt is decided:
 * a reload, a second tab or a lost answer finds the same key for the same body, so that the server answers with the
 * first outcome instead of paying again. Another body begins another attempt.
 */
export function openAttempt(flow: string, body: unknown): string {
  const text = JSON.stringify(body);
  const open = readAttempt(flow);
  if (open?.body === text && Date.now() - open.at < lifeMs) return open.key;
  const attempt: Attempt = { body: text, key: idempotencyKey(), at: Date.now() };
  memory.set(flow, attempt);
  try {
    localStorage.setItem(storageKey(flow), JSON.stringify(attempt));
  } catch {
    // Storage is refused: the key in memory still guards this page.
  }
  return attempt.key;
}

/** Ends an attempt whose outcome is known; the next one is new. An attempt that another tab has begun since stays. */
export function closeAttempt(flow: string, key: string): void {
  if (readAttempt(flow)?.key !== key) return;
  forget(flow);
}

/** Forgets every open attempt, and the key of pay codes: whoever signs in next begins anew. */
export function closeAllAttempts(): void {
  for (const flow of ["link", "top-up", "withdraw", "send", "pay", "pay-top-up", "static-code"]) forget(flow);
  // The phone shows no pay codes of who has left.
  globalThis.indexedDB?.deleteDatabase(payKeyDatabase);
}

/** Whether sending again with the same key could still change the outcome. A refusal is an outcome. */
export function isUndecided(error: unknown): boolean {
  return !(error instanceof ApiError) || error.problem.retryable;
}

/**
 * One attempt from the moment the person is asked to confirm `body` (null before that). Presses while it runs do
 * nothing; after a lost answer the next press sends the same key again; after a refusal it is a new attempt.
 */
export function useAttempt<B, R>(
  flow: string,
  body: B | null,
  send: (body: B, key: string) => Promise<R>,
  onDone: (result: R) => unknown,
) {
  const held = useRef<string | null>(null);
  const text = body === null ? null : JSON.stringify(body);
  useEffect(() => {
    // Taken when the question is shown, not when it is answered: two tabs that ask the same hold the same key.
    held.current = text === null ? null : openAttempt(flow, JSON.parse(text));
  }, [flow, text]);

  return useAction(async () => {
    if (body === null) return;
    held.current ??= openAttempt(flow, body);
    const key = held.current;
    let result: R;
    try {
      result = await send(body, key);
    } catch (error) {
      if (!isUndecided(error)) {
        closeAttempt(flow, key);
        held.current = null;
      }
      throw error;
    }
    closeAttempt(flow, key);
    held.current = null;
    await onDone(result);
  });
}

const memory = new Map<string, Attempt>();

function readAttempt(flow: string): Attempt | undefined {
  try {
    const stored = localStorage.getItem(storageKey(flow));
    if (stored !== null) return JSON.parse(stored) as Attempt;
  } catch {
    // Refused or broken storage: fall back to memory.
  }
  return memory.get(flow);
}

function forget(flow: string): void {
  memory.delete(flow);
  try {
    localStorage.removeItem(storageKey(flow));
  } catch {
    // Nothing was stored.
  }
}

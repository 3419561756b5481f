import { useCallback, useRef, useState } from "react";

/**
 * Runs one asynchronous action at a time and keeps its error for the page to show. A call while the first runs does
 * nothing, also within the same tick, where a state variable alone would let it through.
 */
export function useAction<A extends unknown[]>(
  action: (...args: A) => Promise<unknown>,
): {
  run: (...args: A) => Promise<void>;
  pending: boolean;
  error: unknown;
  clear: () => void;
} {
  const running = useRef(false);
  const latest = useRef(action);
  latest.current = action;
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<unknown>(undefined);

  const run = useCallback(async (...args: A): Promise<void> => {
    if (running.current) return;
    running.current = true;
    setPending(true);
    setError(undefined);
    try {
      await latest.current(...args);
    } catch (caught) {
      setError(caught);
    } finally {
      running.current = false;
      setPending(false);
    }
  }, []);
  const clear = useCallback(() => setError(undefined), []);
  return { run, pending, error, clear };
}

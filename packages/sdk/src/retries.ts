export type RetrySettings = {
  fetch: typeof fetch;
  /** How many times more a request is sent when it failed. */
  maxRetries: number;
  /** How long one attempt may take, in milliseconds. */
  timeoutMs: number;
  sleep: (ms: number) => Promise<void>;
};

const longestPauseMs = 8_000;
/** A server that asks for more than this is not waited for: the caller decides. */
const longestAskedPauseMs = 60_000;
/** Statuses that say that the same request may succeed in a moment. */
const passing: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/**
 * A fetch that tries again after broken connections, time-outs and passing failures: always the same request with the
 * same idempotency key, so that nothing is done twice. Writes without a key are sent once.
 */
export function retryingFetch({
  fetch,
  maxRetries,
  timeoutMs,
  sleep,
}: RetrySettings): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const repeatable = request.method === "GET" || request.headers.has("idempotency-key");
    const retries = repeatable ? maxRetries : 0;
    for (let tried = 0; ; tried += 1) {
      const last = tried >= retries;
      let pauseMs = Math.min(longestPauseMs, 500 * 2 ** tried) * (0.5 + Math.random() / 2);
      try {
        const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]);
        const response = await fetch(new Request(request.clone(), { signal }));
        if (last || !passing.has(response.status)) return response;
        const asked = Number(response.headers.get("retry-after") ?? "0") * 1_000;
        if (asked > longestAskedPauseMs) return response;
        if (asked > 0) pauseMs = asked;
        // Nobody reads this answer: the connection is free again.
        await response.body?.cancel();
      } catch (error) {
        if (last || request.signal.aborted) throw error;
      }
      await sleep(pauseMs);
    }
  };
}

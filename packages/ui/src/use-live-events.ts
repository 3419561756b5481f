import { useEffect, useRef, useState } from "react";

/** An event as the server names it (`payment.changed`) with its JSON payload. */
export type LiveEvent = { name: string; payload: Record<string, unknown> };

/** Names of the contract's events that a browser may receive; an EventSource must ask for each by name. */
export const liveEventNames = [
  "customer.signed_up",
  "consent.changed",
  "linked_account.changed",
  "payment.changed",
  "balance.changed",
  "bank_payment.news",
  "statement.reconciled",
  "break.changed",
] as const;

const longestWaitMs = 30_000;

/**
 * Listens to server-sent events while `url` is given and answers whether the line is open. Events that happened
 * while it was down are not sent again, so `onOpen` must fetch everything anew. A line the browser gave up
 * (an answer other than 200) is tried again after 1, 2, 4 … at most 30 seconds.
 */
export function useLiveEvents(
  url: string | null,
  on: { onEvent: (event: LiveEvent) => void; onOpen?: () => void },
): boolean {
  const handlers = useRef(on);
  handlers.current = on;
  const [open, setOpen] = useState(false);

  useEffect(() => {
    if (url === null) return;
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let waitMs = 1_000;

    const connect = (): void => {
      source = new EventSource(url);
      source.onopen = () => {
        waitMs = 1_000;
        setOpen(true);
        handlers.current.onOpen?.();
      };
      source.onerror = () => {
        setOpen(false);
        // While it is CONNECTING the browser tries again by itself.
        if (source?.readyState !== EventSource.CLOSED) return;
        timer = setTimeout(connect, waitMs);
        waitMs = Math.min(waitMs * 2, longestWaitMs);
      };
      for (const name of liveEventNames)
        source.addEventListener(name, (message) => {
          handlers.current.onEvent({ name, payload: JSON.parse((message as MessageEvent<string>).data) });
        });
    };
    connect();
    return () => {
      clearTimeout(timer);
      source?.close();
      setOpen(false);
    };
  }, [url]);
  return open;
}

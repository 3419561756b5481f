import { useEffect, useRef, useState } from "react";

/** An event as the server names it (`payment.changed`) with its JSON payload. */
export type LiveEvent = { name: string; payload: Record<string, unknown> };

/** Names of the contract's events that a browser may receive; an EventSource must ask for each by name. */
export const liveEventNames = [
  "customer.signed_up",
  "freeze.changed",
  "consent.changed",
  "linked_account.changed",
  "payment.changed",
  "purchase.funding_changed",
  "purchase.to_confirm",
  "balance.changed",
  "bank_payment.news",
  "statement.reconciled",
  "break.changed",
  "break.overdue",
  "notice.added",
  "case.changed",
  "dispute.changed",
  "ledger.alarm_raised",
  "ledger.alarm_cleared",
] as const;

const longestWaitMs = 30_000;
/** How long a page out of sight keeps its line. */
const parkAfterMs = 15_000;

/**
 * Listens to server-sent events while `url` is given and answers whether the line is open. `onOpen` is called when
 * events may have been missed: it must fetch everything anew. A line the browser gave up (an answer other than 200)
 * is tried again after 1, 2, 4 … at most 30 seconds; `onRefused` is the moment to see whether the session has ended.
 *
 * A page out of sight lets its line go and takes it up when it is looked at again: a browser opens no more than six
 * HTTP/1.1 connections to one server, so a handful of forgotten tabs would leave none for the one in use.
 */
export function useLiveEvents(
  url: string | null,
  on: { onEvent: (event: LiveEvent) => void; onOpen?: () => void; onRefused?: () => void },
): boolean {
  const handlers = useRef(on);
  handlers.current = on;
  const [open, setOpen] = useState(false);

  useEffect(() => {
    if (url === null) return;
    let source: EventSource | undefined;
    let retryTimer: ReturnType<typeof setTimeout> | undefined;
    let parkTimer: ReturnType<typeof setTimeout> | undefined;
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
        handlers.current.onRefused?.();
        retryTimer = setTimeout(connect, waitMs);
        waitMs = Math.min(waitMs * 2, longestWaitMs);
      };
      // The server itself may have missed something while its own line was down: the page reads everything anew.
      source.addEventListener("resync", () => handlers.current.onOpen?.());
      for (const name of liveEventNames)
        source.addEventListener(name, (message) => {
          handlers.current.onEvent({ name, payload: JSON.parse((message as MessageEvent<string>).data) });
        });
    };
    const disconnect = (): void => {
      clearTimeout(retryTimer);
      source?.close();
      source = undefined;
    };
    const watchSight = (): void => {
      clearTimeout(parkTimer);
      if (document.visibilityState === "hidden") parkTimer = setTimeout(disconnect, parkAfterMs);
      else if (source === undefined) connect();
    };

    connect();
    document.addEventListener("visibilitychange", watchSight);
    return () => {
      document.removeEventListener("visibilitychange", watchSight);
      clearTimeout(parkTimer);
      disconnect();
      setOpen(false);
    };
  }, [url]);
  return open;
}

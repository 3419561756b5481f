import { refreshQueries, useLiveEvents } from "@jinqiao/ui";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

type RecordKind =
  | "payments"
  | "breaks"
  | "statements"
  | "trial-balance"
  | "alarms"
  | "cases"
  | "disputes"
  | "customers"
  | "approvals";

/** Which kinds of records an event may have changed. An event that is not listed changes nothing the console shows. */
const changedBy: Readonly<Record<string, readonly RecordKind[]>> = {
  "payment.changed": ["payments", "trial-balance", "cases"],
  "balance.changed": ["trial-balance"],
  "bank_payment.news": ["payments"],
  "statement.reconciled": ["statements", "payments", "breaks", "trial-balance"],
  "break.changed": ["breaks", "statements", "payments", "trial-balance"],
  "break.overdue": ["breaks"],
  "case.changed": ["cases"],
  "dispute.changed": ["disputes"],
  "freeze.changed": ["customers", "approvals"],
  "ledger.alarm_raised": ["alarms", "trial-balance"],
  "ledger.alarm_cleared": ["alarms"],
};
const everything: readonly RecordKind[] = [
  "payments",
  "breaks",
  "statements",
  "trial-balance",
  "alarms",
  "cases",
  "disputes",
  "customers",
  "approvals",
];

/** Events come in bursts (one payment makes several); what they changed is asked for once per burst. */
const burstMs = 250;
/** While events never end, on a busy day, what is on screen is fetched at most this often, to spare the server. */
const leastIntervalMs = 2_000;

/** How long to wait before fetching again, so that a first change shows at once and a flood is thinned out. */
export function waitBeforeFetchMs(nowMs: number, lastFetchMs: number): number {
  return Math.max(burstMs, lastFetchMs + leastIntervalMs - nowMs);
}

/** Keeps every page current while it is open. Answers whether the line to the server is open. */
export function useLive(): boolean {
  const queryClient = useQueryClient();
  const changed = useRef(new Set<RecordKind>());
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const lastFetchMs = useRef(Number.NEGATIVE_INFINITY);

  const mark = (kinds: readonly RecordKind[]): void => {
    for (const kind of kinds) changed.current.add(kind);
    if (kinds.length === 0 || timer.current !== undefined) return;
    timer.current = setTimeout(
      () => {
        timer.current = undefined;
        lastFetchMs.current = performance.now();
        const due = [...changed.current];
        changed.current.clear();
        for (const kind of due) void refreshQueries(queryClient, [kind]);
      },
      waitBeforeFetchMs(performance.now(), lastFetchMs.current),
    );
  };
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );

  const open = useLiveEvents("/v1/console/events", {
    onEvent: ({ name }) => mark(changedBy[name] ?? []),
    onOpen: () => mark(everything),
  });

  const wasOpen = useRef(false);
  useEffect(() => {
    // The line also ends when the session does; asking who is signed in tells the one from the other.
    if (!open && wasOpen.current) void queryClient.invalidateQueries({ queryKey: ["me"] });
    wasOpen.current = open;
  }, [open, queryClient]);
  return open;
}

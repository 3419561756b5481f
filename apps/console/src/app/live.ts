import { useLiveEvents } from "@jinqiao/ui";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

type RecordKind = "payments" | "breaks" | "statements" | "trial-balance";

/** Which kinds of records an event may have changed. An event that is not listed changes nothing the console shows. */
const changedBy: Readonly<Record<string, readonly RecordKind[]>> = {
  "payment.changed": ["payments", "trial-balance"],
  "balance.changed": ["trial-balance"],
  "bank_payment.news": ["payments"],
  "statement.reconciled": ["statements", "payments", "breaks", "trial-balance"],
  "break.changed": ["breaks", "statements", "payments", "trial-balance"],
};
const everything: readonly RecordKind[] = ["payments", "breaks", "statements", "trial-balance"];

/** Events come in bursts (one payment makes several); what they changed is asked for once per burst. */
const burstMs = 250;

/** Keeps every page current while it is open. Answers whether the line to the server is open. */
export function useLive(): boolean {
  const queryClient = useQueryClient();
  const changed = useRef(new Set<RecordKind>());
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  const mark = (kinds: readonly RecordKind[]): void => {
    for (const kind of kinds) changed.current.add(kind);
    if (kinds.length === 0 || timer.current !== undefined) return;
    timer.current = setTimeout(() => {
      timer.current = undefined;
      const due = [...changed.current];
      changed.current.clear();
      for (const kind of due) void queryClient.invalidateQueries({ queryKey: [kind] });
    }, burstMs);
  };
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );

  return useLiveEvents("/v1/console/events", {
    onEvent: ({ name }) => mark(changedBy[name] ?? []),
    onOpen: () => mark(everything),
  });
}

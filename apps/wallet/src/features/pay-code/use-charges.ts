import type { components } from "@jinqiao/contract/client";
import { unwrap } from "@jinqiao/contract/client";
import { useLiveEvents } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, queryClient } from "../../api.ts";

export type Charge = NonNullable<components["schemas"]["PayCodeUse"]>;

const key = ["pay-code-use"];

/**
 * What a till did with a code of this phone while the page stands. Told by live events; asked for again whenever
 * something may have been missed.
 */
export function useCharges(signedIn: boolean) {
  const latest = useQuery({
    queryKey: key,
    queryFn: async () => (await unwrap(api.GET("/v1/pay-code-uses/latest"))).use,
    enabled: signedIn,
    staleTime: 0,
  });
  const refresh = () => void queryClient.invalidateQueries({ queryKey: key });
  const open = useLiveEvents(signedIn ? "/v1/events" : null, {
    onEvent: ({ name }) => {
      if (name === "purchase.to_confirm" || name === "payment.changed") refresh();
    },
    onOpen: refresh,
  });

  // What was charged before the page was opened is no news; what waits to be confirmed is.
  const first = useRef<string | null | undefined>(undefined);
  if (first.current === undefined && latest.data !== undefined)
    first.current = latest.data?.outcome === "paid" ? latest.data.at : null;
  const [dismissed, setDismissed] = useState<string | null>(null);
  const use = latest.data ?? null;
  const stamp = use && `${use.paymentIntentId} ${use.outcome}`;
  const isNews = use !== null && use.at !== first.current && stamp !== dismissed;

  useEffect(() => {
    if (!isNews) return;
    navigator.vibrate?.([60, 60, 60]);
    void queryClient.invalidateQueries({ queryKey: ["balances"] });
    void queryClient.invalidateQueries({ queryKey: ["payments"] });
  }, [isNews]);
  return { charge: isNews ? use : null, dismiss: () => setDismissed(stamp), live: open };
}

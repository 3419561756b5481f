import { loadPageTexts, refreshQueries, useLiveEvents } from "@jinqiao/ui";
import {
  createContext,
  lazy,
  type ReactNode,
  Suspense,
  useContext,
  useEffect,
  useState,
  useSyncExternalStore,
} from "react";
import { meQuery, queryClient } from "../api.ts";
import type { ToConfirm as Question } from "../features/pay-code/to-confirm.tsx";
import { codesCatalogues } from "../locales/catalogues.ts";

/** Which answers each event makes old. Keys are the first parts of the query keys in api.ts. */
const touched: Record<string, string[]> = {
  "payment.changed": ["payments", "recent-payees", "limits"],
  "purchase.to_confirm": ["pay-code-use"],
  "balance.changed": ["balances", "limits", "statements"],
  "linked_account.changed": ["linked-accounts"],
  "consent.changed": ["consents", "linked-accounts"],
  "dispute.changed": ["disputes", "payments", "balances"],
  "notice.added": ["notices"],
};

const LineContext = createContext(true);

/** Comes when a till asks for it. */
const ToConfirm = lazy(async (): Promise<{ default: typeof Question }> => {
  await loadPageTexts(codesCatalogues);
  return { default: (await import("../features/pay-code/to-confirm.tsx")).ToConfirm };
});

/** Keeps every page of the signed-in customer in step with the server, without reload. */
export function LiveUpdates({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<string | null>(null);
  const open = useLiveEvents("/v1/events", {
    onEvent: ({ name, payload }) => {
      if (name === "purchase.to_confirm") setAsked(String(payload.token));
      for (const key of touched[name] ?? []) void refreshQueries(queryClient, [key]);
    },
    // What happened while the line was down is not sent again.
    onOpen: () => void refreshQueries(queryClient),
    // A session that ended elsewhere, say in another tab, is noticed here and leads to signing in.
    onRefused: () => void queryClient.invalidateQueries({ queryKey: meQuery.queryKey }),
  });
  return (
    <LineContext value={open}>
      {children}
      {asked !== null && (
        <Suspense>
          <ToConfirm token={asked} onClose={() => setAsked(null)} />
        </Suspense>
      )}
    </LineContext>
  );
}

/**
 * How the wallet reaches the server: `offline` is said at once when the device has no network; `lost` when the live
 * line has been down for some seconds, because short breaks mend themselves unseen.
 */
export function useConnection(): "good" | "lost" | "offline" {
  const open = useContext(LineContext);
  const online = useSyncExternalStore(subscribeOnline, () => navigator.onLine);
  const [longDown, setLongDown] = useState(false);
  useEffect(() => {
    if (open) return setLongDown(false);
    const timer = setTimeout(() => setLongDown(true), 6_000);
    return () => clearTimeout(timer);
  }, [open]);
  if (!online) return "offline";
  return longDown && !open ? "lost" : "good";
}

function subscribeOnline(listener: () => void): () => void {
  window.addEventListener("online", listener);
  window.addEventListener("offline", listener);
  return () => {
    window.removeEventListener("online", listener);
    window.removeEventListener("offline", listener);
  };
}

import type { PortalSearch } from "../app/navigation.tsx";
import { addDays, startOfDay } from "../components/local-days.ts";
import type { PaymentFilter } from "../queries.ts";

/** Tabs of the list of payments: states, and what happened to payments afterwards. */
export const paymentTabs = [
  "all",
  "succeeded",
  "requires_capture",
  "processing",
  "requires_payment_method",
  "canceled",
  "refunded",
  "disputed",
] as const;
export type PaymentTab = (typeof paymentTabs)[number];

export function tabOf(search: PortalSearch): PaymentTab {
  return paymentTabs.find((tab) => tab === search.tab) ?? "all";
}

/** What the API is asked for what stands in the address; days are those of the merchant's time zone, the last included. */
export function filterOf(search: PortalSearch, timeZone: string): PaymentFilter {
  const tab = tabOf(search);
  return {
    ...(tab === "refunded"
      ? { refunded: "true" as const }
      : tab === "disputed"
        ? { disputed: "true" as const }
        : tab === "all"
          ? {}
          : { status: tab }),
    ...(search.q && { q: search.q }),
    ...(isDay(search.from) && { from: startOfDay(timeZone, search.from).toISOString() }),
    ...(isDay(search.to) && { to: startOfDay(timeZone, addDays(search.to, 1)).toISOString() }),
  };
}

export function isDay(text: string | undefined): text is string {
  return text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}

export type SavedSearch = { name: string; search: PortalSearch };
const storageKey = "jinqiao.merchant.payment-searches";
const mostSaved = 20;

export function loadSearches(storage: Pick<Storage, "getItem">): SavedSearch[] {
  try {
    const raw: unknown = JSON.parse(storage.getItem(storageKey) ?? "[]");
    if (!Array.isArray(raw)) return [];
    return raw
      .filter(
        (one) => typeof one?.name === "string" && typeof one?.search === "object" && one.search !== null,
      )
      .slice(0, mostSaved);
  } catch {
    // Storage may be switched off, or hold what another version wrote: then nothing was saved.
    return [];
  }
}

export function storeSearches(storage: Pick<Storage, "setItem">, searches: SavedSearch[]): SavedSearch[] {
  const kept = searches.slice(-mostSaved);
  try {
    storage.setItem(storageKey, JSON.stringify(kept));
  } catch {
    // Without storage the list still serves until the page is left.
  }
  return kept;
}

export function sameSearch(a: PortalSearch, b: PortalSearch): boolean {
  const text = (search: PortalSearch) => JSON.stringify(Object.entries(search).sort());
  return text(a) === text(b);
}

import type { Kind, PaymentFilter, Status } from "../../api.ts";

/** Statuses in the order in which staff look at them: what waits or is unclear first, what is done last. */
const statusOrder: Record<Status, number> = {
  unknown: 0,
  under_review: 1,
  action_required: 2,
  created: 3,
  authorised: 4,
  submitted: 5,
  settled: 6,
  rejected: 7,
  returned: 8,
  refunded: 9,
  declined: 10,
  cancelled: 11,
  expired: 12,
};
export const statuses = (Object.keys(statusOrder) as Status[]).sort(
  (a, b) => statusOrder[a] - statusOrder[b],
);

const kindOrder: Record<Kind, number> = {
  top_up: 0,
  transfer: 1,
  purchase: 2,
  refund: 3,
  withdrawal: 4,
  payout: 5,
  return: 6,
};
export const kinds = (Object.keys(kindOrder) as Kind[]).sort((a, b) => kindOrder[a] - kindOrder[b]);

/** Reads a filter from an address or from storage; what is not understood is left out. */
export function readFilter(raw: unknown): PaymentFilter {
  if (typeof raw !== "object" || raw === null) return {};
  const { status, kind, q } = raw as Record<string, unknown>;
  return {
    ...(isOneOf(statuses, status) && { status }),
    ...(isOneOf(kinds, kind) && { kind }),
    ...(typeof q === "string" && q.trim() !== "" && { q: q.trim().slice(0, 100) }),
  };
}

export type SavedFilter = { name: string; filter: PaymentFilter };

const storageKey = "jinqiao.console.payment-filters";
const maxSaved = 20;

export function loadSavedFilters(storage: Pick<Storage, "getItem">): SavedFilter[] {
  try {
    const raw: unknown = JSON.parse(storage.getItem(storageKey) ?? "[]");
    if (!Array.isArray(raw)) return [];
    return raw
      .filter((item) => typeof item?.name === "string" && item.name !== "")
      .map((item) => ({ name: item.name as string, filter: readFilter(item.filter) }))
      .slice(0, maxSaved);
  } catch {
    // Storage may be switched off, or hold what another version wrote: then nothing was saved.
    return [];
  }
}

/** Keeps a filter under a name; the same name is replaced. Returns what is saved now, newest last. */
export function saveFilter(storage: Storage, saved: SavedFilter): SavedFilter[] {
  const others = loadSavedFilters(storage).filter((item) => item.name !== saved.name);
  return store(storage, [...others, saved].slice(-maxSaved));
}

export function removeFilter(storage: Storage, name: string): SavedFilter[] {
  return store(
    storage,
    loadSavedFilters(storage).filter((item) => item.name !== name),
  );
}

function store(storage: Storage, filters: SavedFilter[]): SavedFilter[] {
  try {
    storage.setItem(storageKey, JSON.stringify(filters));
  } catch {
    // Without storage the list still serves until the page is left.
  }
  return filters;
}

export function sameFilter(a: PaymentFilter, b: PaymentFilter): boolean {
  return a.status === b.status && a.kind === b.kind && a.q === b.q;
}

function isOneOf<T extends string>(options: readonly T[], value: unknown): value is T {
  return typeof value === "string" && (options as readonly string[]).includes(value);
}

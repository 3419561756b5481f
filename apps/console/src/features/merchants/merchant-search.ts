import type { MerchantStatus } from "@jinqiao/contract";

export const merchantStatuses = [
  "under_review",
  "active",
  "suspended",
  "declined",
  "draft",
  "closed",
] as const satisfies readonly MerchantStatus[];

/** What the list of merchants shows; it stands in the address. */
export type MerchantSearch = { status?: MerchantStatus; q?: string };

export function readMerchantSearch(search: Record<string, unknown>): MerchantSearch {
  const status = merchantStatuses.find((one) => one === search.status);
  const q = typeof search.q === "string" ? search.q.trim().slice(0, 80) : "";
  return { ...(status && { status }), ...(q !== "" && { q }) };
}

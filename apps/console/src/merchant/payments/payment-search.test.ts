import { expect, test } from "vitest";
import { filterOf, loadSearches, sameSearch, storeSearches, tabOf } from "./payment-search.ts";

test("days of an address are those of the merchant's time zone, the last one included", () => {
  expect(filterOf({ from: "2026-11-01", to: "2026-11-02" }, "Asia/Shanghai")).toEqual({
    from: "2026-10-31T16:00:00.000Z",
    to: "2026-11-02T16:00:00.000Z",
  });
});

test("tabs are states, or what happened afterwards; what is not understood is left out", () => {
  expect(filterOf({ tab: "succeeded", q: "A-1" }, "UTC")).toEqual({ status: "succeeded", q: "A-1" });
  expect(filterOf({ tab: "refunded" }, "UTC")).toEqual({ refunded: "true" });
  expect(filterOf({ tab: "disputed" }, "UTC")).toEqual({ disputed: "true" });
  expect(filterOf({ tab: "nonsense", from: "soon" }, "UTC")).toEqual({});
  expect(tabOf({ tab: "nonsense" })).toBe("all");
});

test("saved searches survive their storage, and broken storage is no search", () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  storeSearches(storage, [{ name: "Big", search: { q: "100.00" } }]);
  expect(loadSearches(storage)).toEqual([{ name: "Big", search: { q: "100.00" } }]);
  expect(loadSearches({ getItem: () => "{" })).toEqual([]);
  expect(sameSearch({ a: "1", b: "2" }, { b: "2", a: "1" })).toBe(true);
});

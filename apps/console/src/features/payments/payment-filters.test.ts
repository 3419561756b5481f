import { expect, test } from "vitest";
import { loadSavedFilters, readFilter, removeFilter, saveFilter } from "./payment-filters.ts";

function memoryStorage(initial: Record<string, string> = {}): Storage {
  const values = new Map(Object.entries(initial));
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
    clear: () => values.clear(),
    key: (index) => [...values.keys()][index] ?? null,
    get length() {
      return values.size;
    },
  };
}

test("an address is read strictly: unknown statuses and kinds are left out", () => {
  expect(readFilter({ status: "unknown", kind: "top_up", q: " JQ1 " })).toEqual({
    status: "unknown",
    kind: "top_up",
    q: "JQ1",
  });
  expect(readFilter({ status: "lost", kind: 7, q: "" })).toEqual({});
  expect(readFilter(null)).toEqual({});
});

test("saved filters survive, the same name is replaced, and one can be removed", () => {
  const storage = memoryStorage();
  saveFilter(storage, { name: "Unclear", filter: { status: "unknown" } });
  saveFilter(storage, { name: "Top-ups", filter: { kind: "top_up" } });
  saveFilter(storage, { name: "Unclear", filter: { status: "unknown", kind: "withdrawal" } });
  expect(loadSavedFilters(storage)).toEqual([
    { name: "Top-ups", filter: { kind: "top_up" } },
    { name: "Unclear", filter: { status: "unknown", kind: "withdrawal" } },
  ]);
  expect(removeFilter(storage, "Top-ups")).toHaveLength(1);
  expect(loadSavedFilters(storage)).toHaveLength(1);
});

test("what another program left in storage is no error", () => {
  expect(loadSavedFilters(memoryStorage({ "jinqiao.console.payment-filters": "{not json" }))).toEqual([]);
  expect(loadSavedFilters(memoryStorage({ "jinqiao.console.payment-filters": '[1,{"name":""}]' }))).toEqual(
    [],
  );
});

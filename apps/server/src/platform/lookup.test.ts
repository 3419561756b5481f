import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { createLookup } from "./lookup.ts";

/** Rows are the keys themselves in capitals; keys with an x have none. */
function recorded() {
  const queries: string[][] = [];
  const lookup = createLookup(async (keys) => {
    queries.push([...keys]);
    await sleep(5);
    if (keys.includes("bad")) throw new Error("cannot be read");
    return new Map(keys.filter((key) => !key.includes("x")).map((key) => [key, key.toUpperCase()]));
  });
  return { queries, lookup };
}

it("asks once for what is wanted together, and once more for what was wanted meanwhile", async () => {
  const { queries, lookup } = recorded();
  const first = [lookup("a"), lookup("b"), lookup("a"), lookup("x")];
  await sleep(1);
  const second = [lookup("a"), lookup("c")];
  expect(await Promise.all(first)).toEqual(["A", "B", "A", undefined]);
  expect(await Promise.all(second)).toEqual(["A", "C"]);
  expect(queries).toEqual([
    ["a", "b", "x"],
    ["a", "c"],
  ]);
  expect(await lookup("a")).toBe("A");
  expect(queries).toHaveLength(3);
});

it("a query that fails fails those who asked, and nobody else", async () => {
  const { lookup } = recorded();
  const failing = Promise.allSettled([lookup("bad"), lookup("a")]);
  await sleep(1);
  const next = lookup("b");
  expect((await failing).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await next).toBe("B");
});

it("splits what is too much for one query", async () => {
  const { queries, lookup } = recorded();
  const keys = Array.from({ length: 1_100 }, (_, index) => `k${index}`);
  expect(await Promise.all(keys.map(lookup))).toEqual(keys.map((key) => key.toUpperCase()));
  expect(queries.map((query) => query.length)).toEqual([500, 500, 100]);
});

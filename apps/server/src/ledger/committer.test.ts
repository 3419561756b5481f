import { setImmediate as turn } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createServerDatabase } from "../../../../test/support/server-database.ts";
import { systemClock } from "../platform/clock.ts";
import { createSubscriptions } from "../platform/events.ts";
import { createIds } from "../platform/ids.ts";
import { createLedger, type Ledger } from "./index.ts";

let database: Awaited<ReturnType<typeof createServerDatabase>>;
let ledger: Ledger;
const ids = createIds(systemClock);
let serial = 0;

beforeAll(async () => {
  database = await createServerDatabase();
  ledger = createLedger({ db: database.db, clock: systemClock, subscriptions: createSubscriptions() });
});
afterAll(async () => {
  await ledger.idle();
  await database.drop();
});

const move = (from: string, to: string, amount: bigint) =>
  ledger.commit({
    key: `committer/${++serial}`,
    hash: "h",
    transfer: {
      id: ids.next("trf"),
      kind: "test",
      postings: [{ debit: { code: from, currency: "CNY" }, credit: { code: to, currency: "CNY" }, amount }],
    },
  });

it("a second batch takes nothing that would overtake what waits for the first", async () => {
  const people = Array.from({ length: 600 }, (_, index) => `customer:u${index}`);
  await Promise.all(["customer:a", ...people].map((person) => move("custody:x", person, 100n)));
  for (let round = 0; round < 5; round += 1) {
    const first = move("customer:a", "customer:z", 1n);
    await turn();
    await turn();
    // The first of these waits for the one in flight; the second can be paid from the first alone.
    const chain = [
      move("customer:a", `customer:b${round}`, 1n),
      move(`customer:b${round}`, `customer:c${round}`, 1n),
    ];
    const others = people
      .slice(0, 300)
      .map((person, index) => move(person, people[index + 300] as string, 1n));
    const outcomes = await Promise.all([first, ...chain, ...others]);
    expect(outcomes.every((outcome) => outcome.status === "accepted")).toBe(true);
  }
  expect(await ledger.violations()).toEqual([]);
});

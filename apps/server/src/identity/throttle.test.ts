import { afterAll, beforeAll, expect, it } from "vitest";
import { createServerDatabase } from "../../../../test/support/server-database.ts";
import { manualClock } from "../platform/clock.ts";
import { createThrottle, type Throttle } from "./throttle.ts";

const clock = manualClock("2026-03-01T08:00:00Z");
let database: Awaited<ReturnType<typeof createServerDatabase>>;
/** Two processes with the same database. */
let here: Throttle;
let there: Throttle;

beforeAll(async () => {
  database = await createServerDatabase();
  const deps = { db: database.db, clock, secret: Buffer.alloc(32, 1) };
  [here, there] = [createThrottle(deps), createThrottle(deps)];
});
afterAll(() => database.drop());

const counter = (key: string) => ({ key, free: 2, maxWaitSeconds: 8 });

it("counts failures of every process together, and asks for waits that double up to the longest", async () => {
  const tries = counter("shared");
  await here.reserve([tries]);
  await there.reserve([tries]);
  for (const seconds of [1, 2, 4, 8, 8]) {
    await here.reserve([tries]);
    await expect(there.reserve([tries])).rejects.toMatchObject({
      code: "rate.limited",
      retryAfterSeconds: seconds,
    });
    clock.advance(seconds * 1_000);
  }
  await here.forget([tries]);
  for (let time = 0; time < 2; time += 1) await there.reserve([tries]);
});

it("takes back one try and no more where a right one must not wipe out the others' failures", async () => {
  const address = counter("address");
  for (let time = 0; time < 2; time += 1) await here.reserve([address]);
  // Right: the third counts for nothing, the two before stay.
  await here.reserve([address]);
  await here.giveBack(address);
  await here.reserve([address]);
  await expect(here.reserve([address])).rejects.toMatchObject({ code: "rate.limited" });
});

it("lets something be done so often within a while, also when all ask at once", async () => {
  const limit = { max: 3, withinMs: 60_000 };
  const asked = await Promise.allSettled(
    Array.from({ length: 8 }, (_, n) => (n % 2 ? here : there).allow("mail", limit)),
  );
  expect(asked.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
  clock.advance(60_000);
  await here.allow("mail", limit);
});

it("keeps no key that it counts by in the clear", async () => {
  await here.reserve([counter("customer lin@people.example")]);
  const rows = JSON.stringify(await database.db.query("SELECT f::text FROM identity.sign_in_failure f"));
  expect(rows).not.toContain("lin@people.example");
});

import { expect, test } from "vitest";
import { type DemoReport, isSound } from "./main-job.ts";
import { mapPool, until } from "./pool.ts";

const sound: DemoReport = {
  linkedAccounts: 50,
  topUps: 50,
  transfers: 50,
  withdrawals: 50,
  statementLines: 100,
  matched: 100,
  breaks: 0,
  trialBalance: { CNY: "0.00", JPY: "0", KWD: "0.000" },
  seconds: 10,
};

test("the demo is sound only without breaks and with every trial balance at zero", () => {
  expect(isSound(sound)).toBe(true);
  expect(isSound({ ...sound, breaks: 1 })).toBe(false);
  expect(isSound({ ...sound, trialBalance: { CNY: "0.00", KWD: "-0.001" } })).toBe(false);
  // A ledger that shows nothing has proved nothing.
  expect(isSound({ ...sound, trialBalance: {} })).toBe(false);
});

test("mapPool keeps the order and the width", async () => {
  let now = 0;
  let most = 0;
  const answers = await mapPool([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
    now += 1;
    most = Math.max(most, now);
    await new Promise((resolve) => setImmediate(resolve));
    now -= 1;
    return item * 2;
  });
  expect(answers).toEqual([2, 4, 6, 8, 10, 12, 14]);
  expect(most).toBe(3);
});

test("until names what it waited for in vain, and heeds a wish to stop", async () => {
  const never = async () => undefined;
  await expect(until("a miracle", never, new AbortController().signal, 0)).rejects.toThrow(/a miracle/);
  const stopped = AbortSignal.abort();
  await expect(until("a miracle", never, stopped)).rejects.toThrow(/abort/i);
});

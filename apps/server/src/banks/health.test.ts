import { describe, expect, it } from "vitest";
import { manualClock } from "../platform/clock.ts";
import { Refusal } from "../platform/errors.ts";
import { Postponed } from "../platform/jobs.ts";
import { AccessError, type BankConnector } from "./connector.ts";
import { createBankHealth, jobsPerBank, withHealth, workersFor } from "./health.ts";
import { closedUntil } from "./maintenance.ts";

const start = "2026-11-22T10:00:00.000Z";

/** A bank of one answer: what it says next is told by `behave`. */
function createBank(config: Partial<Parameters<typeof createBankHealth>[0]["config"]> = {}) {
  const clock = manualClock(start);
  const health = createBankHealth({ config: { timeZone: "UTC", ...config }, clock });
  const heard: string[] = [];
  let behaviour: () => unknown = () => ({ outcome: "accepted" });
  const answer = (name: string) => async () => {
    heard.push(name);
    return behaviour();
  };
  const connector = withHealth(
    {
      capabilities: { accounts: true },
      initiatePayment: answer("initiatePayment"),
      paymentStatus: answer("paymentStatus"),
      cancelPayment: answer("cancelPayment"),
      findPayment: answer("findPayment"),
      balance: answer("balance"),
      bind: { start: answer("bind.start") },
      readCustodyStatement: () => "read here",
      paymentReturn: () => ({ reference: "JQ1" }),
      consentData: ["accounts"],
    } as unknown as BankConnector,
    health,
  );
  return {
    clock,
    health,
    heard,
    connector: connector as unknown as Record<string, () => Promise<unknown>> & {
      bind: { start(): unknown };
    },
    behave(next: () => unknown) {
      behaviour = next;
    },
  };
}
const unavailable = () => {
  throw new Refusal("bank.unavailable");
};
async function fail(bank: ReturnType<typeof createBank>, times: number) {
  bank.behave(unavailable);
  for (let nth = 0; nth < times; nth += 1) await bank.connector.balance?.().catch(() => undefined);
}

describe("circuit breaker", () => {
  it("opens after five failures in a row, and each call then has the answer of one that was never made", async () => {
    const bank = createBank();
    await fail(bank, 4);
    expect(bank.health.figures().circuit).toBe("closed");
    await fail(bank, 1);
    expect(bank.health.figures()).toMatchObject({
      circuit: "open",
      state: "unavailable",
      calls: 5,
      failures: 5,
    });
    expect(bank.health.availability().until?.toISOString()).toBe("2026-11-22T10:00:10.000Z");

    bank.heard.length = 0;
    expect(await bank.connector.initiatePayment?.()).toMatchObject({ outcome: "not_sent" });
    expect(await bank.connector.paymentStatus?.()).toMatchObject({ outcome: "unknown" });
    expect(await bank.connector.findPayment?.()).toMatchObject({ found: "unknown" });
    expect(await bank.connector.cancelPayment?.()).toBe("unknown");
    const refusal = { code: "bank.unavailable", retryAfterSeconds: 10 };
    await expect(bank.connector.balance?.()).rejects.toMatchObject(refusal);
    await expect(bank.connector.bind.start()).rejects.toMatchObject(refusal);
    expect(bank.heard).toEqual([]);
  });

  it("lets one call find out whether the bank is back; a failure doubles the pause up to five minutes", async () => {
    const bank = createBank();
    await fail(bank, 5);
    for (const pauseMs of [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]) {
      bank.clock.advance(pauseMs - 1);
      expect(bank.health.figures().circuit).toBe("open");
      bank.clock.advance(1);
      expect(bank.health.figures()).toMatchObject({ circuit: "half_open", state: "available" });
      await fail(bank, 1);
    }
    bank.clock.advance(300_000);

    let release: (value: unknown) => void = () => {};
    bank.behave(() => new Promise((resolve) => (release = resolve)));
    bank.heard.length = 0;
    const probe = bank.connector.initiatePayment?.();
    expect(await bank.connector.initiatePayment?.()).toMatchObject({ outcome: "not_sent" });
    release({ outcome: "accepted" });
    expect(await probe).toEqual({ outcome: "accepted" });
    expect(bank.heard).toEqual(["initiatePayment"]);
    expect(bank.health.figures()).toMatchObject({ circuit: "closed", state: "available", until: null });
  });

  it.each([
    ["an unknown outcome", "initiatePayment", () => ({ outcome: "unknown", why: "no answer" }), "open"],
    [
      "an outcome that the bank leaves open in words",
      "paymentStatus",
      () => ({ outcome: "unknown", why: "another amount than was ordered", answered: true }),
      "closed",
    ],
    ["no connection", "initiatePayment", () => ({ outcome: "not_sent", why: "no connection" }), "open"],
    ["a search without an answer", "findPayment", () => ({ found: "unknown", why: "" }), "open"],
    ["a bug or a broken connection", "balance", () => Promise.reject(new Error("broken")), "open"],
    ["a refusal", "initiatePayment", () => ({ outcome: "rejected" }), "closed"],
    [
      "a token the bank no longer takes",
      "balance",
      () => Promise.reject(new AccessError("token_refused")),
      "closed",
    ],
    ["a consent that is over", "balance", () => Promise.reject(new Refusal("bank.consent_ended")), "closed"],
    ["a payment that is not there", "findPayment", () => ({ found: false }), "closed"],
  ] as const)("%s", async (_what, name, behaviour, circuit) => {
    const bank = createBank();
    bank.behave(behaviour);
    for (let nth = 0; nth < 6; nth += 1) await bank.connector[name]?.().catch(() => undefined);
    expect(bank.health.figures().circuit).toBe(circuit);
  });

  it("an answer in between begins the count anew", async () => {
    const bank = createBank();
    for (let round = 0; round < 3; round += 1) {
      await fail(bank, 4);
      bank.behave(() => ({}));
      await bank.connector.balance?.();
    }
    expect(bank.health.figures()).toMatchObject({ circuit: "closed", calls: 15, failures: 12 });
  });

  it("leaves alone what calls no bank", async () => {
    const bank = createBank();
    await fail(bank, 5);
    expect(bank.connector.capabilities).toEqual({ accounts: true });
    expect(bank.connector.readCustodyStatement?.()).toBe("read here");
    expect(bank.connector.paymentReturn?.()).toEqual({ reference: "JQ1" });
    const { consentData } = bank.connector as unknown as BankConnector;
    expect(consentData?.includes("balances")).toBe(false);
  });
});

describe("maintenance", () => {
  const zone = "Europe/Berlin";
  it.each([
    ["before a daily window", { from: "23:30", to: "06:00", daily: true }, "2026-11-22T22:29:59Z", undefined],
    [
      "from its first second",
      { from: "23:30", to: "06:00", daily: true },
      "2026-11-22T22:30:00Z",
      "2026-11-23T05:00:00Z",
    ],
    [
      "after midnight",
      { from: "23:30", to: "06:00", daily: true },
      "2026-11-23T04:59:59Z",
      "2026-11-23T05:00:00Z",
    ],
    ["open at its end", { from: "23:30", to: "06:00", daily: true }, "2026-11-23T05:00:00Z", undefined],
    [
      "within one day",
      { from: "02:00", to: "03:00", daily: true },
      "2026-11-22T01:30:00Z",
      "2026-11-22T02:00:00Z",
    ],
    // On 28 March 2027 clocks in Berlin go from 02:00 to 03:00: the night is an hour shorter.
    [
      "a night of a clock change",
      { from: "23:30", to: "06:00", daily: true },
      "2027-03-27T23:00:00Z",
      "2027-03-28T04:00:00Z",
    ],
    [
      "once",
      { from: "2026-11-28T22:00", to: "2026-11-29T06:00" },
      "2026-11-28T21:00:00Z",
      "2026-11-29T05:00:00Z",
    ],
    ["once, over", { from: "2026-11-28T22:00", to: "2026-11-29T06:00" }, "2026-11-29T05:00:00Z", undefined],
  ] as const)("%s", (_what, window, now, until) => {
    const found = closedUntil([window], zone, new Date(now));
    expect(found?.toISOString()).toBe(until === undefined ? undefined : new Date(until).toISOString());
  });

  it("windows that follow each other count as one", () => {
    const windows = [
      { from: "2026-11-22T22:00", to: "2026-11-22T23:00" },
      { from: "22:45", to: "23:30", daily: true as const },
      { from: "23:30", to: "00:15", daily: true as const },
    ];
    const until = closedUntil(windows, "UTC", new Date("2026-11-22T22:10:00Z"));
    expect(until?.toISOString()).toBe("2026-11-23T00:15:00.000Z");
  });

  it("no call is made and no job runs; neither counts as the bank's failure", async () => {
    const bank = createBank({ maintenance: [{ from: "09:00", to: "10:30", daily: true }] });
    expect(await bank.connector.initiatePayment?.()).toMatchObject({ outcome: "not_sent" });
    await expect(bank.health.job(async () => "ran")).rejects.toMatchObject({ waitMs: 15 * 60_000 });
    expect(bank.health.figures()).toMatchObject({ state: "maintenance", calls: 0 });
    bank.clock.advance(30 * 60_000);
    expect(await bank.health.job(async () => "ran")).toBe("ran");
    expect(await bank.connector.initiatePayment?.()).toMatchObject({ outcome: "accepted" });
  });
});

describe("limits", () => {
  it("the bank's own rate: a burst, then as many a second as it allows, then a refusal rather than a long wait", async () => {
    const bank = createBank({ limits: { callsPerSecond: 0.4, burst: 2 } });
    await bank.connector.balance?.();
    await bank.connector.balance?.();
    expect(await bank.connector.initiatePayment?.()).toMatchObject({ outcome: "not_sent" });
    expect(bank.heard).toHaveLength(2);
    bank.clock.advance(2_500);
    expect(await bank.connector.initiatePayment?.()).toMatchObject({ outcome: "accepted" });
  });

  it("jobs of one bank never take all workers; what is turned away is postponed, not lost", async () => {
    const slow = createBank();
    const endings: (() => void)[] = [];
    const work = () => new Promise<void>((resolve) => endings.push(resolve));
    const running = Array.from({ length: jobsPerBank }, () => slow.health.job(work));
    await expect(slow.health.job(work)).rejects.toBeInstanceOf(Postponed);
    expect(endings).toHaveLength(jobsPerBank);
    expect(await createBank().health.job(async () => "another bank")).toBe("another bank");
    for (const end of endings) end();
    await Promise.all(running);
    expect(await slow.health.job(async () => "its turn")).toBe("its turn");
    for (const banks of [1, 2, 4, 20])
      expect(workersFor(banks)).toBeGreaterThanOrEqual(banks * jobsPerBank + 2);
  });
});

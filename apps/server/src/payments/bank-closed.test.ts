import { ApiError, unwrap } from "@jinqiao/contract/client";
import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  attempt,
  createWorld,
  type LinkedAccount,
  type Session,
  type World,
} from "../../../../test/support/world.ts";

// A bank that is closed, or does not answer: orders wait, say why and until when, and are sent once afterwards.
let world: World;
let person: Session & { id: string };
let account: string;

beforeAll(async () => {
  world = await createWorld();
  person = await world.customer("林晓", "zh");
  account = ((await world.link(person, "linxiao")).get("CNY") as LinkedAccount).id;
  await move("/v1/top-ups", "100.00");
  await world.settleJobs();
});
afterAll(() => world.close());

function move(path: "/v1/top-ups" | "/v1/withdrawals", amount: string) {
  return unwrap(
    person.api.POST(path, {
      params: { header: attempt() },
      body: { linkedAccountId: account, amount: { amount, currency: "CNY" } },
    }),
  );
}
const payment = (paymentId: string) =>
  unwrap(person.api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId } } }));
const health = async () => (await unwrap(person.api.GET("/v1/banks"))).items[0]?.health;
const custodyMoved = async () => {
  const iban = world.config.custodyAccounts.find(({ currency }) => currency === "CNY")?.iban ?? "";
  return BigInt((await world.bank.script.account(iban)).bookedMinor);
};
async function restart(change: () => void): Promise<void> {
  await world.stopServer();
  change();
  await world.startServer();
}

it("maintenance: told before and after confirming, waits with its hold, can be called off, and is sent once at the end", async () => {
  const now = Temporal.Now.zonedDateTimeISO(world.config.timeZone);
  const local = (moved: Temporal.ZonedDateTime) =>
    moved.toPlainDateTime().toString({ smallestUnit: "minute" });
  const until = now.add({ hours: 3 });
  await restart(() => {
    world.config.maintenance = [{ from: local(now.subtract({ hours: 1 })), to: local(until) }];
  });
  const expected = until.round({ smallestUnit: "minute", roundingMode: "floor" }).toInstant();
  expect(await health()).toEqual({
    state: "maintenance",
    until: new Date(expected.epochMilliseconds).toISOString(),
  });
  const before = await custodyMoved();
  const [waits, calledOff, topUp] = [
    await move("/v1/withdrawals", "10.00"),
    await move("/v1/withdrawals", "20.00"),
    await move("/v1/top-ups", "5.00"),
  ];
  expect(waits).toMatchObject({ status: "authorised", reason: { code: "bank.maintenance" } });
  expect(waits.reason?.text.en).toContain("Harbour Bank is closed for maintenance until");
  expect(waits.reason?.text.zh).toContain("港湾银行正在维护");
  expect(waits.reason?.text.en).toContain(local(until).slice(11));

  await world.settleJobs();
  for (const { id } of [waits, calledOff, topUp]) {
    const { status, reason, timeline } = await payment(id);
    expect([status, reason?.code, timeline.length]).toEqual(["authorised", "bank.maintenance", 1]);
  }
  const cancelled = await unwrap(
    person.api.POST("/v1/payments/{paymentId}/cancellation", {
      params: { path: { paymentId: calledOff.id } },
    }),
  );
  expect(cancelled.status).toBe("cancelled");
  expect(await custodyMoved()).toBe(before);

  await restart(() => {
    delete world.config.maintenance;
  });
  expect(await health()).toEqual({ state: "available", until: null });
  await world.settleJobs();
  expect(await payment(waits.id)).toMatchObject({ status: "submitted", reason: null });
  expect((await payment(topUp.id)).status).toBe("submitted");
  expect((await payment(calledOff.id)).status).toBe("cancelled");
  expect(await custodyMoved()).toBe(before - 1_000n + 500n);
  expect(await world.app.ledger.violations()).toEqual([]);
});

it("an outage: after five failures the bank is left alone, orders wait and lose no tries, and each is made once", async () => {
  const before = await custodyMoved();
  await world.bank.script.addFault({ operation: "initiatePayment", action: "error", times: 5 });
  const first = await move("/v1/withdrawals", "1.00");
  for (let round = 0; round < 8 && (await health())?.state === "available"; round += 1)
    await world.bank.script
      .addFault({ operation: "transactions", action: "error" })
      .then(() => world.app.worker.drain({ rounds: 1 }));
  expect(await health()).toMatchObject({ state: "unavailable", until: expect.any(String) });
  const second = await move("/v1/withdrawals", "2.00");
  expect(second).toMatchObject({ status: "authorised", reason: { code: "bank.no_answer" } });
  await world.settleJobs();
  expect((await payment(second.id)).status).toBe("authorised");

  await world.bank.script.clearFaults();
  await expect
    .poll(
      async () => {
        await world.app.worker.drain({ rounds: 2 });
        return [(await payment(first.id)).status, (await payment(second.id)).status];
      },
      { timeout: 60_000, interval: 500 },
    )
    .toEqual([expect.stringMatching(/^(submitted|rejected)$/), "submitted"]);
  const moved = (await payment(first.id)).status === "submitted" ? 300n : 200n;
  expect(await custodyMoved()).toBe(before - moved);
  expect(await health()).toEqual({ state: "available", until: null });
  expect(await world.app.ledger.violations()).toEqual([]);
});

it("the payee's name: shown before, recorded after, and one that does not match is confirmed by itself", async () => {
  const check = (who: Session, linkedAccountId: string) =>
    unwrap(who.api.POST("/v1/payee-verifications", { body: { linkedAccountId } }));
  expect(await check(person, account)).toEqual({
    result: "match",
    name: "林晓",
    bankSpelling: null,
    by: "name_comparison",
  });
  const made = await move("/v1/withdrawals", "1.00");
  expect(made.payeeCheck).toEqual({ result: "match", by: "name_comparison", confirmed: false });

  const other = await world.customer("王磊", "zh");
  const linked = (await world.link(other, "linxiao")).get("CNY") as LinkedAccount;
  expect(await check(other, linked.id)).toMatchObject({ result: "no_match", bankSpelling: null });
  await expect(check(other, account)).rejects.toMatchObject({ problem: { code: "request.not_found" } });
  const top = { linkedAccountId: linked.id, amount: { amount: "9.00", currency: "CNY" } };
  await unwrap(other.api.POST("/v1/top-ups", { params: { header: attempt() }, body: top }));
  await world.settleJobs();
  const withdraw = (more: object) =>
    unwrap(other.api.POST("/v1/withdrawals", { params: { header: attempt() }, body: { ...top, ...more } }));
  await expect(withdraw({})).rejects.toBeInstanceOf(ApiError);
  await expect(withdraw({ payeeConfirmed: false })).rejects.toMatchObject({
    problem: { code: "payment.payee_not_confirmed", status: 409 },
  });
  const confirmed = await withdraw({ payeeConfirmed: true });
  const recorded = { result: "no_match", by: "name_comparison", confirmed: true };
  expect(confirmed.payeeCheck).toEqual(recorded);
  const seen = await unwrap(
    other.api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId: confirmed.id } } }),
  );
  expect(seen.payeeCheck).toEqual(recorded);
  const pinyin = await world.customer("Lin Xiao");
  const theirs = (await world.link(pinyin, "linxiao")).get("CNY") as LinkedAccount;
  expect(await check(pinyin, theirs.id)).toMatchObject({ result: "not_possible" });
});

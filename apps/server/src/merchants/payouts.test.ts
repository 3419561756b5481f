import { unwrap } from "@jinqiao/contract/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMerchant, type TestMerchant } from "../../../../test/support/merchants.ts";
import {
  attempt,
  createWorld,
  type LinkedAccount,
  type Session,
  type World,
} from "../../../../test/support/world.ts";
import { bankIban } from "../../../sandbox-bank/src/iban.ts";
import { hashOf } from "../ledger/index.ts";
import { accountsOf } from "./books.ts";
import { balanceTransactionRow } from "./rows.ts";

// Money of a shop from the payer's wallet to the shop's own bank account, through the real sandbox bank.
const dayMs = 86_400_000;
const cny = (amount: string) => ({ amount, currency: "CNY" });
/** The server's clock goes ahead of the true time, day by day; the bank's does not. */
let aheadMs = 0;
const clock = { now: () => new Date(Date.now() + aheadMs) };

let world: World;
let payer: Session & { id: string };
let shop: TestMerchant;
let api: Awaited<ReturnType<TestMerchant["withKey"]>>;
let testApi: Awaited<ReturnType<TestMerchant["withKey"]>>;
const shopIban = bankIban(1_000_000_201n);

beforeAll(async () => {
  const long = { idleMs: 90 * dayMs, absoluteMs: 90 * dayMs };
  // The bank's days are not ours here: only its statement proves that it never had an order.
  world = await createWorld({
    executionWindowMs: dayMs,
    overrides: { clock },
    sessions: { customer: long, staff: long },
  });
  payer = await world.customer("林晓", "zh");
  const account = ((await world.link(payer, "linxiao")).get("CNY") as LinkedAccount).id;
  await unwrap(
    payer.api.POST("/v1/top-ups", {
      params: { header: attempt() },
      body: { linkedAccountId: account, amount: cny("5000.00") },
    }),
  );
  await world.settleJobs();
  await world.closeDay();
  const rates = [{ method: null, currency: null, tiers: [{ from: "0", basisPoints: 100, fixed: "0" }] }];
  shop = await createMerchant(world, {
    currency: "CNY",
    country: "CN",
    timeZone: "Asia/Shanghai",
    account: { number: shopIban, holderName: "王磊" },
    terms: {
      rates,
      promotion: null,
      refundFee: "kept",
      settlement: { delayDays: 0, cutOffHour: 0 },
      reserve: { basisPoints: 1_000, days: 3 },
    },
  });
  api = await shop.withKey("live");
  testApi = await shop.withKey("test");
}, 120_000);
afterAll(() => world?.close());

async function buy(amount: string) {
  const intent = await unwrap(
    api.POST("/v1/payment_intents", {
      params: { header: attempt() },
      body: { amount: cny(amount), reference: `order ${amount}`, storeId: shop.storeId },
    }),
  );
  await unwrap(
    payer.api.POST("/v1/payables/{token}/payments", {
      params: { path: { token: intent.clientSecret as string }, header: attempt() },
      body: { amount: cny(amount), source: { kind: "balance" } },
    }),
  );
  return intent.id;
}
const refund = (paymentIntent: string, amount: string) =>
  unwrap(
    api.POST("/v1/refunds", {
      params: { header: attempt() },
      body: { paymentIntent, amount: cny(amount) },
    }),
  );
/** The next cut-off passes: a weekend may lie before it. */
async function pass(days = 1) {
  const schedule = await unwrap(api.GET("/v1/payout_schedule"));
  const next = Date.parse(schedule.items[0]?.nextAt ?? "");
  aheadMs += next - clock.now().getTime() + 60_000 + (days - 1) * dayMs;
  await runSettlement();
}
async function runSettlement() {
  await world.app.db.query("SELECT graphile_worker.add_job('merchants.settle')");
  await world.settleJobs();
}
const payouts = async (by = api) => (await unwrap(by.GET("/v1/payouts"))).items;
const payout = (payoutId: string) =>
  unwrap(api.GET("/v1/payouts/{payoutId}", { params: { path: { payoutId } } }));
const settlements = async (by = api) => (await unwrap(by.GET("/v1/settlements"))).items;
const balance = async (by = api) =>
  (await unwrap(by.GET("/v1/balance"))).items.find(({ currency }) => currency === "CNY");
const amountOf = ({ amount }: { amount: string }) => amount;
async function typesOf(objectId: string) {
  const { items } = await unwrap(api.GET("/v1/merchant_events", { params: { query: { objectId } } }));
  return items.map(({ type }) => type).reverse();
}
async function sound() {
  expect(await world.app.merchants.violations()).toEqual([]);
  expect(await world.app.ledger.violations()).toEqual([]);
  const staff = await world.staff();
  const { items } = await unwrap(staff.GET("/v1/console/breaks", { params: { query: { status: "open" } } }));
  expect(items).toEqual([]);
}
const bankBalance = async () => BigInt((await world.bank.script.account(shopIban)).bookedMinor);
const codeOf = async (answer: Promise<{ error?: unknown }>) =>
  ((await answer).error as { code?: string } | undefined)?.code;

describe("a payout", () => {
  it("is what became due, less fees, refunds and reserve; the bank's statement shows it, and nothing is open", async () => {
    const before = await bankBalance();
    const first = await buy("200.00");
    await buy("100.00");
    await refund(first, "50.00");
    expect(await balance()).toMatchObject({ pending: cny("247.00"), available: cny("0.00") });
    const schedule = await unwrap(api.GET("/v1/payout_schedule"));
    expect(schedule).toMatchObject({
      timeZone: "Asia/Shanghai",
      items: [{ amount: cny("217.30"), withheld: null }],
    });

    await pass();
    const [made] = await payouts();
    expect(made).toMatchObject({ amount: cny("217.30"), status: "in_transit", automatic: true });
    expect(await payout(made?.id ?? "")).toMatchObject({
      components: {
        carriedOver: cny("0.00"),
        payments: cny("300.00"),
        fees: cny("-3.00"),
        refunds: cny("-50.00"),
        reserved: cny("-29.70"),
        payout: cny("-217.30"),
        carriedForward: cny("0.00"),
      },
      settlementAccount: { maskedNumber: expect.stringMatching(/\d{4}$/) },
    });
    await world.closeDay();
    expect(await payout(made?.id ?? "")).toMatchObject({ status: "paid", failure: null });
    expect((await bankBalance()) - before).toBe(21_730n);
    expect(await typesOf(made?.id ?? "")).toEqual(["payout.created", "payout.paid"]);
    expect(await balance()).toMatchObject({
      pending: cny("0.00"),
      available: cny("0.00"),
      reserve: cny("29.70"),
    });
    await sound();

    // Settled once, however often the job runs.
    await runSettlement();
    expect(await payouts()).toHaveLength(1);
    expect(await settlements()).toHaveLength(1);
  });

  it("has a statement whose lines sum to it, in both languages and three forms", async () => {
    const [made] = await payouts();
    const path = `/v1/payouts/${made?.id}/statement`;
    const get = (query: string) =>
      fetch(`${world.url}${path}?${query}`, { headers: { Authorization: `Bearer ${api.secret}` } });
    const json = (await (await get("format=json&language=zh")).json()) as {
      carriedOver: { amount: string };
      carriedForward: { amount: string };
      lines: { net: { amount: string }; description: string; store: string | null }[];
    };
    const minor = (text: string) => BigInt(text.replace(".", ""));
    expect(json.lines.reduce((sum, { net }) => sum + minor(net.amount), minor(json.carriedOver.amount))).toBe(
      21_730n,
    );
    expect(json.lines.map(({ description }) => description).sort()).toEqual(
      ["收款", "收款", "留存准备金", "退款"].sort(),
    );
    expect(json.lines.find(({ description }) => description === "收款")?.store).toBe("一号店");
    const csv = await (await get("format=csv&language=en")).text();
    const rows = csv
      .trimEnd()
      .split("\r\n")
      .map((line) => line.split(","));
    expect(rows.at(-1)?.[10]).toBe("0.00");
    expect(rows.slice(1).reduce((sum, row) => sum + minor(row[9] || "0"), 0n)).toBe(0n);
    const pdf = await get("format=pdf&language=zh");
    expect(pdf.headers.get("content-type")).toBe("application/pdf");
    expect(new TextDecoder("latin1").decode((await pdf.arrayBuffer()).slice(0, 5))).toBe("%PDF-");
    const [settled] = await settlements();
    const day = await fetch(
      `${world.url}/v1/settlement_statement?date=${settled?.date}&currency=CNY&format=csv&language=en`,
      { headers: { Authorization: `Bearer ${api.secret}` } },
    );
    expect(await day.text()).toBe(csv);
  });

  it("that the bank refuses, comes back to the balance, and goes out with the next one", async () => {
    await buy("100.00");
    await world.bank.script.addFault({ operation: "initiatePayment", action: "refuse", times: 5 });
    await pass();
    const [refused] = await payouts();
    expect(refused).toMatchObject({
      amount: cny("89.10"),
      status: "failed",
      failure: { code: expect.any(String) },
    });
    expect(await balance()).toMatchObject({ available: cny("89.10"), held: cny("0.00") });
    expect(await typesOf(refused?.id ?? "")).toEqual(["payout.created", "payout.failed"]);
    await world.bank.script.clearFaults();
    await sound();
    await pass();
    const [again] = await payouts();
    expect(again).toMatchObject({ amount: cny("89.10"), status: "in_transit" });
    expect((await payout(again?.id ?? "")).components).toMatchObject({
      carriedOver: cny("0.00"),
      returnedPayouts: cny("89.10"),
    });
    await world.closeDay();
    expect(await payout(again?.id ?? "")).toMatchObject({ status: "paid" });
    await sound();
  });

  it("without an answer is asked for and never sent twice", async () => {
    const before = await bankBalance();
    await buy("100.00");
    await world.bank.script.addFault({
      operation: "initiatePayment",
      action: "reset-connection-after",
      times: 1,
    });
    await pass(3);
    const [unknown] = await payouts();
    expect(unknown?.status).toBe("in_transit");
    expect(
      await codeOf(
        api.POST("/v1/payouts/{payoutId}/cancel", { params: { path: { payoutId: unknown?.id ?? "" } } }),
      ),
    ).toBe("payout.not_cancellable");
    await world.closeDay();
    expect(await payout(unknown?.id ?? "")).toMatchObject({ status: "paid" });
    expect((await bankBalance()) - before).toBe(
      BigInt(amountOf(unknown?.amount ?? cny("0")).replace(".", "")),
    );
    await sound();
  });

  it("that comes back after it was paid is the shop's again", async () => {
    const [last] = await payouts();
    await world.bank.script.returnPayment({ endToEndId: last?.reference ?? "", reason: "AC04" });
    await world.closeDay();
    expect(await payout(last?.id ?? "")).toMatchObject({ status: "returned", returned: last?.amount });
    expect(await typesOf(last?.id ?? "")).toEqual(["payout.created", "payout.paid", "payout.returned"]);
    await sound();
    await pass();
    const [again] = await payouts();
    // With it goes out what the reserve of three days ago gives free.
    expect((await payout(again?.id ?? "")).components).toMatchObject({
      returnedPayouts: last?.amount,
      released: cny("19.80"),
      carriedForward: cny("0.00"),
    });
    await world.closeDay();
    await sound();
  });

  it("by hand goes out at once, never above what is there, once per key, and can be called off before it is sent", async () => {
    const intent = await buy("40.00");
    await pass();
    await world.closeDay();
    await refund(intent, "1.00").catch(() => undefined);
    // A reserve was released or kept; whatever is available now is all that can go.
    await world.app.db.query("UPDATE merchants.merchant SET payouts_paused_until = $2 WHERE id = $1", [
      shop.id,
      new Date(clock.now().getTime() + 30 * dayMs),
    ]);
    await buy("60.00");
    await pass();
    expect((await settlements())[0]).toMatchObject({ withheld: "payouts_paused", payout: null });
    const ask = (amount: string, key?: string) =>
      api.POST("/v1/payouts", { params: { header: attempt(key) }, body: { amount: cny(amount) } });
    expect(await codeOf(ask("1.00"))).toBe("payout.on_hold");
    await world.app.db.query("UPDATE merchants.merchant SET payouts_paused_until = NULL WHERE id = $1", [
      shop.id,
    ]);
    expect(await codeOf(ask("4000.00"))).toBe("payout.insufficient_balance");
    const made = await unwrap(ask("20.00", "payout-by-hand"));
    expect(made).toMatchObject({ status: "pending", automatic: false, amount: cny("20.00") });
    expect((await unwrap(ask("20.00", "payout-by-hand"))).id).toBe(made.id);
    const off = await unwrap(
      api.POST("/v1/payouts/{payoutId}/cancel", { params: { path: { payoutId: made.id } } }),
    );
    expect(off.status).toBe("canceled");
    await sound();
    const all = await unwrap(ask("10.00"));
    await world.settleJobs();
    await world.closeDay();
    expect(await payout(all.id)).toMatchObject({ status: "paid" });
    await sound();
  });
});

describe("an account for payouts", () => {
  it("is proved by a cent whose code stands on its statement; the cent is the operator's own", async () => {
    // Its owner has just signed in, as naming an account asks.
    const fresh = await createMerchant(world, { currency: "CNY", country: "CN", timeZone: "Asia/Shanghai" });
    const named = await unwrap(
      fresh.api().POST("/v1/settlement_accounts", {
        params: { header: attempt() },
        body: { holderName: "Ada Shopkeeper", currency: "CNY", account: { kind: "iban", iban: shopIban } },
      }),
    );
    expect(named.status).toBe("awaiting_code");
    await world.settleJobs();
    await world.closeDay();
    await sound();
    const holder = await world.customer("王磊", "zh");
    const account = (await world.link(holder, "wanglei")).get("CNY") as LinkedAccount;
    await world.settleJobs();
    const { items } = await unwrap(
      holder.api.GET("/v1/linked-accounts/{accountId}/transactions", {
        params: { path: { accountId: account.id } },
      }),
    );
    const code = /Jinqiao code (\d{6})/.exec(JSON.stringify(items))?.[1] ?? "";
    const proved = await unwrap(
      fresh.api().POST("/v1/settlement_accounts/{accountId}/verification", {
        params: { path: { accountId: named.id } },
        body: { code },
      }),
    );
    expect(proved.status).toBe("verified");
  });
});

describe("a settlement", () => {
  it("takes what the shop owes first, over as many days as it needs", async () => {
    const { id: merchantId } = shop;
    const accounts = accountsOf(merchantId, true)("CNY");
    const now = clock.now();
    const free = await balance();
    expect(free).toBeDefined();
    // A lost dispute that the shop's money does not bear: the rest is owed.
    const { status } = await world.app.ledger.commit({
      key: "test/dispute",
      hash: hashOf("test/dispute"),
      transfer: {
        id: "trf_01jd8c0v5k3m7q9r2t4w6x8y00",
        kind: "dispute.lost",
        legs: [
          { account: accounts.receivable, amount: 15_000n },
          { account: accounts.payer(payer.id), amount: -15_000n },
        ],
      },
      rows: [
        balanceTransactionRow({
          id: "txn_01jd8c0v5k3m7q9r2t4w6x8y00",
          merchant_id: merchantId,
          livemode: true,
          type: "dispute",
          currency: "CNY",
          amount: -15_000n,
          fee: 0n,
          source_id: "dp_01jd8c0v5k3m7q9r2t4w6x8y00",
          store_id: null,
          available_on: now,
          settlement_id: null,
          created_at: now,
        }),
      ],
    });
    expect(status).toBe("accepted");
    expect(await balance()).toMatchObject({ owed: cny("150.00") });
    const paid = (await payouts()).length;
    const owed: string[] = [];
    for (let day = 0; day < 4; day += 1) {
      await buy("60.00");
      await pass();
      owed.push((await balance())?.owed.amount ?? "");
      expect(await world.app.merchants.violations()).toEqual([]);
    }
    expect(owed[0]).not.toBe("0.00");
    expect(owed.at(-1)).toBe("0.00");
    expect((await payouts()).length).toBeGreaterThan(paid);
    expect(
      (await settlements()).reduce(
        (sum, { recovered }) => sum + Number(recovered.amount.replace(".", "")),
        0,
      ),
    ).toBe(15_000);
  });

  it("in test mode pays out at once, to nobody, in books of its own", async () => {
    const live = await balance();
    const made = await unwrap(
      testApi.POST("/v1/payment_intents", { params: { header: attempt() }, body: { amount: cny("200.00") } }),
    );
    await unwrap(
      testApi.POST("/v1/payment_intents/{paymentIntentId}/confirm", {
        params: { path: { paymentIntentId: made.id }, header: attempt() },
        body: { paymentMethod: { type: "test", outcome: "succeeds" } },
      }),
    );
    await pass();
    expect(await payouts(testApi)).toMatchObject([
      { livemode: false, amount: cny("178.20"), status: "paid", settlementAccount: null, reference: null },
    ]);
    expect((await balance())?.reserve).toEqual(live?.reserve);
    await sound();
  });

  it("that is another shop's is not found, and says nothing of money to whoever has no right to see it", async () => {
    const other = await createMerchant(world, { currency: "CNY" });
    const stranger = await other.withKey("live");
    const [own] = await payouts();
    expect(
      await codeOf(stranger.GET("/v1/payouts/{payoutId}", { params: { path: { payoutId: own?.id ?? "" } } })),
    ).toBe("request.not_found");
    expect(
      await codeOf(testApi.GET("/v1/payouts/{payoutId}", { params: { path: { payoutId: own?.id ?? "" } } })),
    ).toBe("request.not_found");
    expect(
      await codeOf(
        stranger.POST("/v1/payouts", { params: { header: attempt() }, body: { amount: cny("1.00") } }),
      ),
    ).toBe("payout.no_verified_account");
  });
});

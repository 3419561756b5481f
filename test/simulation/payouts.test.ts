import { unwrap } from "@jinqiao/contract/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bankIban } from "../../apps/sandbox-bank/src/iban.ts";
import { hashOf } from "../../apps/server/src/ledger/index.ts";
import { accountsOf } from "../../apps/server/src/merchants/index.ts";
import { everything, lostCalls } from "../support/everything.ts";
import { createMerchant, type TestMerchant } from "../support/merchants.ts";
import { attempt, createWorld, type World } from "../support/world.ts";

/**
 * A cut-off and its payout with statement, or call to the bank, 1, 2, 3 … lost once before it took effect and once
 * after. Then the job runs again, as its clock does. Each cut-off is settled once, each payout reaches the bank once.
 */
type Calls = "statement" | "bank call";
const armed = { calls: "statement" as Calls, when: "before" as "before" | "after", countdown: 0, hit: false };
const lost = (calls: Calls) => (when: "before" | "after") => {
  if (armed.countdown === 0 || armed.calls !== calls || armed.when !== when) return;
  armed.countdown -= 1;
  if (armed.countdown > 0) return;
  armed.hit = true;
  throw Object.assign(new Error(`the connection broke ${when} the ${calls}`), { code: "ECONNRESET" });
};
const currency = "CNY";
const shopIban = bankIban(1_000_000_201n);
let world: World;
let owner: TestMerchant["owner"];
let payerId = "";
let sales = 0;

beforeAll(async () => {
  world = await createWorld({
    overrides: { fault: lost("statement"), bankFault: lost("bank call"), strict: false },
  });
  owner = await world.customer("Ada Shopkeeper");
  const payer = await world.customer("Fault Test");
  payerId = payer.id;
  const account = (await world.link(payer, "linxiao")).get(currency);
  await unwrap(
    payer.api.POST("/v1/top-ups", {
      params: { header: attempt() },
      body: { linkedAccountId: account?.id ?? "", amount: { amount: "500.00", currency } },
    }),
  );
  await world.settleJobs();
  await world.closeDay();
}, 120_000);
afterAll(() => world?.close());

/** A shop with one sale of 1.00, booked as a purchase is, that was due at its last cut-off. */
async function sell(): Promise<string> {
  const shop = await createMerchant(world, {
    owner,
    currency,
    country: "CN",
    timeZone: "Asia/Shanghai",
    account: { number: shopIban, holderName: "王磊" },
    terms: {
      rates: [{ method: null, currency: null, tiers: [{ from: "0", basisPoints: 0, fixed: "0" }] }],
      promotion: null,
      refundFee: "kept",
      settlement: { delayDays: 0, cutOffHour: 0 },
      reserve: null,
    },
  });
  sales += 1;
  const number = String(sales).padStart(26, "0");
  const accounts = accountsOf(shop.id, true)(currency);
  const soldAt = new Date(Date.now() - 10 * 86_400_000);
  const { status } = await world.app.ledger.commit({
    key: `simulation/sale/${sales}`,
    hash: hashOf(sales),
    transfer: {
      id: `trf_${number}`,
      kind: "purchase",
      legs: [
        { account: accounts.payer(payerId), amount: 100n },
        { account: accounts.pending, amount: -100n },
      ],
    },
    rows: [
      {
        writer: "merchants.write_balance_transactions",
        row: {
          id: `txn_${number}`,
          merchant_id: shop.id,
          livemode: true,
          type: "charge",
          currency,
          amount: "100",
          fee: "0",
          net: "100",
          source_id: `pi_${number}`,
          store_id: null,
          available_on: soldAt,
          settlement_id: null,
          created_at: soldAt,
        },
      },
    ],
  });
  expect(status).toBe("accepted");
  return shop.id;
}
const bankMoved = async () => BigInt((await world.bank.script.account(shopIban)).bookedMinor);
/** The job's clock strikes; a lost connection is what the next stroke is for. */
async function strike(): Promise<void> {
  await world.app.db.query("SELECT graphile_worker.add_job('merchants.settle')").catch(() => undefined);
  await world.settleJobs().catch(() => undefined);
}

it.each([
  ["statement", "before"],
  ["statement", "after"],
  ["bank call", "before"],
  ["bank call", "after"],
] as const)("a cut-off with %s N lost %s it took effect", { timeout: 600_000 }, async (calls, when) => {
  let reached = 0;
  for (const n of lostCalls(when, 100)) {
    // A usual run loses every third of them: each is a shop of its own.
    if (!everything && n > 2 && n % 6 > 1) continue;
    const shopId = await sell();
    const before = await bankMoved();
    Object.assign(armed, { calls, when, countdown: n, hit: false });
    await strike();
    armed.countdown = 0;
    await strike();
    const payouts = await world.app.db.query<{ status: string; amount: bigint }>(
      "SELECT status, amount FROM merchants.payout WHERE merchant_id = $1",
      [shopId],
    );
    const moved = (await bankMoved()) - before;
    // The bank moved the money once or not at all, and we know which.
    expect([payouts, moved], `${calls} ${n} ${when}`).toEqual(
      payouts[0]?.status === "failed"
        ? [[{ status: "failed", amount: 100n }], 0n]
        : [[{ status: "in_transit", amount: 100n }], 100n],
    );
    expect(await settlementViolations(), `${calls} ${n} ${when}`).toEqual([]);
    if (!armed.hit) break;
    reached = n;
  }
  expect(reached, "faults were reached").toBeGreaterThan(calls === "statement" ? 5 : 0);
  await world.closeDay();
  expect(await settlementViolations()).toEqual([]);
  expect(await world.app.ledger.violations()).toEqual([]);
  const staff = await world.staff();
  expect(
    (await unwrap(staff.GET("/v1/console/breaks", { params: { query: { status: "open" } } }))).items,
  ).toEqual([]);
});

/** Without what says that sales are payment intents: these were booked without one. */
const settlementViolations = async () =>
  (await world.app.merchants.violations()).filter(({ invariant }) => !invariant.startsWith("a live payment"));

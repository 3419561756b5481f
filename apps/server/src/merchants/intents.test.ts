import { unwrap } from "@jinqiao/contract/client";
import { parseDecimal } from "@jinqiao/money";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createMerchant, type TestMerchant } from "../../../../test/support/merchants.ts";
import {
  attempt,
  createWorld,
  type LinkedAccount,
  type Session,
  type World,
} from "../../../../test/support/world.ts";
import { manualClock } from "../platform/clock.ts";

type Api = Session["api"];
type Person = Awaited<ReturnType<World["customer"]>>;

const clock = manualClock(new Date().toISOString());
let world: World;
let shop: TestMerchant;
let api: Api;
let testApi: Api;
let payer: Person;
let account: LinkedAccount;

const gbp = (amount: string) => ({ amount, currency: "GBP" });
/** 1 % and 0.10 by wallet, 0.5 % by bank; given back with a refund. */
const terms = {
  rates: [
    { method: null, currency: null, tiers: [{ from: "0", basisPoints: 100, fixed: "0" }] },
    { method: null, currency: "GBP", tiers: [{ from: "0", basisPoints: 100, fixed: "0.10" }] },
    {
      method: "linked_bank" as const,
      currency: "GBP",
      tiers: [{ from: "0", basisPoints: 50, fixed: "0" }],
    },
  ],
  promotion: null,
  refundFee: "given_back" as const,
  settlement: { delayDays: 1 as const, cutOffHour: 0 },
  reserve: null,
};

beforeAll(async () => {
  world = await createWorld({ overrides: { clock } });
  shop = await createMerchant(world, { terms });
  api = await shop.withKey("live");
  testApi = await shop.withKey("test");
  payer = await world.customer("Emma Payer");
  account = (await world.link(payer, "emma")).get("GBP") as LinkedAccount;
  await unwrap(
    payer.api.POST("/v1/top-ups", {
      params: { header: attempt() },
      body: { linkedAccountId: account.id, amount: gbp("1000.00") },
    }),
  );
  await world.settleJobs();
  await world.closeDay();
}, 120_000);
afterAll(() => world?.close());
afterEach(async () => {
  expect(await world.app.merchants.violations()).toEqual([]);
  expect(await world.app.ledger.violations()).toEqual([]);
});

const create = (body: Record<string, unknown> = {}, by: Api = api, key?: string) => {
  // Ids of one millisecond have no order.
  clock.advance(1);
  return by.POST("/v1/payment_intents", {
    params: { header: attempt(key) },
    body: { amount: gbp("12.00"), ...body } as { amount: ReturnType<typeof gbp> },
  });
};
const read = (id: string, by: Api = api) =>
  unwrap(by.GET("/v1/payment_intents/{paymentIntentId}", { params: { path: { paymentIntentId: id } } }));
const pay = (token: string, amount: string, who: Session = payer, more = {}, key?: string) =>
  who.api.POST("/v1/payables/{token}/payments", {
    params: { path: { token }, header: attempt(key) },
    body: { amount: gbp(amount), source: { kind: "balance" }, ...more } as {
      amount: ReturnType<typeof gbp>;
      source: { kind: "balance" };
    },
  });
const capture = (id: string, amount?: string, key?: string, by: Api = api) =>
  by.POST("/v1/payment_intents/{paymentIntentId}/capture", {
    params: { path: { paymentIntentId: id }, header: attempt(key) },
    body: amount === undefined ? {} : { amount: gbp(amount) },
  });
const cancel = (id: string, by: Api = api) =>
  by.POST("/v1/payment_intents/{paymentIntentId}/cancel", {
    params: { path: { paymentIntentId: id }, header: attempt() },
    body: {},
  });
const confirmTest = (
  id: string,
  outcome: "succeeds" | "insufficient_funds" | "declined" | "requires_action",
  by = testApi,
) =>
  by.POST("/v1/payment_intents/{paymentIntentId}/confirm", {
    params: { path: { paymentIntentId: id }, header: attempt() },
    body: { paymentMethod: { type: "test", outcome } },
  });
const refund = (paymentIntent: string, amount?: string, by: Api = api, key?: string) =>
  by.POST("/v1/refunds", {
    params: { header: attempt(key) },
    body: { paymentIntent, ...(amount === undefined ? {} : { amount: gbp(amount) }) },
  });
const codeOf = async (answer: Promise<{ error?: unknown }>) =>
  ((await answer).error as { code?: string } | undefined)?.code;
const walletOf = async (who: Session) => {
  const { items } = await unwrap(who.api.GET("/v1/balances"));
  const found = items.find(({ currency }) => currency === "GBP");
  return { total: found?.total.amount ?? "0.00", held: found?.held.amount ?? "0.00" };
};
const balanceOf = async (by: Api = api) =>
  (await unwrap(by.GET("/v1/balance"))).items.find(({ currency }) => currency === "GBP");
const less = (from: string, amount: string) =>
  (parseDecimal(from, "GBP") - parseDecimal(amount, "GBP")).toString();
const minor = (text: string) => parseDecimal(text, "GBP").toString();
async function eventsOf(id: string) {
  const rows = await world.app.db.query<{ type: string; object_version: number }>(
    "SELECT type, object_version FROM merchants.event WHERE object_id = $1 ORDER BY seq",
    [id],
  );
  return rows.map(({ type, object_version }) => `${type}@${object_version}`);
}

describe("paying by wallet", () => {
  it("takes the money once, itemises the fee, and shows both sides the same", async () => {
    const before = await walletOf(payer);
    const had = await balanceOf();
    const made = await unwrap(
      create({
        reference: "order 1",
        description: "两杯绿茶 Two teas",
        metadata: { table: "7" },
        storeId: shop.storeId,
      }),
    );
    expect(made).toMatchObject({
      object: "payment_intent",
      livemode: true,
      status: "requires_payment_method",
      amount: gbp("12.00"),
      fee: null,
      feeEstimate: gbp("0.22"),
      description: "两杯绿茶 Two teas",
      metadata: { table: "7" },
      version: 1,
    });
    expect(made.link).toBe(`${world.url}/pay/${made.clientSecret}`);
    const seen = await unwrap(
      payer.api.GET("/v1/payables/{token}", { params: { path: { token: made.clientSecret } } }),
    );
    expect(seen).toMatchObject({ payable: true, amount: gbp("12.00"), merchant: { id: shop.id } });
    expect(seen.store?.name).toBe("一号店 First store");

    const paid = await unwrap(pay(made.clientSecret, "12.00", payer, {}, "paying-the-first"));
    expect(paid.payment).toMatchObject({
      kind: "purchase",
      direction: "out",
      status: "settled",
      amount: gbp("12.00"),
      counterparty: { kind: "merchant" },
      note: "order 1",
      paymentIntentId: made.id,
    });
    expect(paid.payable).toMatchObject({ status: "succeeded", payable: false });
    // The same attempt again is answered the same, and takes nothing.
    expect(await unwrap(pay(made.clientSecret, "12.00", payer, {}, "paying-the-first"))).toEqual(paid);
    expect(await codeOf(pay(made.clientSecret, "12.00"))).toBe("payable.already_paid");

    const done = await read(made.id);
    expect(done).toMatchObject({
      status: "succeeded",
      amountReceived: gbp("12.00"),
      fee: gbp("0.22"),
      feeDetails: [
        { type: "percentage", basisPoints: 100, amount: gbp("0.12") },
        { type: "fixed", amount: gbp("0.10") },
      ],
      paymentMethod: { type: "wallet_balance" },
      version: 2,
    });
    expect(done.payer?.maskedName).not.toContain("Payer");
    expect(minor((await walletOf(payer)).total)).toBe(less(before.total, "12.00"));
    const has = await balanceOf();
    expect(less(has?.pending.amount ?? "", had?.pending.amount ?? "0.00")).toBe("1178");
    expect(await eventsOf(made.id)).toEqual(["payment_intent.created@1", "payment_intent.succeeded@2"]);
    const activity = await unwrap(payer.api.GET("/v1/payments", { params: { query: { kind: "purchase" } } }));
    expect(activity.items[0]).toMatchObject({ id: paid.payment?.id, counterparty: { kind: "merchant" } });
    const { items } = await unwrap(
      api.GET("/v1/balance_transactions", { params: { query: { source: made.id } } }),
    );
    expect(items).toMatchObject([
      { type: "charge", amount: gbp("12.00"), fee: gbp("0.22"), net: gbp("11.78"), storeId: shop.storeId },
    ]);
  });

  it("refuses another amount than is asked, an end that has passed, and what was cancelled", async () => {
    const made = await unwrap(create({ expiresInSeconds: 60 }));
    expect(await codeOf(pay(made.clientSecret, "11.99"))).toBe("payable.amount_changed");
    clock.advance(61_000);
    expect(await codeOf(pay(made.clientSecret, "12.00"))).toBe("payable.expired");
    await world.app.merchants.jobs["merchants.end_over"]?.({});
    expect(await read(made.id)).toMatchObject({ status: "canceled", cancellationReason: "expired" });
    expect(await codeOf(pay(made.clientSecret, "12.00"))).toBe("payable.expired");

    const other = await unwrap(create());
    expect((await unwrap(cancel(other.id))).status).toBe("canceled");
    expect(await codeOf(pay(other.clientSecret, "12.00"))).toBe("payable.closed");
    expect(await codeOf(cancel(other.id))).toBe("intent.unexpected_state");
    expect(await eventsOf(other.id)).toEqual(["payment_intent.created@1", "payment_intent.canceled@2"]);
  });

  it("by two payers at once is paid by one of them", async () => {
    const friend = await world.customer("Second Payer");
    await unwrap(
      payer.api.POST("/v1/transfers", {
        params: { header: attempt() },
        body: { payeeId: friend.id, amount: gbp("50.00") },
      }),
    );
    for (let round = 0; round < 5; round += 1) {
      const made = await unwrap(create());
      const answers = await Promise.all(
        [payer, friend, payer, friend].map((who) => pay(made.clientSecret, "12.00", who)),
      );
      expect(answers.filter(({ data }) => data !== undefined)).toHaveLength(1);
      for (const { error } of answers)
        if (error) expect((error as { code: string }).code).toBe("payable.already_paid");
    }
    expect(await walletOf(friend)).toMatchObject({ held: "0.00" });
  });

  it("says that the balance is too low, and stays open", async () => {
    const poor = await world.customer("Poor Payer");
    const made = await unwrap(create());
    expect(await codeOf(pay(made.clientSecret, "12.00", poor))).toBe("payment.insufficient_funds");
    expect((await read(made.id)).status).toBe("requires_payment_method");
    await unwrap(pay(made.clientSecret, "12.00"));
  });

  it("takes nothing for a shop that is not open for real money", async () => {
    const draft = await createMerchant(world, { status: "draft", owner: shop.owner });
    expect(await codeOf(create({}, draft.api("live")))).toBe("merchant.not_active");
    expect((await unwrap(create({}, draft.api("test")))).livemode).toBe(false);
  });
});

describe("manual capture", () => {
  it("holds, takes a part, and gives the rest back at once", async () => {
    const before = await walletOf(payer);
    const made = await unwrap(create({ captureMethod: "manual", amount: gbp("30.00") }));
    const held = await unwrap(pay(made.clientSecret, "30.00"));
    expect(held.payment).toMatchObject({ status: "authorised", amount: gbp("30.00") });
    expect(await walletOf(payer)).toEqual({ total: before.total, held: "30.00" });
    expect(await read(made.id)).toMatchObject({ status: "requires_capture", amountCapturable: gbp("30.00") });
    expect(await codeOf(capture(made.id, "30.01"))).toBe("capture.amount_too_large");
    expect(await codeOf(refund(made.id))).toBe("intent.unexpected_state");

    const taken = await unwrap(capture(made.id, "20.00", "capturing-a-part"));
    expect(taken).toMatchObject({
      status: "succeeded",
      amountReceived: gbp("20.00"),
      amountCapturable: gbp("0.00"),
      fee: gbp("0.30"),
    });
    expect(await unwrap(capture(made.id, "20.00", "capturing-a-part"))).toEqual(taken);
    expect(await codeOf(capture(made.id, "10.00"))).toBe("intent.unexpected_state");
    const wallet = await walletOf(payer);
    expect(wallet.held).toBe("0.00");
    expect(minor(wallet.total)).toBe(less(before.total, "20.00"));
    const seen = await unwrap(
      payer.api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId: held.payment?.id ?? "" } } }),
    );
    expect(seen).toMatchObject({
      status: "settled",
      amount: gbp("20.00"),
      authorisedAmount: gbp("30.00"),
    });
    expect(await eventsOf(made.id)).toEqual([
      "payment_intent.created@1",
      "payment_intent.amount_capturable_updated@2",
      "payment_intent.succeeded@3",
    ]);
  });

  it("after a cancel takes nothing; of both at once one happens", async () => {
    const before = await walletOf(payer);
    const first = await unwrap(create({ captureMethod: "manual" }));
    await unwrap(pay(first.clientSecret, "12.00"));
    await unwrap(cancel(first.id));
    expect(await codeOf(capture(first.id))).toBe("intent.unexpected_state");
    expect(await walletOf(payer)).toEqual(before);

    for (let round = 0; round < 4; round += 1) {
      const made = await unwrap(create({ captureMethod: "manual" }));
      await unwrap(pay(made.clientSecret, "12.00"));
      const [taken, given] = await Promise.all([capture(made.id), cancel(made.id)]);
      expect([taken.data, given.data].filter((data) => data !== undefined)).toHaveLength(1);
      expect((await read(made.id)).status).toBe(taken.data ? "succeeded" : "canceled");
    }
    expect((await walletOf(payer)).held).toBe("0.00");
  });

  it("gives back what nobody captured in time", async () => {
    const made = await unwrap(create({ captureMethod: "manual" }));
    const before = await walletOf(payer);
    const held = await unwrap(pay(made.clientSecret, "12.00"));
    clock.advance(7 * 86_400_000 + 1);
    // Sessions ended meanwhile; the shop's key has not.
    expect(await codeOf(capture(made.id))).toBe("intent.expired");
    await world.app.merchants.jobs["merchants.end_over"]?.({});
    expect((await read(made.id)).status).toBe("canceled");
    const [row] = await world.app.db.query<{ status: string }>(
      "SELECT status FROM payments.payment WHERE id = $1",
      [held.payment?.id],
    );
    expect(row?.status).toBe("expired");
    const [balance] = await world.app.ledger.balances(`customer:${payer.id}`);
    expect([balance?.balance, balance?.held]).toEqual([parseDecimal(before.total, "GBP"), 0n]);
  });
});

/** Everybody signs in anew: the time that passed ended their sessions. */
async function newPayer(): Promise<Person> {
  const person = await world.customer("Nora Payer");
  const linked = (await world.link(person, "emma")).get("GBP") as LinkedAccount;
  account = linked;
  await unwrap(
    person.api.POST("/v1/top-ups", {
      params: { header: attempt() },
      body: { linkedAccountId: linked.id, amount: gbp("300.00") },
    }),
  );
  await world.settleJobs();
  await world.closeDay();
  return person;
}

describe("refunds", () => {
  it("partial and several, never above what was received, the fee in proportion", async () => {
    payer = await newPayer();
    const before = await walletOf(payer);
    const made = await unwrap(create({ amount: gbp("10.01") }));
    const paid = await unwrap(pay(made.clientSecret, "10.01"));
    const first = await unwrap(refund(made.id, "3.33", api, "the-first-refund"));
    expect(first).toMatchObject({ object: "refund", status: "succeeded", amount: gbp("3.33") });
    expect(await unwrap(refund(made.id, "3.33", api, "the-first-refund"))).toEqual(first);
    expect(await codeOf(refund(made.id, "6.69"))).toBe("refund.amount_too_large");
    await unwrap(refund(made.id, "3.33"));
    const last = await unwrap(refund(made.id));
    expect(last.amount).toEqual(gbp("3.35"));
    expect(await codeOf(refund(made.id))).toBe("refund.amount_too_large");
    expect(await codeOf(refund(made.id, "0.01"))).toBe("refund.amount_too_large");

    const { items } = await unwrap(api.GET("/v1/refunds", { params: { query: { paymentIntent: made.id } } }));
    const fees = items.reduce((sum, { fee }) => sum + parseDecimal(fee.amount, "GBP"), 0n);
    const done = await unwrap(
      api.GET("/v1/payment_intents/{paymentIntentId}", {
        params: { path: { paymentIntentId: made.id }, query: { expand: "latestRefund" } },
      }),
    );
    expect(fees.toString()).toBe(minor(done.fee?.amount ?? ""));
    expect(done).toMatchObject({
      amountRefunded: gbp("10.01"),
      latestRefund: { id: last.id, object: "refund" },
    });
    expect(await walletOf(payer)).toEqual(before);
    const seen = await unwrap(
      payer.api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId: paid.payment?.id ?? "" } } }),
    );
    expect(seen.refunded).toEqual(gbp("10.01"));
    expect(seen.refunds).toHaveLength(3);
  });

  it("two at once above the rest: one of them", async () => {
    for (let round = 0; round < 4; round += 1) {
      const made = await unwrap(create());
      await unwrap(pay(made.clientSecret, "12.00"));
      const answers = await Promise.all([
        refund(made.id, "7.00"),
        refund(made.id, "7.00"),
        refund(made.id, "5.01"),
      ]);
      expect(answers.filter(({ data }) => data)).toHaveLength(1);
      for (const { error } of answers)
        if (error) expect((error as { code: string }).code).toBe("refund.amount_too_large");
    }
  });

  it("are refused when the shop's balance does not bear them", async () => {
    const poor = await createMerchant(world, { owner: payer, terms: { ...terms, refundFee: "kept" } });
    const key = await poor.withKey();
    const made = await unwrap(create({}, key));
    await unwrap(pay(made.clientSecret, "12.00"));
    // The fee is kept, so that 12.00 is more than the shop has.
    expect(await codeOf(refund(made.id, "12.00", key))).toBe("refund.insufficient_balance");
    expect((await unwrap(refund(made.id, "11.78", key))).fee).toEqual(gbp("0.00"));
    expect(await balanceOf(key)).toMatchObject({ pending: gbp("0.00"), available: gbp("0.00") });
  });
});

describe("paying from a bank", () => {
  it("fetches the money first, and pays the shop when it is there", async () => {
    const before = await walletOf(payer);
    const made = await unwrap(create({ amount: gbp("40.00") }));
    const source = { kind: "linked_account", linkedAccountId: account.id };
    const begun = await unwrap(pay(made.clientSecret, "40.00", payer, { source }));
    expect(begun.payment).toMatchObject({ kind: "top_up", paymentIntentId: made.id });
    expect(begun.payable.status).toBe("processing");
    expect(await codeOf(pay(made.clientSecret, "40.00"))).toBe("payable.already_paid");
    expect(await codeOf(cancel(made.id))).toBe("intent.unexpected_state");
    await world.settleJobs();
    const done = await read(made.id);
    expect(done).toMatchObject({
      status: "succeeded",
      fee: gbp("0.20"),
      paymentMethod: { type: "linked_bank" },
    });
    expect(await walletOf(payer)).toEqual(before);
    expect(await eventsOf(made.id)).toEqual([
      "payment_intent.created@1",
      "payment_intent.processing@2",
      "payment_intent.succeeded@3",
    ]);
  });

  it("says that the bank did not send it, and can be paid in another way", async () => {
    const before = await walletOf(payer);
    const made = await unwrap(create({ amount: gbp("41.00") }));
    await world.bank.script.addFault({ operation: "initiatePayment", action: "refuse", times: 1 });
    const source = { kind: "linked_account", linkedAccountId: account.id };
    await unwrap(pay(made.clientSecret, "41.00", payer, { source }));
    await world.settleJobs();
    expect(await read(made.id)).toMatchObject({
      status: "requires_payment_method",
      lastError: { code: "intent.bank_declined" },
      payer: null,
    });
    expect(await walletOf(payer)).toEqual(before);
    await unwrap(pay(made.clientSecret, "41.00"));
    expect((await read(made.id)).status).toBe("succeeded");
  });
});

describe("test mode", () => {
  it("plays all outcomes and never touches the books of real money", async () => {
    const live = async () =>
      world.app.db.query(
        "SELECT code, currency, balance, held FROM ledger.account WHERE code NOT LIKE 'test:%' ORDER BY code, currency",
      );
    const before = await live();
    const made = await unwrap(create({}, testApi));
    expect(made.livemode).toBe(false);
    expect(await unwrap(confirmTest(made.id, "insufficient_funds"))).toMatchObject({
      status: "requires_payment_method",
      lastError: { code: "payment.insufficient_funds" },
    });
    expect(await unwrap(confirmTest(made.id, "declined"))).toMatchObject({
      lastError: { code: "intent.declined" },
    });
    expect(await unwrap(confirmTest(made.id, "requires_action"))).toMatchObject({
      status: "requires_action",
      nextAction: { type: "redirect_to_url", url: made.link },
    });
    const paid = await unwrap(pay(made.clientSecret, "12.00"));
    expect(paid).toMatchObject({ payment: null, payable: { status: "succeeded", livemode: false } });
    await unwrap(refund(made.id, "5.00", testApi));
    const manual = await unwrap(create({ captureMethod: "manual" }, testApi));
    expect((await unwrap(confirmTest(manual.id, "succeeds"))).status).toBe("requires_capture");
    expect((await unwrap(capture(manual.id, "2.00", undefined, testApi))).amountReceived).toEqual(
      gbp("2.00"),
    );
    expect(await balanceOf(testApi)).toMatchObject({ pending: gbp("8.75") });
    expect(await live()).toEqual(before);
    const [payers] = await world.app.ledger.balances("test:payers");
    expect(payers?.balance).toBe(900n);

    // Neither mode knows the other's payments.
    expect(await codeOf(refund(made.id, "1.00", api))).toBe("request.not_found");
    expect(await codeOf(confirmTest((await unwrap(create())).id, "succeeds", api))).toBe("intent.test_only");
    const listed = await unwrap(api.GET("/v1/payment_intents", {}));
    expect(listed.items.every(({ livemode }) => livemode)).toBe(true);
  });
});

describe("lists and takings", () => {
  it("are newest first, by page, filter and search; of one's own alone", async () => {
    const made = await unwrap(create({ reference: "order 77", amount: gbp("77.70") }));
    const list = (query: Record<string, string | number>, by: Api = api) =>
      unwrap(by.GET("/v1/payment_intents", { params: { query } }));
    const first = await list({ limit: 2 });
    expect(first.items[0]?.id).toBe(made.id);
    const second = await list({ limit: 2, cursor: first.nextCursor ?? "" });
    expect(second.items[0]?.id).not.toBe(first.items[1]?.id);
    for (const q of [made.id, "order 77", "77.7"])
      expect((await list({ q })).items.map(({ id }) => id)).toEqual([made.id]);
    for (const { status } of (await list({ status: "canceled" })).items) expect(status).toBe("canceled");
    const other = await createMerchant(world, { owner: payer });
    expect((await list({}, other.api())).items).toEqual([]);
    expect(
      await codeOf(
        other.api().GET("/v1/payment_intents/{paymentIntentId}", {
          params: { path: { paymentIntentId: made.id } },
        }),
      ),
    ).toBe("request.not_found");
    expect(
      await codeOf(api.GET("/v1/payment_intents", { params: { query: { expand: "everything" } } })),
    ).toBe("request.invalid");
  });

  it("takings of a day sum to its payments and refunds", async () => {
    const day = 86_400_000;
    const now = clock.now().getTime();
    const query = {
      from: new Date(now - 30 * day).toISOString(),
      to: new Date(now + day).toISOString(),
      step: "day" as const,
      timeZone: "Europe/London",
    };
    const { totals, steps } = await unwrap(api.GET("/v1/takings", { params: { query } }));
    const [row] = await world.app.db.query<{ gross: bigint; refunded: bigint; count: bigint }>(
      `SELECT sum(received)::bigint AS gross, sum(refunded)::bigint AS refunded, count(*) AS count FROM merchants.intent
        WHERE merchant_id = $1 AND livemode AND status = 'succeeded'`,
      [shop.id],
    );
    expect(totals).toHaveLength(1);
    expect(parseDecimal(totals[0]?.gross.amount ?? "", "GBP")).toBe(row?.gross);
    expect(parseDecimal(totals[0]?.refunded.amount ?? "", "GBP")).toBe(row?.refunded);
    expect(BigInt(totals[0]?.payments ?? 0)).toBe(row?.count);
    expect(steps.length).toBeGreaterThan(1);
    expect(await codeOf(api.GET("/v1/takings", { params: { query: { ...query, to: query.from } } }))).toBe(
      "request.invalid",
    );
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { everything } from "../../../../test/support/everything.ts";
import { Refusal } from "../platform/errors.ts";
import { accountsOf } from "./books.ts";
import { type DisputeCause, disputeMove } from "./dispute-lifecycle.ts";
import { balanceTransactionRow, type IntentRow, intentGuard, intentRow, movedIntent } from "./rows.ts";
import { createDisputesWorld, type DisputesWorld, dayMs } from "./testing/disputes-world.ts";

let world: DisputesWorld;
const broken = { countdown: 0, when: "before" as "before" | "after", hit: false };
beforeAll(async () => {
  world = await createDisputesWorld({
    fault(when) {
      if (broken.countdown === 0 || broken.when !== when) return;
      broken.countdown -= 1;
      if (broken.countdown > 0) return;
      broken.hit = true;
      throw Object.assign(new Error("the connection broke"), { code: "ECONNRESET" });
    },
  });
});
afterAll(() => world.close());

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "done",
    (error) => {
      if (error instanceof Refusal) return error.code;
      throw error;
    },
  );
const draft = { reason: "product_not_received" as const, text: "It never arrived, and nobody answers." };
const open = (intent: IntentRow, more: { amount?: string } = {}) =>
  world.disputes.open(
    intent.id,
    world.request(),
    { ...draft, ...(more.amount ? { amount: { amount: more.amount, currency: "GBP" } } : {}) },
    () => null,
  );
const answer = (id: string) =>
  world.disputes.move(id, "answered", "merchant", {
    request: world.request(),
    statement: { side: "merchant", text: "It was delivered; the receipt is enclosed." },
  });
/** Where the money of one merchant and one payer stands, minor units. */
async function standing(intent: IntentRow) {
  const { available, pending, disputed, receivable, payer } = accountsOf(
    intent.merchant_id,
    intent.livemode,
  )("GBP");
  const [free, waiting, apart, owed, back] = await Promise.all(
    [available, pending, disputed, receivable, payer(intent.payer_id)].map(({ code }) => world.money(code)),
  );
  return {
    available: free?.balance,
    held: (free?.held ?? 0n) + (waiting?.held ?? 0n),
    apart: apart?.balance,
    owed: owed?.balance,
    payer: back?.balance,
  };
}
/** A refund of the shop as the part of refunds makes it, with what the dispute gives up. */
async function refund(intentId: string, amount: bigint): Promise<string> {
  for (let round = 0; round < 10; round += 1) {
    const intent = await world.intent(intentId);
    if (amount > intent.received - intent.refunded - intent.disputed) return "refund.amount_too_large";
    const { available, payer } = world.accounts(intent.merchant_id, intent.livemode);
    const share = await world.disputes.forRefund(intent, amount);
    const outcome = await world.ledger.commit({
      ...world.request(),
      transfer: {
        id: `trf_${intentId.slice(3, 20)}${round}${amount}${Math.random().toString(32).slice(2, 8)}` as `trf_${string}`,
        kind: "refund",
        postings: [{ debit: available, credit: payer(intent.payer_id), amount }],
      },
      releases: share?.releases ?? [],
      rows: [
        intentRow(movedIntent(intent, world.time.now, { refunded: intent.refunded + amount })),
        balanceTransactionRow({
          id: `txn_${Math.random().toString(32).slice(2)}`,
          merchant_id: intent.merchant_id,
          livemode: intent.livemode,
          type: "refund",
          currency: "GBP",
          amount: -amount,
          fee: 0n,
          source_id: "re_test",
          store_id: null,
          available_on: null,
          settlement_id: null,
          created_at: world.time.now,
        }),
        ...(share?.rows ?? []),
      ],
      guards: [intentGuard(intent), ...(share?.guards ?? [])],
    });
    if (outcome.status === "accepted") return "done";
    if (outcome.status === "refused") return outcome.code;
  }
  return "stale";
}

describe("what moves do to the books", () => {
  type Case = { way: DisputeCause[]; available: bigint; apart: bigint; payer: bigint; final: boolean };
  const cases: Case[] = [
    { way: [], available: 100n, apart: 0n, payer: 0n, final: false },
    { way: ["accepted"], available: 40n, apart: 0n, payer: 60n, final: true },
    { way: ["expired"], available: 40n, apart: 0n, payer: 60n, final: true },
    { way: ["withdrawn"], available: 100n, apart: 0n, payer: 0n, final: true },
    { way: ["answered", "accepted"], available: 40n, apart: 0n, payer: 60n, final: true },
    { way: ["answered", "withdrawn"], available: 100n, apart: 0n, payer: 0n, final: true },
    { way: ["answered", "decided_for_merchant"], available: 100n, apart: 0n, payer: 0n, final: true },
    { way: ["answered", "decided_for_payer"], available: 40n, apart: 60n, payer: 0n, final: false },
    {
      way: ["answered", "decided_for_payer", "representment_waived"],
      available: 40n,
      apart: 0n,
      payer: 60n,
      final: true,
    },
    {
      way: ["answered", "decided_for_payer", "withdrawn"],
      available: 100n,
      apart: 0n,
      payer: 0n,
      final: true,
    },
    {
      way: ["answered", "decided_for_payer", "represented", "decided_for_merchant"],
      available: 100n,
      apart: 0n,
      payer: 0n,
      final: true,
    },
    {
      way: ["answered", "decided_for_payer", "represented", "decided_for_payer"],
      available: 40n,
      apart: 0n,
      payer: 60n,
      final: true,
    },
    {
      way: ["answered", "decided_for_payer", "represented", "accepted"],
      available: 40n,
      apart: 0n,
      payer: 60n,
      final: true,
    },
    {
      way: ["answered", "decided_for_payer", "represented", "withdrawn"],
      available: 100n,
      apart: 0n,
      payer: 0n,
      final: true,
    },
  ];
  it.each(cases)("60 of 100 in dispute: $way", async ({ way, final, ...expected }) => {
    const merchant = world.newMerchant();
    const intent = await world.buy(merchant, { amount: 100n });
    const opened = await open(intent, { amount: "0.60" });
    expect((await standing(intent)).held).toBe(60n);
    let row = opened;
    for (const cause of way)
      row = await world.disputes.move(opened.id, cause, "operator", { request: world.request() });
    const { available, apart, payer, held, owed } = await standing(intent);
    expect({ available, apart, payer }).toEqual(expected);
    expect([row.final, held, owed]).toEqual([final, way.length === 0 ? 60n : held, 0n]);
    if (final || apart) expect(held).toBe(0n);
    expect(await world.violations(merchant)).toEqual([]);
    // An end is an end: nothing moves it any more.
    if (final)
      for (const cause of ["accepted", "withdrawn", "represented", "decided_for_payer"] as const)
        expect(await codeOf(world.disputes.move(opened.id, cause, "operator"))).toBe("dispute.not_open");
  });

  it("the same in test mode moves play money alone", async () => {
    const merchant = world.newMerchant();
    const intent = await world.buy(merchant, { amount: 100n, livemode: false });
    const { id } = await open(intent);
    await world.disputes.move(id, "accepted", "merchant");
    expect(await world.violations(merchant, false)).toEqual([]);
    expect(await world.violations(merchant, true)).toEqual([]);
    const live = accountsOf(merchant, true)("GBP");
    for (const { code } of [live.available, live.pending, live.receivable, live.disputed])
      expect(await world.money(code)).toEqual({ balance: 0n, held: 0n });
  });

  it("no move is possible that the table does not have", () => {
    for (const status of ["won", "accepted", "expired", "refunded", "withdrawn"] as const)
      for (const cause of ["answered", "accepted", "represented", "withdrawn", "decided_for_payer"] as const)
        expect(disputeMove({ status, stage: "first", final: true }, cause)).toBeUndefined();
    expect(
      disputeMove({ status: "lost", stage: "representment", final: true }, "represented"),
    ).toBeUndefined();
    expect(
      disputeMove({ status: "under_review", stage: "representment", final: false }, "refunded"),
    ).toBeUndefined();
  });
});

describe("a merchant without the money", () => {
  it("is held for what is there, for more when it comes, and owes the rest", async () => {
    const merchant = world.newMerchant();
    const intent = await world.buy(merchant, { amount: 100n });
    await world.payOut(merchant, 70n);
    const { id } = await open(intent);
    expect((await standing(intent)).held).toBe(30n);
    // Money that waits for the cut-off is held as well.
    const next = await world.buy(merchant, { amount: 25n, settled: 0n });
    await world.disputes.due(id);
    expect((await standing(intent)).held).toBe(55n);
    // What the operator must bring for the rest is on its own account, so that customers stay covered.
    await world.commit({
      transfer: {
        id: `trf_own${merchant.slice(4)}` as `trf_${string}`,
        kind: "test.own_funds",
        postings: [
          {
            debit: { code: "custody:harbour", currency: "GBP" },
            credit: { code: "own-funds", currency: "GBP" },
            amount: 45n,
          },
        ],
      },
    });
    await answer(id);
    await world.disputes.move(id, "decided_for_payer", "operator");
    expect(await standing(intent)).toEqual({ available: 0n, held: 0n, apart: 100n, owed: 45n, payer: 0n });
    expect(await world.violations(merchant)).toEqual([]);
    // Representment won: the debt is settled first.
    await world.disputes.move(id, "represented", "merchant");
    await world.disputes.move(id, "decided_for_merchant", "operator");
    expect(await standing(intent)).toEqual({ available: 55n, held: 0n, apart: 0n, owed: 0n, payer: 0n });
    expect(await world.violations(merchant)).toEqual([]);
    expect((await world.intent(next.id)).dispute_id).toBeNull();
  });
});

describe("deadlines", () => {
  it("the payer's, for each reason", async () => {
    const merchant = world.newMerchant();
    const intent = await world.buy(merchant, { amount: 100n });
    const began = world.time.now;
    world.time.now = new Date(began.getTime() + 120 * dayMs + 1);
    expect(await codeOf(open(intent))).toBe("dispute.too_late");
    world.time.now = new Date(began.getTime() + 120 * dayMs);
    expect((await open(intent)).status).toBe("needs_response");
    world.time.now = began;
  });

  it("without an answer in time the payer gets the money; with one, nothing happens by itself", async () => {
    const merchant = world.newMerchant();
    const [silent, loud] = [
      await world.buy(merchant, { amount: 100n }),
      await world.buy(merchant, { amount: 50n }),
    ];
    const [first, second] = [await open(silent), await open(loud)];
    const began = world.time.now;
    world.time.now = new Date(first.answer_by.getTime() - dayMs);
    await world.disputes.due(first.id);
    expect(await world.disputes.byId(first.id)).toMatchObject({ status: "needs_response" });
    expect((await world.disputes.byId(first.id)).reminded_at).not.toBeNull();
    await answer(second.id);
    world.time.now = first.answer_by;
    await world.disputes.due(first.id);
    await world.disputes.due(second.id);
    expect(await world.disputes.byId(first.id)).toMatchObject({ status: "expired", final: true });
    expect(await world.disputes.byId(second.id)).toMatchObject({ status: "under_review" });
    expect((await standing(silent)).payer).toBe(100n);
    // A lost first decision becomes final when the time for new evidence is over.
    const lost = await world.disputes.move(second.id, "decided_for_payer", "operator");
    await world.disputes.due(second.id);
    expect(await world.disputes.byId(second.id)).toMatchObject({ status: "lost", final: false });
    world.time.now = lost.represent_by as Date;
    await world.disputes.due(second.id);
    expect(await world.disputes.byId(second.id)).toMatchObject({ status: "lost", final: true });
    expect((await standing(loud)).payer).toBe(50n);
    expect(await world.violations(merchant)).toEqual([]);
    world.time.now = began;
  });
});

describe("refunds and disputes of one payment", () => {
  it("a dispute is of the rest; a refund counts against it and is paid by what is held", async () => {
    const merchant = world.newMerchant();
    const intent = await world.buy(merchant, { amount: 100n });
    expect(await refund(intent.id, 30n)).toBe("done");
    expect(await codeOf(open(intent, { amount: "0.71" }))).toBe("dispute.amount_too_large");
    const { id } = await open(intent);
    expect(await world.disputes.byId(id)).toMatchObject({ amount: 70n, contested: 70n });
    expect(await codeOf(open(intent))).toBe("dispute.exists");
    // All of the merchant's money is held, and the refund is possible all the same.
    expect(await refund(intent.id, 20n)).toBe("done");
    expect(await world.disputes.byId(id)).toMatchObject({ contested: 50n, status: "needs_response" });
    expect(await standing(intent)).toMatchObject({ available: 50n, held: 50n, payer: 50n });
    expect(await refund(intent.id, 51n)).toBe("refund.amount_too_large");
    expect(await refund(intent.id, 50n)).toBe("done");
    expect(await world.disputes.byId(id)).toMatchObject({ contested: 0n, status: "refunded", final: true });
    expect(await standing(intent)).toMatchObject({ available: 0n, held: 0n, payer: 100n });
    expect(await codeOf(open(intent))).toBe("dispute.exists");
    expect(await world.violations(merchant)).toEqual([]);
  });

  it("after a dispute has taken the money, only the rest can be refunded", async () => {
    const merchant = world.newMerchant();
    const intent = await world.buy(merchant, { amount: 100n });
    const { id } = await open(intent, { amount: "0.60" });
    await answer(id);
    await world.disputes.move(id, "decided_for_payer", "operator");
    expect(await refund(intent.id, 41n)).toBe("refund.amount_too_large");
    expect(await refund(intent.id, 40n)).toBe("done");
    expect(await world.disputes.byId(id)).toMatchObject({ contested: 60n, status: "lost" });
    expect(await world.violations(merchant)).toEqual([]);
  });

  it("refund, opening, acceptance and withdrawal at once: one outcome, exact books, never more than was paid", async () => {
    for (let round = 0; round < 6; round += 1) {
      const merchant = world.newMerchant();
      const intent = await world.buy(merchant, { amount: 100n });
      const opened = await Promise.allSettled([
        refund(intent.id, 60n),
        open(intent),
        refund(intent.id, 60n),
        open(intent),
      ]);
      const id = (await world.intent(intent.id)).dispute_id;
      expect(opened.every(({ status }, index) => status === "fulfilled" || index % 2 === 1)).toBe(true);
      if (id !== null)
        await Promise.allSettled([
          world.disputes.move(id, "accepted", "merchant", { request: world.request() }),
          world.disputes.move(id, "withdrawn", "payer", { request: world.request() }),
          refund(intent.id, 40n),
          world.disputes.due(id),
        ]);
      const { payer } = await standing(intent);
      expect(payer).toBeLessThanOrEqual(100n);
      const after = await world.intent(intent.id);
      expect(payer).toBe(after.refunded + after.disputed);
      expect(await world.violations(merchant)).toEqual([]);
    }
  });
});

it("the same request opens one dispute, however often it comes, and another body is told apart", async () => {
  const intent = await world.buy(world.newMerchant(), { amount: 100n });
  const request = world.request();
  const all = await Promise.allSettled(
    [1, 2, 3].map(() => world.disputes.open(intent.id, request, draft, () => null)),
  );
  expect(all.filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(0);
  const [count] = await world.db.query<{ count: bigint }>(
    "SELECT count(*) FROM merchants.dispute WHERE intent_id = $1",
    [intent.id],
  );
  expect(count?.count).toBe(1n);
});

describe("statements lost, every third in a usual run", () => {
  it.each(["after"] as const)("%s it ran: opening and deciding end in one outcome", async (when) => {
    let reached = true;
    for (let call = 1; reached && call <= 60; call += everything ? 1 : 3) {
      const merchant = world.newMerchant();
      const intent = await world.buy(merchant, { amount: 100n });
      const request = world.request();
      Object.assign(broken, { countdown: call, when, hit: false });
      let id: string | null = null;
      // People press again; jobs run again.
      for (let press = 0; press < 4 && id === null; press += 1) {
        await world.disputes.open(intent.id, request, draft, () => null).catch(() => undefined);
        id = await world.intent(intent.id).then(
          ({ dispute_id }) => dispute_id,
          () => null,
        );
      }
      expect(id).not.toBeNull();
      for (let press = 0; press < 4; press += 1)
        await world.disputes.due(id as string).catch(() => undefined);
      const acceptance = world.request();
      for (let press = 0; press < 4; press += 1)
        await world.disputes
          .move(id as string, "accepted", "merchant", { request: acceptance })
          .catch(() => undefined);
      reached = broken.hit;
      broken.countdown = 0;
      expect(await standing(intent)).toEqual({ available: 0n, held: 0n, apart: 0n, owed: 0n, payer: 100n });
      expect(await world.violations(merchant)).toEqual([]);
    }
    expect(reached, "the last run met no fault any more").toBe(false);
  });
});

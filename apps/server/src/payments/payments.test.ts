import { ApiError, unwrap } from "@jinqiao/contract/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  attempt,
  createWorld,
  type LinkedAccount,
  type Session,
  type World,
} from "../../../../test/support/world.ts";

let world: World;
let person: Session & { id: string; email: string };
let accounts: Map<string, LinkedAccount>;

beforeAll(async () => {
  world = await createWorld();
  person = await world.customer("Lin Test");
  accounts = await world.link(person, "linxiao");
});
afterAll(() => world.close());

const cny = (amount: string) => ({ amount, currency: "CNY" });
const account = (currency = "CNY") => (accounts.get(currency) as LinkedAccount).id;
const codeOf = async (answer: Promise<unknown>): Promise<string> => {
  try {
    await answer;
    return "accepted";
  } catch (error) {
    if (error instanceof ApiError) return error.problem.errors?.[0]?.code ?? error.problem.code;
    throw error;
  }
};
const topUp = (session: Session, amount: string, key?: string, linkedAccountId = account()) =>
  unwrap(
    session.api.POST("/v1/top-ups", {
      params: { header: attempt(key) },
      body: { linkedAccountId, amount: cny(amount) },
    }),
  );
const withdraw = (session: Session, amount: string, key?: string) =>
  unwrap(
    session.api.POST("/v1/withdrawals", {
      params: { header: attempt(key) },
      body: { linkedAccountId: account(), amount: cny(amount) },
    }),
  );
const send = (session: Session, payeeId: string, amount: string, key?: string, currency = "CNY") =>
  unwrap(
    session.api.POST("/v1/transfers", {
      params: { header: attempt(key) },
      body: { payeeId, amount: { amount, currency } },
    }),
  );
const payment = (session: Session, paymentId: string) =>
  unwrap(session.api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId } } }));
async function balance(session: Session, currency = "CNY") {
  const { items } = await unwrap(session.api.GET("/v1/balances"));
  const found = items.find((one) => one.currency === currency);
  return { total: found?.total.amount ?? "0.00", held: found?.held.amount ?? "0.00" };
}

describe("the main job", () => {
  it("top up, send, withdraw, close the day, reconcile: every line matched, every cent where it belongs", async () => {
    const friend = await world.customer("Friend");
    const before = await balance(person);
    expect(before.total).toBe("0.00");

    const first = await topUp(person, "120.50");
    expect(first).toMatchObject({
      kind: "top_up",
      status: "authorised",
      direction: "in",
      amount: cny("120.50"),
    });
    await world.settleJobs();
    expect(await payment(person, first.id)).toMatchObject({ status: "submitted", credited: true });
    expect(await balance(person)).toEqual({ total: "120.50", held: "0.00" });

    const sent = await send(person, friend.id, "20.25");
    expect(sent).toMatchObject({ status: "settled", direction: "out" });
    expect(await payment(friend, sent.id)).toMatchObject({ status: "settled", direction: "in" });
    expect(await balance(friend)).toEqual({ total: "20.25", held: "0.00" });

    const out = await withdraw(person, "50.00");
    expect(await balance(person)).toEqual({ total: "100.25", held: "50.00" });
    await world.settleJobs();
    expect(await payment(person, out.id)).toMatchObject({ status: "submitted" });
    expect(await balance(person)).toEqual({ total: "50.25", held: "0.00" });

    await world.closeDay();
    expect((await payment(person, first.id)).status).toBe("settled");
    expect((await payment(person, out.id)).status).toBe("settled");
    const staff = await world.staff();
    const { items } = await unwrap(staff.GET("/v1/console/statements"));
    const day = items.find((one) => one.currency === "CNY" && one.lines > 0);
    expect(day).toMatchObject({
      lines: 2,
      matched: 2,
      breaks: 0,
      opening: cny("0.00"),
      closing: cny("70.50"),
      ledgerClosing: cny("70.50"),
    });
    const joined = await unwrap(
      staff.GET("/v1/console/payments/{paymentId}", { params: { path: { paymentId: out.id } } }),
    );
    expect(joined.holds).toMatchObject([{ status: "captured", amount: cny("50.00") }]);
    expect(joined.transfers.map((transfer) => transfer.kind)).toEqual([
      "withdrawal.capture",
      "withdrawal.settle",
    ]);
    expect(joined.statementLines).toHaveLength(1);
    expect(joined.bankMessages.length).toBeGreaterThanOrEqual(2);
    const books = await unwrap(staff.GET("/v1/console/trial-balance"));
    for (const currency of books.currencies)
      expect(currency).toMatchObject({
        difference: { amount: expect.stringMatching(/^0(\.0+)?$/) },
        safeguarding: { held: true },
      });
    expect(await world.app.ledger.violations()).toEqual([]);
  });
});

describe("never twice", () => {
  it("a replay gives the same answer; the same key for something else is a conflict", async () => {
    const key = crypto.randomUUID();
    const first = await topUp(person, "10.00", key);
    expect(await topUp(person, "10.00", key)).toEqual(first);
    await world.settleJobs();
    expect(await topUp(person, "10.00", key)).toEqual(first);
    expect(await codeOf(topUp(person, "11.00", key))).toBe("idempotency.key_reused");
  });

  it("a button pressed ten times at once pays once", async () => {
    const friend = await world.customer();
    await topUp(person, "100.00");
    await world.settleJobs();
    const key = crypto.randomUUID();
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(person, friend.id, "7.00", key)));
    expect(new Set(answers.map((answer) => answer.id)).size).toBe(1);
    expect(await balance(friend)).toEqual({ total: "7.00", held: "0.00" });
  });

  it("two tabs that both spend the whole balance: one succeeds", async () => {
    const payer = await world.customer();
    const friend = await world.customer();
    await send(person, payer.id, "5.00");
    const codes = await Promise.all([
      codeOf(send(payer, friend.id, "5.00")),
      codeOf(send(payer, friend.id, "5.00")),
      codeOf(send(payer, friend.id, "5.00")),
    ]);
    expect(codes.sort()).toEqual(["accepted", "payment.insufficient_funds", "payment.insufficient_funds"]);
    expect(await balance(payer)).toEqual({ total: "0.00", held: "0.00" });
  });

  it("a second payment goes to its own payee, and a refusal burns no new key", async () => {
    const [a, b] = [await world.customer(), await world.customer()];
    await send(person, a.id, "1.00");
    await send(person, b.id, "2.00");
    expect([(await balance(a)).total, (await balance(b)).total]).toEqual(["1.00", "2.00"]);
    const key = crypto.randomUUID();
    expect(await codeOf(send(a, b.id, "9.00", key))).toBe("payment.insufficient_funds");
    expect(await codeOf(send(a, b.id, "9.00", key))).toBe("payment.insufficient_funds");
    expect(await codeOf(send(a, b.id, "1.00"))).toBe("accepted");
    // What the contract refuses never reaches the books, so the key stays unused.
    const unused = crypto.randomUUID();
    expect(await codeOf(send(b, a.id, "1.001", unused))).toBe("amount.too_many_decimals");
    expect(await codeOf(send(b, a.id, "1.00", unused))).toBe("accepted");
  });
});

describe("amounts", () => {
  it.each([
    ["0", "CNY", "amount.zero"],
    ["0.00", "CNY", "amount.zero"],
    ["-5.00", "CNY", "amount.negative"],
    ["1.001", "CNY", "amount.too_many_decimals"],
    ["1.5", "JPY", "amount.too_many_decimals"],
    ["1.2345", "KWD", "amount.too_many_decimals"],
    ["1e3", "CNY", "amount.format"],
    ["１００", "CNY", "amount.format"],
    ["90071992547409.92", "CNY", "amount.too_large"],
    ["1.00", "XYZ", "amount.unknown_currency"],
    ["1.00", "CHF", "payment.currency_not_supported"],
  ])("%s %s is refused as %s", async (amount, currency, code) => {
    const friend = await world.customer();
    expect(await codeOf(send(person, friend.id, amount, undefined, currency))).toBe(code);
  });

  it("another currency than the account's is refused, and above the limit", async () => {
    const euros = unwrap(
      person.api.POST("/v1/top-ups", {
        params: { header: attempt() },
        body: { linkedAccountId: account("CNY"), amount: { amount: "1.00", currency: "EUR" } },
      }),
    );
    expect(await codeOf(euros)).toBe("payment.currency_not_supported");
    expect(await codeOf(topUp(person, "50000.01"))).toBe("payment.limit_exceeded");
  });

  it("JPY and KWD move by their own exponents", async () => {
    for (const [username, currency, amount] of [
      ["linxiao", "JPY", "1234"],
      ["emma", "KWD", "1.234"],
    ] as const) {
      const owner = (await world.bank.script.psus()).find((psu) =>
        psu.accounts.some((one) => one.currency === currency),
      );
      const session = await world.customer(username);
      const linked = await world.link(session, owner?.username ?? username);
      const id = (linked.get(currency) as LinkedAccount).id;
      await unwrap(
        session.api.POST("/v1/top-ups", {
          params: { header: attempt() },
          body: { linkedAccountId: id, amount: { amount, currency } },
        }),
      );
      await world.settleJobs();
      expect((await balance(session, currency)).total).toBe(amount);
    }
  });
});

describe("others' records", () => {
  it("are as unknown as records that do not exist", async () => {
    const stranger = await world.customer();
    const mine = await topUp(person, "1.00");
    const status = async (path: string, init?: RequestInit) =>
      (await stranger.fetch(`${world.app.url}${path}`, init)).status;
    expect(await status(`/v1/payments/${mine.id}`)).toBe(404);
    expect(
      await status(`/v1/payments/${mine.id}/cancellation`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      }),
    ).toBe(404);
    expect(await status(`/v1/linked-accounts/${account()}`)).toBe(404);
    expect(await status(`/v1/linked-accounts/${account()}/transactions`)).toBe(404);
    expect(await codeOf(topUp(stranger, "1.00"))).toBe("request.not_found");
    expect(await codeOf(withdraw(stranger, "1.00"))).toBe("request.not_found");
  });
});

describe("what banks do", () => {
  const fault = (rule: Parameters<World["bank"]["script"]["addFault"]>[0]) =>
    world.bank.script.addFault(rule);

  it("a refusal by the bank releases the hold and says why", async () => {
    await world.settleJobs();
    const before = await balance(person);
    await fault({ operation: "initiatePayment", action: "refuse", times: 1 });
    const out = await withdraw(person, "3.00");
    await world.settleJobs();
    const after = await payment(person, out.id);
    expect(after.status).toBe("rejected");
    expect(after.reason?.text.zh).toBeTruthy();
    expect(await balance(person)).toEqual(before);
  });

  it("a payout waits while the custody account has no money yet, and is then made once", async () => {
    const slow = await createWorld({ bank: { settleAfterMs: 3_600_000 } });
    try {
      const owner = await slow.customer();
      const linked = await slow.link(owner, "linxiao");
      const id = (linked.get("CNY") as LinkedAccount).id;
      const body = { linkedAccountId: id, amount: cny("5.00") };
      await unwrap(owner.api.POST("/v1/top-ups", { params: { header: attempt() }, body }));
      await slow.settleJobs();
      const payOut = () => unwrap(owner.api.POST("/v1/withdrawals", { params: { header: attempt() }, body }));
      const late = await payOut();
      // After a day the customer gets it back; that our account was short is not said of theirs.
      await slow.app.db.query(
        "UPDATE payments.payment SET created_at = created_at - interval '25 hours' WHERE id = $1",
        [late.id],
      );
      await slow.app.worker.drain({ rounds: 1 });
      const ended = await payment(owner, late.id);
      expect(ended).toMatchObject({ status: "rejected", reason: { code: "AM04" } });
      expect(ended.reason?.text.en).toContain("Your own bank account is not the reason");
      expect(await balance(owner)).toMatchObject({ total: "5.00", held: "0.00" });

      const out = await payOut();
      await slow.app.worker.drain({ rounds: 1 });
      expect(await payment(owner, out.id)).toMatchObject({
        status: "authorised",
        reason: { code: "waiting_for_custody" },
      });
      expect((await balance(owner)).held).toBe("5.00");
      // The bank books what is on its way when it closes its day.
      await slow.bank.script.endOfDay();
      await slow.settleJobs();
      expect((await payment(owner, out.id)).status).toBe("submitted");
      await slow.closeDay();
      expect((await payment(owner, out.id)).status).toBe("settled");
      expect(await slow.app.ledger.violations()).toEqual([]);
    } finally {
      await slow.close();
    }
  });

  it("the answer lost after execution: asked by our reference, settled once, never sent again", async () => {
    const before = await balance(person);
    await fault({ operation: "initiatePayment", action: "reset-connection-after", times: 1 });
    const out = await withdraw(person, "4.00");
    await world.settleJobs();
    expect((await payment(person, out.id)).status).toBe("submitted");
    await world.closeDay();
    expect((await payment(person, out.id)).status).toBe("settled");
    expect(Number((await balance(person)).total)).toBeCloseTo(Number(before.total) - 4, 2);
    expect(await world.app.ledger.violations()).toEqual([]);
  });

  it("the order lost before execution: found missing, undone, the hold released", async () => {
    const before = await balance(person);
    await fault({ operation: "initiatePayment", action: "reset-connection-before", times: 1 });
    const out = await withdraw(person, "4.00");
    await world.settleJobs();
    expect(await payment(person, out.id)).toMatchObject({
      status: "rejected",
      reason: { code: "not_received" },
    });
    expect(await balance(person)).toEqual(before);
  });

  it("notices that come twice or never change nothing", async () => {
    await fault({ operation: "initiatePayment", action: "duplicate-notice", times: 1 });
    const twice = await topUp(person, "6.00");
    await world.settleJobs();
    await fault({ operation: "initiatePayment", action: "withhold-notice", times: 1 });
    const never = await topUp(person, "6.00");
    await world.settleJobs();
    await world.closeDay();
    expect((await payment(person, twice.id)).status).toBe("settled");
    expect((await payment(person, never.id)).status).toBe("settled");
    expect(await world.app.ledger.violations()).toEqual([]);
  });

  it("without a standing permission the customer approves at the bank's page; cancelling there moves nothing", async () => {
    const careful = await world.customer();
    const linked = await world.link(careful, "wanglei", { trustTopUpsPerDay: "0.01" });
    const id = (linked.get("CNY") as LinkedAccount).id;
    const asked = await topUp(careful, "30.00", undefined, id);
    await world.settleJobs();
    const waiting = await payment(careful, asked.id);
    expect(waiting.status).toBe("action_required");
    expect(waiting.actionUrl).toContain(world.bank.url);
    expect(await balance(careful)).toEqual({ total: "0.00", held: "0.00" });
    const joined = await world.app.db.query<{ bank_payment_id: string }>(
      "SELECT bank_payment_id FROM payments.payment WHERE id = $1",
      [asked.id],
    );
    const { redirectUrl } = await world.bank.script.authorisePayment(joined[0]?.bank_payment_id ?? "");
    expect(await careful.follow(redirectUrl)).toContain(`/activity/${asked.id}`);
    await world.settleJobs();
    expect(await payment(careful, asked.id)).toMatchObject({ status: "submitted", credited: true });
    expect((await balance(careful)).total).toBe("30.00");

    const second = await topUp(careful, "31.00", undefined, id);
    await world.settleJobs();
    await unwrap(
      careful.api.POST("/v1/payments/{paymentId}/cancellation", {
        params: { path: { paymentId: second.id } },
      }),
    );
    expect((await payment(careful, second.id)).status).toBe("cancelled");
    expect((await balance(careful)).total).toBe("30.00");
  });

  it("instant credit ends at its limit; the rest waits for the statement", async () => {
    const eager = await world.customer();
    const linked = await world.link(eager, "linxiao");
    const id = (linked.get("CNY") as LinkedAccount).id;
    const one = await topUp(eager, "6000.00", undefined, id);
    const two = await topUp(eager, "6000.00", undefined, id);
    await world.settleJobs();
    const seen = [await payment(eager, one.id), await payment(eager, two.id)];
    expect(seen.map((one) => one.status)).toEqual(["submitted", "submitted"]);
    expect(seen.filter((one) => one.credited)).toHaveLength(1);
    expect((await balance(eager)).total).toBe("6000.00");
    await world.closeDay();
    expect((await balance(eager)).total).toBe("12000.00");
    expect(await world.app.ledger.violations()).toEqual([]);
  });
});

import { createHmac } from "node:crypto";
import { unwrap } from "@jinqiao/contract/client";
import { parseDecimal } from "@jinqiao/money";
import { payCodeCheck, payCodeDigits, payCodeMessage, payCodeMoment, payCodeQr } from "@jinqiao/qr";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createMerchant, type TestMerchant } from "../../../../test/support/merchants.ts";
import {
  attempt,
  createWorld,
  type LinkedAccount,
  type Session,
  type World,
} from "../../../../test/support/world.ts";

type Person = Session & { id: string; email: string };
type Key = { id: string; handle: string; secret: string };
let world: World;
let shop: TestMerchant;
let rich: Person;
let payer: Person;
let key: Key;
let tills: Awaited<ReturnType<TestMerchant["withKey"]>>[];
let shiftMs = 0;

beforeAll(async () => {
  const life = { idleMs: 3_600_000, absoluteMs: 12 * 3_600_000 };
  world = await createWorld({
    sessions: { customer: life, staff: life },
    overrides: { clock: { now: () => new Date(Date.now() + shiftMs) } },
  });
  shop = await createMerchant(world, { currency: "CNY", country: "CN", timeZone: "Asia/Shanghai" });
  tills = [await shop.withKey("live"), await shop.withKey("live")];
  rich = await world.customer("Rich Test");
  const account = (await world.link(rich, "linxiao")).get("CNY") as LinkedAccount;
  await unwrap(
    rich.api.POST("/v1/top-ups", {
      params: { header: attempt() },
      body: { linkedAccountId: account.id, amount: cny("9000.00") },
    }),
  );
  await world.settleJobs();
  await world.closeDay();
}, 120_000);
afterAll(() => world?.close());

/** Each test has a payer of its own, with a phone that shows pay codes. */
beforeEach(async () => {
  shiftMs = 0;
  payer = await world.customer("Payer Test");
  await unwrap(
    rich.api.POST("/v1/transfers", {
      params: { header: attempt() },
      body: { payeeId: payer.id as never, amount: cny("600.00") },
    }),
  );
  key = await unwrap(payer.api.POST("/v1/pay-code-keys"));
});

const cny = (amount: string) => ({ amount, currency: "CNY" });
let shownCodes = 0;
/** What the phone shows: no network is asked. */
function shown(of: Key = key, at = Date.now() + shiftMs): string {
  const moment = payCodeMoment(at);
  // Two codes of one moment never are the same here.
  shownCodes += 1;
  const suffix = String(shownCodes % 100).padStart(2, "0");
  const mac = createHmac("sha256", Buffer.from(of.secret, "base64"))
    .update(payCodeMessage(of.handle, moment, suffix))
    .digest();
  return payCodeDigits({ handle: of.handle, moment, suffix, check: payCodeCheck(mac) });
}
const ask = async (amount: string, till = tills[0]) =>
  (
    await unwrap(
      (till as (typeof tills)[number]).POST("/v1/payment_intents", {
        params: { header: attempt() },
        body: { amount: cny(amount) },
      }),
    )
  ).id;
const charge = async (intentId: string, code: string, till = tills[0], idempotencyKey?: string) => {
  const { data, error } = await (till as (typeof tills)[number]).POST(
    "/v1/payment_intents/{paymentIntentId}/confirm",
    {
      params: { path: { paymentIntentId: intentId }, header: attempt(idempotencyKey) },
      body: { paymentMethod: { type: "pay_code", code } },
    },
  );
  return data?.status ?? (error as { code: string }).code;
};
const sell = async (amount: string, code = shown()) => charge(await ask(amount), code);
const balance = async (of: Session = payer) =>
  (await unwrap(of.api.GET("/v1/balances"))).items.find(({ currency }) => currency === "CNY")?.total.amount;
const minor = (amount = "0") => parseDecimal(amount, "CNY");
const latest = async () => (await unwrap(payer.api.GET("/v1/pay-code-uses/latest"))).use;

describe("a pay code", () => {
  it("is charged at once, typed or scanned, and the phone learns what was paid", async () => {
    expect(await sell("30.00", shown().replace(/(.{4})/g, "$1 "))).toBe("succeeded");
    expect(await sell("12.50", payCodeQr(shown()))).toBe("succeeded");
    expect(await balance()).toBe("557.50");
    expect(await latest()).toMatchObject({
      outcome: "paid",
      amount: cny("12.50"),
      merchantName: { zh: "桥角小店" },
      paymentId: expect.stringMatching(/^pay_/),
    });
    const { items } = await unwrap(payer.api.GET("/v1/payments", { params: { query: { limit: 1 } } }));
    expect(items[0]).toMatchObject({ kind: "purchase", authentication: { exemption: "low_value" } });
  });

  it("pays one purchase: scanned twice, it is used", async () => {
    const code = shown();
    expect(await sell("30.00", code)).toBe("succeeded");
    expect(await sell("30.00", code)).toBe("pay_code.used");
    expect(await balance()).toBe("570.00");
  });

  it("charged by two tills in the same millisecond, it pays one of them", async () => {
    for (let round = 0; round < 5; round += 1) {
      const code = shown();
      const [one, other] = [await ask("10.00", tills[0]), await ask("20.00", tills[1])];
      const before = await balance();
      const answers = await Promise.all([charge(one, code, tills[0]), charge(other, code, tills[1])]);
      expect([...answers].sort()).toEqual(["pay_code.used", "succeeded"]);
      const spent = answers[0] === "succeeded" ? 1_000n : 2_000n;
      expect(minor(before) - minor(await balance())).toBe(spent);
      // So that the next round is not the sixth in a row.
      if (round === 3) key = await unwrap(payer.api.POST("/v1/pay-code-keys"));
    }
    expect(await world.app.merchants.violations()).toEqual([]);
  });

  it("answers a till that asks again, its answer lost, as the first time", async () => {
    const [intentId, code, again] = [await ask("30.00"), shown(), crypto.randomUUID()];
    expect(await charge(intentId, code, tills[0], again)).toBe("succeeded");
    shiftMs = 10 * 60_000;
    expect(await charge(intentId, code, tills[0], again)).toBe("succeeded");
    expect(await balance()).toBe("570.00");
  });

  it("is good for a minute: an older one is refused, also one shown without a network", async () => {
    const intentId = await ask("30.00");
    const now = Date.now();
    expect(await charge(intentId, shown(key, now - 71_000))).toBe("pay_code.expired");
    expect(await charge(intentId, shown(key, now + 40_000))).toBe("pay_code.expired");
    expect(await charge(intentId, shown(key, now - 3 * 3_600_000))).toBe("pay_code.unknown");
    expect(await balance()).toBe("600.00");
    expect(await charge(intentId, shown(key, now - 50_000))).toBe("succeeded");
  });

  it("is refused when it is misread, another's, or guessed; guessing ends the key", async () => {
    expect(await sell("1.00", "28".padEnd(24, "4"))).toBe("pay_code.unknown");
    const code = shown();
    const wrong = `${code.slice(0, -1)}${(Number(code.at(-1)) + 1) % 10}`;
    const intentId = await ask("1.00");
    for (let tries = 0; tries < 20; tries += 1)
      expect(await charge(intentId, wrong)).toBe("pay_code.unknown");
    expect(await charge(intentId, shown())).toBe("pay_code.ended");
  });

  it("ends with its device, with a new key of the device, with its own end, and while payments are frozen", async () => {
    const first = key;
    key = await unwrap(payer.api.POST("/v1/pay-code-keys"));
    const intentId = await ask("1.00");
    expect(await charge(intentId, shown(first))).toBe("pay_code.ended");
    expect(await charge(intentId, shown())).toBe("succeeded");

    await unwrap(payer.api.DELETE("/v1/pay-code-keys/{keyId}", { params: { path: { keyId: key.id } } }));
    expect(await sell("1.00")).toBe("pay_code.ended");

    key = await unwrap(payer.api.POST("/v1/pay-code-keys"));
    const { items } = await unwrap(payer.api.GET("/v1/pay-code-keys"));
    expect(items).toMatchObject([{ id: key.id, current: true }]);
    await unwrap(payer.api.POST("/v1/me/freezes", { body: { scope: "payments" } }));
    expect(await sell("1.00")).toBe("freeze.payments");
    const removed = items[0]?.deviceId as never;
    await payer.api.DELETE("/v1/me/devices/{deviceId}", { params: { path: { deviceId: removed } } });
    expect(await sell("1.00")).toBe("pay_code.ended");
  });

  it("of a real wallet is not charged in test mode", async () => {
    const test = await shop.withKey("test");
    const intent = await unwrap(
      test.POST("/v1/payment_intents", { params: { header: attempt() }, body: { amount: cny("1.00") } }),
    );
    expect(await charge(intent.id, shown(), test)).toBe("intent.live_only");
  });

  it("without the money is declined, and pays the same purchase once there is enough", async () => {
    const intentId = await ask("150.00");
    await unwrap(
      payer.api.POST("/v1/transfers", {
        params: { header: attempt() },
        body: { payeeId: rich.id as never, amount: cny("590.00") },
      }),
    );
    const code = shown();
    expect(await charge(intentId, code)).toBe("payment.insufficient_funds");
    await unwrap(
      rich.api.POST("/v1/transfers", {
        params: { header: attempt() },
        body: { payeeId: payer.id as never, amount: cny("200.00") },
      }),
    );
    expect(await charge(intentId, code)).toBe("succeeded");
    expect(await balance()).toBe("60.00");
  });
});

describe("more than passes by itself", () => {
  const payOn = async (by: Session, amount: string) => {
    const token = (await latest())?.token as string;
    const { data, error } = await by.api.POST("/v1/payables/{token}/payments", {
      params: { path: { token }, header: attempt() },
      body: { amount: cny(amount), source: { kind: "balance" } },
    });
    return data?.payable.status ?? (error as { code: string }).code;
  };

  it("asks the payer on the phone, uses the code up, and is paid by nobody else", async () => {
    const code = shown();
    expect(await sell("200.01", code)).toBe("requires_action");
    expect(await balance()).toBe("600.00");
    expect(await latest()).toMatchObject({ outcome: "to_confirm", amount: cny("200.01") });
    const events = await world.app.db.query<{ payload: { customerId: string } }>(
      "SELECT payload FROM platform.outbox WHERE name = 'purchase.to_confirm' ORDER BY id DESC LIMIT 1",
    );
    expect(events[0]?.payload.customerId).toBe(payer.id);
    expect(await sell("1.00", code)).toBe("pay_code.used");
    expect(await payOn(rich, "200.01")).toBe("payable.already_paid");
    expect(await payOn(payer, "200.00")).toBe("payable.amount_changed");
    expect(await payOn(payer, "200.01")).toBe("succeeded");
    expect(await latest()).toMatchObject({ outcome: "paid" });
    expect(await balance()).toBe("399.99");
  });

  it("is also asked after five small ones in a row, and after a confirmed one they pass again", async () => {
    for (let times = 0; times < 5; times += 1) expect(await sell("1.00")).toBe("succeeded");
    expect(await sell("1.00")).toBe("requires_action");
    expect(await payOn(payer, "1.00")).toBe("succeeded");
    expect(await sell("1.00")).toBe("succeeded");
  });
});

import { createHmac } from "node:crypto";
import { unwrap } from "@jinqiao/contract/client";
import { payCodeCheck, payCodeDigits, payCodeMessage, payCodeMoment } from "@jinqiao/qr";
import { afterAll, beforeAll, expect, it } from "vitest";
import { lostCalls } from "../../../../test/support/everything.ts";
import { createMerchant, type TestMerchant } from "../../../../test/support/merchants.ts";
import { attempt, createWorld, type Session, type World } from "../../../../test/support/world.ts";

/**
 * A till charges a pay code while statement 1, 2, 3 … is lost, before it took effect or after; then the cashier presses
 * again. The code pays once or is asked for once, is used up by it, and pays nothing else.
 */
let world: World;
let payer: Session & { id: string };
let till: Awaited<ReturnType<TestMerchant["withKey"]>>;
const currency = "CNY";
const armed = { when: "before" as "before" | "after", countdown: 0, hit: false };

beforeAll(async () => {
  const fault = (when: "before" | "after"): void => {
    if (armed.countdown === 0 || armed.when !== when) return;
    armed.countdown -= 1;
    if (armed.countdown > 0) return;
    armed.hit = true;
    throw Object.assign(new Error(`the connection broke ${when} the statement`), { code: "ECONNRESET" });
  };
  world = await createWorld({ overrides: { fault, strict: false, runWorker: false } });
  const shop = await createMerchant(world, { currency, country: "CN" });
  till = await shop.withKey("live");
  payer = await world.customer("Payer Test");
  await world.app.ledger.commit({
    key: "test/fund",
    hash: "0".repeat(64),
    transfer: {
      id: "trf_00000000000000000000000000",
      kind: "top_up.settle",
      postings: [
        {
          debit: { code: "custody:harbour", currency },
          credit: { code: `customer:${payer.id}`, currency },
          amount: 1_000_000n,
        },
      ],
    },
  });
}, 120_000);
afterAll(() => world?.close());

const spent = async () =>
  1_000_000n -
  ((await world.app.ledger.balances(`customer:${payer.id}`)).find((one) => one.currency === currency)
    ?.balance ?? 0n);

async function ask(amount: string): Promise<string> {
  const { id } = await unwrap(
    till.POST("/v1/payment_intents", {
      params: { header: attempt() },
      body: { amount: { amount, currency } },
    }),
  );
  return id;
}
async function charge(intentId: string, code: string, key: string) {
  const { data, error } = await till.POST("/v1/payment_intents/{paymentIntentId}/confirm", {
    params: { path: { paymentIntentId: intentId }, header: attempt(key) },
    body: { paymentMethod: { type: "pay_code", code } },
  });
  return data?.status ?? (error as { code: string }).code;
}
async function freshCode(): Promise<string> {
  const { handle, secret } = await unwrap(payer.api.POST("/v1/pay-code-keys"));
  const moment = payCodeMoment(Date.now());
  const mac = createHmac("sha256", Buffer.from(secret, "base64"))
    .update(payCodeMessage(handle, moment, "00"))
    .digest();
  return payCodeDigits({ handle, moment, suffix: "00", check: payCodeCheck(mac) });
}

it.each([
  ["1.00", "before", "succeeded", 100n],
  ["1.00", "after", "succeeded", 100n],
  ["300.00", "before", "requires_action", 0n],
  ["300.00", "after", "requires_action", 0n],
] as const)(
  "%s with statement N lost %s it took effect",
  { timeout: 300_000 },
  async (amount, when, end, taken) => {
    let reached = 0;
    for (const n of lostCalls(when, 200)) {
      const [intentId, other, code, before] = [
        await ask(amount),
        await ask(amount),
        await freshCode(),
        await spent(),
      ];
      const key = `charge-${amount}-${when}-${n}`;
      Object.assign(armed, { when, countdown: n, hit: false });
      let status = "";
      for (let press = 0; press < 4 && status !== end; press += 1)
        status = await charge(intentId, code, key).catch(() => "lost");
      armed.countdown = 0;
      expect(status, `statement ${n}`).toBe(end);
      expect((await spent()) - before, `statement ${n}`).toBe(taken);
      expect(await charge(other, code, `${key}-other`), `statement ${n}`).toBe("pay_code.used");
      const uses = await world.app.db.query<{ intent_id: string }>(
        "SELECT intent_id FROM merchants.pay_code_use WHERE intent_id = ANY ($1::text[])",
        [[intentId, other]],
      );
      expect(uses, `statement ${n}`).toEqual([{ intent_id: intentId }]);
      if (!armed.hit) break;
      reached = n;
    }
    expect(reached, "faults were reached").toBeGreaterThan(4);
    expect(await world.app.merchants.violations()).toEqual([]);
    expect(await world.app.ledger.violations()).toEqual([]);
  },
);

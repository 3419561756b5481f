import { unwrap } from "@jinqiao/contract/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createMerchant, type TestMerchant } from "../../../../test/support/merchants.ts";
import { confirmByCode } from "../../../../test/support/step-up.ts";
import { attempt, createWorld, type World } from "../../../../test/support/world.ts";
import { usualStepUpPolicy } from "../identity/index.ts";

let world: World;
let shop: TestMerchant;
let payer: Awaited<ReturnType<World["customer"]>>;
const amount = { amount: "80.00", currency: "GBP" };

beforeAll(async () => {
  world = await createWorld({ overrides: { stepUp: usualStepUpPolicy } });
  shop = await createMerchant(world);
  payer = await world.customer("Emma Payer");
  await world.app.ledger.commit({
    key: "test/fund",
    hash: "0".repeat(64),
    transfer: {
      id: "trf_00000000000000000000000000",
      kind: "top_up.settle",
      postings: [
        {
          debit: { code: "custody:harbour", currency: "GBP" },
          credit: { code: `customer:${payer.id}`, currency: "GBP" },
          amount: 50_000n,
        },
      ],
    },
  });
}, 120_000);
afterAll(() => world?.close());

const ask = async (reference: string) =>
  unwrap(
    shop.api().POST("/v1/payment_intents", { params: { header: attempt() }, body: { amount, reference } }),
  );
const pay = (token: string, stepUpId?: string, key?: string) =>
  payer.api.POST("/v1/payables/{token}/payments", {
    params: { path: { token }, header: attempt(key) },
    body: { amount, source: { kind: "balance" }, ...(stepUpId === undefined ? {} : { stepUpId }) } as {
      amount: typeof amount;
      source: { kind: "balance" };
    },
  });
const codeOf = (answer: { error?: unknown }) => (answer.error as { code?: string } | undefined)?.code;
const begin = (token: string) =>
  unwrap(
    payer.api.POST("/v1/payables/{token}/step-ups", {
      params: { path: { token } },
      body: { amount },
    }),
  );

it("a purchase is confirmed for its shop, amount and order, works for it once, and for no other", async () => {
  const first = await ask("order 1");
  const second = await ask("order 2");
  expect(codeOf(await pay(first.clientSecret))).toBe("sca.required");
  const asked = await begin(first.clientSecret);
  expect(asked).toMatchObject({
    kind: "purchase",
    amount,
    payee: { id: shop.id, name: "桥角小店 Bridge Corner" },
    note: "order 1",
  });
  const stepUpId = await confirmByCode(world, payer, asked.id);
  const paid = await unwrap(pay(first.clientSecret, stepUpId, "the-attempt-of-order-1"));
  expect(paid.payment?.authentication).toMatchObject({ method: "code", stepUpId });
  expect(await unwrap(pay(first.clientSecret, stepUpId, "the-attempt-of-order-1"))).toEqual(paid);

  const other = await confirmByCode(world, payer, (await begin(second.clientSecret)).id);
  const third = await ask("order 3");
  // Another order of the same shop at the same amount is another payment: the confirmation is void from then on.
  expect(codeOf(await pay(third.clientSecret, other))).toBe("sca.dynamic_link_mismatch");
  expect(codeOf(await pay(second.clientSecret, other))).toBe("sca.dynamic_link_mismatch");
  expect(codeOf(await pay(second.clientSecret, stepUpId))).toBe("sca.dynamic_link_mismatch");
  expect(await world.app.merchants.violations()).toEqual([]);
});

import { createServer } from "node:net";
import { unwrap } from "@jinqiao/contract/client";
import { createJinqiao } from "@jinqiao/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createShop } from "../examples/shop/src/shop.ts";
import { createMerchant, type TestMerchant } from "./support/merchants.ts";
import { attempt, createWorld, type World } from "./support/world.ts";

let world: World;
let merchant: TestMerchant;
let shop: ReturnType<typeof createShop>;
let jinqiao: ReturnType<typeof createJinqiao>;
let shopUrl = "";
let endpointId = "";

beforeAll(async () => {
  world = await createWorld();
  merchant = await createMerchant(world);
  const { secret: apiKey } = await merchant.withKey("test");
  const port = await freePort();
  shopUrl = `http://localhost:${port}`;
  await unwrap(
    merchant.api("test").POST("/v1/checkout_settings/return_origins", {
      params: { header: attempt() },
      body: { origin: shopUrl },
    }),
  );
  jinqiao = createJinqiao({ apiKey, baseUrl: world.url });
  const endpoint = await jinqiao.webhookEndpoints.create({ url: `${shopUrl}/webhooks`, eventTypes: ["*"] });
  endpointId = endpoint.id;
  shop = createShop({
    apiKey,
    jinqiaoUrl: world.url,
    shopUrl,
    webhookSecret: endpoint.secret,
    currency: "GBP",
  });
  await shop.listen({ host: "127.0.0.1", port });
}, 120_000);
afterAll(async () => {
  await shop?.close();
  await world?.close();
});

const form = (fields: Record<string, string>): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams(fields).toString(),
  redirect: "manual",
});
const page = async (path: string) => (await fetch(`${shopUrl}${path}`)).text();

test("the example shop sells: paid when the webhook says so, refunded in part, never above", async () => {
  expect(await page("/?lang=zh")).toContain("龙井茶");
  expect(await (await fetch(`${shopUrl}/orders?lang=en`, form({ tea: "0" }))).text()).toContain(
    'role="alert"',
  );
  const ordered = await fetch(`${shopUrl}/orders?lang=en`, form({ tea: "2", cup: "1" }));
  expect(ordered.status).toBe(303);
  const [session] = (await jinqiao.checkoutSessions.list().page()).items;
  expect(ordered.headers.get("location")).toBe(session?.url);
  expect(session).toMatchObject({ amount: { amount: "69.60", currency: "GBP" }, paymentStatus: "unpaid" });
  const order = `/orders/${session?.reference}`;
  expect(await page(order)).toContain('data-status="open"');
  const token = session?.url?.split("/").at(-1) ?? "";
  const paid = await fetch(`${world.url}/v1/checkouts/${token}/test_outcomes`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: world.url },
    body: JSON.stringify({ outcome: "succeeds" }),
  });
  expect(paid.status).toBe(204);
  await world.app.developers.dispatcher.drain();
  const deliveries = (await jinqiao.webhookDeliveries.list({ endpointId }).page()).items;
  const kinds = deliveries.map(({ eventType, status, responseStatus }) => [
    eventType,
    status,
    responseStatus,
  ]);
  expect(kinds).toContainEqual(["payment_intent.succeeded", "delivered", 204]);
  expect(new Set(kinds.map(([, status]) => status))).toEqual(new Set(["delivered"]));
  expect(await page(order)).toContain('data-status="paid"');

  expect((await fetch(`${shopUrl}${order}/refunds?lang=en`, form({ amount: "9.60" }))).status).toBe(303);
  expect(await page(order)).toContain('data-refunded="9.60"');
  const tooMuch = await fetch(`${shopUrl}${order}/refunds?lang=zh`, form({ amount: "60.01" }));
  expect(tooMuch.status).toBe(422);
  expect(await tooMuch.text()).toMatch(/role="alert">[^<]*[\u4e00-\u9fff]/);
  expect(await page(order)).toContain('data-refunded="9.60"');
  await world.app.developers.dispatcher.drain();
  const events = await jinqiao.events.list({ type: "refund.created" }).page();
  expect(events.items).toHaveLength(1);
});

test("the example shop believes no webhook that is not signed, and no browser that says it was paid", async () => {
  const ordered = await fetch(`${shopUrl}/orders?lang=zh`, form({ cake: "1" }));
  expect(ordered.status).toBe(303);
  const [session] = (await jinqiao.checkoutSessions.list().page()).items;
  const forged = {
    id: "evt_1",
    type: "checkout.session.completed",
    objectVersion: 9,
    data: { object: { ...session, paymentStatus: "paid" } },
  };
  const answer = await fetch(`${shopUrl}/webhooks`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "webhook-id": "evt_1",
      "webhook-timestamp": String(Math.floor(Date.now() / 1_000)),
      "webhook-signature": `v1,${Buffer.alloc(32).toString("base64")}`,
    },
    body: JSON.stringify(forged),
  });
  expect(answer.status).toBe(400);
  expect(await page(`/orders/${session?.reference}?jinqiao_result=paid`)).toContain('data-status="open"');
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestServer } from "../../../../test/support/http-server.ts";
import { keyLimit, unknownKeyLimit } from "../platform/http/rate-limits.ts";
import { createDevelopersWorld, type DevelopersWorld } from "./testing/developers-world.ts";

let world: DevelopersWorld;
beforeAll(async () => {
  world = await createDevelopersWorld();
});
afterAll(() => world.close());

const by = { id: "test" };
type Entry = { operation: string; status: number; errorCode: string | null };

it("notes every call of a key with how it was answered, and nothing of what was said", async () => {
  const shop = world.newMerchant();
  const { keys, requestLog } = world.developers;
  const { secret, key } = await keys.create(shop, { name: "Log", scopes: ["events.read"] }, by);
  const headers = { authorization: `Bearer ${secret}`, "idempotency-key": "order-0001" };
  const first = await world.server.ask("GET", "/v1/merchant_events", { headers });
  expect(first.headers["jinqiao-version"]).toBe("2026-11-22");
  const refused = { url: "https://hooks.shop.example/?token=secret", eventTypes: ["*"] };
  await world.server.ask("POST", "/v1/webhook_endpoints", { headers, body: refused });
  await world.server.ask("GET", "/v1/merchant_events/evt_1", { headers });
  await world.server.ask("GET", "/v1/merchant_events?limit=0", { headers });
  const other = { ...headers, "jinqiao-version": "2020-01-01" };
  const unknown = await world.server.ask("GET", "/v1/merchant_events", { headers: other });
  expect(unknown).toMatchObject({ status: 400, json: { code: "merchant.version_unknown" } });
  await requestLog.flush();
  const log = await world.server.ask("GET", "/v1/request_log", { headers });
  const { items } = log.json as { items: Entry[] };
  const shown = items.map(({ operation, status, errorCode }) => [operation, status, errorCode]);
  expect(shown.toSorted()).toEqual(
    [
      ["listMerchantEvents", 200, null],
      ["createWebhookEndpoint", 403, "merchant.not_allowed"],
      ["getMerchantEvent", 404, "request.not_found"],
      ["listMerchantEvents", 400, "request.invalid"],
      ["listMerchantEvents", 400, "merchant.version_unknown"],
    ].toSorted(),
  );
  expect(items).toContainEqual(
    expect.objectContaining({
      requestId: first.headers["x-request-id"],
      keyId: key.id,
      path: "/v1/merchant_events",
      idempotencyKey: "order-0001",
      apiVersion: "2026-11-22",
    }),
  );
  const stored = await world.db.query<{ row: string }>(
    "SELECT r::text AS row FROM developers.request r WHERE merchant_id = $1",
    [shop.merchantId],
  );
  expect(JSON.stringify(stored)).not.toMatch(/hooks\.shop|token|limit=0/);
  const failed = await world.server.ask("GET", "/v1/request_log?outcome=failed&operation=getMerchantEvent", {
    headers,
  });
  expect((failed.json as { items: Entry[] }).items).toHaveLength(1);
  await requestLog.flush();
  const [used] = (await keys.list(shop, {})).items;
  expect(used?.lastUsedAt).toBe(world.clock.now().toISOString());
  world.clock.advance(7 * 86_400_000 + 1);
  await requestLog.forget();
  const gone = await world.server.ask("GET", "/v1/request_log", { headers });
  expect(gone.json).toMatchObject({ items: [] });
});

it("counts a key's requests by the key, and made-up keys strictly by address", async () => {
  const server = await createTestServer(world.db, {
    rateLimitFactor: 1,
    trustProxy: "127.0.0.1",
    clock: world.clock,
    handlers: world.developers.routes,
    merchants: { ofKey: world.developers.keys.ofKey, ofMember: async () => undefined },
  });
  const ask = async (key: string, from: string) =>
    (
      await server.ask("GET", "/v1/webhook_endpoints", {
        headers: { authorization: `Bearer ${key}`, "x-forwarded-for": from },
      })
    ).status;
  const madeUp = (n: number) => `sk_test_${String(n).padStart(32, "0")}`;
  const guesses: number[] = [];
  for (let n = 0; n < unknownKeyLimit.perMinute + 3; n += 1)
    guesses.push(await ask(madeUp(n), "203.0.113.7"));
  expect(guesses.slice(0, -3)).toEqual(Array(unknownKeyLimit.perMinute).fill(401));
  expect(guesses.slice(-3)).toEqual([429, 429, 429]);
  // The shop behind the same address goes on, beyond what an address without a key may ask.
  const { secret, key } = await world.developers.keys.create(world.newMerchant(), { name: "Shop" }, by);
  const statuses = new Set<number>();
  for (let n = 0; n < 1_250; n += 1) statuses.add(await ask(secret, "203.0.113.7"));
  expect(statuses).toEqual(new Set([200]));
  expect(keyLimit.perMinute).toBeGreaterThan(1_250);
  // A key that has ended is one that nobody has.
  const { merchantId } = (await world.developers.keys.ofKey(secret)) ?? { merchantId: "mer_" as const };
  await world.developers.keys.revoke({ merchantId, livemode: false }, key.id, by);
  expect(await ask(secret, "203.0.113.8")).toBe(401);
  await server.close();
});

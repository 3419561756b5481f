import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDevelopersWorld, type DevelopersWorld } from "./testing/developers-world.ts";

let world: DevelopersWorld;
beforeAll(async () => {
  world = await createDevelopersWorld();
});
afterAll(() => world.close());

const by = { id: "seed" };
const hourMs = 3_600_000;
type Shown = { id: string; secret: string; masked: string; status: string; expiresAt: string | null };

it("shows a key once, keeps its hash alone, and knows whom it speaks for", async () => {
  const shop = world.newMerchant();
  const { key, secret } = await world.developers.keys.create(shop, { name: "Web shop" }, by);
  expect(secret).toMatch(/^sk_test_[A-Za-z0-9]{32}$/);
  expect(key.masked).toBe(`sk_test_…${secret.slice(-4)}`);
  const caller = await world.developers.keys.ofKey(secret);
  expect(caller).toMatchObject({ ...shop, by: { kind: "key", keyId: key.id }, apiVersion: "2026-11-22" });
  expect(caller?.scopes.has("payments.write")).toBe(true);
  // What moves the merchant's own money elsewhere, or makes more keys, no key does.
  for (const scope of ["account.write", "team.write", "keys.write"] as const)
    expect(caller?.scopes.has(scope)).toBe(false);
  const [row] = await world.db.query<{ row: string }>(
    "SELECT k::text AS row FROM developers.api_key k WHERE id = $1",
    [key.id],
  );
  expect(row?.row).not.toContain(secret.slice(8));
  expect(row?.row).not.toContain("Web shop");
  expect(await world.developers.keys.ofKey(`${secret.slice(0, -1)}${secret.endsWith("a") ? "b" : "a"}`)).toBe(
    undefined,
  );
  expect(await world.developers.keys.ofKey(secret.replace("sk_test_", "sk_live_"))).toBe(undefined);
});

it("gives a restricted key what it names and nothing else, until it expires", async () => {
  const { clock } = world;
  const shop = world.newMerchant(true);
  const expiresAt = new Date(clock.now().getTime() + hourMs);
  const draft = { name: "Reports", scopes: ["payments.read" as const], expiresAt };
  const { secret } = await world.developers.keys.create(shop, draft, by);
  expect(secret).toMatch(/^sk_live_/);
  expect([...((await world.developers.keys.ofKey(secret))?.scopes ?? [])]).toEqual(["payments.read"]);
  clock.advance(hourMs);
  expect(await world.developers.keys.ofKey(secret)).toBe(undefined);
  await expect(world.developers.keys.create(shop, draft, by)).rejects.toThrow("request.invalid");
});

it("rolls a key with an overlap, once, and ends both at the right moment", async () => {
  const { clock } = world;
  const { keys } = world.developers;
  const shop = world.newMerchant();
  const old = await keys.create(shop, { name: "Till", scopes: ["payments.write"] }, by);
  clock.advance(1_000);
  const next = await keys.roll(shop, old.key.id, 24, by);
  expect(next.key).toMatchObject({ name: "Till", scopes: ["payments.write"], status: "active" });
  await expect(keys.roll(shop, old.key.id, 24, by)).rejects.toThrow("key.over");
  clock.advance(24 * hourMs - 1);
  expect(await keys.ofKey(old.secret)).toBeDefined();
  clock.advance(1);
  expect(await keys.ofKey(old.secret)).toBe(undefined);
  expect(await keys.ofKey(next.secret)).toBeDefined();
  const { items } = await keys.list(shop, {});
  expect(items.map(({ status }) => status)).toEqual(["active", "expired"]);
  expect(items[1]?.replacedBy).toBe(next.key.id);
  await keys.revoke(shop, next.key.id, by);
  expect(await keys.ofKey(next.secret)).toBe(undefined);
  await expect(keys.revoke(shop, next.key.id, by)).rejects.toThrow("key.over");
  await expect(keys.revoke(world.newMerchant(), next.key.id, by)).rejects.toThrow("request.not_found");
  const trail = await world.identity.audit.list({ subject: next.key.id, limit: 10 });
  expect(trail.map(({ action }) => action)).toEqual(["api_key.revoked", "api_key.rolled"]);
});

it("ends a key that another process revoked within a second, however often it is used here", async () => {
  const shop = world.newMerchant();
  const { keys } = world.developers;
  const { key, secret } = await keys.create(shop, { name: "Shared" }, by);
  expect(await keys.ofKey(secret)).toBeDefined();
  await world.another().keys.revoke(shop, key.id, by);
  const until = performance.now() + 1_000;
  while (performance.now() < until && (await keys.ofKey(secret))) await sleep(20);
  expect(await keys.ofKey(secret)).toBe(undefined);
});

it("holds a merchant to fifty keys, also when many are asked for at once", async () => {
  const shop = world.newMerchant();
  const made = await Promise.allSettled(
    Array.from({ length: 55 }, (_, n) => world.developers.keys.create(shop, { name: `Key ${n}` }, by)),
  );
  expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(50);
  expect((await world.developers.keys.list(shop, { limit: 100 })).items).toHaveLength(50);
  await world.developers.keys.create({ ...shop, livemode: true }, { name: "Live" }, by);
});

it("lets people of the team make keys, and no key", async () => {
  const shop = world.newMerchant();
  const cookie = await world.signIn();
  const headers = world.asOwner(shop);
  const made = await world.server.ask("POST", "/v1/api_keys", { cookie, headers, body: { name: "网店" } });
  expect(made.status).toBe(201);
  const { id, secret } = made.json as Shown;
  const listed = await world.server.ask("GET", "/v1/api_keys", { cookie, headers });
  expect((listed.json as { items: object[] }).items).toMatchObject([{ id, name: "网店" }]);
  expect(JSON.stringify(listed.json)).not.toContain(secret);
  const byKey = await world.server.ask("GET", "/v1/api_keys", {
    headers: { authorization: `Bearer ${secret}` },
  });
  expect(byKey).toMatchObject({ status: 403, json: { code: "merchant.not_allowed" } });
  // The other mode is another world.
  const live = { cookie, headers: world.asOwner({ ...shop, livemode: true }) };
  expect((await world.server.ask("GET", "/v1/api_keys", live)).json).toMatchObject({ items: [] });
  expect((await world.server.ask("DELETE", `/v1/api_keys/${id}`, live)).status).toBe(404);
  const rolled = await world.server.ask("POST", `/v1/api_keys/${id}/rolls`, {
    cookie,
    headers,
    body: { overlapHours: 73 },
  });
  expect(rolled.status).toBe(400);
  const ended = await world.server.ask("DELETE", `/v1/api_keys/${id}`, { cookie, headers });
  expect(ended).toMatchObject({ status: 200, json: { status: "revoked" } });
});

it("asks once more who somebody is before a live key is made", async () => {
  const shop = world.newMerchant(true);
  const cookie = await world.signIn();
  const answer = () =>
    world.server.ask("POST", "/v1/api_keys", {
      cookie,
      headers: world.asOwner(shop),
      body: { name: "Live" },
    });
  expect((await answer()).status).toBe(201);
  world.clock.advance(4.5 * 60_000);
  await world.server.ask("GET", "/v1/me", { cookie });
  world.clock.advance(60_000);
  expect(await answer()).toMatchObject({ json: { code: "identity.reauthentication_needed" } });
});

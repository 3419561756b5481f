import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { createDb } from "../platform/db.ts";
import type { InMode } from "./index.ts";
import { pauseAfterMs, retryWaitsMs } from "./retries.ts";
import { createDevelopersWorld, type DevelopersWorld } from "./testing/developers-world.ts";
import { startReceiver } from "./testing/receiver.ts";

let world: DevelopersWorld;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
let shop: InMode;
beforeAll(async () => {
  world = await createDevelopersWorld({ timeoutMs: 1_000 });
});
afterAll(() => world.close());
beforeEach(async () => {
  receiver = await startReceiver();
  shop = world.newMerchant();
});
afterEach(() => receiver.close());

const by = { id: "test" };
const hourMs = 3_600_000;
const endpoint = (of = shop, eventTypes = ["*"], url = receiver.url) =>
  world.developers.endpoints.create(of, { url, eventTypes }, by);
const drain = () => world.developers.dispatcher.drain();
const deliveries = async (query: Record<string, string> = {}) =>
  (await world.deliveries.list(shop, query)).items;
const asKey = async (method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: unknown) => {
  const { secret } = await world.developers.keys.create(shop, { name: "Test" }, by);
  const headers = { authorization: `Bearer ${secret}` };
  return world.server.ask(method, path, { headers, ...(body === undefined ? {} : { body }) });
};
const object = (n: number, version = 1) => ({ id: `pi_${n}`, version, status: "succeeded" });

it("tells an endpoint what happened, signed so that the public library believes it", async () => {
  const { secret, id } = await endpoint();
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const [eventId] = await world.happen(shop, [object(1, 3)]);
  await drain();
  const [got] = receiver.received;
  expect(got?.headers["webhook-id"]).toBe(eventId);
  // The clock of the test is not today's, so the time of the signature is looked at by hand.
  expect(Number(got?.headers["webhook-timestamp"])).toBe(Math.floor(world.clock.now().getTime() / 1_000));
  const payload = verified(secret, got);
  expect(payload).toMatchObject({
    id: eventId,
    type: "payment_intent.succeeded",
    livemode: false,
    apiVersion: "2026-11-22",
    objectVersion: 3,
    data: { object: { id: "pi_1", version: 3, status: "succeeded" } },
  });
  expect(payload.sequence).toBeGreaterThan(0);
  expect(await deliveries()).toMatchObject([
    { endpointId: id, eventId, status: "delivered", attempts: 1, responseStatus: 200, failure: null },
  ]);
  expect(() => verified(secret, { headers: got?.headers ?? {}, body: `${got?.body} ` })).toThrow();
});

/** The public library, with the clock of the test: it refuses what is older than five minutes. */
function verified(secret: string, got: { headers: Record<string, string>; body: string } | undefined) {
  const real = Date.now;
  Date.now = () => world.clock.now().getTime();
  try {
    return new Webhook(secret).verify(got?.body ?? "", got?.headers ?? {}) as Record<string, never>;
  } finally {
    Date.now = real;
  }
}

it("sends what an endpoint asked for, in its own mode, and one delivery per event and endpoint", async () => {
  await endpoint(shop, ["refund.created"]);
  await endpoint(shop, ["*"]);
  await endpoint({ ...shop, livemode: true });
  await endpoint(world.newMerchant());
  const ids = await world.happen(shop, [object(1), object(2)]);
  await world.happen(shop, [object(3)], "refund.created");
  await drain();
  await drain();
  const types = receiver.received.map(({ body }) => JSON.parse(body).type).sort();
  expect(types).toEqual([
    "payment_intent.succeeded",
    "payment_intent.succeeded",
    "refund.created",
    "refund.created",
  ]);
  expect((await deliveries({ eventId: ids[0] as string })).length).toBe(1);
});

it("writes what is to be sent in the very commit of the event, or not at all", async () => {
  await endpoint();
  await expect(
    world.db.transaction(async (tx) => {
      await tx.query(
        `INSERT INTO merchants.event (id, merchant_id, livemode, type, object_id, object_version, data_sealed, created_at)
         VALUES ('evt_undone', $1, false, 'refund.created', 're_1', 1, '', now())`,
        [shop.merchantId],
      );
      const queued = await tx.query("SELECT id FROM developers.delivery WHERE event_id = 'evt_undone'");
      expect(queued).toHaveLength(1);
      throw new Error("undone");
    }),
  ).rejects.toThrow("undone");
  expect(await deliveries()).toEqual([]);
});

it("tries again with growing pauses, always with the same id, and stops after three days", async () => {
  receiver.behave((response) => response.writeHead(500).end("no"));
  await endpoint();
  const [eventId] = await world.happen(shop, [object(1)]);
  await drain();
  await drain();
  expect(receiver.received).toHaveLength(1);
  for (const [n, wait] of retryWaitsMs.entries()) {
    world.clock.advance(wait * 1.1 + 1);
    await drain();
    // The last ones come after the endpoint was paused; it is switched on again, as its owner would.
    const [{ id, status, version } = { id: "", status: "", version: 0 }] =
      await world.developers.endpoints.list(shop);
    if (status === "paused") {
      await world.developers.endpoints.update(shop, id, { version, status: "enabled" }, by);
      await drain();
    }
    expect(receiver.received).toHaveLength(n + 2);
  }
  const [delivery] = await deliveries();
  expect(delivery).toMatchObject({ status: "failed", responseStatus: 500, failure: "status" });
  expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"]))).toEqual(new Set([eventId]));
  expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
  const days = retryWaitsMs.reduce((sum, wait) => sum + wait, 0) / (24 * hourMs);
  expect(Math.round(days)).toBe(3);
});

it("pauses an endpoint after three days of failing and tells the owner; enabled again, it sends on", async () => {
  receiver.behave((response) => response.writeHead(503).end());
  const { id } = await endpoint();
  await world.happen(shop, [object(1)]);
  await drain();
  expect((await world.developers.endpoints.get(shop, id)).failingSince).not.toBeNull();
  world.clock.advance(pauseAfterMs);
  await drain();
  const paused = await world.developers.endpoints.get(shop, id);
  expect(paused.status).toBe("paused");
  const told = await world.identity.messages.recent(5);
  expect(told.map(({ content }) => content)).toContainEqual({
    kind: "notice.webhook_paused",
    shopEn: "Corner Shop",
    shopZh: "街角小店",
    host: new URL(receiver.url).host,
    at: world.clock.now().toISOString(),
  });
  // Nothing is queued for it while it is paused; what was missed can be asked for afterwards.
  const missedFrom = world.clock.now();
  await world.happen(shop, [object(2)]);
  expect(await deliveries()).toHaveLength(1);
  expect((await asKey("POST", `/v1/webhook_endpoints/${id}/pings`)).json).toMatchObject({
    code: "webhook.not_sendable",
  });
  receiver.behave((response) => response.end());
  const on = { version: paused.version, status: "enabled" };
  expect((await asKey("PATCH", `/v1/webhook_endpoints/${id}`, on)).json).toMatchObject({
    status: "enabled",
    failingSince: null,
    pausedAt: null,
  });
  const replay = { since: missedFrom.toISOString() };
  expect((await asKey("POST", `/v1/webhook_endpoints/${id}/replays`, replay)).json).toEqual({ queued: 1 });
  world.clock.advance(hourMs);
  await drain();
  expect((await deliveries()).map(({ status }) => status)).toEqual(["delivered", "delivered"]);
});

it("an answer in between ends the counting of failures", async () => {
  receiver.behave((response) => response.writeHead(500).end());
  const { id } = await endpoint();
  await world.happen(shop, [object(1)]);
  await drain();
  receiver.behave((response) => response.end());
  await world.happen(shop, [object(2)]);
  await drain();
  expect((await world.developers.endpoints.get(shop, id)).failingSince).toBeNull();
});

it("is not held up, misled or filled by receivers that hang, lie, never end or send elsewhere", async () => {
  let secretAsked = 0;
  const inside = await startReceiver((response) => {
    secretAsked += 1;
    response.end("inside");
  });
  const bad = [
    await startReceiver(() => {}),
    await startReceiver((response) => response.writeHead(302, { location: inside.url }).end()),
    await startReceiver((response) => {
      response.writeHead(200);
      const more = () => response.write("x".repeat(16_384), () => setImmediate(more));
      more();
    }),
    await startReceiver((response) => response.socket?.end("HTTP/1.1 200 perhaps\r\n\0garbage: :\r\n\r\n")),
    await startReceiver((response) => response.socket?.destroy()),
    await startReceiver((response) => {
      setTimeout(() => response.end("too late"), 1_300);
    }),
    await startReceiver((response) => response.end(Buffer.from([0, 255, 254, 60, 62]))),
  ];
  for (const { url } of bad) await endpoint(shop, ["*"], url);
  const good = await endpoint();
  await world.happen(shop, [object(1), object(2), object(3)]);
  await drain();
  expect(receiver.received).toHaveLength(3);
  expect(secretAsked).toBe(0);
  const byUrl = async (url: string) => {
    const found = (await world.developers.endpoints.list(shop)).find((one) => one.url === url);
    const [one] = await deliveries({ endpointId: found?.id ?? "" });
    return world.deliveries.get(shop, one?.id ?? "");
  };
  const seen = await Promise.all(bad.map(({ url }) => byUrl(url)));
  expect(seen.map(({ status, failure }) => [status, failure])).toEqual([
    ["pending", "timeout"],
    ["pending", "status"],
    ["delivered", null],
    ["pending", "unreadable"],
    ["pending", "unreachable"],
    ["pending", "timeout"],
    ["delivered", null],
  ]);
  expect(seen[2]?.responseBody).toHaveLength(4_096);
  expect(seen[6]?.responseBody).toBe("\ufffd\ufffd\ufffd<>");
  expect((await byUrl(receiver.url)).endpointId).toBe(good.id);
  for (const one of [...bad, inside]) await one.close();
});

it("two dispatchers at once send each event once", async () => {
  await endpoint();
  // However slow the machine is, an answer comes within this.
  const [first, second] = [world.another({ timeoutMs: 60_000 }), world.another({ timeoutMs: 60_000 })];
  await world.happen(
    shop,
    Array.from({ length: 120 }, (_, n) => object(n)),
  );
  await Promise.all([first.dispatcher.drain(), second.dispatcher.drain()]);
  expect(receiver.received).toHaveLength(120);
  expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(120);
  await first.close();
  await second.close();
});

it("sends again, with the same id, what was sent and not noted down before the process died", async () => {
  await endpoint();
  let lost: "before" | "after" | undefined;
  const db = createDb({
    url: world.database.url,
    fault(when, text) {
      if (when !== lost || !text.includes("SET status = f.status")) return;
      lost = undefined;
      throw Object.assign(new Error("Connection terminated"), { code: "ECONNRESET" });
    },
  });
  const dying = world.another({ db, timeoutMs: 60_000 });
  for (const [n, when] of (["before", "after"] as const).entries()) {
    lost = when;
    const sent = receiver.received.length;
    const [eventId] = await world.happen(shop, [object(n)]);
    await dying.dispatcher.drain();
    expect(lost).toBe(undefined);
    expect(receiver.received).toHaveLength(sent + 1);
    // Not before its claim has ended; and not at all where only the answer of the database was lost.
    world.clock.advance(59_999);
    await dying.dispatcher.drain();
    expect(receiver.received).toHaveLength(sent + 1);
    world.clock.advance(1);
    await dying.dispatcher.drain();
    const ids = receiver.received.slice(sent).map(({ headers }) => headers["webhook-id"]);
    expect(ids).toEqual(when === "before" ? [eventId, eventId] : [eventId]);
    const [delivery] = await deliveries({ eventId: eventId ?? "" });
    expect(delivery?.status).toBe("delivered");
  }
  await dying.close();
  await db.close();
});

it("signs with two secrets while one takes the other's place", async () => {
  const first = await endpoint();
  const rotated = await world.developers.endpoints.rotate(shop, first.id, 2, by);
  await world.happen(shop, [object(1)]);
  await drain();
  const both = receiver.received[0];
  expect(both?.headers["webhook-signature"]?.split(" ")).toHaveLength(2);
  verified(first.secret, both);
  verified(rotated.secret, both);
  world.clock.advance(2 * hourMs);
  await world.happen(shop, [object(2)]);
  await drain();
  const one = receiver.received[1];
  expect(one?.headers["webhook-signature"]?.split(" ")).toHaveLength(1);
  verified(rotated.secret, one);
  expect(() => verified(first.secret, one)).toThrow();
});

it("sends a test, shows the answer, sends one again and forgets the answer after a week", async () => {
  receiver.behave((response) => response.writeHead(202).end("谢谢"));
  const { id, secret } = await endpoint();
  const pinged = (await asKey("POST", `/v1/webhook_endpoints/${id}/pings`)).json as { id: string };
  await drain();
  expect(verified(secret, receiver.received[0])).toMatchObject({
    type: "ping",
    data: { object: { object: "webhook_endpoint", id } },
  });
  const detail = await asKey("GET", `/v1/webhook_deliveries/${pinged.id}`);
  expect(detail.json).toMatchObject({ status: "delivered", responseStatus: 202, responseBody: "谢谢" });
  const stored = await world.db.query<{ row: string }>(
    "SELECT d::text || e::text AS row FROM developers.delivery d JOIN developers.endpoint e ON e.id = d.endpoint_id WHERE d.id = $1",
    [pinged.id],
  );
  for (const hidden of ["谢谢", secret, receiver.url]) expect(stored[0]?.row).not.toContain(hidden);
  expect((await asKey("POST", `/v1/webhook_deliveries/${pinged.id}/replays`)).status).toBe(202);
  await drain();
  expect(receiver.received.map(({ headers }) => headers["webhook-id"])).toEqual(
    Array(2).fill(receiver.received[0]?.headers["webhook-id"]),
  );
  world.clock.advance(7 * 24 * hourMs + 1);
  await world.deliveries.forget();
  expect((await world.deliveries.get(shop, pinged.id)).responseBody).toBeNull();
  world.clock.advance(24 * 24 * hourMs);
  await world.deliveries.forget();
  expect(await deliveries()).toEqual([]);
});

it("lists events by page and type, and shows nobody another's", async () => {
  const ids = await world.happen(shop, [object(1)]);
  world.clock.advance(1);
  ids.push(...(await world.happen(shop, [object(2)], "refund.created")));
  const first = (await asKey("GET", "/v1/merchant_events?limit=1")).json as {
    items: { id: string }[];
    nextCursor: string;
  };
  expect(first.items.map(({ id }) => id)).toEqual([ids[1]]);
  const next = (await asKey("GET", `/v1/merchant_events?limit=1&cursor=${first.nextCursor}`)).json;
  expect(next).toMatchObject({ items: [{ id: ids[0], data: { object: { id: "pi_1" } } }], nextCursor: null });
  const refunds = (await asKey("GET", "/v1/merchant_events?type=refund.created")).json as { items: object[] };
  expect(refunds.items).toHaveLength(1);
  const id = ids[0] ?? "";
  shop = world.newMerchant();
  expect((await asKey("GET", `/v1/merchant_events/${id}`)).status).toBe(404);
  expect((await asKey("GET", "/v1/merchant_events")).json).toMatchObject({ items: [] });
});

it("refuses a change that rests on an older version, and removes an endpoint with all that waits", async () => {
  const { id, version } = await endpoint();
  const change = { version, eventTypes: ["refund.created"] };
  expect((await asKey("PATCH", `/v1/webhook_endpoints/${id}`, change)).status).toBe(200);
  expect((await asKey("PATCH", `/v1/webhook_endpoints/${id}`, change)).json).toMatchObject({
    code: "webhook.changed_meanwhile",
  });
  await world.happen(shop, [object(1)], "refund.created");
  expect((await asKey("DELETE", `/v1/webhook_endpoints/${id}`)).status).toBe(204);
  await drain();
  expect(receiver.received).toEqual([]);
  expect(await deliveries()).toEqual([]);
  expect((await asKey("GET", `/v1/webhook_endpoints/${id}`)).status).toBe(404);
});

it("shows a secret again to a person who has just confirmed who they are, and to no key", async () => {
  const { id, secret } = await endpoint();
  const path = `/v1/webhook_endpoints/${id}/secret_views`;
  expect((await asKey("POST", path)).json).toMatchObject({ code: "merchant.not_allowed" });
  const cookie = await world.signIn();
  const asOwner = () => world.server.ask("POST", path, { cookie, headers: world.asOwner(shop) });
  expect((await asOwner()).json).toEqual({ secret });
  world.clock.advance(4.5 * 60_000);
  await world.server.ask("GET", "/v1/me", { cookie });
  world.clock.advance(60_000);
  expect((await asOwner()).json).toMatchObject({ code: "identity.reauthentication_needed" });
});

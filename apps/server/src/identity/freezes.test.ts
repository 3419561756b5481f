import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestServer, type TestServer } from "../../../../test/support/http-server.ts";
import { createServerDatabase } from "../../../../test/support/server-database.ts";
import { createDb, type Db } from "../platform/db.ts";

let database: Awaited<ReturnType<typeof createServerDatabase>>;
let one: TestServer;
/** A second process: its own connections, nothing shared but the database. */
let other: TestServer;
let otherDb: Db;

beforeAll(async () => {
  database = await createServerDatabase();
  otherDb = createDb({ url: database.url });
  one = await createTestServer(database.db);
  other = await createTestServer(otherDb);
});
afterAll(async () => {
  await one.close();
  await other.close();
  await otherDb.close();
  await database.drop();
});

it("refuses on every process from the commit on, tells what stands still, and frees by the same hand", async () => {
  const { id, cookie } = await one.customer("ice@people.example");
  await expect(other.identity.freezes.require(id, "payments")).resolves.toBeUndefined();
  const frozen = await one.ask("POST", "/v1/me/freezes", { cookie, body: { scope: "payments" } });
  expect(frozen).toMatchObject({
    status: 201,
    json: { scope: "payments", by: "customer", undo: "self", endedAt: null, appeal: null },
  });
  await expect(other.identity.freezes.require(id, "payments")).rejects.toMatchObject({
    code: "freeze.payments",
  });
  await expect(other.identity.freezes.require(id, "card:cns_1")).resolves.toBeUndefined();

  const again = await other.ask("POST", "/v1/me/freezes", { cookie, body: { scope: "payments" } });
  expect((again.json as { id: string }).id).toBe((frozen.json as { id: string }).id);
  const freezeId = (frozen.json as { id: string }).id;
  const stranger = await one.customer("stranger@people.example");
  expect(await one.ask("DELETE", `/v1/me/freezes/${freezeId}`, { cookie: stranger.cookie })).toMatchObject({
    status: 404,
  });
  await database.db.query("UPDATE identity.session SET strong_at = NULL WHERE customer_id = $1", [id]);
  expect(await one.ask("DELETE", `/v1/me/freezes/${freezeId}`, { cookie })).toMatchObject({
    status: 403,
    json: { code: "identity.reauthentication_needed" },
  });
  await database.db.query("UPDATE identity.session SET strong_at = now() WHERE customer_id = $1", [id]);
  expect((await one.ask("DELETE", `/v1/me/freezes/${freezeId}`, { cookie })).status).toBe(204);
  await expect(other.identity.freezes.require(id, "payments")).resolves.toBeUndefined();
  expect(await one.ask("DELETE", `/v1/me/freezes/${freezeId}`, { cookie })).toMatchObject({
    json: { code: "freeze.ended" },
  });

  const told = (await one.identity.messages.recent(10)).map(({ content }) => content.kind);
  expect(told.filter((kind) => kind.startsWith("notice.") && kind.includes("frozen"))).toEqual([
    "notice.unfrozen",
    "notice.frozen",
  ]);
});

it("freezing sign-in ends every session, and only a recovery or a second pair of eyes ends that", async () => {
  const { id, cookie } = await one.customer("gone@people.example");
  await one.ask("POST", "/v1/me/freezes", { cookie, body: { scope: "sign_in", reason: "device_lost" } });
  expect((await other.ask("GET", "/v1/me", { cookie })).status).toBe(401);
  await expect(other.identity.freezes.require(id, "sign_in")).rejects.toMatchObject({
    code: "freeze.sign_in",
  });
  await database.db.transaction((tx) => one.identity.freezes.liftOwn(tx, id, "sign_in"));
  await expect(other.identity.freezes.require(id, "sign_in")).resolves.toBeUndefined();
});

it("freezes a card of one's own and no other", async () => {
  const { id, cookie } = await one.customer("card@people.example");
  const cards = async (customerId: string, bindingId: string) =>
    customerId === id && bindingId === "cns_mine";
  one.identity.freezes.knowCards(cards);
  const freeze = (bindingId?: string) =>
    one.ask("POST", "/v1/me/freezes", { cookie, body: { scope: "card", bindingId } });
  expect((await freeze("cns_theirs")).status).toBe(404);
  expect((await freeze()).status).toBe(404);
  expect((await freeze("cns_mine")).status).toBe(201);
  await expect(one.identity.freezes.require(id, "card:cns_mine")).rejects.toMatchObject({
    code: "freeze.card",
  });
  await expect(one.identity.freezes.require(id, "payments")).resolves.toBeUndefined();
});

it("takes an appeal against a freeze of staff or risk, also by the notice's token, and never frees at one tap", async () => {
  const { id, cookie } = await one.customer("risk@people.example");
  const freezeId = await database.db.transaction((tx) =>
    one.identity.freezes.freeze(tx, {
      customerId: id,
      scope: "payments",
      by: "risk",
      reason: "risk_unusual",
    }),
  );
  expect(await one.ask("DELETE", `/v1/me/freezes/${freezeId}`, { cookie })).toMatchObject({
    status: 403,
    json: { code: "freeze.needs_appeal" },
  });
  const [notice] = await one.identity.messages.recent(1);
  const token = notice?.content.kind === "notice.frozen" ? (notice.content.appeal as string) : "";
  const text = "This was my own rent.";
  for (const given of ["no such token", token])
    expect(await other.ask("POST", "/v1/freeze-appeals", { body: { token: given, text } })).toMatchObject({
      status: 202,
    });
  expect(
    await one.ask("POST", `/v1/me/freezes/${freezeId}/appeals`, { cookie, body: { text } }),
  ).toMatchObject({
    json: { code: "freeze.appeal_open" },
  });
  const listed = await other.ask("GET", "/v1/me/freezes", { cookie });
  expect(listed.json).toMatchObject({
    items: [{ id: freezeId, undo: "appeal", appeal: { status: "open", text } }],
  });
});

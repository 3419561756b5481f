import type { Id } from "@jinqiao/money";
import { afterEach, describe, expect, it } from "vitest";
import { manualClock } from "../platform/clock.ts";
import { createBrowser, createPushService } from "./testing/push-service.ts";
import { createRoom } from "./testing/room.ts";
import { samples } from "./testing/samples.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});
async function open(options: Parameters<typeof createRoom>[0] = {}) {
  const room = await createRoom(options);
  undo.push(room.close);
  return room;
}
const minutes = 60_000;
type Notices = {
  items: { id: string; title: { zh: string; en: string }; read: boolean; action: unknown }[];
  unread: number;
};

describe("delivery", () => {
  it("a channel that is dead holds no other; its message is tried again until it leaves", async () => {
    const clock = manualClock("2026-11-22T08:00:00.000Z");
    const push = await createPushService({ status: 201 });
    undo.push(push.close);
    // Nobody listens at that port for mail.
    const room = await open({
      clock,
      settings: {
        smtp: { url: "smtp://127.0.0.1:9", from: "Jinqiao <no-reply@example.com>" },
        push: { contact: "mailto:security@example.com", hosts: [push.host] },
      },
    });
    const person = await room.person();
    const { target } = createBrowser(push.origin);
    const subscribed = await room.server.ask("POST", "/v1/me/push-subscriptions", {
      cookie: person.cookie,
      body: target,
    });
    expect(subscribed.status).toBe(201);

    const id = await room.queue({ customerId: person.id as Id<"cus"> }, samples["notice.frozen"]);
    await room.plan(id);
    await room.plan(id);
    await room.send();
    expect(await room.deliveries(id)).toEqual(["email failed 1 connection_refused", "push sent 1"]);
    await room.send();
    expect(push.received).toHaveLength(1);
    expect(await room.deliveries(id)).toContain("email failed 1 connection_refused");
    clock.advance(6_000);
    await room.send();
    expect(await room.deliveries(id)).toContain("email failed 2 connection_refused");
    for (let round = 0; round < 12; round += 1) {
      clock.advance(4 * 3_600_000);
      await room.send();
    }
    // Given up after ten tries, and said so; without an address in the log.
    expect(await room.deliveries(id)).toContain("email failed 10 connection_refused");
    expect(room.lines.filter((line) => line.includes("given up"))).toHaveLength(1);
    expect(room.lines.join()).not.toContain(person.email);
  });

  it("what nobody can say stays unknown and is asked again under the same reference", async () => {
    const clock = manualClock("2026-11-22T08:00:00.000Z");
    const push = await createPushService({ status: 201 });
    const room = await open({
      clock,
      settings: { sms: { url: `${push.origin}/sms`, body: { t: "{{text}}{{to}}" } } },
    });
    const person = await room.person();
    const to = { customerId: person.id as Id<"cus">, phone: "+8613800138000" };
    const code = { ...samples.code, purpose: "phone" as const };
    push.answer.status = 500;
    const id = await room.queue(to, code, { channel: "sms" });
    await room.plan(id);
    await room.send();
    expect(await room.deliveries(id)).toEqual(["sms unknown 1 http_500"]);
    push.answer.status = 200;
    clock.advance(6_000);
    await room.send();
    expect(await room.deliveries(id)).toEqual(["sms sent 2"]);
    const references = push.received.map(({ headers }) => headers["idempotency-key"]);
    expect(new Set(references)).toEqual(new Set([`${id}.sms`]));
    await push.close();
  });

  it("a code that no longer works is not sent", async () => {
    const clock = manualClock("2026-11-22T08:00:00.000Z");
    const room = await open({
      clock,
      settings: { smtp: { url: "smtp://127.0.0.1:9", from: "a@example.com" } },
    });
    const expiresAt = new Date(clock.now().getTime() + 5 * minutes);
    const to = { email: "new@example.com", locale: "en" as const };
    const late = await room.queue(to, samples.code, { expiresAt });
    const tried = await room.queue(to, samples.code, { expiresAt });
    await room.plan(tried);
    await room.send();
    clock.advance(5 * minutes);
    await room.plan(late);
    await room.send();
    expect(await room.deliveries(late)).toEqual(["email expired 0"]);
    expect(await room.deliveries(tried)).toEqual(["email expired 2"]);
  });

  it("a browser that is no more is forgotten; a message that reaches nobody says so", async () => {
    const push = await createPushService({ status: 410 });
    undo.push(push.close);
    const room = await open({ settings: { push: { contact: "mailto:a@example.com", hosts: [push.host] } } });
    const person = await room.person();
    const browser = createBrowser(push.origin);
    await room.server.ask("POST", "/v1/me/push-subscriptions", {
      cookie: person.cookie,
      body: browser.target,
    });
    const id = await room.queue({ customerId: person.id as Id<"cus"> }, samples["notice.frozen"]);
    await room.plan(id);
    await room.send();
    expect(await room.deliveries(id)).toEqual(["email no_channel 0 no_sender", "push refused 1 http_410"]);
    const settings = await room.server.ask("GET", "/v1/me/notification-settings", { cookie: person.cookie });
    expect(settings.json).toMatchObject({ pushSubscriptions: [] });
    const nobody = await room.queue({ customerId: person.id as Id<"cus"> }, samples.code, { channel: "sms" });
    await room.plan(nobody);
    expect(await room.deliveries(nobody)).toEqual(["sms no_channel 0 no_address"]);

    const staff = await room.server.staff("operations");
    const counts = await room.server.ask("GET", "/v1/console/message-deliveries", { cookie: staff });
    expect(counts.json).toMatchObject({
      senders: [
        { channel: "email", sender: null },
        { channel: "sms", sender: null },
        { channel: "push", sender: "web-push" },
      ],
      errors: expect.arrayContaining([{ channel: "push", code: "http_410", count: 1 }]),
    });
  });

  it("an installation without a way out says so when it starts", async () => {
    const room = await open();
    expect(room.lines.join()).toContain("messages cannot leave");
    expect((await room.server.ask("GET", "/v1/installation")).json).toEqual({
      demo: false,
      outboxUrl: null,
      channels: [],
    });
  });
});

describe("what a customer decides", () => {
  it("notices of security are no choice; the phrase stands in every message and is stored sealed", async () => {
    const room = await open({ demo: true });
    const person = await room.person();
    const change = (body: unknown) =>
      room.server.ask("PATCH", "/v1/me/notification-settings", { cookie: person.cookie, body });
    expect((await change({ security: { email: false } })).status).toBe(400);
    for (const phrase of ["a\nb", "see www.evil.example", "x".repeat(41), "  ", "\u202Eabc"])
      expect((await change({ phrase })).status, phrase).toBe(400);
    const changed = await change({ payments: { email: true, push: false }, phrase: " 蓝色的鲸鱼 " });
    expect(changed.json).toMatchObject({
      phraseSet: true,
      groups: [
        { group: "security", fixed: true, on: ["email"], choices: [] },
        { group: "payments", fixed: false, on: ["email"], choices: ["email", "push"] },
      ],
    });
    expect(JSON.stringify(changed.json)).not.toContain("鲸鱼");
    const [stored] = await room.db.query<{ phrase: string }>("SELECT phrase FROM notifications.setting");
    expect(stored?.phrase).not.toContain("鲸鱼");

    for (const { id } of await room.identity.messages.recent(20)) await room.plan(id);
    await room.send();
    const { json } = await room.server.ask(
      "GET",
      `/v1/development/messages?to=${person.email.toUpperCase()}`,
    );
    const { items } = json as { items: { kind: string; text: string; to: string; code: string | null }[] };
    // Messages of one millisecond have no order among themselves.
    const notice = items.find(({ kind }) => kind === "notice.security_changed");
    expect(notice).toMatchObject({ to: person.email });
    expect(notice?.text).toContain("Your phrase: 蓝色的鲸鱼");
    expect(items.find(({ kind }) => kind === "code")?.code).toMatch(/^\d{6}$/);
    const kept = await room.db.query<{ row: string }>("SELECT o::text AS row FROM notifications.outbox o");
    for (const { row } of kept) expect(row).not.toContain(person.email);
  });

  it("the phrase needs recent strong authentication", async () => {
    const clock = manualClock("2026-11-22T08:00:00.000Z");
    const room = await open({ clock });
    const person = await room.person();
    // Busy all the time, so that the session itself holds.
    for (let minute = 0; minute < 6; minute += 2) {
      clock.advance(2 * minutes);
      await room.server.ask("GET", "/v1/me", { cookie: person.cookie });
    }
    const refused = await room.server.ask("PATCH", "/v1/me/notification-settings", {
      cookie: person.cookie,
      body: { phrase: "my own words" },
    });
    expect(refused.status).toBe(403);
    expect(refused.json).toMatchObject({ code: "identity.reauthentication_needed" });
    const payments = await room.server.ask("PATCH", "/v1/me/notification-settings", {
      cookie: person.cookie,
      body: { payments: { push: false } },
    });
    expect(payments.status).toBe(200);
  });

  it("a browser belongs to whoever signed in on it last, and to known push services only", async () => {
    const push = await createPushService({ status: 201 });
    undo.push(push.close);
    const room = await open({ settings: { push: { contact: "mailto:a@example.com", hosts: [push.host] } } });
    const [first, second] = [await room.person(), await room.person()];
    const { target } = createBrowser(push.origin);
    const subscribe = (cookie: string, body: unknown) =>
      room.server.ask("POST", "/v1/me/push-subscriptions", { cookie, body });
    const one = await subscribe(first.cookie, target);
    expect((await subscribe(first.cookie, target)).json).toEqual(one.json);
    await subscribe(second.cookie, target);
    const id = await room.queue({ customerId: first.id as Id<"cus"> }, samples["notice.frozen"]);
    await room.plan(id);
    await room.send();
    expect(push.received).toEqual([]);
    const hidden = await subscribe(first.cookie, { ...target, endpoint: "http://127.0.0.1:5432/x" });
    expect(hidden.json).toMatchObject({ code: "notifications.push_service_unknown" });
    const { id: theirs } = one.json as { id: string };
    const removed = await room.server.ask("DELETE", `/v1/me/push-subscriptions/${theirs}`, {
      cookie: first.cookie,
    });
    expect(removed.status).toBe(404);
    const keys = await Promise.all([1, 2].map(() => room.server.ask("GET", "/v1/push-key")));
    expect(keys[0]?.json).toEqual(keys[1]?.json);
    expect(keys[0]?.json).toMatchObject({ publicKey: expect.stringMatching(/^B[\w-]{86}$/) });
  });
});

describe("the wallet's list of notices", () => {
  it("shows each once, in both languages, without tokens, and marks what was read", async () => {
    const room = await open({ demo: true });
    const [person, other] = [await room.person(), await room.person()];
    const customerId = person.id as Id<"cus">;
    const first = await room.queue({ customerId }, samples["notice.recovery_started"]);
    const second = await room.queue({ customerId }, samples["payment.received"]);
    await room.queue({ customerId }, samples.code);
    for (const { id } of await room.identity.messages.recent(20)) await room.plan(id);
    await room.plan(first);
    const list = async (query = "") =>
      (await room.server.ask("GET", `/v1/me/notices${query}`, { cookie: person.cookie })).json as Notices & {
        nextCursor: string | null;
      };
    const notices = await list("?limit=2");
    expect(notices.items.slice(0, 2)).toMatchObject([
      { id: second, action: { kind: "payment" } },
      { id: first, title: { zh: "有人申请重新进入您的钱包" }, action: { kind: "security" } },
    ]);
    expect(JSON.stringify(notices)).not.toMatch(/cancel-token|493817/);
    const { unread } = notices;
    expect(unread).toBeGreaterThanOrEqual(2);
    const stranger = await room.server.ask("POST", "/v1/me/notices/read", {
      cookie: other.cookie,
      body: { upTo: second },
    });
    expect(stranger.status).toBe(204);
    expect((await list()).unread).toBe(unread);
    await room.server.ask("POST", "/v1/me/notices/read", { cookie: person.cookie, body: { upTo: first } });
    expect((await list()).items.find(({ id }) => id === first)?.read).toBe(true);
    expect((await list()).unread).toBe(1);
    const events = await room.db.query<{ payload: unknown }>(
      "SELECT payload FROM platform.outbox WHERE name = 'notice.added' AND payload ->> 'noticeId' = $1",
      [first],
    );
    expect(events).toHaveLength(1);
  });
});

it("what was told to somebody who was erased is read by nobody any more; codes are forgotten after a day", async () => {
  const clock = manualClock("2026-11-22T08:00:00.000Z");
  const room = await open({ clock, demo: true });
  const person = await room.person();
  const customerId = person.id as Id<"cus">;
  const notice = await room.queue({ customerId }, samples["notice.frozen"]);
  const code = await room.queue({ customerId }, samples.code, {
    expiresAt: new Date("2026-11-22T08:05:00.000Z"),
  });
  clock.advance(26 * 3_600_000);
  await room.forget();
  expect(await room.identity.messages.byId(code)).toBeUndefined();
  expect((await room.identity.messages.byId(notice))?.content).toEqual(samples["notice.frozen"]);
  await room.db.transaction((tx) => room.vault.shred(tx, person.id));
  expect(await room.identity.messages.byId(notice)).toBeUndefined();
  await room.plan(notice);
  await room.send();
  expect(await room.deliveries(notice)).toEqual([]);
});

describe("a demo's outbox", () => {
  it("is a page for its own site, and JSON; another installation has neither", async () => {
    const demo = await open({ demo: true });
    const page = await demo.server.ask("GET", "/development/outbox");
    expect(page.status).toBe(200);
    expect(page.headers).not.toHaveProperty("access-control-allow-origin");
    expect(page.headers["content-security-policy"]).toContain("script-src 'self'");
    expect((await demo.server.ask("GET", "/v1/installation")).json).toMatchObject({
      demo: true,
      channels: ["email", "sms", "push"],
    });
    const real = await open();
    const html = { headers: { accept: "text/html" } };
    expect((await real.server.ask("GET", "/development/outbox", html)).status).toBe(404);
    expect((await real.server.ask("GET", "/v1/development/messages")).status).toBe(404);
  });
});

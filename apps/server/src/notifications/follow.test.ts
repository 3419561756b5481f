import type { Id } from "@jinqiao/money";
import { afterEach, expect, it } from "vitest";
import type { PaymentRow, PaymentView } from "../payments/index.ts";
import { createSubscriptions, emit, event } from "../platform/events.ts";
import { createBrowser } from "./testing/push-service.ts";
import { createRoom } from "./testing/room.ts";

let close: (() => Promise<void>) | undefined;
afterEach(() => close?.());

const payments = {
  byId: async (id: string) => ({ id }) as PaymentRow,
  views: async ([row]: readonly PaymentRow[], viewer?: string) => [
    {
      id: row?.id,
      direction: viewer?.endsWith("0") ? "in" : "out",
      amount: { amount: "20.00", currency: "CNY" },
      counterparty: { kind: "customer", name: "王磊", detail: null, bankName: null },
      updatedAt: "2026-11-22T08:30:00.000Z",
    } as PaymentView,
  ],
};

it("tells of each settled payment once, and only who has a channel on", async () => {
  const room = await createRoom({ demo: true, payments });
  close = room.close;
  const { follow } = room.notifications;
  const settle = (customerId: string, paymentId: string, status = "settled") =>
    room.db.transaction((tx) =>
      emit(tx, createSubscriptions(), [
        event("payment.changed", {
          customerId: customerId as Id<"cus">,
          paymentId: paymentId as Id<"pay">,
          status,
        }),
      ]),
    );
  const person = await room.person();
  const silent = await room.person();
  await settle(person.id, "pay_before");
  expect(await follow()).toBe(0);
  const { target } = createBrowser("https://fcm.googleapis.com");
  await room.server.ask("POST", "/v1/me/push-subscriptions", { cookie: person.cookie, body: target });
  await settle(person.id, "pay_1", "authorised");
  await settle(person.id, "pay_1");
  await settle(silent.id, "pay_1");
  expect(await follow()).toBe(1);
  expect(await follow()).toBe(0);
  await settle(person.id, "pay_2");
  // Two processes at once: one follows.
  const both = await Promise.all([follow(), follow()]);
  expect(both.toSorted()).toEqual([0, 1]);
  const sent = (await room.identity.messages.recent(20)).filter(({ content }) =>
    content.kind.startsWith("payment."),
  );
  expect(sent.map(({ to }) => to)).toEqual(sent.map(() => ({ customerId: person.id })));
  expect(sent[0]?.content).toMatchObject({ paymentId: "pay_2", amount: "20.00 CNY" });

  await room.server.ask("PATCH", "/v1/me/notification-settings", {
    cookie: person.cookie,
    body: { payments: { push: false } },
  });
  await settle(person.id, "pay_3");
  expect(await follow()).toBe(0);
});

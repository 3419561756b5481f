import { Writable } from "node:stream";
import { ApiError, unwrap } from "@jinqiao/contract/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  attempt,
  createWorld,
  type LinkedAccount,
  type Session,
  type World,
} from "../../../../test/support/world.ts";
import { createDb } from "../platform/db.ts";
import { createLogger } from "../platform/logger.ts";

// The books are broken behind the server's back: what leaves to banks stops in that currency, and nothing else does.
let world: World;
let person: Session & { id: string; email: string };
let friend: Session & { id: string; email: string };
let accounts: Map<string, LinkedAccount>;
let log = "";

beforeAll(async () => {
  const destination = new Writable({
    write(chunk, _encoding, done) {
      log += chunk;
      done();
    },
  });
  world = await createWorld({ overrides: { logger: createLogger({ level: "fatal", destination }) } });
  person = await world.customer("Lin Test");
  friend = await world.customer("Friend");
  accounts = await world.link(person, "linxiao");
});
afterAll(() => world.close());

const tamper = async (statement: string) => {
  const db = createDb({ url: world.databaseUrl, maxConnections: 1 });
  try {
    await db.transaction(async (tx) => {
      await tx.query("SET LOCAL session_replication_role = replica");
      await tx.query(statement);
    });
  } finally {
    await db.close();
  }
};
const runWatch = async () => {
  await world.app.db.query("SELECT graphile_worker.add_job('ledger.watch')");
  await world.settleJobs();
};
const move = (path: "/v1/top-ups" | "/v1/withdrawals", amount: string, currency = "CNY", key?: string) =>
  unwrap(
    person.api.POST(path, {
      params: { header: attempt(key) },
      body: { linkedAccountId: (accounts.get(currency) as LinkedAccount).id, amount: { amount, currency } },
    }),
  );
const payment = (paymentId: string) =>
  unwrap(person.api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId } } }));
const codeOf = async (answer: Promise<unknown>): Promise<string> => {
  try {
    await answer;
    return "accepted";
  } catch (error) {
    if (error instanceof ApiError) return error.problem.code;
    throw error;
  }
};

it("stops withdrawals of the broken currency, keeps those under way, and goes on by itself once cleared", async () => {
  await move("/v1/top-ups", "100.00");
  await move("/v1/top-ups", "5000", "JPY");
  await world.settleJobs();
  const underWay = await move("/v1/withdrawals", "10.00");
  await world.settleJobs();
  await runWatch();
  expect(log).toBe("");

  const waiting = await move("/v1/withdrawals", "20.00");
  const broken = `UPDATE ledger.account SET held = held + 7 WHERE code = 'customer:${person.id}' AND currency = 'CNY'`;
  await tamper(broken);
  const { raised } = await world.app.watch.run();
  expect(raised.map((alarm) => alarm.invariant)).toEqual(["account_held"]);
  await world.settleJobs();

  // What was authorised before waits, and says why.
  expect(await payment(waiting.id)).toMatchObject({
    status: "authorised",
    reason: { code: "ledger.outgoing_stopped" },
  });
  // A new one is refused, and the refusal does not use up its key.
  const key = crypto.randomUUID();
  expect(await codeOf(move("/v1/withdrawals", "5.00", "CNY", key))).toBe("ledger.outgoing_stopped");
  // Other currencies, money that comes and money that stays inside go on.
  const yen = await move("/v1/withdrawals", "1000", "JPY");
  const more = await move("/v1/top-ups", "1.00");
  await unwrap(
    person.api.POST("/v1/transfers", {
      params: { header: attempt() },
      body: { payeeId: friend.id, amount: { amount: "2.00", currency: "CNY" } },
    }),
  );
  await world.settleJobs();
  expect((await payment(yen.id)).status).toBe("submitted");
  expect((await payment(more.id)).status).toBe("submitted");
  // What a bank has is asked for and settled as always.
  await world.closeDay();
  expect((await payment(underWay.id)).status).toBe("settled");
  expect((await payment(waiting.id)).status).toBe("authorised");

  const staff = await world.staff();
  const { items } = await unwrap(staff.GET("/v1/console/alarms", { params: { query: { status: "open" } } }));
  expect(items).toMatchObject([
    {
      invariant: "account_held",
      currency: "CNY",
      subject: `customer:${person.id} CNY`,
      expected: "20.00",
      found: "20.07",
      clearance: null,
    },
  ]);
  const alarmId = items[0]?.id ?? "";
  const clear = (api: typeof staff, note: string, withKey?: string) =>
    unwrap(
      api.POST("/v1/console/alarms/{alarmId}/clearance", {
        params: { path: { alarmId }, header: attempt(withKey) },
        body: { note },
      }),
    );
  expect(await codeOf(clear(await world.staff("viewer"), "I may not do this"))).toBe("identity.not_allowed");
  expect(await codeOf(clear(staff, "no"))).toBe("request.invalid");
  expect(await codeOf(clear(staff, "It is still so"))).toBe("ledger.alarm_still_true");
  await tamper(broken.replace("+", "-"));
  const once = crypto.randomUUID();
  const cleared = await clear(staff, "Restored from the audit trail", once);
  expect(cleared).toMatchObject({ status: "cleared", clearance: { note: "Restored from the audit trail" } });
  expect(await clear(staff, "Restored from the audit trail", once)).toEqual(cleared);
  expect(await codeOf(clear(staff, "Once more"))).toBe("ledger.alarm_already_cleared");
  expect(await unwrap(staff.GET("/v1/console/alarms/{alarmId}", { params: { path: { alarmId } } }))).toEqual(
    cleared,
  );

  await world.settleJobs();
  expect((await payment(waiting.id)).status).toBe("submitted");
  expect((await move("/v1/withdrawals", "5.00", "CNY", key)).status).toBe("authorised");
  await world.settleJobs();
  await world.closeDay();
  expect((await payment(waiting.id)).status).toBe("settled");
  expect(await world.app.ledger.violations()).toEqual([]);
});

it("tells the log at the highest level, with what it should be and what it is", async () => {
  await tamper(
    "UPDATE ledger.total SET balance = balance + 100 WHERE currency = 'JPY' AND safeguarding = -1",
  );
  await tamper("UPDATE ledger.watch SET summed_at = NULL");
  await runWatch();
  const lines = log
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  expect(lines).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ level: "fatal", invariant: "totals", currency: "JPY", subject: "JPY owed" }),
    ]),
  );
  expect(await codeOf(move("/v1/withdrawals", "100", "JPY"))).toBe("ledger.outgoing_stopped");
});

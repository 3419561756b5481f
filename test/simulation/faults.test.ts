import { unwrap } from "@jinqiao/contract/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { usualStepUpPolicy } from "../../apps/server/src/identity/index.ts";
import { lostCalls } from "../support/everything.ts";
import { confirmByCode, confirmTransfer, send } from "../support/step-up.ts";
import { attempt, createWorld, type LinkedAccount, type Session, type World } from "../support/world.ts";

/**
 * Fails call 1, 2, 3 … of a top-up and of a withdrawal, each once before it took effect and once after (the answer
 * lost), until a run goes through without reaching the fault. After each run people do what people do: they press
 * again, the worker starts again, the day is closed. Then every invariant must hold.
 */
type Calls = "statement" | "bank call";
let world: World;
let person: Session;
let account: string;
const armed = { calls: "statement" as Calls, when: "before" as "before" | "after", countdown: 0, hit: false };

function lost(calls: Calls): (when: "before" | "after") => void {
  return (when) => {
    if (armed.countdown === 0 || armed.calls !== calls || armed.when !== when) return;
    armed.countdown -= 1;
    if (armed.countdown > 0) return;
    armed.hit = true;
    throw Object.assign(new Error(`the connection broke ${when} the ${calls}`), { code: "ECONNRESET" });
  };
}

let float: { id: string; reference: string };

beforeAll(async () => {
  world = await createWorld({
    overrides: { fault: lost("statement"), bankFault: lost("bank call"), strict: false },
  });
  person = await world.customer("Fault Test");
  account = ((await world.link(person, "linxiao")).get("CNY") as LinkedAccount).id;
  // A float to withdraw from.
  float = await unwrap(
    person.api.POST("/v1/top-ups", {
      params: { header: attempt() },
      body: { linkedAccountId: account, amount: { amount: "5000.00", currency: "CNY" } },
    }),
  );
  await world.settleJobs();
  await world.closeDay();
  expect(
    (await unwrap(person.api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId: float.id } } })))
      .status,
  ).toBe("settled");
});
afterAll(() => world.close());

async function run(path: "/v1/top-ups" | "/v1/withdrawals", amount: string): Promise<string> {
  const header = attempt();
  let id: string | undefined;
  for (let press = 0; press < 4 && id === undefined; press += 1) {
    const answer = await person.api
      .POST(path, {
        params: { header },
        body: { linkedAccountId: account, amount: { amount, currency: "CNY" } },
      })
      .catch(() => undefined);
    id = answer?.data?.id;
  }
  expect(id, "pressing again ends in one payment").toBeDefined();
  await world.settleJobs();
  // Whatever was not reached by now must not disturb the recovery.
  armed.countdown = 0;
  await world.settleJobs();
  return id as string;
}

async function bankMoved(): Promise<bigint> {
  const iban = world.config.custodyAccounts.find((one) => one.currency === "CNY")?.iban ?? "";
  return BigInt((await world.bank.script.account(iban)).bookedMinor);
}

it.each([
  ["/v1/top-ups", "statement", "before"],
  ["/v1/top-ups", "statement", "after"],
  ["/v1/top-ups", "bank call", "before"],
  ["/v1/top-ups", "bank call", "after"],
  ["/v1/withdrawals", "statement", "before"],
  ["/v1/withdrawals", "statement", "after"],
  ["/v1/withdrawals", "bank call", "before"],
  ["/v1/withdrawals", "bank call", "after"],
] as const)("%s with %s N lost %s it took effect", { timeout: 600_000 }, async (path, calls, when) => {
  let reached = 0;
  for (const n of lostCalls(when, 500)) {
    const bankBefore = await bankMoved();
    Object.assign(armed, { calls, when, countdown: n, hit: false });
    const id = await run(path, "1.00");
    const made = await unwrap(
      person.api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId: id } } }),
    );
    const moved = (await bankMoved()) - bankBefore;
    const sign = path === "/v1/top-ups" ? 100n : -100n;
    // The bank moved the money once or not at all, and we know which.
    expect([made.status, moved], `${calls} ${n} ${when}`).toEqual(
      made.status === "rejected" ? ["rejected", 0n] : ["submitted", sign],
    );
    expect(await world.app.ledger.violations(), `${calls} ${n} ${when}`).toEqual([]);
    if (!armed.hit) break;
    reached = n;
  }
  expect(reached, "faults were reached").toBeGreaterThan(calls === "statement" ? 5 : 0);
  await world.closeDay();
  const staff = await world.staff();
  expect((await unwrap(staff.GET("/v1/console/breaks"))).items).toEqual([]);
  expect(await world.app.ledger.violations()).toEqual([]);
  const custody = (await world.app.ledger.balances("custody:harbour")).find((one) => one.currency === "CNY");
  expect(custody?.balance).toBe(await bankMoved());
  const { items } = await unwrap(person.api.GET("/v1/balances"));
  expect(items.find((one) => one.currency === "CNY")?.held.amount).toBe("0.00");
});

/**
 * A payment that has to be confirmed, with statement N lost at the payment: it is made once, by its confirmation, and
 * the confirmation makes no second one.
 */
it.each(["before", "after"] as const)(
  "a confirmed transfer with statement N lost %s it took effect",
  { timeout: 600_000 },
  async (when) => {
    const strict = await createWorld({
      overrides: { fault: lost("statement"), strict: false, stepUp: usualStepUpPolicy },
    });
    try {
      const payer = await strict.customer("Payer Test");
      const payee = await strict.customer("Payee Test");
      const currency = "CNY";
      await strict.app.ledger.commit({
        key: "simulation/fund",
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
      const transfer = { payeeId: payee.id, amount: { amount: "300.00", currency } };
      const receivedBy = async () =>
        (await strict.app.ledger.balances(`customer:${payee.id}`)).find((one) => one.currency === currency)
          ?.balance ?? 0n;
      let reached = 0;
      for (const n of lostCalls(when, 200)) {
        const before = await receivedBy();
        const stepUpId = await confirmByCode(strict, payer, (await confirmTransfer(payer, transfer)).id);
        const key = `confirmed-${when}-${n}`;
        Object.assign(armed, { calls: "statement", when, countdown: n, hit: false });
        let paid: string | undefined;
        for (let press = 0; press < 4 && paid === undefined; press += 1)
          paid = (await send(payer, { ...transfer, stepUpId }, key).catch(() => ({ id: undefined }))).id;
        armed.countdown = 0;
        expect(paid, `statement ${n} ${when}`).toBeDefined();
        expect((await send(payer, { ...transfer, stepUpId }, `${key}-other`)).refused).toBe("sca.used");
        expect((await receivedBy()) - before, `statement ${n} ${when}`).toBe(30_000n);
        if (!armed.hit) break;
        reached = n;
      }
      expect(reached, "faults were reached").toBeGreaterThan(4);
      const open = await strict.app.db.query(
        `SELECT p.id FROM payments.payment p LEFT JOIN identity.step_up s ON s.id = p.authentication ->> 'stepUpId'
          WHERE p.kind = 'transfer' AND (s.id IS NULL OR s.used_by IS NULL OR s.customer_id <> p.customer_id)`,
      );
      expect(open, "no payment stands without the confirmation that it needed").toEqual([]);
    } finally {
      await strict.close();
    }
  },
);

it.each(["before", "after"] as const)(
  "a day of returns, read again and again while statement N is lost %s it took effect: each is booked once",
  { timeout: 600_000 },
  async (when) => {
    const reference = float.reference;
    const before = (
      await unwrap(person.api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId: float.id } } }))
    ).returns.length;
    for (let part = 0; part < 6; part += 1)
      await world.bank.script.returnPayment({ endToEndId: reference, reason: "AM09", amount: "0.01" });
    await world.bank.script.endOfDay();
    const staff = await world.staff();
    let reached = 0;
    for (const n of lostCalls(when, 500)) {
      Object.assign(armed, { calls: "statement", when, countdown: n, hit: false });
      await staff.POST("/v1/console/statement-fetches").catch(() => undefined);
      armed.countdown = 0;
      expect(await world.app.ledger.violations(), `statement ${n} ${when}`).toEqual([]);
      if (!armed.hit) break;
      reached = n;
    }
    expect(reached, "faults were reached").toBeGreaterThan(5);
    const seen = await unwrap(
      person.api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId: float.id } } }),
    );
    expect(seen.returns).toHaveLength(before + 6);
    expect((await unwrap(staff.GET("/v1/console/breaks"))).items).toEqual([]);
    const custody = (await world.app.ledger.balances("custody:harbour")).find(
      (one) => one.currency === "CNY",
    );
    expect(custody?.balance).toBe(await bankMoved());
  },
);

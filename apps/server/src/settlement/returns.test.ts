import { unwrap } from "@jinqiao/contract/client";
import { formatDecimal } from "@jinqiao/money";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  attempt,
  createWorld,
  type LinkedAccount,
  type Session,
  type World,
} from "../../../../test/support/world.ts";
import { createPayoutDesk } from "../payments/payouts.ts";
import { createReturns } from "../payments/returns.ts";
import { systemClock } from "../platform/clock.ts";
import { createIds } from "../platform/ids.ts";

let world: World;
let person: Session & { id: string };
let account: string;
let custodyIban: string;
/** What the bank's statements were made to show beyond its own books, minor units. */
let falsified = 0n;

beforeAll(async () => {
  world = await createWorld();
  person = await world.customer("Lin Test");
  account = ((await world.link(person, "linxiao")).get("CNY") as LinkedAccount).id;
  custodyIban = world.config.custodyAccounts.find((one) => one.currency === "CNY")?.iban ?? "";
});
afterAll(() => world.close());

const cny = (amount: string) => ({ amount, currency: "CNY" });
async function pay(way: "/v1/top-ups" | "/v1/withdrawals", amount: string) {
  const made = await unwrap(
    person.api.POST(way, {
      params: { header: attempt() },
      body: { linkedAccountId: account, amount: cny(amount) },
    }),
  );
  await world.settleJobs();
  return made;
}
const payment = (paymentId: string) =>
  unwrap(person.api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId } } }));
async function balance(code = `customer:${person.id}`) {
  const row = (await world.app.ledger.balances(code)).find(({ currency }) => currency === "CNY");
  return row?.balance ?? 0n;
}
async function openBreaks() {
  const staff = await world.staff();
  return (await unwrap(staff.GET("/v1/console/breaks", { params: { query: { status: "open" } } }))).items;
}
async function openCases() {
  const staff = await world.staff();
  return (await unwrap(staff.GET("/v1/console/cases", { params: { query: { status: "open" } } }))).items;
}
async function sound(shortBy = 0n) {
  const broken = await world.app.ledger.violations();
  expect(
    broken.filter(({ invariant }) => shortBy === 0n || invariant !== "custody covers what is owed"),
  ).toEqual([]);
  const { assets, owed } = await world.app.ledger.safeguarding("CNY");
  expect(owed - assets).toBe(shortBy);
  expect(await balance("custody:harbour")).toBe(
    BigInt((await world.bank.script.account(custodyIban)).bookedMinor) + falsified,
  );
}
const giveBack = (endToEndId: string, reason: string, amount?: string) =>
  world.bank.script.returnPayment({ endToEndId, reason, ...(amount === undefined ? {} : { amount }) });

it("a withdrawal that comes back whole is a payment of its own, with the reason in words, and the first is returned", async () => {
  await pay("/v1/top-ups", "50.00");
  await world.closeDay();
  const out = await pay("/v1/withdrawals", "20.00");
  await world.closeDay();
  expect(await balance()).toBe(3_000n);
  await giveBack(out.reference, "AC04");
  await world.closeDay();
  const seen = await payment(out.id);
  expect(seen).toMatchObject({
    status: "returned",
    returned: cny("20.00"),
    reason: {
      code: "AC04",
      text: { en: expect.stringContaining("closed"), zh: expect.stringContaining("销户") },
    },
    timeline: [
      { status: "authorised" },
      { status: "submitted" },
      { status: "settled" },
      { status: "returned" },
    ],
  });
  const back = await payment(seen.returns[0]?.paymentId ?? "");
  expect(back).toMatchObject({
    kind: "return",
    direction: "in",
    status: "settled",
    amount: cny("20.00"),
    originalPaymentId: out.id,
    reason: { code: "AC04" },
    timeline: [{ status: "settled" }],
  });
  expect(await balance()).toBe(5_000n);
  expect(await openBreaks()).toEqual([]);
  await sound();
});

it("a top-up comes back in parts, never more in sum than it was; the same line again and what is too much wait for staff", async () => {
  const top = await pay("/v1/top-ups", "30.00");
  await world.closeDay();
  const before = await balance();
  await giveBack(top.reference, "AM09", "10.00");
  await giveBack(top.reference, "AM09", "10.00");
  await world.closeDay();
  expect(await payment(top.id)).toMatchObject({
    status: "settled",
    returned: cny("20.00"),
    returns: [{ amount: cny("10.00") }, { amount: cny("10.00") }],
    reason: { code: "AM09", text: { en: expect.stringMatching(/^20\.00 CNY of this payment came back/) } },
  });
  expect(await balance()).toBe(before - 2_000n);
  // The bank's statement shows more going back than the payment was for.
  await giveBack(top.reference, "AM09", "10.00");
  await world.bank.script.alterStatement({
    iban: custodyIban,
    endToEndId: top.reference,
    change: { amount: "10.01" },
  });
  falsified -= 1n;
  await world.closeDay();
  expect(await payment(top.id)).toMatchObject({ status: "settled", returned: cny("20.00") });
  const [found, ...others] = await openBreaks();
  expect(others).toEqual([]);
  expect(found).toMatchObject({
    kind: "unexpected_line",
    bankSide: { amount: cny("10.01"), direction: "debit" },
  });
  expect(found?.why.zh).toContain("超过");
  expect(await balance()).toBe(before - 2_000n);
});

it("a top-up taken back after the money was spent: what is missing is a receivable with a case, and no balance below zero", async () => {
  const friend = await world.customer("Wang Test");
  const top = await pay("/v1/top-ups", "40.00");
  await world.closeDay();
  const spent = (await balance()) - 1_500n;
  await unwrap(
    person.api.POST("/v1/transfers", {
      params: { header: attempt() },
      body: { payeeId: friend.id, amount: { amount: formatDecimal(spent, "CNY"), currency: "CNY" } },
    }),
  );
  await giveBack(top.reference, "MD06");
  await world.closeDay();
  expect(await payment(top.id)).toMatchObject({ status: "returned", returned: cny("40.00") });
  expect(await balance()).toBe(0n);
  expect(await balance(`receivable:${person.id}`)).toBe(2_500n);
  const owed = (await openCases()).filter(({ kind }) => kind === "money_owed");
  expect(owed).toMatchObject([{ amount: cny("25.00"), paymentKind: "return" }]);
  // Nobody else's money covers it: what customers are owed is short by just that.
  await sound(2_500n);
  // What is owed is taken in parts, each once, whoever else presses the button at the same time.
  const caseId = await collect("10.00");
  const both = await Promise.allSettled([act(caseId, "collect"), act(caseId, "collect")]);
  expect(both.filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(0);
  expect(await balance(`receivable:${person.id}`)).toBe(1_500n);
  await pay("/v1/top-ups", "100.00");
  await world.closeDay();
  expect(await act(caseId, "collect")).toMatchObject({
    case: { status: "closed", ending: { outcome: "collected" } },
  });
  expect(await balance(`receivable:${person.id}`)).toBe(0n);
  expect(await balance()).toBe(8_500n);
  await sound();
});

it("one return is booked once, however many read its line at once; two may not take back more than there was", async () => {
  const out = await pay("/v1/withdrawals", "6.00");
  await world.closeDay();
  const before = await balance();
  const returns = createReturns({
    ...world.app,
    clock: systemClock,
    ids: createIds(systemClock),
    payouts: createPayoutDesk(),
  });
  const book = (bankReference: string, amount: bigint) =>
    returns.book(
      out.id,
      { amount, code: "AC04", bankReference },
      () => ({}),
      async () => false,
    );
  const same = await Promise.all([1, 2, 3].map(() => book("line-1", 400n)));
  expect(same.filter(({ booked }) => booked)).toHaveLength(1);
  expect(same).toContainEqual({ booked: false, why: "shown_twice" });
  const rest = await Promise.all(["line-2", "line-3"].map((line) => book(line, 200n)));
  expect(rest.filter(({ booked }) => booked)).toHaveLength(1);
  expect(rest).toContainEqual({ booked: false, why: "too_much" });
  expect(await balance()).toBe(before + 600n);
  falsified += 600n;
  expect(await payment(out.id)).toMatchObject({ status: "returned", returned: cny("6.00") });
  // The constraint of the database holds it as well.
  const forced = world.app.db.query(
    `INSERT INTO payments.payment (id, kind, status, customer_id, bank_id, currency, amount, reference, request_id, original_id,
       original_kind, created_at, updated_at)
     SELECT 'pay_forced', 'return', 'settled', customer_id, bank_id, currency, 1, 'FORCED', request_id, id, kind, now(), now()
       FROM payments.payment WHERE id = $1`,
    [out.id],
  );
  await expect(forced).rejects.toThrow(/do not fit/);
});

it("an account that can no longer take or give: a withdrawal sent back waits in suspense with a break and a case, a top-up taken back is owed whole", async () => {
  const top = await pay("/v1/top-ups", "12.00");
  const out = await pay("/v1/withdrawals", "5.00");
  await world.closeDay();
  const before = await balance();
  const waiting = await balance("suspense:harbour");
  await mark("frozen");
  await giveBack(top.reference, "MD06");
  await giveBack(out.reference, "AC04");
  await world.closeDay();
  await mark("open");
  expect(await balance()).toBe(before);
  expect(await payment(top.id)).toMatchObject({ status: "returned" });
  expect(await payment(out.id)).toMatchObject({ status: "settled", returned: null });
  expect(await balance("suspense:harbour")).toBe(waiting + 500n);
  const cases = await openCases();
  expect(cases.find(({ kind }) => kind === "late_money")).toMatchObject({ amount: cny("5.00") });
  expect(cases.find(({ kind, amount }) => kind === "money_owed" && amount.amount === "12.00")).toBeDefined();
  await sound(1_200n);
  // What is written off is decided by two people.
  const caseId = cases.find(({ kind }) => kind === "money_owed")?.id ?? "";
  expect(await act(caseId, "write_off_debt")).toMatchObject({ case: { status: "open" } });
  expect(await balance(`receivable:${person.id}`)).toBe(1_200n);
  expect(await act(caseId, "write_off_debt", "second")).toMatchObject({
    case: { status: "closed", ending: { by: "陈静 Chen Jing, 周宁 Zhou Ning" } },
  });
  expect(await balance(`receivable:${person.id}`)).toBe(0n);
  expect(await balance("losses:returns")).toBe(1_200n);
});

async function mark(status: "open" | "frozen") {
  const account = { code: `customer:${person.id}`, currency: "CNY" };
  const key = `mark-${crypto.randomUUID()}`;
  await world.app.ledger.commit({ key, hash: key, accounts: [{ account, status }] });
}
/** The customer tops up, and staff take what is owed from the balance. */
async function collect(amount: string) {
  const [owed] = (await openCases()).filter(({ kind }) => kind === "money_owed");
  await expect(act(owed?.id ?? "", "collect")).rejects.toMatchObject({
    problem: { code: "payment.nothing_to_collect" },
  });
  await pay("/v1/top-ups", amount);
  await world.closeDay();
  return owed?.id ?? "";
}
async function act(
  caseId: string,
  action: "collect" | "write_off_debt",
  role: "operations" | "second" = "operations",
) {
  const staff = await world.staff(role);
  return unwrap(
    staff.POST("/v1/console/cases/{caseId}/actions", {
      params: { path: { caseId } },
      body: { action, note: "Agreed with the customer by telephone." },
    }),
  );
}

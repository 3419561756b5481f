import { unwrap } from "@jinqiao/contract/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  attempt,
  createWorld,
  type LinkedAccount,
  type Session,
  type World,
} from "../../../../test/support/world.ts";

let world: World;
let person: Session & { id: string };
let account: string;
let custodyIban: string;

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
    BigInt((await world.bank.script.account(custodyIban)).bookedMinor),
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

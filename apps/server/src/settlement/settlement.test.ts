import { ApiError, unwrap } from "@jinqiao/contract/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  attempt,
  createWorld,
  type LinkedAccount,
  type Session,
  type World,
} from "../../../../test/support/world.ts";

let world: World;
let person: Session;
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
async function topUp(amount: string) {
  const made = await unwrap(
    person.api.POST("/v1/top-ups", {
      params: { header: attempt() },
      body: { linkedAccountId: account, amount: cny(amount) },
    }),
  );
  await world.settleJobs();
  return made;
}
async function withdraw(amount: string) {
  const made = await unwrap(
    person.api.POST("/v1/withdrawals", {
      params: { header: attempt() },
      body: { linkedAccountId: account, amount: cny(amount) },
    }),
  );
  await world.settleJobs();
  return made;
}
const statusOf = async (paymentId: string) =>
  (await unwrap(person.api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId } } }))).status;
async function openBreaks() {
  const staff = await world.staff();
  return (await unwrap(staff.GET("/v1/console/breaks", { params: { query: { status: "open" } } }))).items;
}
type Action = "complete_payment" | "write_off" | "reverse_payment" | "credit_payment_customer";
async function decide(breakId: string, action: Action, role: "operations" | "second", key?: string) {
  const staff = await world.staff(role);
  return unwrap(
    staff.POST("/v1/console/breaks/{breakId}/resolution", {
      params: { path: { breakId }, header: attempt(key) },
      body: { action, note: "Checked with the bank by telephone." },
    }),
  );
}
/** Closes a break, by two people where two must. */
async function resolve(breakId: string, action: Action, key?: string) {
  const said = await decide(breakId, action, "operations");
  return said.status === "closed" ? said : decide(breakId, action, "second", key);
}
async function sound() {
  const staff = await world.staff();
  const books = await unwrap(staff.GET("/v1/console/trial-balance"));
  for (const one of books.currencies) expect(one.difference.amount).toMatch(/^0(\.0+)?$/);
  expect(
    (await world.app.ledger.violations()).filter((one) => one.invariant !== "custody covers what is owed"),
  ).toEqual([]);
  const custody = (await world.app.ledger.balances("custody:harbour")).find((one) => one.currency === "CNY");
  return custody?.balance ?? 0n;
}

describe("a day of custody against the bank's statement", () => {
  it("an amount altered on the bank's side opens a break with both sides; it closes only by a posting that says why", async () => {
    const changed = await topUp("80.00");
    const kept = await topUp("20.00");
    await world.bank.script.alterStatement({
      iban: custodyIban,
      endToEndId: changed.reference,
      change: { amount: "79.00" },
    });
    await world.closeDay();

    expect(await statusOf(kept.id)).toBe("settled");
    expect(await statusOf(changed.id)).toBe("submitted");
    const [found, ...others] = await openBreaks();
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      kind: "amount_differs",
      bankSide: { amount: cny("79.00"), direction: "credit", reference: changed.reference },
      ledgerSide: { amount: cny("80.00"), paymentId: changed.id },
      difference: cny("-1.00"),
      actions: ["complete_payment"],
    });
    expect(found?.why.zh).toContain("79.00");
    // Custody equals the statement, whatever it says.
    expect(await sound()).toBe(9_900n);

    await expect(resolve(found?.id ?? "", "write_off")).rejects.toMatchObject({
      problem: { code: "settlement.resolution_not_possible" },
    });
    const viewer = await world.staff("viewer");
    const refused = unwrap(
      viewer.POST("/v1/console/breaks/{breakId}/resolution", {
        params: { path: { breakId: found?.id ?? "" }, header: attempt() },
        body: { action: "complete_payment", note: "I may not do this." },
      }),
    );
    await expect(refused).rejects.toBeInstanceOf(ApiError);

    const key = crypto.randomUUID();
    const closed = await resolve(found?.id ?? "", "complete_payment", key);
    expect(closed).toMatchObject({
      status: "closed",
      resolution: {
        action: "complete_payment",
        note: "Checked with the bank by telephone. / Checked with the bank by telephone.",
        by: "陈静 Chen Jing, 周宁 Zhou Ning",
      },
    });
    expect(await decide(found?.id ?? "", "complete_payment", "second", key)).toEqual(closed);
    await expect(resolve(found?.id ?? "", "complete_payment")).rejects.toMatchObject({
      problem: { code: "settlement.break_closed" },
    });
    expect(await statusOf(changed.id)).toBe("settled");
    expect(await openBreaks()).toEqual([]);
    await sound();
    const [posted] = await world.app.db.query<{ kind: string }>(
      "SELECT kind FROM ledger.transfer WHERE id = $1",
      [closed.resolution?.transferId],
    );
    expect(posted?.kind).toBe("top_up.settle");
  });

  it("money nobody expects waits in suspense with an open break", async () => {
    await world.bank.script.alterStatement({
      iban: custodyIban,
      change: {
        add: { amount: "5.55", direction: "credit", reference: "UNKNOWN-1", counterparty: "Somebody" },
      },
    });
    await world.closeDay();
    const [found] = await openBreaks();
    expect(found).toMatchObject({
      kind: "unexpected_line",
      bankSide: { amount: cny("5.55") },
      ledgerSide: null,
    });
    const suspense = (await world.app.ledger.balances("suspense:harbour")).find(
      (one) => one.currency === "CNY",
    );
    expect(suspense?.balance).toBe(555n);
    await resolve(found?.id ?? "", "write_off");
    expect(
      (await world.app.ledger.balances("suspense:harbour")).find((one) => one.currency === "CNY")?.balance,
    ).toBe(0n);
    await sound();
  });

  it("a line the bank leaves out is missed, and the payment undone only by staff", async () => {
    const held = await withdraw("7.00");
    await world.bank.script.alterStatement({
      iban: custodyIban,
      endToEndId: held.reference,
      change: { remove: true },
    });
    await world.closeDay();
    const [found, ...others] = await openBreaks();
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      kind: "missing_on_statement",
      bankSide: null,
      ledgerSide: { amount: cny("7.00"), direction: "debit" },
    });
    expect(await statusOf(held.id)).toBe("submitted");
    await resolve(found?.id ?? "", "reverse_payment");
    expect(await statusOf(held.id)).toBe("rejected");
    await sound();
  });

  it("a line that lost its reference is matched by staff with the payment it is; a repeat gets the same answer", async () => {
    const lost = await topUp("64.20");
    const { script } = world.bank;
    await script.alterStatement({
      iban: custodyIban,
      endToEndId: lost.reference,
      change: { remove: true },
    });
    const reference = `${lost.reference.slice(0, -2)}ZZ`;
    const add = { amount: "64.20", direction: "credit" as const, reference, counterparty: "Lin Test" };
    await script.alterStatement({ iban: custodyIban, change: { add } });
    await world.closeDay();
    const line = (await openBreaks()).find(({ kind }) => kind === "unexpected_line");
    const params = { path: { breakId: line?.id ?? "" } };
    const staff = await world.staff();
    const { items } = await unwrap(staff.GET("/v1/console/breaks/{breakId}/suggestions", { params }));
    expect(items[0]).toMatchObject({
      exact: true,
      payments: [{ paymentId: lost.id }],
      difference: cny("0.00"),
    });
    // The reference may happen to end in a Z of its own.
    expect(items[0]?.why.en).toMatch(/(one character|2 characters) wrong, same amount/);
    const { sums } = await unwrap(staff.GET("/v1/console/break-ageing"));
    expect(sums).toMatchObject([
      { bankId: "harbour", currency: "CNY", bucket: "0-1", breaks: 2, overdue: 0 },
    ]);

    const body = { breakIds: [line?.id ?? ""], paymentIds: [lost.id], note: "The bank confirmed it." };
    const send = async (key: string, role: "operations" | "viewer" = "operations") =>
      unwrap(
        (await world.staff(role)).POST("/v1/console/breaks/{breakId}/match", {
          params: { ...params, header: attempt(key) },
          body,
        }),
      );
    await expect(send(crypto.randomUUID(), "viewer")).rejects.toMatchObject({
      problem: { code: "identity.not_allowed" },
    });
    const keys = [crypto.randomUUID(), crypto.randomUUID()];
    const answers = await Promise.allSettled(keys.map((key) => send(key)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const again = await send(keys[answers[0]?.status === "fulfilled" ? 0 : 1] ?? "");
    expect(again).toMatchObject({ status: "closed", resolution: { action: "match" }, age: null });
    expect(answers).toContainEqual({ status: "fulfilled", value: again });
    expect(await statusOf(lost.id)).toBe("settled");
    expect(await openBreaks()).toEqual([]);
    await sound();
  });

  it("a statement read twice, also by two at once, changes nothing", async () => {
    await topUp("3.00");
    await world.bank.script.endOfDay();
    const staff = await world.staff();
    await Promise.all([1, 2, 3].map(() => unwrap(staff.POST("/v1/console/statement-fetches"))));
    const before = await sound();
    await unwrap(staff.POST("/v1/console/statement-fetches"));
    expect(await sound()).toBe(before);
    const { items } = await unwrap(staff.GET("/v1/console/statements"));
    const keys = items.map((one) => `${one.currency} ${one.date}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("no money leaves while custody is below what customers are owed; it goes on when that is put right", async () => {
    await topUp("9.00");
    await world.closeDay();
    const loss = { code: "losses:test", currency: "CNY" };
    const custody = { code: "custody:harbour", currency: "CNY" };
    const { assets, owed } = await world.app.ledger.safeguarding("CNY");
    const amount = assets - owed + 1n;
    const book = (key: string, debit: typeof loss, credit: typeof loss) =>
      world.app.ledger.commit({
        key,
        hash: key,
        transfer: { id: `trf_${key}`, kind: "test.loss", postings: [{ debit, credit, amount }] },
      });
    await book("loss", loss, custody);
    const staff = await world.staff();
    const books = await unwrap(staff.GET("/v1/console/trial-balance"));
    expect(books.currencies.find((one) => one.currency === "CNY")?.safeguarding.held).toBe(false);
    const before = await world.bank.script.account(custodyIban);
    const asked = await withdraw("1.00");
    expect(await statusOf(asked.id)).toBe("authorised");
    expect(await world.bank.script.account(custodyIban)).toEqual(before);
    await book("made-good", custody, loss);
    await world.settleJobs();
    expect(await statusOf(asked.id)).toBe("submitted");
  });

  it("what the operator bears is decided by two people: nothing is posted before the second", async () => {
    const payment = await topUp("30.00");
    await world.bank.script.alterStatement({
      iban: custodyIban,
      endToEndId: payment.reference,
      change: { amount: "31.00" },
    });
    await world.closeDay();
    const [found] = await openBreaks();
    const breakId = found?.id ?? "";
    expect(found).toMatchObject({
      actions: ["complete_payment"],
      needTwo: ["complete_payment"],
      proposal: null,
    });
    const before = await sound();
    const key = crypto.randomUUID();
    const proposed = await decide(breakId, "complete_payment", "operations", key);
    expect(proposed).toMatchObject({
      status: "open",
      proposal: { action: "complete_payment", by: "陈静 Chen Jing" },
      resolution: null,
    });
    // The same request again is no second person, and neither is the same person with another one.
    expect(await decide(breakId, "complete_payment", "operations", key)).toEqual(proposed);
    await expect(decide(breakId, "complete_payment", "operations")).rejects.toMatchObject({
      problem: { code: "settlement.second_person_needed" },
    });
    expect(await statusOf(payment.id)).toBe("submitted");
    expect(await sound()).toBe(before);
    // Two people at once: it is posted once.
    const both = await Promise.allSettled([1, 2].map(() => decide(breakId, "complete_payment", "second")));
    expect(both.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await statusOf(payment.id)).toBe("settled");
    expect(await openBreaks()).toEqual([]);
    await sound();
  });
});

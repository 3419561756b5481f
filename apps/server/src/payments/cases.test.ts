import { ApiError, unwrap } from "@jinqiao/contract/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  attempt,
  createWorld,
  type LinkedAccount,
  type Session,
  type World,
} from "../../../../test/support/world.ts";
import { customerAccount, hashOf } from "../ledger/index.ts";
import { createDb } from "../platform/db.ts";
import { maxInquiries } from "./mover.ts";

// What asking the bank cannot decide: a person does, by the table of moves, and every ending leaves the books whole.
let world: World;
let person: Session & { id: string };
let account: string;
let staff: Session["api"];

const dayMs = 86_400_000;
const cny = (amount: string) => ({ amount, currency: "CNY" });
const note = "The bank wrote on 22 November: order never arrived.";

beforeAll(async () => {
  // The bank has a day to show an order: until then, not seeing it proves nothing.
  world = await createWorld({ executionWindowMs: dayMs });
  person = await world.customer("林晓", "zh");
  account = ((await world.link(person, "linxiao")).get("CNY") as LinkedAccount).id;
  await move("/v1/top-ups", "500.00");
  await world.settleJobs();
  staff = await world.staff();
});
afterAll(() => world.close());

function move(path: "/v1/top-ups" | "/v1/withdrawals", amount: string) {
  return unwrap(
    person.api.POST(path, {
      params: { header: attempt() },
      body: { linkedAccountId: account, amount: cny(amount) },
    }),
  );
}
const payment = (paymentId: string) =>
  unwrap(person.api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId } } }));
const balance = async () =>
  (await unwrap(person.api.GET("/v1/balances"))).items.find(({ currency }) => currency === "CNY");
const openCases = async () =>
  (await unwrap(staff.GET("/v1/console/cases", { params: { query: { status: "open" } } }))).items;
const details = (caseId: string) =>
  unwrap(staff.GET("/v1/console/cases/{caseId}", { params: { path: { caseId } } }));
type Action = "ask_bank" | "confirm_done" | "give_back" | "refuse_proposal";
const act = (caseId: string, action: Action, by = staff) =>
  unwrap(
    by.POST("/v1/console/cases/{caseId}/actions", { params: { path: { caseId } }, body: { action, note } }),
  );
const codeOf = async (answer: Promise<unknown>): Promise<string> => {
  try {
    await answer;
    return "accepted";
  } catch (error) {
    if (error instanceof ApiError) return error.problem.code;
    throw error;
  }
};
async function onDatabase(statements: string[]): Promise<void> {
  const db = createDb({ url: world.databaseUrl, maxConnections: 1 });
  try {
    await db.transaction(async (tx) => {
      await tx.query("SET LOCAL session_replication_role = replica");
      for (const statement of statements) await tx.query(statement);
    });
  } finally {
    await db.close();
  }
}

/** A withdrawal that got lost on its way, asked for until asking ends. */
async function lostWithdrawal(amount: string): Promise<string> {
  await world.bank.script.addFault({ operation: "initiatePayment", action: "reset-connection-before" });
  const { id } = await move("/v1/withdrawals", amount);
  await world.settleJobs();
  for (let round = 0; round < 10 && (await openCases()).length === 0; round += 1) await world.settleJobs();
  expect(await payment(id)).toMatchObject({ status: "unknown" });
  return id;
}

it("after a bounded number of questions it is a case; staff ask again, and give the money back with their reason", async () => {
  const id = await lostWithdrawal("30.00");
  const [found] = await openCases();
  expect(found).toMatchObject({
    kind: "outcome_unknown",
    status: "open",
    paymentId: id,
    amount: cny("30.00"),
    actions: ["ask_bank", "confirm_done", "give_back"],
  });
  const caseId = found?.id ?? "";
  const known = await details(caseId);
  // The bank, asked by our reference, does not show it: that it was done after all is nothing for one person to say.
  expect(known).toMatchObject({
    inquiries: maxInquiries,
    // Nobody has said why the customer's data must be seen.
    customerName: "林*",
    namesHidden: true,
    log: [],
    needTwo: ["confirm_done"],
  });
  expect(known.bankMessages.length).toBeGreaterThan(maxInquiries);
  expect((await balance())?.held.amount).toBe("30.00");

  expect(await codeOf(act(caseId, "give_back", await world.staff("viewer")))).toBe("identity.not_allowed");
  expect(await codeOf(act("cse_00000000000000000000000000", "give_back"))).toBe("request.not_found");
  expect((await act(caseId, "ask_bank")).log).toMatchObject([
    { action: "ask_bank", result: "unknown", note },
  ]);

  const ended = await act(caseId, "give_back");
  expect(ended.case).toMatchObject({ status: "closed", actions: [], ending: { outcome: "rejected" } });
  expect(ended.case.ending?.by).toBe(ended.log[1]?.by);
  expect(ended.log.map(({ action, result }) => `${action} ${result}`)).toEqual([
    "ask_bank unknown",
    "give_back rejected",
  ]);
  expect(await payment(id)).toMatchObject({ status: "rejected", reason: { code: "not_settled" } });
  expect(await balance()).toMatchObject({ held: cny("0.00"), available: cny("500.00") });
  expect(await codeOf(act(caseId, "give_back"))).toBe("payment.case_closed");
  expect(await openCases()).toEqual([]);
});

it("what two people confirm as done counts as accepted, never as settled: the statement has the last word", async () => {
  const id = await lostWithdrawal("20.00");
  const caseId = (await openCases())[0]?.id ?? "";
  const second = await world.staff("second");
  expect(await codeOf(act(caseId, "refuse_proposal"))).toBe("payment.case_action_not_possible");
  const proposed = await act(caseId, "confirm_done");
  expect(proposed.case).toMatchObject({ status: "open", proposal: { action: "confirm_done", note } });
  expect(proposed.log).toMatchObject([{ action: "confirm_done", step: "proposed", result: "unknown" }]);
  expect((await payment(id)).status).toBe("unknown");
  expect(await codeOf(act(caseId, "confirm_done"))).toBe("payment.second_person_needed");
  // A colleague who does not believe it refuses; it must be proposed anew.
  expect((await act(caseId, "refuse_proposal", second)).case.proposal).toBeNull();
  await act(caseId, "confirm_done", second);
  const done = await act(caseId, "confirm_done");
  const [first, last] = [done.log[2], done.log[3]];
  expect(done.log.map(({ action, step }) => `${action} ${step}`)).toEqual([
    "confirm_done proposed",
    "refuse_proposal done",
    "confirm_done proposed",
    "confirm_done done",
  ]);
  expect(done.case).toMatchObject({
    proposal: null,
    ending: { outcome: "submitted", by: `${first?.by}, ${last?.by}` },
  });
  expect(first?.by).not.toBe(last?.by);
  expect((await payment(id)).status).toBe("submitted");
  expect(await balance()).toMatchObject({ held: cny("0.00"), total: cny("480.00") });
  // The bank never had it, whatever somebody thought: its statements do not show it, and that is found.
  await world.closeDay();
  await world.closeDay();
  const { items } = await unwrap(staff.GET("/v1/console/breaks", { params: { query: { status: "open" } } }));
  expect(items).toMatchObject([{ kind: "missing_on_statement", paymentId: id }]);
  await unwrap(
    staff.POST("/v1/console/breaks/{breakId}/resolution", {
      params: { path: { breakId: items[0]?.id ?? "" }, header: attempt() },
      body: { action: "reverse_payment", note },
    }),
  );
  expect(await balance()).toMatchObject({ held: cny("0.00"), total: cny("500.00") });
  expect(await world.app.ledger.violations()).toEqual([]);
});

it("the bank's own answer ends a case and goes before what staff would decide", async () => {
  // The order was carried out and the answer got lost; the last question the bank does not answer either.
  await world.bank.script.addFault({ operation: "initiatePayment", action: "reset-connection-after" });
  const { id } = await move("/v1/withdrawals", "10.00");
  await world.app.worker.drain({ rounds: 1 });
  await onDatabase([`UPDATE payments.payment SET inquiries = ${maxInquiries - 1} WHERE id = '${id}'`]);
  // Refreshing the customer's account reads transactions too, and may come first.
  await world.bank.script.addFault({ operation: "transactions", action: "error", times: 3 });
  await world.app.worker.drain({ rounds: 1 });
  await world.bank.script.clearFaults();
  const caseId = (await openCases())[0]?.id ?? "";
  expect(await payment(id)).toMatchObject({ status: "unknown" });
  expect(await codeOf(act(caseId, "give_back"))).toBe("payment.changed_meanwhile");
  expect(await details(caseId)).toMatchObject({
    case: { status: "closed", ending: { outcome: "submitted", by: null } },
    log: [{ action: "give_back", result: "submitted" }],
  });
  await world.closeDay();
  expect((await payment(id)).status).toBe("settled");
  expect(await world.app.ledger.violations()).toEqual([]);
});

it("a hold that would end while nobody knows is taken anew, with a case; the money stays set aside once", async () => {
  await world.bank.script.addFault({ operation: "initiatePayment", action: "reset-connection-before" });
  const { id } = await move("/v1/withdrawals", "15.00");
  await world.app.worker.drain({ rounds: 2 });
  expect((await payment(id)).status).toBe("unknown");
  const before = await balance();
  const [hold] = await world.app.ledger.holdsOf(id);
  await onDatabase([
    `UPDATE payments.payment SET created_at = created_at - interval '81 days' WHERE id = '${id}'`,
    `UPDATE ledger.hold SET at = at - interval '81 days', expires_at = expires_at - interval '81 days' WHERE id = '${hold?.id}'`,
  ]);
  for (let run = 0; run < 2; run += 1) {
    await world.app.db.query("SELECT graphile_worker.add_job('payments.watch_holds')");
    await world.app.worker.drain({ rounds: 2 });
  }
  const holds = await world.app.ledger.holdsOf(id);
  expect(holds.map(({ status }) => status).sort()).toEqual(["open", "voided"]);
  const fresh = holds.find(({ status }) => status === "open");
  expect((fresh?.expires_at.getTime() ?? 0) - Date.now()).toBeGreaterThan(89 * dayMs);
  expect(await balance()).toEqual(before);
  const found = (await openCases()).filter(({ kind }) => kind === "hold_ending");
  expect(found).toMatchObject([{ paymentId: id, amount: cny("15.00") }]);

  await act(found[0]?.id ?? "", "give_back");
  expect((await payment(id)).status).toBe("rejected");
  expect(await balance()).toMatchObject({ held: cny("0.00") });
  expect((await openCases()).filter(({ paymentId }) => paymentId === id)).toEqual([]);
  expect(await world.app.ledger.violations()).toEqual([]);
});

it("money that comes after its customer's account was closed waits in suspense with a case, and keeps nothing else waiting", async () => {
  const gone = await world.customer("王磊", "zh");
  const stays = await world.customer("王磊", "zh");
  const topUp = async (who: Session, amount: string) => {
    const linked = (await world.link(who, "wanglei")).get("CNY") as LinkedAccount;
    const body = { linkedAccountId: linked.id, amount: cny(amount) };
    return unwrap(who.api.POST("/v1/top-ups", { params: { header: attempt() }, body }));
  };
  // Above what is credited at once: the account is still empty when the money is on its way.
  const late = await topUp(gone, "10000.01");
  const other = await topUp(stays, "7.00");
  await world.settleJobs();
  const { status } = await world.app.ledger.commit({
    key: `close/${gone.id}`,
    hash: hashOf({ close: gone.id }),
    accounts: [{ account: customerAccount(gone.id, "CNY"), status: "closed" }],
  });
  expect(status).toBe("accepted");
  await world.closeDay();

  const statusOf = async (who: Session, paymentId: string) =>
    (await unwrap(who.api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId } } }))).status;
  expect(await statusOf(stays, other.id)).toBe("settled");
  expect(await statusOf(gone, late.id)).toBe("submitted");
  const [found] = (await openCases()).filter(({ kind }) => kind === "late_money");
  expect(found).toMatchObject({ paymentId: late.id, amount: cny("10000.01"), actions: [] });
  const breakId = found?.breakId ?? "";
  const { why } = await unwrap(staff.GET("/v1/console/breaks/{breakId}", { params: { path: { breakId } } }));
  expect(why.en).toContain("account was closed");
  expect(await codeOf(act(found?.id ?? "", "give_back"))).toBe("payment.case_action_not_possible");
  // Two people write off.
  for (const who of [staff, await world.staff("second")])
    await unwrap(
      who.POST("/v1/console/breaks/{breakId}/resolution", {
        params: { path: { breakId }, header: attempt() },
        body: { action: "write_off", note },
      }),
    );
  expect((await details(found?.id ?? "")).case).toMatchObject({
    status: "closed",
    ending: { outcome: "write_off" },
  });
  expect(await world.app.ledger.violations()).toEqual([]);
});

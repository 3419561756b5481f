import { ApiError, unwrap } from "@jinqiao/contract/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  attempt,
  createWorld,
  type LinkedAccount,
  type Session,
  type World,
} from "../../../../test/support/world.ts";

// What staff see of customers without a reason and with one, what a freeze keeps waiting, and what two people decide.
let world: World;
let person: Session & { id: string };
let payee: Session & { id: string; email: string };
let account: string;
let operations: Session["api"];

const cny = (amount: string) => ({ amount, currency: "CNY" });
const reason = "She called about this payment";

beforeAll(async () => {
  world = await createWorld();
  person = await world.customer("林晓", "zh");
  payee = await world.customer("Grace Marsh");
  account = ((await world.link(person, "linxiao")).get("CNY") as LinkedAccount).id;
  await move("/v1/top-ups", "500.00");
  await world.settleJobs();
  operations = await world.staff();
});
afterAll(() => world.close());

const move = (path: "/v1/top-ups" | "/v1/withdrawals", amount: string) =>
  unwrap(
    person.api.POST(path, {
      params: { header: attempt() },
      body: { linkedAccountId: account, amount: cny(amount) },
    }),
  );
const transfer = (note: string) =>
  unwrap(
    person.api.POST("/v1/transfers", {
      params: { header: attempt() },
      body: { payeeId: payee.id, amount: cny("12.00"), note },
    }),
  );
const look = (api: Session["api"], customerId: string) =>
  unwrap(
    api.POST("/v1/console/customers/{customerId}/access", {
      params: { path: { customerId } },
      body: { reason: "payment_inquiry", text: reason },
    }),
  );
const page = (api: Session["api"], paymentId: string) =>
  unwrap(api.GET("/v1/console/payments/{paymentId}", { params: { path: { paymentId } } }));
const statusOf = async (paymentId: string) =>
  (await unwrap(person.api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId } } }))).status;
async function codeOf(answer: Promise<unknown>): Promise<string> {
  try {
    await answer;
    return "accepted";
  } catch (error) {
    if (error instanceof ApiError) return error.problem.code;
    throw error;
  }
}
const trail = (action: string) => world.app.identity.audit.list({ action, limit: 50 });
const approve = (api: Session["api"], proposalId: string) =>
  unwrap(api.POST("/v1/console/proposals/{proposalId}/approval", { params: { path: { proposalId } } }));

describe("names", () => {
  it("are masked, and the customer's note left out, until that member of staff has said why for that person", async () => {
    const { id } = await transfer("For the flat in Riverside 7");
    const closed = await page(operations, id);
    expect(closed).toMatchObject({
      customerName: "林*",
      namesHidden: true,
      payment: { note: null, counterparty: { name: "G***" } },
    });
    const list = async () =>
      (await unwrap(operations.GET("/v1/console/payments"))).items.find(({ payment }) => payment.id === id);
    expect(await list()).toMatchObject({ customerName: "林*", namesHidden: true, payment: { note: null } });
    const statements = JSON.stringify([closed, await list()]);
    expect(statements).not.toMatch(/林晓|Grace|Riverside/);

    await look(operations, person.id);
    expect(await page(operations, id)).toMatchObject({
      customerName: "林晓",
      namesHidden: false,
      // The payee is another person, for whom nobody has said why.
      payment: { note: "For the flat in Riverside 7", counterparty: { name: "G***" } },
    });
    await look(operations, payee.id);
    expect((await page(operations, id)).payment.counterparty.name).toBe("Grace Marsh");
    // A reason is the reason of one person.
    expect(await page(await world.staff("second"), id)).toMatchObject({ customerName: "林*" });
    const told = await unwrap(person.api.GET("/v1/me/data-access"));
    expect(told.items).toMatchObject([{ role: "operations", reason: "payment_inquiry" }]);
  });

  it("of statements are masked as well, and open with the customer of the payment", async () => {
    await world.closeDay();
    const compliance = await world.staff("compliance");
    const statements = (await unwrap(compliance.GET("/v1/console/statements"))).items;
    const linesFor = async (api: Session["api"]) =>
      (
        await Promise.all(
          statements.map(({ id }) =>
            unwrap(
              api.GET("/v1/console/statements/{statementId}", { params: { path: { statementId: id } } }),
            ),
          ),
        )
      ).flatMap(({ lines }) => lines.filter(({ counterpartyName }) => counterpartyName !== null));
    const closed = await linesFor(compliance);
    expect(closed.length).toBeGreaterThan(0);
    for (const line of closed) expect(line.counterpartyName).toContain("*");
    await look(compliance, person.id);
    for (const line of await linesFor(compliance)) expect(line.counterpartyName).not.toContain("*");
  });

  it("who opens a payment's page is on record once in half an hour, however often the page is read anew", async () => {
    const { id } = await transfer("again");
    const second = await world.staff("second");
    await Promise.all([page(second, id), page(second, id), page(operations, id)]);
    await page(second, id);
    const entries = (await trail("payment.viewed")).filter(({ subject }) => subject === id);
    expect(new Set(entries.map(({ actorId }) => actorId)).size).toBe(2);
    expect(entries).toHaveLength(2);
  });

  it("one customer's payments are listed to who has said why", async () => {
    const list = (api: Session["api"]) =>
      unwrap(api.GET("/v1/console/payments", { params: { query: { customerId: payee.id } } }));
    expect(await codeOf(list(await world.staff("second")))).toBe("staff.reason_needed");
    const { items } = await list(operations);
    expect(items.length).toBeGreaterThan(0);
    for (const { payment } of items) expect(payment.kind).toBe("transfer");
  });
});

describe("a freeze of payments", () => {
  const freeze = () => person.api.POST("/v1/me/freezes", { body: { scope: "payments" } }).then(unwrap2);
  const unwrap2 = <T>(answer: { data?: T; error?: unknown }): T => {
    if (answer.data === undefined) throw new Error(`not frozen: ${JSON.stringify(answer.error)}`);
    return answer.data;
  };
  const lift = (freezeId: string) =>
    unwrap(person.api.DELETE("/v1/me/freezes/{freezeId}", { params: { path: { freezeId } } }));

  it("keeps a withdrawal waiting that no bank has yet, and lets it go on once it is lifted", async () => {
    const { id } = await move("/v1/withdrawals", "20.00");
    const frozen = await freeze();
    await world.settleJobs();
    expect(await statusOf(id)).toBe("authorised");
    const held = (await unwrap(person.api.GET("/v1/balances"))).items.find(
      ({ held }) => held.amount !== "0.00",
    );
    expect(held?.held).toEqual(cny("20.00"));
    await lift(frozen.id);
    await world.settleJobs();
    expect(await statusOf(id)).toBe("submitted");
  });

  it("is answered by every route that moves money, and nothing is stored under the attempt", async () => {
    const frozen = await freeze();
    const header = attempt();
    const withdrawal = () =>
      unwrap(
        person.api.POST("/v1/withdrawals", {
          params: { header },
          body: { linkedAccountId: account, amount: cny("5.00") },
        }),
      );
    expect(await codeOf(withdrawal())).toBe("freeze.payments");
    expect(await codeOf(transfer("frozen"))).toBe("freeze.payments");
    expect(await codeOf(move("/v1/top-ups", "5.00"))).toBe("freeze.payments");
    await lift(frozen.id);
    expect(await codeOf(withdrawal())).toBe("accepted");
    await world.settleJobs();
  });
});

describe("two people", () => {
  it("rotate the vault's keys exactly once", async () => {
    const [security, admin] = [await world.staff("security"), await world.staff("admin")];
    const propose = () =>
      unwrap(security.POST("/v1/console/key-rotation-proposals", { body: { reason: "Yearly rotation" } }));
    const proposal = await propose();
    expect(proposal).toMatchObject({ kind: "keys.rotate", own: true, mayDecide: false });
    expect(await codeOf(propose())).toBe("staff.proposal_exists");
    expect(await codeOf(approve(security, proposal.id))).toBe("staff.second_person_needed");
    expect(await codeOf(approve(operations, proposal.id))).toBe("identity.not_allowed");
    const keys = async () => (await unwrap(security.GET("/v1/console/security"))).keys.length;
    const before = await keys();
    const outcomes = await Promise.all([
      codeOf(approve(admin, proposal.id)),
      codeOf(approve(admin, proposal.id)),
    ]);
    expect(outcomes.sort()).toEqual(["accepted", "staff.proposal_over"]);
    await world.settleJobs();
    const after = await keys();
    expect(after).toBeGreaterThan(before);
    await world.settleJobs();
    expect(await keys()).toBe(after);
    expect(await trail("keys.rotated")).toMatchObject([{ actorKind: "staff", outcome: "done" }]);
  });

  it("erase a customer for whom nothing stands in the way, and are told what does", async () => {
    const compliance = await world.staff("compliance");
    const path = (customerId: string) => ({ params: { path: { customerId } } });
    const obstacles = (customerId: string) =>
      unwrap(compliance.GET("/v1/console/customers/{customerId}/erasure", path(customerId)));
    const propose = (customerId: string) =>
      unwrap(
        compliance.POST("/v1/console/customers/{customerId}/erasure-proposals", {
          ...path(customerId),
          body: { reason: "Asked for it by mail" },
        }),
      );
    await look(compliance, person.id);
    const codes = (await obstacles(person.id)).items.map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(["money", "bank_access", "retention"]));
    expect(await codeOf(propose(person.id))).toBe("customer.not_erasable");

    const leaving = await world.customer("Nobody Long");
    expect(await codeOf(obstacles(leaving.id))).toBe("staff.reason_needed");
    await look(compliance, leaving.id);
    expect((await obstacles(leaving.id)).items).toEqual([]);
    const { id } = await propose(leaving.id);
    expect(await codeOf(approve(compliance, id))).toBe("staff.second_person_needed");
    await approve(operations, id);
    await world.settleJobs();
    await world.settleJobs();
    expect(await trail("customer.erased")).toMatchObject([
      { subject: leaving.id, actorKind: "staff", outcome: "done" },
    ]);
    expect((await obstacles(leaving.id)).items).toMatchObject([{ code: "already_erased" }]);
    const known = await world.app.identity.customersById([leaving.id]);
    expect([...known.values()].map(({ displayName }) => displayName)).not.toContain("Nobody Long");
  });
});

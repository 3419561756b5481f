import { type Permission, permissions, rolePermissions, routes, type StaffRole } from "@jinqiao/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthenticator } from "../../../../test/support/authenticator.ts";
import { staffCode } from "../../../../test/support/codes.ts";
import {
  cookieOf,
  createTestServer,
  type TestServer,
  testPassword,
  testUrl,
} from "../../../../test/support/http-server.ts";
import { createServerDatabase } from "../../../../test/support/server-database.ts";

let database: Awaited<ReturnType<typeof createServerDatabase>>;
/** A demo: password and code sign staff in. */
let demo: TestServer;
/** Anything else: passkeys alone. */
let strict: TestServer;

beforeAll(async () => {
  database = await createServerDatabase();
  demo = await createTestServer(database.db);
  strict = await createTestServer(database.db, { staffSignIn: "passkey" });
});
afterAll(async () => {
  await demo.close();
  await strict.close();
  await database.drop();
});

type Waiting = { id: string; mayDecide: boolean; own: boolean; status: string };
const post = (cookie: string, url: string, body?: unknown) => demo.ask("POST", url, { cookie, body });

describe("permissions", () => {
  it("are named by every route of staff, and held by some role", () => {
    for (const route of routes.filter(({ audience }) => audience === "staff"))
      expect(permissions, route.id).toContain(route.permission);
    for (const permission of permissions)
      expect(
        Object.values(rolePermissions).some((held) => held.includes(permission)),
        permission,
      ).toBe(true);
  });

  it("keep money from who changes staff or keys, and the other way round", () => {
    const money: Permission[] = ["cases.decide", "reconciliation.decide", "payments.recall", "alarms.clear"];
    for (const [role, held] of Object.entries(rolePermissions))
      if (held.includes("staff.change") || held.includes("keys.change"))
        expect(
          money.filter((permission) => held.includes(permission)),
          role,
        ).toEqual([]);
  });

  it.each<[StaffRole, string, number]>([
    ["administrator", "/v1/console/appeals", 403],
    ["administrator", "/v1/console/staff", 200],
    ["viewer", "/v1/console/proposals", 403],
    ["support", "/v1/console/proposals", 200],
    ["viewer", "/v1/console/audit", 403],
    ["compliance", "/v1/console/audit", 200],
    ["security", "/v1/console/staff", 200],
    ["operations", "/v1/console/staff", 403],
  ])("%s at %s: %i", async (role, url, status) => {
    expect((await demo.ask("GET", url, { cookie: await demo.staff(role) })).status).toBe(status);
  });
});

describe("signing in", () => {
  it("takes a passkey; a password with a code only opens the registration of the first one", async () => {
    const email = "operations@staff.example";
    await demo.staff("operations");
    const byPassword = async () => {
      const body = { kind: "password", email, password: testPassword };
      const started = await strict.ask("POST", "/v1/console/sessions", { body });
      const { signInId } = started.json as { signInId: string };
      const code = await staffCode(strict.identity.messages, database.db, signInId);
      return strict.ask("POST", `/v1/console/sign-ins/${signInId}/answers`, { body: { code } });
    };
    const first = await byPassword();
    expect(first).toMatchObject({ status: 201, json: { staff: { passkeyNeeded: true } } });
    const cookie = cookieOf(first.cookies);
    expect(await strict.ask("GET", "/v1/console/proposals", { cookie })).toMatchObject({
      status: 403,
      json: { code: "staff.passkey_needed" },
    });

    const authenticator = createAuthenticator(testUrl);
    const options = await strict.ask("POST", "/v1/console/me/passkeys/options", { cookie });
    const added = await strict.ask("POST", "/v1/console/me/passkeys", {
      cookie,
      body: { name: "Key", credential: authenticator.create(options.json) },
    });
    expect(added.status).toBe(201);
    // The session goes on under a new token, with the rights of its owner; the old token is worth nothing.
    const opened = cookieOf(added.cookies);
    expect((await strict.ask("GET", "/v1/console/proposals", { cookie: opened })).status).toBe(200);
    expect((await strict.ask("GET", "/v1/console/me", { cookie })).status).toBe(401);
    const [known] = (
      (await strict.ask("GET", "/v1/console/me/passkeys", { cookie: opened })).json as {
        items: { id: string }[];
      }
    ).items;
    expect(
      await strict.ask("DELETE", `/v1/console/me/passkeys/${known?.id}`, { cookie: opened }),
    ).toMatchObject({ json: { code: "staff.last_passkey" } });

    // From now on password and code are no way in.
    expect(await byPassword()).toMatchObject({ status: 403, json: { code: "staff.passkey_needed" } });
    const started = await strict.ask("POST", "/v1/console/passkey-sign-ins");
    const { signInId, options: request } = started.json as { signInId: string; options: never };
    const body = { kind: "passkey", signInId, credential: authenticator.get(request) };
    expect(await strict.ask("POST", "/v1/console/sessions", { body })).toMatchObject({
      status: 201,
      json: { status: "signed_in", staff: { email, passkeyNeeded: false } },
    });
    expect(await strict.ask("POST", "/v1/console/sessions", { body })).toMatchObject({
      json: { code: "identity.passkey_invalid" },
    });
  });
});

describe("customers' data", () => {
  it("opens for half an hour to who said why; the customer sees who looked, and the trail has it", async () => {
    const { id, cookie } = await demo.customer("seen@people.example", "Grace Seen");
    const support = await demo.staff("support");
    const found = await post(support, "/v1/console/customer-lookups", { email: "SEEN@people.example" });
    expect(found.json).toEqual({ customerId: id, nameMasked: "G***", emailMasked: "s***@people.example" });
    const look = () => demo.ask("GET", `/v1/console/customers/${id}`, { cookie: support });
    expect(await look()).toMatchObject({ status: 403, json: { code: "staff.reason_needed" } });
    const reason = { reason: "customer_contact", text: "She called about a payment", ticket: "T-100" };
    expect((await post(support, `/v1/console/customers/${id}/access`, reason)).status).toBe(201);
    expect(await look()).toMatchObject({ status: 200, json: { displayName: "Grace Seen" } });
    // A reason is the reason of one person.
    const other = await demo.staff("compliance");
    expect((await demo.ask("GET", `/v1/console/customers/${id}`, { cookie: other })).status).toBe(403);

    const told = await demo.ask("GET", "/v1/me/data-access", { cookie });
    expect(told.json).toMatchObject({ items: [{ role: "support", reason: "customer_contact" }] });
    expect(JSON.stringify(told.json)).not.toMatch(/called|T-100/);
    const trail = await demo.identity.audit.list({ subject: id, limit: 10 });
    expect(trail.map(({ action }) => action)).toEqual([
      "customer.viewed",
      "customer.access_reason",
      "customer.searched",
    ]);
  });
});

describe("four eyes", () => {
  async function frozen() {
    const { id } = await demo.customer(`${crypto.randomUUID().slice(0, 8)}@people.example`);
    const [support, compliance] = [await demo.staff("support"), await demo.staff("compliance")];
    const reason = { reason: "fraud_check", text: "Case of today" };
    for (const cookie of [support, compliance])
      await post(cookie, `/v1/console/customers/${id}/access`, reason);
    const freeze = await post(support, `/v1/console/customers/${id}/freezes`, {
      scope: "payments",
      reason: "suspected_fraud",
      note: "Three new payees in a minute",
    });
    expect(freeze).toMatchObject({ status: 201, json: { by: "staff", undo: "appeal" } });
    const freezeId = (freeze.json as { id: string }).id;
    const propose = (cookie: string, action = "lift") =>
      post(cookie, `/v1/console/customers/${id}/freezes/${freezeId}/proposals`, {
        action,
        reason: "She explained all three",
        answer: "Thank you for explaining.",
      });
    return { id, freezeId, support, compliance, propose };
  }
  const isFrozen = (id: string) =>
    demo.identity.freezes.require(id, "payments").then(
      () => false,
      () => true,
    );

  it("lift a freeze exactly once, by another person than the proposer", async () => {
    const { id, support, compliance, propose } = await frozen();
    const proposal = (await propose(support)).json as Waiting;
    expect(proposal).toMatchObject({ status: "waiting", own: true, mayDecide: false });
    expect((await propose(compliance)).json).toMatchObject({ code: "staff.proposal_exists" });
    const approve = (cookie: string) => post(cookie, `/v1/console/proposals/${proposal.id}/approval`);
    expect(await approve(support)).toMatchObject({ json: { code: "staff.second_person_needed" } });
    expect(await approve(await demo.staff("security"))).toMatchObject({
      json: { code: "identity.not_allowed" },
    });
    expect(await isFrozen(id)).toBe(true);
    const both = await Promise.all([approve(compliance), approve(compliance)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await isFrozen(id)).toBe(false);
    const lifted = (await demo.identity.messages.recent(10)).filter(
      ({ content, to }) => content.kind === "notice.unfrozen" && "customerId" in to && to.customerId === id,
    );
    expect(lifted).toHaveLength(1);
  });

  it("reject, withdraw, and answer an appeal either way", async () => {
    const { id, freezeId, support, compliance, propose } = await frozen();
    const first = (await propose(support)).json as Waiting;
    const answer = { answer: "Not yet, please" };
    expect(await post(support, `/v1/console/proposals/${first.id}/rejection`, answer)).toMatchObject({
      json: { code: "staff.second_person_needed" },
    });
    expect(await post(compliance, `/v1/console/proposals/${first.id}/rejection`, answer)).toMatchObject({
      json: { status: "rejected", answer: "Not yet, please" },
    });
    const second = (await propose(support)).json as Waiting;
    expect((await post(compliance, `/v1/console/proposals/${second.id}/withdrawal`)).status).toBe(403);
    expect(await post(support, `/v1/console/proposals/${second.id}/withdrawal`)).toMatchObject({
      json: { status: "withdrawn" },
    });
    await database.db.transaction((tx) =>
      demo.identity.freezes.appeal(tx, freezeId, { text: "They are my cousins", customerId: id }),
    );
    const third = (await propose(support, "refuse_appeal")).json as Waiting;
    await post(compliance, `/v1/console/proposals/${third.id}/approval`);
    expect(await isFrozen(id)).toBe(true);
    expect(await demo.identity.freezes.byId(freezeId)).toMatchObject({
      appeal: { status: "refused", answer: "Thank you for explaining." },
    });
  });

  it("change a role: the session ends, and nobody signs for themselves", async () => {
    const [security, admin] = [await demo.staff("security"), await demo.staff("administrator")];
    const viewer = await demo.staff("viewer");
    const members = (await demo.ask("GET", "/v1/console/staff", { cookie: admin })).json as {
      items: { id: string; role: string }[];
    };
    const idOf = (role: string) => members.items.find((member) => member.role === role)?.id;
    const propose = (staffId: string | undefined, role: string | null) =>
      post(admin, `/v1/console/staff/${staffId}/role-proposals`, { role, reason: "New work from Monday" });
    const proposal = (await propose(idOf("viewer"), "support")).json as Waiting;
    expect(await post(security, `/v1/console/proposals/${proposal.id}/approval`)).toMatchObject({
      json: { status: "executed" },
    });
    expect((await demo.ask("GET", "/v1/console/me", { cookie: viewer })).status).toBe(401);

    const own = (await propose(idOf("security"), "operations")).json as Waiting;
    expect(await post(security, `/v1/console/proposals/${own.id}/approval`)).toMatchObject({
      json: { code: "staff.proposal_failed" },
    });
  });

  it("invite somebody, whose token opens the console once, for registering a passkey", async () => {
    const [security, admin] = [await demo.staff("security"), await demo.staff("administrator")];
    const person = { email: "new@staff.example", displayName: "New Person", role: "viewer", reason: "Hired" };
    const proposal = (await post(admin, "/v1/console/staff", person)).json as Waiting;
    await post(security, `/v1/console/proposals/${proposal.id}/approval`);
    const invited = (await demo.identity.messages.recent(20)).find(
      ({ content }) => content.kind === "staff.invited",
    );
    const token = invited?.content.kind === "staff.invited" ? invited.content.token : "";
    const accept = () => strict.ask("POST", "/v1/console/invitations", { body: { token } });
    expect(await accept()).toMatchObject({ status: 201, json: { role: "viewer", passkeyNeeded: true } });
    expect(await accept()).toMatchObject({ json: { code: "identity.link_over" } });
    expect(await post(admin, "/v1/console/staff", person)).toMatchObject({
      json: { code: "staff.email_taken" },
    });
  });
});

it("tells the trail in a file whose cells no spreadsheet runs, and proves it", async () => {
  const compliance = await demo.staff("compliance");
  await database.db.transaction((tx) =>
    demo.identity.audit.record(tx, { actor: { kind: "system" }, action: "test.formula", subject: "=1+1" }),
  );
  const answer = await demo.http.inject({
    url: "/v1/console/audit/export?action=test",
    headers: { cookie: compliance },
  });
  expect(answer.headers["content-type"]).toMatch(/^text\/csv/);
  expect(answer.body).toContain(",test.formula,'=1+1,done,");
  const verdict = await demo.ask("GET", "/v1/console/audit/verification", { cookie: compliance });
  expect(verdict.json).toMatchObject({ ok: true, waiting: "0", problem: null });
});

import { errorsOf, may, type Route, routes, StaffRole } from "@jinqiao/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Session, StaffLogin } from "../support/world.ts";
import {
  type Answer,
  createInstallation,
  type Installation,
  recordFor,
  requestOf,
  routesOfRecords,
} from "./installation.ts";
import { fingerprintOf } from "./rows.ts";

// Every route of the contract × everybody who might call it, on the real server. What must happen follows from the
// contract, so that a new route is tried as soon as it is declared.

let installation: Installation;
let stranger: Session & { id: string };
let staff: Session;

beforeAll(async () => {
  installation = await createInstallation();
  stranger = await installation.world.customer("Stranger");
  staff = await installation.world.staffSession();
});
afterAll(() => installation.close());

const closed = routes.filter(({ audience }) => audience === "customer" || audience === "staff");
const notSignedIn = { status: 401, code: "identity.not_signed_in" };

/** A browser that sends exactly this cookie. */
const withCookie = (cookie: string | undefined): Pick<Session, "fetch"> => ({
  fetch: (input, init) => {
    const headers = new Headers(init?.headers);
    if (cookie !== undefined) headers.set("cookie", cookie);
    return fetch(input, { ...init, headers });
  },
});

describe("without a right", () => {
  it("nobody, a made-up session, an ended one and the other audience's get no further than the door", async () => {
    const { world, owner, ask } = installation;
    const over = await world.customer("Whose Session is Over");
    const overCookie = over.cookie("jinqiao_session");
    await world.app.db.query(
      `UPDATE identity.session SET expires_at = now() - interval '1 second' WHERE customer_id = $1`,
      [over.id],
    );
    const [customerToken, staffToken] = [owner.cookie("jinqiao_session"), staff.cookie("jinqiao_staff")];
    expect(customerToken).toMatch(/^[\w-]{43}$/);
    expect(staffToken).toMatch(/^[\w-]{43}$/);
    for (const route of closed) {
      const other =
        route.audience === "customer"
          ? [`jinqiao_staff=${staffToken}`, `jinqiao_session=${staffToken}`]
          : [`jinqiao_session=${customerToken}`, `jinqiao_staff=${customerToken}`];
      const cookies = [
        undefined,
        `jinqiao_session=${"a".repeat(43)}; jinqiao_staff=${"a".repeat(43)}`,
        `jinqiao_session=${overCookie}; jinqiao_staff=${overCookie}`,
        ...other,
      ];
      for (const cookie of cookies)
        expect(
          await ask(route, requestOf(route), withCookie(cookie)),
          `${route.id} with ${cookie}`,
        ).toMatchObject(notSignedIn);
      expect(errorsOf(route), route.id).toContain("identity.not_signed_in");
    }
  });
});

describe("staff", () => {
  it.each(StaffRole.options)("of the role %s may what the role has, and nothing else", async (role) => {
    const { world, ask } = installation;
    const login = ({ administrator: "admin" } as Record<string, StaffLogin>)[role] ?? (role as StaffLogin);
    const person = await world.staffSession(login);
    const wrong: string[] = [];
    for (const route of routes.filter(({ audience, id }) => audience === "staff" && id !== "staffSignOut")) {
      const { status, code } = await ask(route, requestOf(route), person);
      const refused = code === "identity.not_allowed";
      if (route.permission === undefined) wrong.push(`${route.id} names no permission`);
      else if (refused === may(role, route.permission)) wrong.push(`${route.id} ${status} ${code}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe("another customer's records", () => {
  it("has a record of the owner's for every address that names one", () => {
    const missing = routesOfRecords.filter((route) => recordFor(installation.records, route) === undefined);
    expect(missing.map(({ path }) => path)).toEqual([]);
  });

  it("are answered as if they did not exist, and are not touched", async () => {
    const { world, records, owner, ask } = installation;
    const ids = [owner.id, ...records.values()];
    const before = await fingerprintOf(world.app.db, ids, touchedBySight);
    expect(before.size).toBeGreaterThan(4);
    for (const route of routesOfRecords) {
      const own = recordFor(records, route) ?? "";
      const nobodys = `${own.slice(0, -8)}${"0".repeat(8)}`;
      const [foreign, unknown] = [
        await ask(route, withId(route, own), stranger),
        await ask(route, withId(route, nobodys), stranger),
      ];
      const told = ({ status, code }: Answer) => ({ id: route.id, status, code });
      expect(told(foreign)).toEqual(told(unknown));
      expect(asIfUnknown, route.id).toContain(foreign.code ?? foreign.status);
    }
    expect(await fingerprintOf(world.app.db, ids, touchedBySight)).toEqual(before);
  });

  it("are there for the owner, so that the answers above say something", async () => {
    const { records, owner, ask } = installation;
    const order = ["GET", "PATCH", "POST", "DELETE"];
    const inOrder = [...routesOfRecords].sort((a, b) => order.indexOf(a.method) - order.indexOf(b.method));
    const seen: string[] = [];
    for (const route of inOrder) {
      const { status, code } = await ask(route, withId(route, recordFor(records, route) ?? ""), owner);
      if (status === 404) seen.push(`${route.id} ${code}`);
    }
    expect(seen).toEqual([]);
  });
});

/** How a route may say that there is no such record; deleting what does not exist may also simply be done. */
const asIfUnknown: readonly unknown[] = [
  "request.not_found",
  "identity.reauthentication_over",
  "sca.token_unknown",
  204,
];

/** Rows that may change while nobody touches what is in them. */
const touchedBySight: readonly string[] = ["identity.session"];

/** The request with the record's id in its address. */
function withId(route: Route, id: string) {
  const request = requestOf(route);
  const name = /\{(\w+)\}/.exec(route.path)?.[1] ?? "";
  return { ...request, params: { ...request.params, [name]: id } };
}

import { errorsOf, type Route, routes } from "@jinqiao/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Session } from "../support/world.ts";
import { createInstallation, type Installation, requestOf, routesOfRecords, stemOf } from "./installation.ts";
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

describe("another customer's records", () => {
  it("has a record of the owner's for every address that names one", () => {
    const missing = routesOfRecords.filter((route) => !installation.records.has(stemOf(route)));
    expect(missing.map(({ path }) => path)).toEqual([]);
  });

  it("are answered as if they did not exist, and are not touched", async () => {
    const { world, records, owner, ask } = installation;
    const ids = [owner.id, ...records.values()];
    const before = await fingerprintOf(world.app.db, ids, touchedBySight);
    expect(before.size).toBeGreaterThan(4);
    for (const route of routesOfRecords) {
      const own = records.get(stemOf(route)) ?? "";
      const nobodys = `${own.slice(0, -8)}${"0".repeat(8)}`;
      const [foreign, unknown] = [
        await ask(route, withId(route, own), stranger),
        await ask(route, withId(route, nobodys), stranger),
      ];
      expect({ id: route.id, status: foreign.status, code: foreign.code }).toEqual({
        id: route.id,
        status: 404,
        code: unknown.code,
      });
    }
    expect(await fingerprintOf(world.app.db, ids, touchedBySight)).toEqual(before);
  });

  it("are there for the owner, so that the answers above say something", async () => {
    const { records, owner, ask } = installation;
    const order = ["GET", "PATCH", "POST", "DELETE"];
    const inOrder = [...routesOfRecords].sort((a, b) => order.indexOf(a.method) - order.indexOf(b.method));
    const seen: string[] = [];
    for (const route of inOrder) {
      const { status, code } = await ask(route, withId(route, records.get(stemOf(route)) ?? ""), owner);
      if (status === 404) seen.push(`${route.id} ${code}`);
    }
    expect(seen).toEqual([]);
  });
});

/** Rows that may change while nobody touches what is in them. */
const touchedBySight: readonly string[] = ["identity.session"];

/** The request with the record's id in its address. */
function withId(route: Route, id: string) {
  const request = requestOf(route);
  const name = /\{(\w+)\}/.exec(route.path)?.[1] ?? "";
  return { ...request, params: { ...request.params, [name]: id } };
}

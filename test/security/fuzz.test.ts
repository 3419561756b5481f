import { errorsOf, may, type Route, routes, StaffRole } from "@jinqiao/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Session } from "../support/world.ts";
import { attacks, bodies, moreAttacks } from "./attacks.ts";
import { type Answer, createInstallation, type Installation, requestsOf } from "./installation.ts";
import { fingerprintOf, tablesOf } from "./rows.ts";
import { textsOf, withValue } from "./samples.ts";

// Hostile texts in the place of every text that any route takes: the answer stays one that the contract declares, and
// no other customer's row changes. `JINQIAO_FUZZ=long` tries every spelling; that is part of `npm run security`.

const texts = process.env.JINQIAO_FUZZ === "long" ? [...attacks, ...moreAttacks] : attacks;

let installation: Installation;
let attacker: Session & { id: string };
/** One member of staff of each role, so that every route is tried by somebody who may call it. */
const staff = new Map<StaffRole, Session>();
let tables: readonly string[];
let before: ReadonlyMap<string, string>;
let ids: readonly string[];

beforeAll(async () => {
  installation = await createInstallation();
  const { world, owner, records } = installation;
  attacker = await world.customer("Attacker");
  for (const role of StaffRole.options)
    staff.set(role, await world.staffSession(role === "administrator" ? "admin" : role));
  ids = [owner.id, ...records.values()];
  tables = await tablesOf(world.app.db);
  before = await fingerprintOf(world.app.db, ids);
});
afterAll(() => installation.close());

/** Routes that end the session which the others need, and those whose answer never ends. */
const leftOut = new Set(["signOut", "staffSignOut", "streamEvents", "streamConsoleEvents"]);
const tried = routes.filter(({ id }) => !leftOut.has(id));

/** Somebody who may call the route. */
function callerOf({ audience, permission }: Route): Session | undefined {
  if (audience === "customer") return attacker;
  if (audience !== "staff" || permission === undefined) return undefined;
  return staff.get(StaffRole.options.find((role) => may(role, permission)) ?? "operations");
}

/** What is wrong with an answer; undefined when it is one that the contract declares. */
function complaintOf(route: Route, answer: Answer): string | undefined {
  if (answer.headers.has("set-cookie") && /stolen/.test(answer.headers.get("set-cookie") ?? ""))
    return "a header was injected";
  if (/root:.*:0:0:/.test(answer.text)) return "a file of the machine was read";
  if (answer.status === route.status) return undefined;
  if (answer.code === undefined) return `${answer.status} without a problem`;
  if (answer.code === "server.unexpected") return "server.unexpected";
  return (errorsOf(route) as string[]).includes(answer.code) ? undefined : `${answer.code} is not declared`;
}

describe("hostile texts", () => {
  it.each(tried)("$method $path", async (route) => {
    const who = callerOf(route);
    const complaints: string[] = [];
    for (const request of requestsOf(route))
      for (const leaf of textsOf(request))
        for (const { name, text } of texts) {
          const complaint = complaintOf(
            route,
            await installation.ask(route, withValue(request, leaf, text), who),
          );
          if (complaint) complaints.push(`${name} in ${[leaf.part, ...leaf.path].join(".")}: ${complaint}`);
        }
    expect(complaints).toEqual([]);
  });

  it("have changed nobody else's rows, no table and no prototype", async () => {
    const { db } = installation.world.app;
    expect(await fingerprintOf(db, ids)).toEqual(before);
    expect(await tablesOf(db)).toEqual(tables);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });
});

describe("bodies that are none", () => {
  const writing = tried.filter(({ body }) => body !== undefined);
  it.each(bodies)("$name", async ({ body }) => {
    const { world } = installation;
    for (const route of writing) {
      const who = callerOf(route);
      const response = await (who?.fetch ?? fetch)(`${world.url}${route.path.replaceAll(/\{\w+\}/g, "x")}`, {
        method: route.method,
        headers: { origin: world.url, "content-type": "application/json", "idempotency-key": "none-1234" },
        body,
      });
      expect([400, 401, 404], `${route.id} answered ${response.status}`).toContain(response.status);
      await response.arrayBuffer();
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

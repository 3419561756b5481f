import * as contract from "@jinqiao/contract";
import type { Db } from "../platform/db.ts";
import { assert, Refusal } from "../platform/errors.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import type { Freezes } from "./freezes.ts";
import type { Sessions } from "./sessions.ts";

/** The customer's own side of freezes; staff's is with the proposals that lift them. */
export function freezeRoutes(deps: {
  db: Db;
  freezes: Freezes;
  sessions: Pick<Sessions, "requireConfirmed">;
}): RouteHandler[] {
  const { db, freezes } = deps;
  /** @throws Refusal `request.not_found` also for another customer's */
  async function own(customerId: string, freezeId: string) {
    const freeze = await freezes.byId(freezeId);
    if (freeze === undefined || freeze.customerId !== customerId) throw new Refusal("request.not_found");
    return freeze;
  }
  return [
    handle(contract.listFreezes, async ({ customerId }) => ({
      items: await freezes.listOf(customerId),
      nextCursor: null,
    })),
    handle(contract.createFreeze, async ({ customerId, body, clientIp }) => {
      const { scope, bindingId, reason = "customer_asked" } = body;
      const id = await db.transaction((tx) =>
        freezes.freeze(tx, { customerId, scope, bindingId, reason, by: "customer", from: clientIp }),
      );
      const freeze = await freezes.byId(id);
      assert(freeze, "a freeze that was set can be read");
      return freeze;
    }),
    handle(contract.endFreeze, async ({ customerId, session, params, clientIp }) => {
      const freeze = await own(customerId, params.freezeId);
      if (freeze.undo !== "self") throw new Refusal("freeze.needs_appeal");
      deps.sessions.requireConfirmed(session);
      await db.transaction((tx) =>
        freezes.lift(tx, freeze.id, { kind: "customer", id: customerId }, clientIp),
      );
    }),
    handle(contract.appealFreeze, async ({ customerId, params, body, clientIp }) => {
      const { id } = await own(customerId, params.freezeId);
      await db.transaction((tx) => freezes.appeal(tx, id, { text: body.text, customerId, from: clientIp }));
      return own(customerId, id);
    }),
    handle(contract.appealFreezeByToken, async ({ body, clientIp }) => {
      const found = await freezes.byToken(body.token);
      if (found === undefined) return;
      const { id, customerId } = found;
      try {
        await db.transaction((tx) => freezes.appeal(tx, id, { text: body.text, customerId, from: clientIp }));
      } catch (error) {
        // Whether a token is known, and what became of it, is not told to who merely holds it.
        if (!(error instanceof Refusal)) throw error;
      }
    }),
  ];
}

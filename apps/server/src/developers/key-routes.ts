import * as contract from "@jinqiao/contract";
import type { Identity } from "../identity/index.ts";
import { Refusal } from "../platform/errors.ts";
import { type Context, handle, type RouteHandler } from "../platform/http/handler.ts";
import type { KeyActor, Keys } from "./keys.ts";

/** Keys are for people to make and end: the scope is none that a key can have. */
export function keyRoutes(deps: {
  keys: Keys;
  identity: Pick<Identity, "requireConfirmed">;
}): RouteHandler[] {
  const { keys, identity } = deps;
  const personOf = (context: Pick<Context, "merchant">): KeyActor => {
    const { by } = context.merchant;
    if (by.kind !== "member") throw new Refusal("merchant.not_allowed");
    return { id: by.memberId, customerId: by.customerId };
  };
  /** A live key moves real money: whoever makes or ends one shows once more who they are. */
  const confirmed = (context: Pick<Context, "merchant" | "session">): KeyActor => {
    const person = personOf(context);
    if (context.merchant.livemode) identity.requireConfirmed(context.session);
    return person;
  };
  return [
    handle(contract.listApiKeys, ({ merchant, query }) => keys.list(merchant, query)),
    handle(contract.createApiKey, async (context) => {
      const { name, scopes, expiresAt } = context.body;
      const { key, secret } = await keys.create(
        context.merchant,
        { name, scopes, ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt) }) },
        confirmed(context),
      );
      return { ...key, secret };
    }),
    handle(contract.rollApiKey, async (context) => {
      const { overlapHours } = context.body;
      const by = confirmed(context);
      const { key, secret } = await keys.roll(context.merchant, context.params.keyId, overlapHours, by);
      return { ...key, secret };
    }),
    handle(contract.revokeApiKey, async (context) =>
      keys.revoke(context.merchant, context.params.keyId, confirmed(context)),
    ),
  ];
}

import * as contract from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { Clock } from "../../platform/clock.ts";
import type { Db, Tx } from "../../platform/db.ts";
import { Refusal } from "../../platform/errors.ts";
import { handle, type RouteHandler } from "../../platform/http/handler.ts";
import type { Audit } from "../audit.ts";
import type { Messages } from "../messages.ts";
import type { Sessions } from "../sessions.ts";
import type { PinState, Pins } from "./pin.ts";
import type { StepUps } from "./step-ups.ts";
import type { Tokens } from "./tokens.ts";

/** `createStepUp` itself stands with the payments: only they know who the payee is. */
export function stepUpRoutes(deps: {
  db: Db;
  clock: Clock;
  messages: Messages;
  audit: Audit;
  sessions: Pick<Sessions, "requireConfirmed">;
  stepUps: StepUps;
  pins: Pins;
  tokens: Tokens;
}): RouteHandler[] {
  const { db, stepUps, pins, tokens } = deps;
  const pinView = (pin: PinState) => ({ ...pin, changedAt: pin.changedAt?.toISOString() ?? null });
  const record = (tx: Tx, customerId: string, action: string, from: string, token?: string) =>
    deps.audit.record(tx, {
      actor: { kind: "customer", id: customerId },
      action,
      subject: token ?? customerId,
      from,
    });
  async function pinChanged(tx: Tx, customerId: Id<"cus">, action: "set" | "removed", from: string) {
    await record(tx, customerId, `payment_pin.${action}`, from);
    await deps.messages.queue(tx, {
      to: { customerId },
      content: {
        kind: "notice.security_changed",
        what: "pin_changed",
        at: deps.clock.now().toISOString(),
      },
    });
  }

  return [
    handle(contract.listStepUps, async ({ customerId }) => ({ items: await stepUps.pending(customerId) })),
    handle(contract.getStepUp, ({ session, params }) => stepUps.get(session, params.stepUpId)),
    handle(contract.sendStepUpCode, ({ session, params, body }) =>
      stepUps.sendCode(session, params.stepUpId, body.channel),
    ),
    handle(contract.answerStepUp, ({ session, params, body }) =>
      stepUps.answer(session, params.stepUpId, body),
    ),

    handle(contract.getPin, async ({ customerId }) => pinView(await pins.state(customerId))),
    handle(contract.setPin, async ({ customerId, session, body, clientIp }) => {
      deps.sessions.requireConfirmed(session);
      await db.transaction(async (tx) => {
        await pins.set(tx, customerId, body.pin);
        await pinChanged(tx, customerId, "set", clientIp);
      });
      return pinView(await pins.state(customerId));
    }),
    handle(contract.removePin, async ({ customerId, session, clientIp }) => {
      deps.sessions.requireConfirmed(session);
      await db.transaction(async (tx) => {
        await pins.remove(tx, customerId);
        await pinChanged(tx, customerId, "removed", clientIp);
      });
    }),

    handle(contract.listTokens, async ({ customerId }) => ({ items: await tokens.list(customerId) })),
    handle(contract.addInAppToken, ({ customerId, session, body, clientIp }) => {
      deps.sessions.requireConfirmed(session);
      return db.transaction(async (tx) => {
        const added = await tokens.addInApp(tx, customerId, body.name);
        await record(tx, customerId, "token.added", clientIp, added.token.id);
        return added;
      });
    }),
    handle(contract.addHardwareToken, async ({ customerId, session, body, clientIp }) => {
      deps.sessions.requireConfirmed(session);
      await stepUps.requireUnlocked(customerId);
      const token = await db.transaction(async (tx) => {
        const connected = await tokens.connect(tx, customerId, body.serial, body.codes);
        if (connected) await record(tx, customerId, "token.added", clientIp, connected.id);
        return connected;
      });
      if (token !== undefined) return token;
      await stepUps.countFailure(customerId);
      throw new Refusal("sca.token_unknown");
    }),
    handle(contract.resyncHardwareToken, async ({ customerId, params, body }) => {
      await stepUps.requireUnlocked(customerId);
      const token = await tokens.resync(customerId, params.tokenId, body.codes);
      if (token !== undefined) return token;
      await stepUps.countFailure(customerId);
      throw new Refusal("sca.token_unknown");
    }),
    handle(contract.removeToken, async ({ customerId, session, params, clientIp }) => {
      deps.sessions.requireConfirmed(session);
      await db.transaction(async (tx) => {
        if (!(await tokens.remove(tx, customerId, params.tokenId))) throw new Refusal("request.not_found");
        await record(tx, customerId, "token.removed", clientIp, params.tokenId);
      });
    }),

    handle(contract.listTrustedPayees, async ({ customerId }) => ({
      items: await stepUps.trusted(customerId),
    })),
    handle(contract.removeTrustedPayee, ({ customerId, params }) =>
      stepUps.distrust(customerId, params.payeeId),
    ),
    handle(contract.importHardwareTokens, ({ staff, body, clientIp }) =>
      db.transaction(async (tx) => {
        const taken = await tokens.importHardware(tx, body.tokens);
        const details = { added: String(taken.added), known: String(taken.known) };
        const actor = { kind: "staff" as const, id: staff.id };
        await deps.audit.record(tx, { actor, action: "hardware_tokens.imported", from: clientIp, details });
        return taken;
      }),
    ),
  ];
}

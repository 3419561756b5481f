import type { Route } from "@jinqiao/contract";
import * as contract from "@jinqiao/contract";
import { type Context, handle, type RouteHandler } from "../platform/http/handler.ts";
import type { Core } from "./core.ts";
import { customerById } from "./customers.ts";
import type { SecurityChange } from "./notices.ts";
import {
  answerReauthentication,
  sendReauthenticationCode,
  startReauthentication,
} from "./reauthentication.ts";
import {
  confirmPhone,
  notMe,
  passkeyView,
  removePasskey,
  type SecurityElsewhere,
  securityOf,
  setPassword,
  startPhone,
} from "./security-centre.ts";

/** The customer's security centre: what protects the wallet, and the devices that are signed in. */
export function securityRoutes(core: Core, elsewhere: SecurityElsewhere): RouteHandler[] {
  const { db, sessions, passkeys, devices, factors } = core;
  /** A handler that passes only shortly after two factors were given. */
  const confirmed = <const R extends Route>(route: R, run: Parameters<typeof handle<R>>[1]): RouteHandler =>
    handle(route, (context) => {
      sessions.requireConfirmed(context.session);
      return run(context);
    });
  /** Where a protection was changed: the session gets a new token, and every channel is told. */
  const changed = (context: Context, what: SecurityChange) =>
    db.transaction(async (tx) => {
      await sessions.renew(tx, context);
      await core.notices.changed(tx, context.customerId, what);
    });
  const challengeOf = ({ id }: { id: string }) => ({ purpose: "add_passkey", bindTo: id });

  return [
    handle(contract.getSecurity, (context) => securityOf(core, context as Context, elsewhere)),
    handle(contract.startReauthentication, (context) => startReauthentication(core, context as Context)),
    handle(contract.sendReauthenticationCode, (context) =>
      sendReauthenticationCode(
        core,
        context as Context,
        context.params.reauthenticationId,
        context.body.channel,
      ),
    ),
    handle(contract.answerReauthentication, (context) =>
      answerReauthentication(core, context as Context, context.params.reauthenticationId, context.body),
    ),
    confirmed(contract.getPasskeyOptions, async ({ customerId, session }) => {
      const { email, displayName } = await customerById(core, customerId);
      const owner = { customerId };
      return passkeys.creationOptions(challengeOf(session), {
        userHandle: customerId,
        name: email,
        displayName,
        owner,
      });
    }),
    confirmed(contract.addPasskey, async (context) => {
      const { customerId, session, body } = context;
      const made = await passkeys.verifyNew(challengeOf(session), body.credential);
      await core.vault.ready({ subjects: [customerId] });
      return db.transaction(async (tx) => {
        const added = await passkeys.add(tx, { customerId }, body.name, made);
        await sessions.renew(tx, context as Context);
        await core.notices.changed(tx, customerId, "passkey_added");
        return passkeyView(added);
      });
    }),
    handle(contract.renamePasskey, async ({ customerId, params, body }) =>
      passkeyView(await passkeys.rename({ customerId }, params.passkeyId, body.name)),
    ),
    confirmed(contract.removePasskey, (context) =>
      removePasskey(core, context as Context, context.params.passkeyId),
    ),
    confirmed(contract.setPassword, (context) =>
      setPassword(core, context as Context, context.body.password),
    ),
    confirmed(contract.startTotp, async ({ customerId }) => {
      const { email } = await customerById(core, customerId);
      const { secret, uri, expiresAt } = await factors.totps.begin(customerId, email);
      return { secret, uri, expiresAt: expiresAt.toISOString() };
    }),
    confirmed(contract.confirmTotp, async (context) => {
      await factors.totps.confirm(context.customerId, context.body.code);
      await changed(context as Context, "totp_added");
    }),
    confirmed(contract.removeTotp, async (context) => {
      if (await factors.totps.remove(db, context.customerId))
        await changed(context as Context, "totp_removed");
    }),
    confirmed(contract.startPhone, ({ customerId, body }) => startPhone(core, customerId, body.phone)),
    confirmed(contract.confirmPhone, (context) => confirmPhone(core, context as Context, context.body)),
    confirmed(contract.makeRecoveryCodes, (context) =>
      db.transaction(async (tx) => {
        const codes = await factors.recoveryCodes.make(tx, context.customerId);
        await sessions.renew(tx, context as Context);
        await core.notices.changed(tx, context.customerId, "recovery_codes_made");
        return { codes };
      }),
    ),
    handle(contract.listDevices, async ({ customerId, session }) => ({
      items: await devices.list(customerId, session.deviceId),
    })),
    handle(contract.renameDevice, ({ customerId, session, params, body }) =>
      devices.rename(customerId, params.deviceId, body.name, session.deviceId),
    ),
    handle(contract.removeDevice, ({ customerId, params }) => devices.remove(customerId, params.deviceId)),
    handle(contract.signOutEverywhere, ({ customerId, session }) =>
      db.transaction(async (tx) => {
        await sessions.endAll(tx, customerId, session.id);
        await devices.trustNone(tx, customerId, session.deviceId);
        await core.notices.changed(tx, customerId, "signed_out_everywhere");
      }),
    ),
    handle(contract.notMe, (context) => notMe(core, context as Context, context.body.token)),
  ];
}

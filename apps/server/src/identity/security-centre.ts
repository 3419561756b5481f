import type { Passkey, Security } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import { Refusal } from "../platform/errors.ts";
import type { Context } from "../platform/http/handler.ts";
import { codeLifeMs } from "./codes.ts";
import type { Core } from "./core.ts";
import { customerById } from "./customers.ts";
import { maskEmail, maskPhone } from "./names.ts";
import type { KnownPasskey } from "./passkeys.ts";
import { requireGoodPassword } from "./password-rules.ts";
import { hashPassword } from "./passwords.ts";
import { confirmedForMs } from "./sessions.ts";

/** What other parts know of a wallet's protection. */
export type SecurityElsewhere = (
  customerId: string,
) => Promise<Pick<Security, "pinSet" | "hardwareTokens" | "phraseSet">>;

/** How a wallet is protected. */
export async function securityOf(
  core: Core,
  { session, customerId }: Context,
  elsewhere: SecurityElsewhere,
): Promise<Security> {
  const { factors } = core;
  const [customer, passkeys, passwordChangedAt, totpAddedAt, phone, codesLeft, devices, freezes, rest] =
    await Promise.all([
      customerById(core, customerId),
      core.passkeys.list({ customerId }),
      passwordAge(core, customerId),
      factors.totps.addedAt(customerId),
      factors.phoneOf(customerId),
      factors.recoveryCodes.left(customerId),
      core.devices.list(customerId, session.deviceId),
      core.freezes.listOf(customerId),
      elsewhere(customerId),
    ]);
  const until = session.strongAt && new Date(session.strongAt.getTime() + confirmedForMs);
  return {
    email: maskEmail(customer.email),
    phone: phone === null ? null : maskPhone(phone),
    passkeys: passkeys.map(passkeyView),
    passwordChangedAt: passwordChangedAt?.toISOString() ?? null,
    totpAddedAt: totpAddedAt?.toISOString() ?? null,
    recoveryCodesLeft: codesLeft,
    devices: devices.length,
    frozen: [...new Set(freezes.filter(({ endedAt }) => endedAt === null).map(({ scope }) => scope))],
    confirmedUntil: until && until > core.clock.now() ? until.toISOString() : null,
    ...rest,
  };
}

export function passkeyView(passkey: KnownPasskey): Passkey {
  const { id, name, createdAt, lastUsedAt, backedUp } = passkey;
  return {
    id,
    name,
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    backedUp,
  };
}

/** Null: the customer has no password. */
async function passwordAge(core: Core, customerId: string): Promise<Date | null> {
  const [row] = await core.db.query<{ password_changed_at: Date | null }>(
    "SELECT password_changed_at FROM identity.customer WHERE id = $1",
    [customerId],
  );
  return row?.password_changed_at ?? null;
}

/** @throws Refusal `request.not_found`, `identity.last_way_in` when it is the last passkey and there is no password */
export async function removePasskey(core: Core, context: Context, passkeyId: string): Promise<void> {
  const { customerId } = context;
  await core.db.transaction(async (tx) => {
    // Two removals at once must not both find the other one left.
    const [row] = await tx.query<{ password_hash: string | null }>(
      "SELECT password_hash FROM identity.customer WHERE id = $1 FOR UPDATE",
      [customerId],
    );
    await core.passkeys.remove(tx, { customerId }, passkeyId);
    const left = await tx.query("SELECT id FROM identity.passkey WHERE customer_id = $1", [customerId]);
    if (row?.password_hash == null && left.length === 0) throw new Refusal("identity.last_way_in");
    await core.sessions.renew(tx, context);
    await core.notices.changed(tx, customerId, "passkey_removed");
  });
}

/**
 * Sets the password, signs out every other device and trusts none of them: whoever knew the old one is out.
 * @throws Refusal `request.invalid` for a common or personal one
 */
export async function setPassword(core: Core, context: Context, password: string): Promise<void> {
  const { customerId, session } = context;
  const passwordHash = await goodPassword(core, customerId, password);
  await core.db.transaction(async (tx) => {
    await tx.query(
      "UPDATE identity.customer SET password_hash = $2, password_changed_at = $3 WHERE id = $1",
      [customerId, passwordHash, core.clock.now()],
    );
    await core.sessions.endAll(tx, customerId, session.id);
    await core.devices.trustNone(tx, customerId, session.deviceId);
    await core.sessions.renew(tx, context);
    await core.notices.changed(tx, customerId, "password_changed");
  });
}

/** Judges a new password and hashes it. @throws Refusal `request.invalid` */
export async function goodPassword(core: Core, customerId: string, password: string): Promise<string> {
  await requireGoodPassword(password, await customerById(core, customerId));
  return hashPassword(password);
}

const phoneUse = (customerId: string, phone: string) => ({
  subject: customerId,
  purpose: "phone",
  bindTo: phone,
});

/** Sends a code to a number that is to be added. @throws Refusal `rate.limited` */
export async function startPhone(core: Core, customerId: Id<"cus">, phone: string) {
  // Every message costs money, and the number may be a stranger's.
  await core.throttle.allow(`phone codes ${customerId}`, { max: 5, withinMs: 60 * 60_000 });
  await core.throttle.allow(`phone codes ${phone}`, { max: 5, withinMs: 60 * 60_000 });
  return core.db.transaction(async (tx) => {
    const { code, expiresAt } = await core.codes.issue(tx, phoneUse(customerId, phone));
    await core.messages.queue(tx, {
      to: { customerId, phone },
      channel: "sms",
      content: { kind: "code", purpose: "phone", code, minutes: codeLifeMs / 60_000 },
      expiresAt,
    });
    return { expiresAt: expiresAt.toISOString() };
  });
}

/** @throws Refusal `identity.code_invalid`, `identity.code_tries_used` */
export async function confirmPhone(
  core: Core,
  context: Context,
  { phone, code }: { phone: string; code: string },
): Promise<void> {
  const { customerId } = context;
  await core.codes.check(core.db, phoneUse(customerId, phone), code);
  await core.vault.ready({ subjects: [customerId] });
  await core.db.transaction(async (tx) => {
    // Told to the number before as well, as long as it is the one on record.
    await core.notices.changed(tx, customerId, "phone_changed");
    await core.factors.setPhone(tx, customerId, phone);
    await core.sessions.renew(tx, context);
  });
}

/** "This was not me": stops payments and signing in at once, and signs out every device. @throws Refusal `identity.link_over` */
export async function notMe(core: Core, { clientIp }: Context, token: string): Promise<void> {
  await core.db.transaction(async (tx) => {
    const customerId = await core.notices.useUndo(tx, token);
    const freeze = { customerId, by: "customer", reason: "not_me", from: clientIp } as const;
    await core.freezes.freeze(tx, { ...freeze, scope: "payments" });
    await core.freezes.freeze(tx, { ...freeze, scope: "sign_in" });
    await core.sessions.endAll(tx, customerId);
    await core.devices.trustNone(tx, customerId);
  });
}

import type { Customer, PasskeyRegistration } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import { Refusal } from "../platform/errors.ts";
import type { Context } from "../platform/http/handler.ts";
import { codeLifeMs } from "./codes.ts";
import type { Core } from "./core.ts";
import { openWallet } from "./customers.ts";
import { deviceNameOf } from "./device-name.ts";
import { normalEmail } from "./names.ts";
import { requireGoodPassword } from "./password-rules.ts";
import * as sql from "./sql.ts";

/** How long somebody may take to open a wallet, in milliseconds; its code lives for less. */
const signUpForMs = 15 * 60_000;

type SignUpRow = { id: Id<"sup">; customer_id: Id<"cus">; email_sealed: string };

const useOf = (id: string) => ({ subject: id, purpose: "sign_up", bindTo: id });
const challengeOf = (id: string) => ({ purpose: "sign_up", bindTo: id });
const placeOf = (id: string) => ({ table: "identity.sign_up", column: "email_sealed", row: id });

/**
 * Begins to open a wallet. An address that has one gets a mail that says so instead of a code; the answer, the work
 * and the limits are the same, so that nobody learns who has a wallet.
 * @throws Refusal `rate.limited`
 */
export async function startSignUp(
  core: Core,
  { email: written, locale }: { email: string; locale: "zh" | "en" },
): Promise<{ signUpId: string; expiresAt: string }> {
  const { db, clock, codes, messages, throttle, vault } = core;
  const email = normalEmail(written);
  await throttle.allow(`sign-up ${email}`, { max: 5, withinMs: 60 * 60_000 });
  const known = await sql.selectCustomerByEmail(db, vault, email);
  const id = core.ids.next("sup");
  const expiresAt = new Date(clock.now().getTime() + signUpForMs);
  await db.transaction(async (tx) => {
    await tx.query(
      "INSERT INTO identity.sign_up (id, customer_id, email_sealed, expires_at) VALUES ($1, $2, $3, $4)",
      [id, core.ids.next("cus"), vault.seal(placeOf(id), email), expiresAt],
    );
    const { code, expiresAt: codeUntil } = await codes.issue(tx, useOf(id));
    await messages.queue(tx, {
      to: { email, locale },
      channel: "email",
      ...(known
        ? { content: { kind: "sign_up_repeated" } }
        : {
            content: { kind: "code", purpose: "sign_up", code, minutes: codeLifeMs / 60_000 },
            expiresAt: codeUntil,
          }),
    });
  });
  return { signUpId: id, expiresAt: expiresAt.toISOString() };
}

/** @throws Refusal `identity.sign_up_over`, `identity.code_invalid`, `identity.code_tries_used` */
export async function signUpPasskeyOptions(
  core: Core,
  id: string,
  given: { code: string; displayName: string },
) {
  const row = await rowOf(core, id);
  await core.codes.peek(core.db, useOf(id), given.code);
  return core.passkeys.creationOptions(challengeOf(id), {
    userHandle: row.customer_id,
    name: core.vault.open(placeOf(id), row.email_sealed),
    displayName: given.displayName,
  });
}

/**
 * Opens the wallet and signs in. The code proves the address; with it and a password, or a passkey, two factors are
 * given, so this device is trusted.
 * @throws Refusal `identity.sign_up_over`, `identity.code_invalid`, `identity.code_tries_used`,
 * `identity.credential_missing`, `identity.passkey_invalid`, `identity.email_taken`
 */
export async function signUp(
  core: Core,
  context: Context,
  input: {
    signUpId: string;
    code: string;
    displayName: string;
    locale: "zh" | "en";
    password?: string | undefined;
    passkey?: PasskeyRegistration | undefined;
  },
): Promise<Customer> {
  const { signUpId: id, code, displayName, locale, password, passkey } = input;
  if (password === undefined && passkey === undefined) throw new Refusal("identity.credential_missing");
  const row = await rowOf(core, id);
  const email = core.vault.open(placeOf(id), row.email_sealed);
  if (password !== undefined) await requireGoodPassword(password, { email, displayName });
  // The code is looked at before the passkey's challenge is used up, and used up only when all the rest is right.
  await core.codes.peek(core.db, useOf(id), code);
  const made = passkey && (await core.passkeys.verifyNew(challengeOf(id), passkey));
  await core.codes.check(core.db, useOf(id), code);

  const methods = [...(made ? ["passkey"] : []), ...(password ? ["password"] : []), "email"];
  const authentication = { methods, strongAt: core.clock.now() };
  return openWallet(
    core,
    { id: row.customer_id, email, password, displayName, locale },
    async (tx, customerId) => {
      const done = await tx.query(
        "UPDATE identity.sign_up SET done = true WHERE id = $1 AND NOT done RETURNING id",
        [id],
      );
      if (done.length === 0) throw new Refusal("identity.sign_up_over");
      if (made) await core.passkeys.add(tx, { customerId }, deviceNameOf(context.userAgent), made);
      const device = await core.devices.arrive(tx, context, customerId, true);
      await core.sessions.begin(tx, context, { customerId }, { authentication, deviceId: device.id });
    },
  );
}

async function rowOf(core: Core, id: string): Promise<SignUpRow> {
  const [row] = await core.db.query<SignUpRow>(
    "SELECT id, customer_id, email_sealed FROM identity.sign_up WHERE id = $1 AND NOT done AND expires_at > $2",
    [id, core.clock.now()],
  );
  if (row === undefined) throw new Refusal("identity.sign_up_over");
  return row;
}

import type { Customer, PasskeyAssertion, SecondFactor } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import { assert, Refusal } from "../platform/errors.ts";
import type { Context } from "../platform/http/handler.ts";
import type { Core } from "./core.ts";
import { enter } from "./enter.ts";
import { normalEmail } from "./names.ts";
import { passwordFits } from "./passwords.ts";
import * as sql from "./sql.ts";
import type { Counter, Throttle } from "./throttle.ts";

/** How long somebody may take to finish signing in, in milliseconds. */
const signInForMs = 10 * 60_000;
/** How many wrong second factors one sign-in may have. */
const maxAnswers = 5;

export type SignInAnswer =
  | { status: "signed_in"; customer: Customer }
  | { status: "second_factor_needed"; signInId: string; methods: SecondFactor[]; expiresAt: string };

/**
 * Judges address and password. Addresses that nobody has take the same work and count their failures alike, so that
 * nobody learns which exist. Failures are counted by account and device where the device is the customer's own, and
 * by account and network address where it is not: whoever guesses from elsewhere makes themselves wait, and not the
 * owner at their own device. What comes from all strange devices together is counted as well, with a short wait.
 * @param deviceId the customer's own device that asks, if it is one
 * @throws Refusal `identity.credentials_invalid`, or `rate.limited` during a wait
 */
export async function judgePassword<Row>(
  throttle: Throttle,
  asked: {
    realm: "customer" | "staff";
    email: string;
    password: string;
    clientIp: string;
    deviceId: string | undefined;
  },
  found: sql.WithPassword<Row> | undefined,
): Promise<Row> {
  const { realm, email, password, clientIp, deviceId } = asked;
  const account = `${realm} ${email}`;
  const counters: Counter[] =
    deviceId === undefined
      ? [
          { key: `${account} from ${clientIp}`, free: 4, maxWaitSeconds: 30 },
          { key: `${account} from elsewhere`, free: 50, maxWaitSeconds: 10 },
        ]
      : [{ key: `${account} at ${deviceId}`, free: 4, maxWaitSeconds: 30 }];
  await throttle.reserve([...counters, { key: `${realm} ${clientIp}`, free: 200, maxWaitSeconds: 60 }]);
  if (!(await passwordFits(found?.password_hash, password)) || found === undefined)
    throw new Refusal("identity.credentials_invalid");
  await throttle.forget(counters);
  await throttle.giveBack({ key: `${realm} ${clientIp}` });
  return found;
}

/**
 * Signs in by password: at once on a device where a second factor was given within 180 days, and with a second factor
 * on every other.
 * @throws Refusal `identity.credentials_invalid`, `rate.limited`, `freeze.sign_in`
 */
export async function signInByPassword(
  core: Core,
  context: Context,
  { email: written, password }: { email: string; password: string },
): Promise<SignInAnswer> {
  const { db, clock, vault } = core;
  const email = normalEmail(written);
  const found = await sql.selectCustomerByEmail(db, vault, email);
  const device = await core.devices.known(context, found?.id);
  const asked = {
    realm: "customer" as const,
    email,
    password,
    clientIp: context.clientIp,
    deviceId: device?.id,
  };
  const { id: customerId } = await judgePassword(core.throttle, asked, found);
  await core.freezes.require(customerId, "sign_in");
  if (device?.trusted)
    return {
      status: "signed_in",
      customer: await enter(core, context, customerId, { methods: ["password"], strongAt: null }),
    };
  const signInId = core.ids.next("sin");
  const expiresAt = new Date(clock.now().getTime() + signInForMs);
  await db.query("INSERT INTO identity.sign_in (id, customer_id, expires_at) VALUES ($1, $2, $3)", [
    signInId,
    customerId,
    expiresAt,
  ]);
  const methods = await core.factors.methodsOf(customerId);
  return { status: "second_factor_needed", signInId, methods, expiresAt: expiresAt.toISOString() };
}

/** Begins a sign-in by passkey: any passkey of this site may answer, so that no address is asked for. */
export async function startPasskeySignIn(core: Core) {
  const signInId = core.ids.next("sin");
  const expiresAt = new Date(core.clock.now().getTime() + signInForMs);
  const options = await core.passkeys.requestOptions(challengeOf(signInId));
  return { signInId, options, expiresAt: expiresAt.toISOString() };
}

/**
 * Signs in by passkey, which is two factors by itself: the device, and the finger, face or PIN that opens it.
 * @throws Refusal `identity.passkey_invalid`, `freeze.sign_in`
 */
export async function signInByPasskey(
  core: Core,
  context: Context,
  { signInId, credential }: { signInId: string; credential: PasskeyAssertion },
): Promise<SignInAnswer> {
  const { owner } = await core.passkeys.verify(challengeOf(signInId), credential, { realm: "customer" });
  assert("customerId" in owner, "a passkey of the realm of customers is a customer's");
  await core.freezes.require(owner.customerId, "sign_in");
  const authentication = { methods: ["passkey"], strongAt: core.clock.now() };
  return { status: "signed_in", customer: await enter(core, context, owner.customerId, authentication) };
}

/** @throws Refusal `identity.sign_in_over`, `identity.method_unavailable`, `rate.limited` */
export async function sendSignInCode(core: Core, signInId: string, channel: "email" | "sms") {
  const [row] = await core.db.query<{ customer_id: string | null }>(
    "SELECT customer_id FROM identity.sign_in WHERE id = $1 AND expires_at > $2 AND tries < $3",
    [signInId, core.clock.now(), maxAnswers],
  );
  if (row?.customer_id == null) throw new Refusal("identity.sign_in_over");
  // Only who knows the password comes here, and still: nobody's mailbox is to be flooded.
  await core.throttle.allow(`sign-in codes ${row.customer_id}`, { max: 10, withinMs: 60 * 60_000 });
  const { expiresAt } = await core.factors.send(row.customer_id, {
    channel,
    purpose: "sign_in",
    bindTo: signInId,
  });
  return { expiresAt: expiresAt.toISOString() };
}

/**
 * Takes the second factor and signs in; the device is trusted from then on.
 * @throws Refusal `identity.sign_in_over`, `identity.code_invalid`, `identity.code_tries_used`,
 * `identity.method_unavailable`, `rate.limited`, `freeze.sign_in`
 */
export async function answerSignIn(
  core: Core,
  context: Context,
  signInId: string,
  { kind, code }: { kind: SecondFactor["kind"]; code: string },
): Promise<Customer> {
  const { db, clock } = core;
  // Counted before it is judged, so that answers at once do not slip past each other.
  const [row] = await db.query<{ customer_id: Id<"cus"> | null; tries: number }>(
    `UPDATE identity.sign_in SET tries = tries + 1 WHERE id = $1 AND expires_at > $2 RETURNING customer_id, tries`,
    [signInId, clock.now()],
  );
  if (row?.customer_id == null) throw new Refusal("identity.sign_in_over");
  if (row.tries > maxAnswers) throw new Refusal("identity.code_tries_used");
  const customerId = row.customer_id;
  const methods = await core.factors.methodsOf(customerId);
  if (!methods.some((method) => method.kind === kind)) throw new Refusal("identity.method_unavailable");
  // Whoever has the password could begin again and again: the wait grows with all wrong answers of the account. It
  // concerns strange devices alone, because at a trusted one nobody is asked.
  const counters = [{ key: `second factor ${customerId}`, free: 10, maxWaitSeconds: 600 }];
  await core.throttle.reserve(counters);
  await core.factors.check(customerId, { kind, code, purpose: "sign_in", bindTo: signInId });
  await core.throttle.forget(counters);
  await core.freezes.require(customerId, "sign_in");
  const authentication = { methods: ["password", kind], strongAt: clock.now() };
  return enter(core, context, customerId, authentication, async (tx) => {
    const ended = await tx.query("DELETE FROM identity.sign_in WHERE id = $1 RETURNING id", [signInId]);
    if (ended.length === 0) throw new Refusal("identity.sign_in_over");
    if (kind === "recovery_code") await core.notices.changed(tx, customerId, "recovery_code_used");
  });
}

const challengeOf = (signInId: string) => ({ purpose: "sign_in", bindTo: signInId });

import type { PasskeyAssertion, SecondFactor } from "@jinqiao/contract";
import { Refusal } from "../platform/errors.ts";
import type { Context } from "../platform/http/handler.ts";
import type { Core } from "./core.ts";
import { confirmedForMs } from "./sessions.ts";

/** How many wrong answers one confirmation may have. */
const maxAnswers = 5;

type Answer =
  | { kind: "passkey"; credential: PasskeyAssertion }
  | { kind: SecondFactor["kind"]; code: string };

const challengeOf = (id: string) => ({ purpose: "reauthentication", bindTo: id });

/** Begins to confirm who is at the screen; the confirmation belongs to this session alone. */
export async function startReauthentication(core: Core, { session, customerId }: Context) {
  const id = core.ids.next("rea");
  const expiresAt = new Date(core.clock.now().getTime() + confirmedForMs);
  await core.db.query(
    "INSERT INTO identity.reauthentication (id, session_id, expires_at) VALUES ($1, $2, $3)",
    [id, session.id, expiresAt],
  );
  const [methods, passkeys] = await Promise.all([
    core.factors.methodsOf(customerId),
    core.passkeys.list({ customerId }),
  ]);
  const passkeyOptions =
    passkeys.length === 0
      ? null
      : await core.passkeys.requestOptions(challengeOf(id), { owner: { customerId } });
  return { id, methods, passkeyOptions, expiresAt: expiresAt.toISOString() };
}

/** @throws Refusal `identity.reauthentication_over`, `identity.method_unavailable`, `rate.limited` */
export async function sendReauthenticationCode(
  core: Core,
  { session, customerId }: Context,
  id: string,
  channel: "email" | "sms",
) {
  const rows = await core.db.query(
    "SELECT id FROM identity.reauthentication WHERE id = $1 AND session_id = $2 AND expires_at > $3 AND tries < $4",
    [id, session.id, core.clock.now(), maxAnswers],
  );
  if (rows.length === 0) throw new Refusal("identity.reauthentication_over");
  await core.throttle.allow(`confirmation codes ${customerId}`, { max: 10, withinMs: 60 * 60_000 });
  const { expiresAt } = await core.factors.send(customerId, {
    channel,
    purpose: "reauthentication",
    bindTo: id,
  });
  return { expiresAt: expiresAt.toISOString() };
}

/**
 * Takes the answer. The session was begun with another factor, so with this one two are given; its token is renewed.
 * @throws Refusal `identity.reauthentication_over`, `identity.method_unavailable`, `identity.code_invalid`,
 * `identity.code_tries_used`, `identity.passkey_invalid`
 */
export async function answerReauthentication(
  core: Core,
  context: Context,
  id: string,
  answer: Answer,
): Promise<void> {
  const { session, customerId } = context;
  const [row] = await core.db.query<{ tries: number }>(
    `UPDATE identity.reauthentication SET tries = tries + 1
      WHERE id = $1 AND session_id = $2 AND expires_at > $3 RETURNING tries`,
    [id, session.id, core.clock.now()],
  );
  if (row === undefined) throw new Refusal("identity.reauthentication_over");
  if (row.tries > maxAnswers) throw new Refusal("identity.code_tries_used");
  if ("credential" in answer) {
    await core.passkeys.verify(challengeOf(id), answer.credential, {
      realm: "customer",
      owner: { customerId },
    });
  } else {
    const { kind, code } = answer;
    const methods = await core.factors.methodsOf(customerId);
    if (!methods.some((method) => method.kind === kind)) throw new Refusal("identity.method_unavailable");
    await core.factors.check(customerId, { kind, code, purpose: "reauthentication", bindTo: id });
  }
  await core.db.transaction(async (tx) => {
    const ended = await tx.query("DELETE FROM identity.reauthentication WHERE id = $1 RETURNING id", [id]);
    if (ended.length === 0) throw new Refusal("identity.reauthentication_over");
    await core.sessions.renew(tx, context, { methods: [answer.kind], strongAt: core.clock.now() });
    if (answer.kind === "recovery_code") await core.notices.changed(tx, customerId, "recovery_code_used");
  });
}

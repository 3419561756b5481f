import type { Customer, PasskeyRegistration, Recovery } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { Tx } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import type { Context } from "../platform/http/handler.ts";
import { codeLifeMs } from "./codes.ts";
import type { Core } from "./core.ts";
import { customerById } from "./customers.ts";
import { deviceNameOf } from "./device-name.ts";
import { enter } from "./enter.ts";
import { maskEmail, normalEmail } from "./names.ts";
import { passwordFits } from "./passwords.ts";
import { goodPassword } from "./security-centre.ts";
import * as sql from "./sql.ts";
import { hashOfToken, newToken } from "./tokens.ts";

/** How long the two proofs may take, and how long it stays open after the wait, in milliseconds. */
const proveForMs = 60 * 60_000;
const openForMs = 7 * 86_400_000;
/** Wrong proofs of one recovery. */
const maxTries = 10;

type ProofKind = Recovery["proofs"][number];
/** The same for everybody, so that the list tells nothing of an address. */
const proofs: readonly ProofKind[] = ["email", "sms", "totp", "recovery_code", "password"];

type RecoveryRow = {
  id: Id<"rcv">;
  customer_id: Id<"cus"> | null;
  proofs: ProofKind[];
  tries: number;
  opens_at: Date | null;
  expires_at: Date;
};
const columns = "id, customer_id, proofs, tries, opens_at, expires_at";

/** Ways back into a wallet whose passkeys, password or devices are lost. */
export type Recoveries = ReturnType<typeof createRecoveries>;

/**
 * @param waitMs between the second proof and the opening: time in which the owner, told on every channel, can stop
 * somebody who pretends to be them
 * @param onTakenOver clears what other parts trust: the payment PIN, tokens
 */
export function createRecoveries(
  core: Core,
  options: { waitMs: number; onTakenOver(tx: Tx, customerId: string): Promise<void> },
) {
  const { db, clock, messages } = core;

  const viewOf = (row: RecoveryRow): Recovery => ({
    id: row.id,
    status: row.opens_at === null ? "proving" : row.opens_at > clock.now() ? "waiting" : "open",
    proofs: [...proofs],
    proved: row.proofs,
    opensAt: row.opens_at?.toISOString() ?? null,
    expiresAt: row.expires_at.toISOString(),
  });
  async function rowOf(id: string): Promise<RecoveryRow> {
    const [row] = await db.query<RecoveryRow>(
      `SELECT ${columns} FROM identity.recovery WHERE id = $1 AND NOT over AND expires_at > $2`,
      [id, clock.now()],
    );
    if (row === undefined) throw new Refusal("identity.recovery_over");
    return row;
  }
  /** @throws Refusal `identity.recovery_not_open` */
  async function openOne(id: string): Promise<RecoveryRow & { customer_id: Id<"cus"> }> {
    const row = await rowOf(id);
    if (row.customer_id === null || row.opens_at === null || row.opens_at > clock.now())
      throw new Refusal("identity.recovery_not_open");
    return row as RecoveryRow & { customer_id: Id<"cus"> };
  }
  const challengeOf = (id: string) => ({ purpose: "recovery", bindTo: id });
  /** For an address that nobody has, codes are made all the same and sent to nobody. */
  const subjectOf = (row: RecoveryRow): string => row.customer_id ?? `nobody ${row.id}`;
  const codeUse = (row: RecoveryRow, channel: string) => ({
    subject: subjectOf(row),
    purpose: `recovery ${channel}`,
    bindTo: row.id,
  });

  /** Judges a proof; for nobody every proof is wrong, after the same work. */
  async function isProved(row: RecoveryRow, kind: ProofKind, value: string): Promise<boolean> {
    if (kind === "password") {
      const [found] = await db.query<{ password_hash: string | null }>(
        "SELECT password_hash FROM identity.customer WHERE id = $1",
        [row.customer_id],
      );
      return passwordFits(found?.password_hash, value);
    }
    if (kind === "email" || kind === "sms") {
      await core.codes.check(db, codeUse(row, kind), value.trim());
      return row.customer_id !== null;
    }
    const subject = subjectOf(row);
    return kind === "totp"
      ? core.factors.totps.use(subject, value.trim())
      : core.factors.recoveryCodes.use(subject, value);
  }

  return {
    /** Answers alike for every address. @throws Refusal `rate.limited` */
    async start({ email: written }: { email: string }): Promise<Recovery> {
      const email = normalEmail(written);
      await core.throttle.allow(`recovery ${email}`, { max: 5, withinMs: 60 * 60_000 });
      const customer = await sql.selectCustomerByEmail(db, core.vault, email);
      const [row] = await db.query<RecoveryRow>(
        `INSERT INTO identity.recovery (id, customer_id, expires_at) VALUES ($1, $2, $3) RETURNING ${columns}`,
        [core.ids.next("rcv"), customer?.id ?? null, new Date(clock.now().getTime() + proveForMs)],
      );
      return viewOf(row as RecoveryRow);
    },

    /** @throws Refusal `identity.recovery_over` */
    get: async (id: string): Promise<Recovery> => viewOf(await rowOf(id)),

    /** @throws Refusal `identity.recovery_over`, `identity.recovery_proof_repeated`, `rate.limited` */
    async sendCode(id: string, channel: "email" | "sms"): Promise<{ expiresAt: string }> {
      const row = await rowOf(id);
      if (row.proofs.includes(channel)) throw new Refusal("identity.recovery_proof_repeated");
      await core.throttle.allow(`recovery codes ${subjectOf(row)}`, { max: 10, withinMs: 60 * 60_000 });
      const phone = row.customer_id === null ? null : await core.factors.phoneOf(row.customer_id);
      const to = row.customer_id !== null && (channel === "email" || phone !== null) ? row.customer_id : null;
      return db.transaction(async (tx) => {
        const { code, expiresAt } = await core.codes.issue(tx, codeUse(row, channel));
        // For nobody, one is queued that is over already and never leaves: the answer takes as long.
        await messages.queue(tx, {
          to: to === null ? { email: "nobody@recovery.invalid", locale: "en" } : { customerId: to },
          channel,
          content: { kind: "code", purpose: "recovery", code, minutes: codeLifeMs / 60_000 },
          expiresAt: to === null ? clock.now() : expiresAt,
        });
        return { expiresAt: expiresAt.toISOString() };
      });
    },

    /**
     * Takes one of two proofs; each kind counts once, and so no channel counts twice. The second one begins the wait
     * and tells every channel.
     * @throws Refusal `identity.recovery_over`, `identity.recovery_proof_repeated`, `identity.code_invalid`,
     * `identity.code_tries_used`, `rate.limited`
     */
    async prove(id: string, kind: ProofKind, value: string): Promise<Recovery> {
      const row = await rowOf(id);
      if (row.opens_at !== null || row.proofs.includes(kind))
        throw new Refusal("identity.recovery_proof_repeated");
      // Counted before it is judged. The wait concerns recoveries of this account alone, never its sign-ins.
      const [counted] = await db.query<{ tries: number }>(
        "UPDATE identity.recovery SET tries = tries + 1 WHERE id = $1 AND NOT over RETURNING tries",
        [id],
      );
      if (counted === undefined) throw new Refusal("identity.recovery_over");
      if (counted.tries > maxTries) throw new Refusal("identity.code_tries_used");
      await core.throttle.reserve([
        { key: `recovery proofs ${subjectOf(row)}`, free: 20, maxWaitSeconds: 900 },
      ]);
      if (!(await isProved(row, kind, value))) throw new Refusal("identity.code_invalid");

      const now = clock.now();
      const opensAt = new Date(now.getTime() + options.waitMs);
      return db.transaction(async (tx) => {
        const cancel = newToken(core.random);
        const [proved] = await tx.query<RecoveryRow>(
          `UPDATE identity.recovery SET proofs = array_append(proofs, $2),
                  opens_at = CASE WHEN cardinality(proofs) = 1 THEN $3::timestamptz END,
                  cancel_hash = CASE WHEN cardinality(proofs) = 1 THEN $4::bytea END,
                  expires_at = CASE WHEN cardinality(proofs) = 1 THEN $5 ELSE expires_at END
            WHERE id = $1 AND NOT over AND opens_at IS NULL AND NOT $2 = ANY(proofs) RETURNING ${columns}`,
          [id, kind, opensAt, hashOfToken(cancel), new Date(opensAt.getTime() + openForMs)],
        );
        if (proved === undefined) throw new Refusal("identity.recovery_proof_repeated");
        if (proved.opens_at !== null && proved.customer_id !== null)
          await messages.queue(tx, {
            to: { customerId: proved.customer_id },
            content: {
              kind: "notice.recovery_started",
              at: now.toISOString(),
              opensAt: opensAt.toISOString(),
              cancel,
            },
          });
        return viewOf(proved);
      });
    },

    /** @throws Refusal `identity.recovery_over`, `identity.recovery_not_open` */
    async passkeyOptions(id: string) {
      const { customer_id: customerId } = await openOne(id);
      const { email, displayName } = await customerById(core, customerId);
      // Not the address itself: whoever holds the id of a recovery is not yet known to be the owner.
      const name = maskEmail(email);
      return core.passkeys.creationOptions(challengeOf(id), { userHandle: customerId, name, displayName });
    },

    /**
     * Sets the new password or passkey and signs in. Everything that was trusted before ends: passkeys, authenticator
     * app, recovery codes, sessions, devices, PIN. A freeze of sign-in that the owner set is lifted; payments stay
     * frozen, because whoever set that freeze may have had a reason that is still there.
     * @throws Refusal `identity.recovery_over`, `identity.recovery_not_open`, `identity.credential_missing`,
     * `identity.passkey_invalid`, `identity.passkey_known`, `request.invalid`, `freeze.sign_in`
     */
    async finish(
      context: Context,
      id: string,
      given: { password?: string | undefined; passkey?: PasskeyRegistration | undefined },
    ): Promise<Customer> {
      const { password, passkey } = given;
      if (password === undefined && passkey === undefined) throw new Refusal("identity.credential_missing");
      const row = await openOne(id);
      const customerId = row.customer_id;
      const passwordHash = password === undefined ? null : await goodPassword(core, customerId, password);
      const made = passkey && (await core.passkeys.verifyNew(challengeOf(id), passkey));
      await core.db.transaction((tx) => core.freezes.liftOwn(tx, customerId, "sign_in"));
      await core.freezes.require(customerId, "sign_in");
      const methods = [...row.proofs, ...(made ? ["passkey"] : []), ...(passwordHash ? ["password"] : [])];
      const authentication = { methods, strongAt: clock.now() };
      return enter(core, context, customerId, authentication, async (tx) => {
        const done = await tx.query(
          "UPDATE identity.recovery SET over = true WHERE id = $1 AND NOT over RETURNING id",
          [id],
        );
        if (done.length === 0) throw new Refusal("identity.recovery_over");
        await core.sessions.endAll(tx, customerId);
        await core.devices.trustNone(tx, customerId);
        await tx.query("DELETE FROM identity.passkey WHERE customer_id = $1", [customerId]);
        await core.factors.totps.remove(tx, customerId);
        await core.factors.recoveryCodes.removeAll(tx, customerId);
        await options.onTakenOver(tx, customerId);
        await tx.query(
          "UPDATE identity.customer SET password_hash = $2, password_changed_at = CASE WHEN $2::text IS NULL THEN NULL ELSE $3::timestamptz END WHERE id = $1",
          [customerId, passwordHash, clock.now()],
        );
        if (made) await core.passkeys.add(tx, { customerId }, deviceNameOf(context.userAgent), made);
        await messages.queue(tx, {
          to: { customerId },
          content: { kind: "notice.recovery_done", at: clock.now().toISOString() },
        });
      });
    },

    /** @throws Refusal `identity.link_over` */
    async cancel(token: string): Promise<void> {
      await db.transaction(async (tx) => {
        const [row] = await tx.query<{ customer_id: Id<"cus"> | null }>(
          `UPDATE identity.recovery SET over = true
            WHERE cancel_hash = $1 AND NOT over AND expires_at > $2 RETURNING customer_id`,
          [hashOfToken(token), clock.now()],
        );
        if (row?.customer_id == null) throw new Refusal("identity.link_over");
        await messages.queue(tx, {
          to: { customerId: row.customer_id },
          content: { kind: "notice.recovery_cancelled", at: clock.now().toISOString() },
        });
      });
    },
  };
}

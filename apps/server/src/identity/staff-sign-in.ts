import * as contract from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { Tx } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import { type Context, handle, type RouteHandler } from "../platform/http/handler.ts";
import type { Core } from "./core.ts";
import { maskEmail, normalEmail } from "./names.ts";
import type { KnownPasskey } from "./passkeys.ts";
import type { Authentication } from "./sessions.ts";
import { judgePassword } from "./sign-in.ts";
import * as sql from "./sql.ts";
import { staffOf } from "./staff.ts";
import { hashOfToken, newToken } from "./tokens.ts";

/**
 * How staff sign in. `passkey`: with a passkey alone; a password and a code from the mail only let somebody without
 * one register it. `password`: these two sign in as well, which is for demo installations.
 */
export type StaffSignIn = "passkey" | "password";

type Deps = Core & { staffSignIn: StaffSignIn };

const purpose = "staff_sign_in";
const invitationLifeMs = 72 * 3_600_000;

/** Staff sign in and keep their passkeys; every success and every refused answer stands in the audit trail. */
export function staffSignInRoutes(deps: Deps): RouteHandler[] {
  const { db, clock, vault, sessions, passkeys, codes, audit, staffSignIn } = deps;

  async function member(staffId: string): Promise<sql.StaffRow> {
    const row = await sql.selectStaffById(db, vault, staffId);
    if (row === undefined) throw new Refusal("identity.credentials_invalid");
    return row;
  }
  async function begin(tx: Tx, context: Context, row: sql.StaffRow, authentication: Authentication) {
    await sessions.begin(tx, context, { staffId: row.id }, { authentication });
    await audit.record(tx, {
      actor: { kind: "staff", id: row.id },
      action: "staff.signed_in",
      subject: row.id,
      from: context.clientIp,
      details: { methods: authentication.methods.join(" + ") },
    });
    const passkeyNeeded = staffSignIn === "passkey" && !authentication.methods.includes("passkey");
    return { status: "signed_in" as const, staff: staffOf(row, passkeyNeeded) };
  }

  return [
    handle(contract.getStaffSignInWays, async () => ({ password: staffSignIn === "password" })),
    handle(contract.startStaffPasskeySignIn, async () => {
      const signInId = deps.ids.next("sin");
      return { signInId, options: await passkeys.requestOptions({ purpose, bindTo: signInId }) };
    }),
    handle(contract.staffSignIn, async (context) => {
      const { body, clientIp } = context;
      if (body.kind === "passkey") {
        const { owner } = await passkeys.verify({ purpose, bindTo: body.signInId }, body.credential, {
          realm: "staff",
        });
        const row = await member("staffId" in owner ? owner.staffId : "");
        return db.transaction((tx) =>
          begin(tx, context as Context, row, { methods: ["passkey"], strongAt: clock.now() }),
        );
      }
      const email = normalEmail(body.email);
      const row = await judgePassword(
        deps.throttle,
        { realm: "staff", email, password: body.password, clientIp, deviceId: undefined },
        await sql.selectStaffByEmail(db, vault, email),
      );
      const signInId = deps.ids.next("sin");
      const expiresAt = await db.transaction(async (tx) => {
        const issued = await codes.issue(tx, { subject: row.id, purpose, bindTo: signInId });
        await tx.query("INSERT INTO identity.staff_sign_in (id, staff_id, expires_at) VALUES ($1, $2, $3)", [
          signInId,
          row.id,
          issued.expiresAt,
        ]);
        await deps.messages.queue(tx, {
          to: { staffId: row.id },
          channel: "email",
          content: { kind: "code", purpose: "sign_in", code: issued.code, minutes: 5 },
          expiresAt: issued.expiresAt,
        });
        await audit.record(tx, {
          actor: { kind: "public" },
          action: "staff.password_given",
          subject: row.id,
          from: clientIp,
        });
        return issued.expiresAt;
      });
      return {
        status: "second_factor_needed" as const,
        signInId,
        masked: maskEmail(row.email),
        expiresAt: expiresAt.toISOString(),
      };
    }),
    handle(contract.answerStaffSignIn, async (context) => {
      const { params, body, clientIp } = context;
      const [started] = await db.query<{ staff_id: Id<"stf"> }>(
        "SELECT staff_id FROM identity.staff_sign_in WHERE id = $1 AND NOT done AND expires_at > $2",
        [params.signInId, clock.now()],
      );
      if (started === undefined) throw new Refusal("identity.sign_in_over");
      const row = await member(started.staff_id);
      try {
        await codes.check(db, { subject: row.id, purpose, bindTo: params.signInId }, body.code);
      } catch (error) {
        await db.transaction((tx) =>
          audit.record(tx, {
            actor: { kind: "public" },
            action: "staff.code_wrong",
            subject: row.id,
            outcome: "refused",
            from: clientIp,
          }),
        );
        throw error;
      }
      await db.query("UPDATE identity.staff_sign_in SET done = true WHERE id = $1", [params.signInId]);
      // Whoever has a passkey comes in by it: a mailbox and a password are no stand-in for it.
      if (staffSignIn === "passkey" && (await passkeys.list({ staffId: row.id })).length > 0)
        throw new Refusal("staff.passkey_needed");
      return db.transaction((tx) =>
        begin(tx, context as Context, row, { methods: ["password", "email"], strongAt: clock.now() }),
      );
    }),
    handle(contract.acceptStaffInvitation, async (context) => {
      const { body, clientIp } = context;
      const tokenHash = hashOfToken(body.token);
      return db.transaction(async (tx) => {
        const [used] = await tx.query<{ staff_id: Id<"stf"> }>(
          `UPDATE identity.staff_invitation SET used_at = $2
            WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2 RETURNING staff_id`,
          [tokenHash ?? Buffer.alloc(0), clock.now()],
        );
        if (used === undefined) throw new Refusal("identity.link_over");
        const row = await sql.selectStaffById(tx, vault, used.staff_id);
        if (row === undefined) throw new Refusal("identity.link_over");
        await audit.record(tx, {
          actor: { kind: "public" },
          action: "staff.invitation_used",
          subject: row.id,
          from: clientIp,
        });
        await sessions.begin(
          tx,
          context as Context,
          { staffId: row.id },
          {
            authentication: { methods: ["invitation"], strongAt: null },
          },
        );
        return staffOf(row, staffSignIn === "passkey");
      });
    }),
    handle(contract.staffSignOut, (context) => sessions.end(context as Context, "staff")),
    handle(contract.getStaffMe, async ({ staff }) => staff),

    handle(contract.listStaffPasskeys, async ({ staff }) => ({
      items: (await passkeys.list({ staffId: staff.id as Id<"stf"> })).map(passkeyView),
      nextCursor: null,
    })),
    handle(contract.startStaffPasskey, async ({ staff }) =>
      passkeys.creationOptions(
        { purpose: "staff_passkey", bindTo: staff.id },
        {
          userHandle: staff.id,
          name: staff.email,
          displayName: staff.displayName,
          owner: { staffId: staff.id as Id<"stf"> },
        },
      ),
    ),
    handle(contract.addStaffPasskey, async (context) => {
      const { staff, body, clientIp } = context;
      const made = await passkeys.verifyNew({ purpose: "staff_passkey", bindTo: staff.id }, body.credential);
      const known = await db.transaction(async (tx) => {
        const added = await passkeys.add(tx, { staffId: staff.id as Id<"stf"> }, body.name, made);
        await audit.record(tx, {
          actor: { kind: "staff", id: staff.id },
          action: "passkey.added",
          subject: staff.id,
          from: clientIp,
          details: { passkey: added.id },
        });
        // Making it proved presence and user verification: the session goes on with the rights of its owner, under a
        // new token.
        await sessions.begin(
          tx,
          context as Context,
          { staffId: staff.id as Id<"stf"> },
          {
            authentication: { methods: ["passkey"], strongAt: clock.now() },
          },
        );
        return added;
      });
      return passkeyView(known);
    }),
    handle(contract.removeStaffPasskey, async ({ staff, params, clientIp }) => {
      await db.transaction(async (tx) => {
        // Two removals at once must not leave nobody a way in.
        await tx.query("SELECT id FROM identity.staff WHERE id = $1 FOR UPDATE", [staff.id]);
        const [left] = await tx.query<{ count: bigint }>(
          "SELECT count(*) AS count FROM identity.passkey WHERE staff_id = $1 AND id <> $2",
          [staff.id, params.passkeyId],
        );
        if (staffSignIn === "passkey" && (left?.count ?? 0n) === 0n) throw new Refusal("staff.last_passkey");
        await passkeys.remove(tx, { staffId: staff.id as Id<"stf"> }, params.passkeyId);
        await audit.record(tx, {
          actor: { kind: "staff", id: staff.id },
          action: "passkey.removed",
          subject: staff.id,
          from: clientIp,
          details: { passkey: params.passkeyId },
        });
      });
    }),
  ];
}

/** Makes the token that an invited member of staff signs in with once. */
export async function inviteStaff(
  tx: Tx,
  deps: Pick<Deps, "clock" | "random" | "messages">,
  member: { id: Id<"stf">; role: string },
): Promise<void> {
  const token = newToken(deps.random);
  const expiresAt = new Date(deps.clock.now().getTime() + invitationLifeMs);
  await tx.query(
    "INSERT INTO identity.staff_invitation (token_hash, staff_id, expires_at) VALUES ($1, $2, $3)",
    [hashOfToken(token), member.id, expiresAt],
  );
  await deps.messages.queue(tx, {
    to: { staffId: member.id },
    channel: "email",
    content: { kind: "staff.invited", token, role: member.role },
    expiresAt,
  });
}

function passkeyView(passkey: KnownPasskey) {
  return {
    ...passkey,
    createdAt: passkey.createdAt.toISOString(),
    lastUsedAt: passkey.lastUsedAt?.toISOString() ?? null,
  };
}

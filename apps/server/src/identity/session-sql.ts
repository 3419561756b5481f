import type { Id } from "@jinqiao/money";
import type { Queryable } from "../platform/db.ts";
import type { SessionOwner } from "./sql.ts";

export type SessionRow = {
  /** Hash of the token, in hex. */
  token: string;
  id: Id<"ses">;
  customer_id: Id<"cus"> | null;
  staff_id: Id<"stf"> | null;
  device_id: Id<"dev"> | null;
  device_known_since: Date | null;
  methods: string[];
  authenticated_at: Date;
  strong_at: Date | null;
  last_used_at: Date;
  resumed_at: Date | null;
  expires_at: Date;
};

/** How a session was authenticated, and when two factors were last given. */
export type Authentication = { methods: readonly string[]; strongAt: Date | null };

export async function insertSession(
  db: Queryable,
  session: {
    id: Id<"ses">;
    tokenHash: Buffer;
    owner: SessionOwner;
    deviceId: Id<"dev"> | null;
    authentication: Authentication;
    at: Date;
    expiresAt: Date;
  },
): Promise<void> {
  const { owner, authentication } = session;
  await db.query(
    `INSERT INTO identity.session
       (id, token_hash, customer_id, staff_id, device_id, methods, strong_at, authenticated_at, created_at, last_used_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $8, $9)`,
    [
      session.id,
      session.tokenHash,
      "customerId" in owner ? owner.customerId : null,
      "staffId" in owner ? owner.staffId : null,
      session.deviceId,
      authentication.methods,
      authentication.strongAt,
      session.at,
      session.expiresAt,
    ],
  );
}

/** Sessions by the hash of their token in hex, whether they still hold or not. */
export async function selectSessions(
  db: Queryable,
  tokens: readonly string[],
): Promise<Map<string, SessionRow>> {
  const rows = await db.query<SessionRow>(
    `SELECT encode(s.token_hash, 'hex') AS token, s.id, s.customer_id, s.staff_id, s.device_id,
            d.first_seen_at AS device_known_since, s.methods, s.authenticated_at, s.strong_at,
            s.last_used_at, s.resumed_at, s.expires_at
       FROM identity.session s LEFT JOIN identity.device d ON d.id = s.device_id
      WHERE s.token_hash = ANY($1::bytea[])`,
    [tokens.map((token) => `\\x${token}`)],
    "identity.sessions",
  );
  return new Map(rows.map((row) => [row.token, row]));
}

/** Writes the use down; a use when the last was before `pausedSince` is a return to the session. */
export async function touchSession(
  db: Queryable,
  tokenHash: Buffer,
  at: { now: Date; pausedSince: Date },
): Promise<void> {
  await db.query(
    `UPDATE identity.session SET last_used_at = $2, resumed_at = CASE WHEN last_used_at <= $3 THEN $2 ELSE resumed_at END
      WHERE token_hash = $1 AND last_used_at < $2`,
    [tokenHash, at.now, at.pausedSince],
  );
}

export async function deleteSession(db: Queryable, tokenHash: Buffer): Promise<void> {
  await db.query("DELETE FROM identity.session WHERE token_hash = $1", [tokenHash]);
}

/** Ends every session of a customer but the one given. */
export async function deleteSessionsOf(
  db: Queryable,
  customerId: string,
  butSession: string | null,
): Promise<void> {
  await db.query("DELETE FROM identity.session WHERE customer_id = $1 AND ($2::text IS NULL OR id <> $2)", [
    customerId,
    butSession,
  ]);
}

/** Gives a session another token; what was authenticated now is added to what was before. */
export async function renewSession(
  db: Queryable,
  id: string,
  change: { tokenHash: Buffer; at: Date; authentication: Authentication | undefined },
): Promise<boolean> {
  const { authentication } = change;
  const rows = await db.query(
    `UPDATE identity.session SET token_hash = $2, last_used_at = $3,
            authenticated_at = CASE WHEN $4::text[] IS NULL THEN authenticated_at ELSE $3 END,
            methods = CASE WHEN $4::text[] IS NULL THEN methods
                      ELSE ARRAY(SELECT DISTINCT unnest(methods || $4::text[])) END,
            strong_at = coalesce($5, strong_at)
      WHERE id = $1 RETURNING id`,
    [id, change.tokenHash, change.at, authentication?.methods ?? null, authentication?.strongAt ?? null],
  );
  return rows.length === 1;
}

/** Deletes what is over: sessions, failures that no longer count, codes, challenges, and what was begun and not finished. */
export async function deleteEnded(
  db: Queryable,
  limits: { now: Date; customerIdleSince: Date; staffIdleSince: Date; failuresBefore: Date },
): Promise<void> {
  await db.query(
    `DELETE FROM identity.session
      WHERE expires_at <= $1 OR last_used_at <= CASE WHEN staff_id IS NULL THEN $2::timestamptz ELSE $3 END`,
    [limits.now, limits.customerIdleSince, limits.staffIdleSince],
  );
  await db.query("DELETE FROM identity.sign_in_failure WHERE last_at <= $1", [limits.failuresBefore]);
  for (const table of [
    "sign_up",
    "sign_in",
    "reauthentication",
    "passkey_challenge",
    "undo_token",
    "recovery",
  ])
    await db.query(`DELETE FROM identity.${table} WHERE expires_at <= $1`, [limits.failuresBefore]);
  // Kept for an hour longer than they work, so that nobody gets more of them by waiting for this.
  await db.query("DELETE FROM identity.code WHERE expires_at <= $1::timestamptz - interval '1 hour'", [
    limits.now,
  ]);
}

import type { Staff } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { Queryable } from "../platform/db.ts";

export type CustomerRow = {
  id: Id<"cus">;
  email: string;
  display_name: string;
  locale: "zh" | "en";
  created_at: Date;
};
export type StaffRow = { id: Id<"stf">; email: string; display_name: string; role: Staff["role"] };
export type WithPassword<Row> = Row & { password_hash: string };
/** Whose session it is; exactly one of the two. */
export type SessionOwner = { customerId: Id<"cus"> } | { staffId: Id<"stf"> };

const customerColumns = "id, email, display_name, locale, created_at";
const staffColumns = "id, email, display_name, role";

/** False when the address is taken. */
export async function insertCustomer(db: Queryable, row: WithPassword<CustomerRow>): Promise<boolean> {
  const inserted = await db.query(
    `INSERT INTO identity.customer (id, email, display_name, locale, created_at, password_hash)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (email) DO NOTHING RETURNING id`,
    [row.id, row.email, row.display_name, row.locale, row.created_at, row.password_hash],
  );
  return inserted.length === 1;
}

export async function insertStaff(db: Queryable, row: WithPassword<StaffRow>, at: Date): Promise<boolean> {
  const inserted = await db.query(
    `INSERT INTO identity.staff (id, email, display_name, role, created_at, password_hash)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (email) DO NOTHING RETURNING id`,
    [row.id, row.email, row.display_name, row.role, at, row.password_hash],
  );
  return inserted.length === 1;
}

export function selectCustomers(db: Queryable, ids: readonly string[]): Promise<CustomerRow[]> {
  return db.query<CustomerRow>(
    `SELECT ${customerColumns} FROM identity.customer WHERE id = ANY($1::text[])`,
    [ids],
    "identity.customers",
  );
}

export async function selectCustomerByEmail(
  db: Queryable,
  email: string,
): Promise<WithPassword<CustomerRow> | undefined> {
  const rows = await db.query<WithPassword<CustomerRow>>(
    `SELECT ${customerColumns}, password_hash FROM identity.customer WHERE email = $1`,
    [email],
  );
  return rows[0];
}

export async function selectStaffByEmail(
  db: Queryable,
  email: string,
): Promise<WithPassword<StaffRow> | undefined> {
  const rows = await db.query<WithPassword<StaffRow>>(
    `SELECT ${staffColumns}, password_hash FROM identity.staff WHERE email = $1`,
    [email],
  );
  return rows[0];
}

/** Changes what is given and leaves the rest. */
export async function updateCustomer(
  db: Queryable,
  id: string,
  change: { displayName?: string | undefined; locale?: "zh" | "en" | undefined },
): Promise<CustomerRow | undefined> {
  const rows = await db.query<CustomerRow>(
    `UPDATE identity.customer SET display_name = coalesce($2, display_name), locale = coalesce($3, locale)
      WHERE id = $1 RETURNING ${customerColumns}`,
    [id, change.displayName ?? null, change.locale ?? null],
  );
  return rows[0];
}

export async function insertSession(
  db: Queryable,
  session: { tokenHash: Buffer; owner: SessionOwner; at: Date; expiresAt: Date },
): Promise<void> {
  const { owner } = session;
  await db.query(
    `INSERT INTO identity.session (token_hash, customer_id, staff_id, created_at, last_used_at, expires_at)
     VALUES ($1, $2, $3, $4, $4, $5)`,
    [
      session.tokenHash,
      "customerId" in owner ? owner.customerId : null,
      "staffId" in owner ? owner.staffId : null,
      session.at,
      session.expiresAt,
    ],
  );
}

export type SessionRow = {
  token: string;
  customer_id: Id<"cus"> | null;
  staff_id: Id<"stf"> | null;
  last_used_at: Date;
  expires_at: Date;
};

/** Sessions by the hash of their token in hex, whether they still hold or not. */
export async function selectSessions(
  db: Queryable,
  tokens: readonly string[],
): Promise<Map<string, SessionRow>> {
  const rows = await db.query<SessionRow>(
    `SELECT encode(token_hash, 'hex') AS token, customer_id, staff_id, last_used_at, expires_at
       FROM identity.session WHERE token_hash = ANY($1::bytea[])`,
    [tokens.map((token) => `\\x${token}`)],
    "identity.sessions",
  );
  return new Map(rows.map((row) => [row.token, row]));
}

export async function selectStaffById(db: Queryable, id: string): Promise<StaffRow | undefined> {
  const rows = await db.query<StaffRow>(`SELECT ${staffColumns} FROM identity.staff WHERE id = $1`, [id]);
  return rows[0];
}

export async function touchSession(db: Queryable, tokenHash: Buffer, now: Date): Promise<void> {
  await db.query(
    "UPDATE identity.session SET last_used_at = $2 WHERE token_hash = $1 AND last_used_at < $2",
    [tokenHash, now],
  );
}

export async function deleteSession(db: Queryable, tokenHash: Buffer): Promise<void> {
  await db.query("DELETE FROM identity.session WHERE token_hash = $1", [tokenHash]);
}

/** Deletes sessions that are over and failures that no longer count. */
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
}

/**
 * Counts one try to sign in as failed before it is judged, so that many tries at once cannot slip past each other.
 * From the fifth failure in a row on, the account waits 1, 2, 4 … at most 30 seconds after each.
 * @returns false when the account waits; the try must then not be judged
 */
export async function reserveTry(
  db: Queryable,
  account: Buffer,
  limits: { now: Date; forgottenBefore: Date },
): Promise<boolean> {
  const rows = await db.query(
    `INSERT INTO identity.sign_in_failure AS f (account, failures, last_at, blocked_until) VALUES ($1, 1, $2, $2)
     ON CONFLICT (account) DO UPDATE SET
       failures = CASE WHEN f.last_at < $3 THEN 1 ELSE f.failures + 1 END,
       last_at = $2,
       blocked_until = CASE WHEN f.last_at >= $3 AND f.failures + 1 >= 5
         THEN $2::timestamptz + least(30, 2 ^ least(f.failures - 4, 10)) * interval '1 second' ELSE $2 END
     WHERE f.blocked_until <= $2
     RETURNING account`,
    [account, limits.now, limits.forgottenBefore],
  );
  return rows.length === 1;
}

export async function selectBlockedUntil(db: Queryable, account: Buffer): Promise<Date | undefined> {
  const rows = await db.query<{ blocked_until: Date }>(
    "SELECT blocked_until FROM identity.sign_in_failure WHERE account = $1",
    [account],
  );
  return rows[0]?.blocked_until;
}

export async function forgetFailures(db: Queryable, account: Buffer): Promise<void> {
  await db.query("DELETE FROM identity.sign_in_failure WHERE account = $1", [account]);
}

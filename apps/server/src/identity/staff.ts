import { may, type Permission, rolePermissions, type Staff, type StaffMember } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { Queryable, Tx } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import { personalData, type Vault } from "../vault/index.ts";
import { type StaffRow, staffData } from "./sql.ts";

/**
 * Lets only members of staff pass whose role has that permission. Routes name theirs in the contract and are held to
 * it before their use case begins; this is for what depends on the request.
 * @throws Refusal `identity.not_allowed`
 */
export function requirePermission(staff: Pick<Staff, "role">, permission: Permission): void {
  if (!may(staff.role, permission)) throw new Refusal("identity.not_allowed");
}

/** @param passkeyNeeded the session is for registering a first passkey and for nothing else */
export function staffOf(row: StaffRow, passkeyNeeded: boolean): Staff {
  return {
    id: row.id,
    email: row.email,
    displayName: row.display_name,
    role: row.role,
    permissions: [...rolePermissions[row.role]],
    passkeyNeeded,
  };
}

type MemberRow = {
  id: Id<"stf">;
  email_sealed: string;
  display_name_sealed: string;
  role: Staff["role"];
  left_at: Date | null;
  passkeys: bigint;
  last_seen_at: Date | null;
};

/** Everybody who is or was a member of staff, by name. */
export async function members(db: Queryable, vault: Vault): Promise<StaffMember[]> {
  const rows = await db.query<MemberRow>(
    `SELECT s.id, s.email_sealed, s.display_name_sealed, s.role, s.left_at,
            (SELECT count(*) FROM identity.passkey p WHERE p.staff_id = s.id) AS passkeys,
            (SELECT max(last_used_at) FROM identity.session e WHERE e.staff_id = s.id) AS last_seen_at
       FROM identity.staff s`,
  );
  const data = personalData(vault, staffData);
  return rows
    .map((row) => ({
      id: row.id,
      email: data.open("email", row, row.email_sealed, ""),
      displayName: data.open("display_name", row, row.display_name_sealed, ""),
      role: row.role,
      passkeys: Number(row.passkeys),
      lastSeenAt: row.last_seen_at?.toISOString() ?? null,
      leftAt: row.left_at?.toISOString() ?? null,
    }))
    .sort(
      (a, b) =>
        Number(a.leftAt !== null) - Number(b.leftAt !== null) || a.displayName.localeCompare(b.displayName),
    );
}

/** Names of members of staff by id. */
export async function staffNames(
  db: Queryable,
  vault: Vault,
  ids: Iterable<string | null>,
): Promise<Map<string, string>> {
  const wanted = [...new Set(ids)].filter((id) => id !== null);
  if (wanted.length === 0) return new Map();
  const rows = await db.query<{ id: string; display_name_sealed: string }>(
    "SELECT id, display_name_sealed FROM identity.staff WHERE id = ANY ($1)",
    [wanted],
  );
  const data = personalData(vault, staffData);
  return new Map(rows.map((row) => [row.id, data.open("display_name", row, row.display_name_sealed, "")]));
}

/**
 * Says by name who did something, where records keep ids alone: one member of staff, or several with a comma between.
 * What is no id of theirs, such as `reconciliation`, stays as it is.
 * @param kept every text the answer will be asked for
 */
export async function namesOfWhoDid(
  db: Queryable,
  vault: Vault,
  kept: readonly (string | null)[],
): Promise<(by: string | null) => string | null> {
  const names = await staffNames(
    db,
    vault,
    kept.flatMap((by) => by?.split(", ") ?? []),
  );
  return (by) =>
    by
      ?.split(", ")
      .map((id) => names.get(id) ?? id)
      .join(", ") ?? null;
}

/** Gives a role, or null: the person leaves. Either way they sign in anew. @throws Refusal `request.not_found` */
export async function changeRole(
  tx: Tx,
  staffId: string,
  change: { role: Staff["role"] | null; at: Date },
): Promise<void> {
  const rows = await tx.query(
    change.role === null
      ? "UPDATE identity.staff SET left_at = $2 WHERE id = $1 AND left_at IS NULL RETURNING id"
      : "UPDATE identity.staff SET role = $2 WHERE id = $1 AND left_at IS NULL RETURNING id",
    [staffId, change.role ?? change.at],
  );
  if (rows.length === 0) throw new Refusal("request.not_found");
  await tx.query("DELETE FROM identity.session WHERE staff_id = $1", [staffId]);
  if (change.role === null) await tx.query("DELETE FROM identity.passkey WHERE staff_id = $1", [staffId]);
}

import type { Staff } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { Db } from "../platform/db.ts";
import type { Vault } from "../vault/index.ts";
import { selectStaffById } from "./sql.ts";

/** Members of staff who have not registered a passkey, with the name that the console shows. */
export async function staffWithoutPasskey(
  db: Db,
  vault: Vault,
): Promise<{ id: Id<"stf">; displayName: string; role: Staff["role"] }[]> {
  const rows = await db.query<{ id: Id<"stf"> }>(
    `SELECT id FROM identity.staff s
      WHERE left_at IS NULL AND NOT EXISTS (SELECT FROM identity.passkey WHERE staff_id = s.id)
      ORDER BY id`,
  );
  const staff = await Promise.all(rows.map(({ id }) => selectStaffById(db, vault, id)));
  return staff.flatMap((row) => (row ? [{ id: row.id, displayName: row.display_name, role: row.role }] : []));
}

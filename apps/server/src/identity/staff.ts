import type { Staff } from "@jinqiao/contract";
import { Refusal } from "../platform/errors.ts";
import type { StaffRow } from "./sql.ts";

/**
 * Lets only members of staff with that role pass.
 * @throws Refusal `identity.not_allowed`
 */
export function requireRole(staff: Staff, role: Staff["role"]): void {
  if (staff.role !== role) throw new Refusal("identity.not_allowed");
}

export function staffOf(row: StaffRow): Staff {
  return { id: row.id, email: row.email, displayName: row.display_name, role: row.role };
}

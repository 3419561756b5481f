import type { Staff } from "@jinqiao/contract";
import { type CustomerDeps, openWallet } from "./customers.ts";
import { normalEmail } from "./names.ts";
import { hashPassword } from "./passwords.ts";
import * as sql from "./sql.ts";

/** The people a demo installation opens with; all of them have the same password. */
export type DemoPeople = {
  password: string;
  customers: readonly { email: string; displayName: string; locale: "zh" | "en" }[];
  staff: readonly { email: string; displayName: string; role: Staff["role"] }[];
};

/** Opens the wallets and staff accounts that are missing. Whoever exists stays as they are. Safe to repeat. */
export async function seedDemo(deps: CustomerDeps, people: DemoPeople): Promise<void> {
  const { db, ids, clock, vault } = deps;
  for (const customer of people.customers) {
    if (await sql.selectCustomerByEmail(db, vault, normalEmail(customer.email))) continue;
    await openWallet(deps, { ...customer, password: people.password });
  }
  for (const member of people.staff) {
    const email = normalEmail(member.email);
    if (await sql.selectStaffByEmail(db, vault, email)) continue;
    const row = { id: ids.next("stf"), email, display_name: member.displayName, role: member.role };
    await sql.insertStaff(
      db,
      vault,
      { ...row, password_hash: await hashPassword(people.password) },
      clock.now(),
    );
  }
}

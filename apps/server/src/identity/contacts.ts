import type { Db } from "../platform/db.ts";
import type { Vault } from "../vault/index.ts";
import type { Recipient } from "./messages.ts";
import * as sql from "./sql.ts";

/** How a person is reached. */
export type Contact = {
  email: string;
  /** Proven by a code, E.164; null where there is none. */
  phone: string | null;
  /** Null: both languages, for staff. */
  locale: "zh" | "en" | null;
};

/** A recipient whom we know by id. */
export type Known = Exclude<Recipient, { locale: unknown }>;

/** Finds how somebody is reached; undefined for whoever is unknown or was erased. */
export function createContacts(deps: {
  db: Db;
  vault: Vault;
  phoneOf(customerId: string): Promise<string | null>;
}) {
  const { db, vault } = deps;
  return async (to: Known): Promise<Contact | undefined> => {
    if ("staffId" in to) {
      const row = await sql.selectStaffById(db, vault, to.staffId);
      return row && { email: row.email, phone: null, locale: null };
    }
    const [row] = await sql.selectCustomers(db, vault, [to.customerId]);
    // Whose data was erased has no address.
    if (row === undefined || row.email === "") return undefined;
    return { email: row.email, phone: await deps.phoneOf(to.customerId), locale: row.locale };
  };
}

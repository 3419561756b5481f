import type { Customer } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { Clock } from "../platform/clock.ts";
import type { Db, Tx } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import { emit, event, type Subscriptions } from "../platform/events.ts";
import type { Ids } from "../platform/ids.ts";
import type { Vault } from "../vault/index.ts";
import { normalEmail } from "./names.ts";
import { hashPassword } from "./passwords.ts";
import * as sql from "./sql.ts";

/** What other modules may know of a customer. */
export type CustomerName = { id: Id<"cus">; displayName: string; email: string; locale: "zh" | "en" };

export type NewCustomer = {
  /** Chosen before, where the customer's passkey already bears it. */
  id?: Id<"cus">;
  email: string;
  password?: string | undefined;
  displayName: string;
  locale: "zh" | "en";
};

export type CustomerDeps = { db: Db; clock: Clock; ids: Ids; subscriptions: Subscriptions; vault: Vault };

/**
 * Opens a wallet. `together` runs in the same transaction, so that a customer and their first session appear at once.
 * @throws Refusal `identity.email_taken`
 */
export async function openWallet(
  deps: CustomerDeps,
  input: NewCustomer,
  together: (tx: Tx, customerId: Id<"cus">) => Promise<void> = async () => {},
): Promise<Customer> {
  const passwordHash = input.password === undefined ? null : await hashPassword(input.password);
  const row: sql.CustomerRow = {
    id: input.id ?? deps.ids.next("cus"),
    email: normalEmail(input.email),
    display_name: input.displayName,
    locale: input.locale,
    created_at: deps.clock.now(),
  };
  // Before the transaction: making a key takes a connection of its own.
  await deps.vault.ready({ subjects: [row.id] });
  return deps.db.transaction(async (tx) => {
    if (!(await sql.insertCustomer(tx, deps.vault, { ...row, password_hash: passwordHash })))
      throw new Refusal("identity.email_taken");
    await emit(tx, deps.subscriptions, [event("customer.signed_up", { customerId: row.id })]);
    await together(tx, row.id);
    return customerOf(row);
  });
}

/** The customer as the API shows them to themselves. @throws Refusal `request.not_found` */
export async function customerById(
  { db, vault }: Pick<CustomerDeps, "db" | "vault">,
  id: string,
): Promise<Customer> {
  const [row] = await sql.selectCustomers(db, vault, [id]);
  if (row === undefined) throw new Refusal("request.not_found");
  return customerOf(row);
}

/** Changes name or language. @throws Refusal `request.not_found` */
export async function updateCustomer(
  { db, vault }: Pick<CustomerDeps, "db" | "vault">,
  id: string,
  change: { displayName?: string | undefined; locale?: "zh" | "en" | undefined },
): Promise<Customer> {
  const row = await sql.updateCustomer(db, vault, id, change);
  if (row === undefined) throw new Refusal("request.not_found");
  return customerOf(row);
}

export function customerOf(row: sql.CustomerRow): Customer {
  return {
    id: row.id,
    email: row.email,
    displayName: row.display_name,
    locale: row.locale,
    createdAt: row.created_at.toISOString(),
  };
}

export function nameOf(row: sql.CustomerRow): CustomerName {
  return { id: row.id, displayName: row.display_name, email: row.email, locale: row.locale };
}

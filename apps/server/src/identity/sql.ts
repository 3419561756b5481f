import type { Staff } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { Queryable } from "../platform/db.ts";
import { erasedName, type PersonalTable, personalData, type Vault } from "../vault/index.ts";

export type CustomerRow = {
  id: Id<"cus">;
  email: string;
  display_name: string;
  locale: "zh" | "en";
  created_at: Date;
};
export type StaffRow = { id: Id<"stf">; email: string; display_name: string; role: Staff["role"] };
/** Null: who has passkeys needs no password. */
export type WithPassword<Row> = Row & { password_hash: string | null };
/** Whose session it is; exactly one of the two. */
export type SessionOwner = { customerId: Id<"cus"> } | { staffId: Id<"stf"> };

const customerData = {
  table: "identity.customer",
  id: "id",
  columns: ["email", "display_name"],
  indexed: ["email"],
  subject: "id",
} as const;
export const staffData = {
  table: "identity.staff",
  id: "id",
  columns: ["email", "display_name"],
  indexed: ["email"],
} as const;
/** Where this module keeps personal data, sealed. */
export const identityData: readonly PersonalTable[] = [customerData, staffData];

const customerColumns = "id, email_sealed, display_name_sealed, locale, created_at";
const staffColumns = "id, email_sealed, display_name_sealed, role";
type Sealed<Row> = Omit<Row, "email" | "display_name"> & {
  email_sealed: string;
  display_name_sealed: string;
};

/** False when the address is taken. The customer's keys must be ready: they are made before the transaction. */
export async function insertCustomer(
  db: Queryable,
  vault: Vault,
  row: WithPassword<CustomerRow>,
): Promise<boolean> {
  const data = personalData(vault, customerData);
  const place = { id: row.id, subject: row.id };
  const inserted = await db.query(
    `INSERT INTO identity.customer (id, email_sealed, email_index, display_name_sealed, locale, created_at, password_hash, password_changed_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $7::text IS NULL THEN NULL ELSE $6::timestamptz END)
     ON CONFLICT (email_index) DO NOTHING RETURNING id`,
    [
      row.id,
      data.seal("email", place, row.email),
      data.index("email", row.email),
      data.seal("display_name", place, row.display_name),
      row.locale,
      row.created_at,
      row.password_hash,
    ],
  );
  return inserted.length === 1;
}

export async function insertStaff(
  db: Queryable,
  vault: Vault,
  row: StaffRow & { password_hash: string | null },
  at: Date,
): Promise<boolean> {
  const data = personalData(vault, staffData);
  const inserted = await db.query(
    `INSERT INTO identity.staff (id, email_sealed, email_index, display_name_sealed, role, created_at, password_hash)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (email_index) DO NOTHING RETURNING id`,
    [
      row.id,
      data.seal("email", row, row.email),
      data.index("email", row.email),
      data.seal("display_name", row, row.display_name),
      row.role,
      at,
      row.password_hash,
    ],
  );
  return inserted.length === 1;
}

/** Customers whose data was erased are among them, under the name that says so and with no address. */
export async function selectCustomers(
  db: Queryable,
  vault: Vault,
  ids: readonly string[],
): Promise<CustomerRow[]> {
  const rows = await db.query<Sealed<CustomerRow>>(
    `SELECT ${customerColumns} FROM identity.customer WHERE id = ANY($1::text[])`,
    [ids],
    "identity.customers",
  );
  return openCustomers(vault, rows);
}

export async function selectCustomerByEmail(
  db: Queryable,
  vault: Vault,
  email: string,
): Promise<WithPassword<CustomerRow> | undefined> {
  const rows = await db.query<Sealed<WithPassword<CustomerRow>>>(
    `SELECT ${customerColumns}, password_hash FROM identity.customer WHERE email_index = $1`,
    [personalData(vault, customerData).index("email", email)],
  );
  return (await openCustomers(vault, rows))[0];
}

export async function selectStaffByEmail(
  db: Queryable,
  vault: Vault,
  email: string,
): Promise<WithPassword<StaffRow> | undefined> {
  const rows = await db.query<Sealed<WithPassword<StaffRow>>>(
    `SELECT ${staffColumns}, password_hash FROM identity.staff WHERE email_index = $1 AND left_at IS NULL`,
    [personalData(vault, staffData).index("email", email)],
  );
  return rows.map((row) => openStaff(vault, row))[0];
}

/** Changes what is given and leaves the rest. */
export async function updateCustomer(
  db: Queryable,
  vault: Vault,
  id: string,
  change: { displayName?: string | undefined; locale?: "zh" | "en" | undefined },
): Promise<CustomerRow | undefined> {
  await vault.ready({ subjects: [id] });
  const rows = await db.query<Sealed<CustomerRow>>(
    `UPDATE identity.customer SET display_name_sealed = coalesce($2, display_name_sealed), locale = coalesce($3, locale)
      WHERE id = $1 RETURNING ${customerColumns}`,
    [
      id,
      personalData(vault, customerData).seal("display_name", { id, subject: id }, change.displayName ?? null),
      change.locale ?? null,
    ],
  );
  return (await openCustomers(vault, rows))[0];
}

async function openCustomers<R extends Sealed<CustomerRow>>(vault: Vault, rows: readonly R[]) {
  await vault.ready({ subjects: rows.map(({ id }) => id) });
  const data = personalData(vault, customerData);
  return rows.map(({ email_sealed, display_name_sealed, ...row }) => {
    const place = { id: row.id, subject: row.id };
    return {
      ...row,
      email: data.open("email", place, email_sealed, ""),
      display_name: data.open("display_name", place, display_name_sealed, erasedName),
    };
  });
}

function openStaff<R extends Sealed<StaffRow>>(
  vault: Vault,
  { email_sealed, display_name_sealed, ...row }: R,
) {
  const data = personalData(vault, staffData);
  return {
    ...row,
    email: data.open("email", row, email_sealed, ""),
    display_name: data.open("display_name", row, display_name_sealed, ""),
  };
}

export async function selectStaffById(
  db: Queryable,
  vault: Vault,
  id: string,
): Promise<StaffRow | undefined> {
  const rows = await db.query<Sealed<StaffRow>>(
    `SELECT ${staffColumns} FROM identity.staff WHERE id = $1 AND left_at IS NULL`,
    [id],
  );
  return rows.map((row) => openStaff(vault, row))[0];
}

/** Accounts of the bank: who owns them, what stands on them, and how they are opened. */
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
import { accountIban } from "../iban.ts";

export interface Account {
  id: string;
  /** The id under which the interface shows the account; it may change, the account's own never does. */
  resourceId: string;
  iban: string;
  currency: string;
  kind: "customer" | "custody" | "internal";
  ownerPsu: string | null;
  ownerClient: string | null;
  ownerName: string;
  name: string;
  product: string;
  bookedMinor: bigint;
  /** Booked less everything on its way out: what can be spent. */
  availableMinor: bigint;
  /** Booked with everything pending, in and out. */
  expectedMinor: bigint;
  lastChangeAt: Date;
}

interface Row {
  id: string;
  resource_id: string;
  iban: string;
  currency: string;
  kind: Account["kind"];
  owner_psu: string | null;
  owner_client: string | null;
  owner_name: string;
  name: string;
  product: string;
  booked_minor: bigint;
  pending_debit_minor: bigint;
  pending_credit_minor: bigint;
  last_change_at: Date;
}

const SELECT = `SELECT id, coalesce(resource_id, id) AS resource_id, iban, currency, kind, owner_psu, owner_client, owner_name, name, product, booked_minor,
  pending_debit_minor, pending_credit_minor, last_change_at FROM accounts`;

function fromRow(row: Row): Account {
  return {
    id: row.id,
    resourceId: row.resource_id,
    iban: row.iban,
    currency: row.currency,
    kind: row.kind,
    ownerPsu: row.owner_psu,
    ownerClient: row.owner_client,
    ownerName: row.owner_name,
    name: row.name,
    product: row.product,
    bookedMinor: row.booked_minor,
    availableMinor: row.booked_minor + row.pending_debit_minor,
    expectedMinor: row.booked_minor + row.pending_debit_minor + row.pending_credit_minor,
    lastChangeAt: row.last_change_at,
  };
}

export async function findAccountByIban(db: Queryable, iban: string): Promise<Account | undefined> {
  const { rows } = await db.query<Row>(`${SELECT} WHERE iban = $1`, [iban]);
  return rows[0] && fromRow(rows[0]);
}

export async function findAccounts(db: Queryable, ids: string[]): Promise<Account[]> {
  const { rows } = await db.query<Row>(`${SELECT} WHERE id = ANY ($1::uuid[]) ORDER BY iban`, [ids]);
  return rows.map(fromRow);
}

export async function accountsOfPsu(db: Queryable, psuId: string): Promise<Account[]> {
  const { rows } = await db.query<Row>(`${SELECT} WHERE owner_psu = $1 AND kind = 'customer' ORDER BY iban`, [
    psuId,
  ]);
  return rows.map(fromRow);
}

export async function custodyAccountsOf(db: Queryable, clientId: string): Promise<Account[]> {
  const { rows } = await db.query<Row>(
    `${SELECT} WHERE owner_client = $1 AND kind = 'custody' ORDER BY iban`,
    [clientId],
  );
  return rows.map(fromRow);
}

/** The bank's clearing account of a currency, opened on first use: money to and from other banks passes through it. */
export async function clearingAccount(bank: Bank, db: Queryable, currency: string): Promise<string> {
  return internalAccount(bank, db, "clearing", currency);
}

async function internalAccount(bank: Bank, db: Queryable, name: string, currency: string): Promise<string> {
  await db.query(
    `INSERT INTO accounts (id, iban, currency, kind, owner_name, name, product, floor_minor, last_change_at)
     VALUES ($1, $2, $3, 'internal', $6, $4, 'internal', NULL, $5)
     ON CONFLICT (name, currency) WHERE kind = 'internal' DO NOTHING`,
    [bank.random.uuid(), `${name}:${currency}`, currency, name, bank.clock.now(), bank.name.en],
  );
  const { rows } = await db.query<{ id: string }>(
    "SELECT id FROM accounts WHERE kind = 'internal' AND name = $1 AND currency = $2",
    [name, currency],
  );
  return (rows[0] as { id: string }).id;
}

// Numbers below this one are left to seeds, which choose their own.
const FIRST_OPENED_NUMBER = 7_000_000_001n;

/** Opens (or finds) the TPP company's own account of a currency. Idempotent by client and currency. */
export async function openCustodyAccount(
  bank: Bank,
  db: Queryable,
  client: { id: string; name: string },
  currency: string,
): Promise<Account> {
  // One opening at a time, so that numbers stay unique; the business date's row is the bank's one lock for that.
  await db.query("SELECT value FROM settings WHERE key = 'business_date' FOR UPDATE");
  const existing = (await custodyAccountsOf(db, client.id)).find((account) => account.currency === currency);
  if (existing !== undefined) return existing;
  const { rows } = await db.query<{ count: bigint }>(
    "SELECT count(*) AS count FROM accounts WHERE kind = 'custody'",
  );
  const iban = accountIban(bank, FIRST_OPENED_NUMBER + (rows[0]?.count ?? 0n));
  const id = bank.random.uuid();
  await db.query(
    `INSERT INTO accounts (id, iban, currency, kind, owner_client, owner_name, name, product, floor_minor, last_change_at)
     VALUES ($1, $2, $3, 'custody', $4, $5, $6, 'Custody account', 0, $7)`,
    [id, iban, currency, client.id, client.name, `${client.name} custody ${currency}`, bank.clock.now()],
  );
  return (await findAccounts(db, [id]))[0] as Account;
}

import type { Answers } from "../platform/answers.ts";
import type { Db, Queryable, Tx } from "../platform/db.ts";
import { personalData, type Vault } from "../vault/index.ts";
import { accountData } from "./personal-data.ts";

export type ConsentRow = {
  id: string;
  customer_id: string;
  bank_id: string;
  bank_consent_id: string;
  status: "awaiting_customer" | "valid" | "expired" | "revoked" | "rejected" | "failed";
  authorisation_url_sealed: string | null;
  secrets_sealed: string | null;
  called_back_at: Date | null;
  access_sealed: string | null;
  access_version: number;
  valid_until: string | null;
  frequency_per_day: number | null;
  last_used_at: Date | null;
  created_at: Date;
  account_ids: string[];
};
const consentColumns = `c.id, c.customer_id, c.bank_id, c.bank_consent_id, c.status, c.authorisation_url_sealed,
  c.secrets_sealed, c.called_back_at, c.access_sealed, c.access_version, c.valid_until, c.frequency_per_day,
  c.last_used_at, c.created_at,
  coalesce((SELECT array_agg(a.id ORDER BY a.id) FROM banks.linked_account a WHERE a.consent_id = c.id), '{}') AS account_ids`;

/**
 * Claims a request key together with whatever the caller writes in `tx`.
 * @returns undefined when the key is new, otherwise what was stored under it
 */
export async function claimRequest(
  tx: Tx,
  answers: Answers,
  request: { key: string; hash: string; result: unknown; at: Date },
): Promise<{ hash: string; result: unknown } | undefined> {
  const claimed = await tx.query(
    `INSERT INTO platform.request (key, hash, outcome, result_sealed, at) VALUES ($1, $2, 'accepted', $3, $4)
     ON CONFLICT (key) DO NOTHING RETURNING key`,
    [request.key, request.hash, answers.seal(request.key, request.result), request.at],
  );
  if (claimed.length === 1) return undefined;
  return findRequest(tx, answers, request.key);
}

export async function findRequest(
  db: Queryable,
  answers: Answers,
  key: string,
): Promise<{ hash: string; result: unknown } | undefined> {
  const [row] = await db.query<{ hash: string; result_sealed: string }>(
    "SELECT hash, result_sealed FROM platform.request WHERE key = $1",
    [key],
  );
  return row && { hash: row.hash, result: answers.open(key, row.result_sealed) };
}

export async function insertConsent(
  tx: Tx,
  row: {
    id: string;
    customerId: string;
    bankId: string;
    bankConsentId: string;
    stateHash: Buffer;
    authorisationUrlSealed: string | null;
    secretsSealed: string | null;
    at: Date;
  },
): Promise<void> {
  await tx.query(
    `INSERT INTO banks.consent (id, customer_id, bank_id, bank_consent_id, status, state_hash, authorisation_url_sealed,
       secrets_sealed, created_at, updated_at) VALUES ($1, $2, $3, $4, 'awaiting_customer', $5, $6, $7, $8, $8)`,
    [
      row.id,
      row.customerId,
      row.bankId,
      row.bankConsentId,
      row.stateHash,
      row.authorisationUrlSealed,
      row.secretsSealed,
      row.at,
    ],
  );
}

export async function findConsent(db: Queryable, id: string): Promise<ConsentRow | undefined> {
  const [row] = await db.query<ConsentRow>(`SELECT ${consentColumns} FROM banks.consent c WHERE c.id = $1`, [
    id,
  ]);
  return row;
}

export async function findConsentByState(
  db: Queryable,
  bankId: string,
  stateHash: Buffer,
): Promise<ConsentRow | undefined> {
  const [row] = await db.query<ConsentRow>(
    `SELECT ${consentColumns} FROM banks.consent c WHERE c.bank_id = $1 AND c.state_hash = $2`,
    [bankId, stateHash],
  );
  return row;
}

export function selectConsentsOf(db: Queryable, customerId: string): Promise<ConsentRow[]> {
  return db.query<ConsentRow>(
    `SELECT ${consentColumns} FROM banks.consent c WHERE c.customer_id = $1 ORDER BY c.created_at DESC, c.id DESC LIMIT 200`,
    [customerId],
  );
}

export async function consentIdsAtBank(
  db: Queryable,
  bankId: string,
  bankConsentId: string,
): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    "SELECT id FROM banks.consent WHERE bank_id = $1 AND bank_consent_id = $2",
    [bankId, bankConsentId],
  );
  return rows.map(({ id }) => id);
}

/** Takes the one use of the callback. False when it was taken before, or nobody is awaited. */
export async function claimCallback(db: Db, id: string, at: Date): Promise<boolean> {
  const rows = await db.query(
    `UPDATE banks.consent SET called_back_at = $2, updated_at = $2
      WHERE id = $1 AND status = 'awaiting_customer' AND called_back_at IS NULL RETURNING id`,
    [id, at],
  );
  return rows.length === 1;
}

/** Moves a consent on from `from`. False when somebody moved it before: then nothing is written. */
export async function moveConsent(
  tx: Tx,
  move: {
    id: string;
    from: ConsentRow["status"];
    to: ConsentRow["status"];
    at: Date;
    accessSealed?: string;
    validUntil?: string | null;
    frequencyPerDay?: number | null;
  },
): Promise<boolean> {
  const rows = await tx.query(
    `UPDATE banks.consent SET status = $3, updated_at = $4, authorisation_url_sealed = NULL, secrets_sealed = NULL,
       access_sealed = $5, access_version = access_version + 1, valid_until = coalesce($6, valid_until),
       frequency_per_day = coalesce($7, frequency_per_day)
      WHERE id = $1 AND status = $2 RETURNING id`,
    [
      move.id,
      move.from,
      move.to,
      move.at,
      move.accessSealed ?? null,
      move.validUntil ?? null,
      move.frequencyPerDay ?? null,
    ],
  );
  return rows.length === 1;
}

/** Stores refreshed tokens unless another process stored newer ones. */
export async function storeAccess(
  db: Db,
  row: { id: string; version: number; accessSealed: string; at: Date },
): Promise<boolean> {
  const rows = await db.query(
    `UPDATE banks.consent SET access_sealed = $3, access_version = access_version + 1, updated_at = $4
      WHERE id = $1 AND access_version = $2 AND status = 'valid' RETURNING id`,
    [row.id, row.version, row.accessSealed, row.at],
  );
  return rows.length === 1;
}

/** Valid consents, or awaited ones that nobody answered since a moment, oldest first. */
/** Takes the permissions that are due to be asked about, those that waited longest first; each is taken once. */
export async function takeConsentsToCheck(
  db: Queryable,
  due: { at: Date; checkedBefore: Date; abandonedSince: Date; limit: number },
): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `UPDATE banks.consent SET checked_at = $1 WHERE id IN (
       SELECT id FROM banks.consent
        WHERE (status = 'valid' OR (status = 'awaiting_customer' AND created_at < $3))
          AND (checked_at IS NULL OR checked_at < $2)
        ORDER BY checked_at NULLS FIRST LIMIT $4 FOR UPDATE SKIP LOCKED)
     RETURNING id`,
    [due.at, due.checkedBefore, due.abandonedSince, due.limit],
  );
  return rows.map(({ id }) => id);
}

// Linked accounts

export type AccountRow = {
  id: string;
  customer_id: string;
  consent_id: string;
  bank_id: string;
  resource_id: string;
  iban_sealed: string;
  masked_number: string;
  name: string;
  owner_name: string | null;
  currency: string;
  status: "active" | "expired" | "revoked";
  booked: bigint | null;
  available: bigint | null;
  balance_as_of: Date | null;
  valid_until: string | null;
};
type SealedAccountRow = Omit<AccountRow, "name" | "owner_name"> & {
  name_sealed: string;
  owner_name_sealed: string | null;
};
const selectAccount = `SELECT a.id, a.customer_id, a.consent_id, a.bank_id, a.resource_id, a.iban_sealed, a.masked_number,
  a.name_sealed, a.owner_name_sealed, a.currency, a.status, a.booked, a.available, a.balance_as_of, c.valid_until
  FROM banks.linked_account a JOIN banks.consent c ON c.id = a.consent_id`;

export async function findAccount(db: Queryable, vault: Vault, id: string): Promise<AccountRow | undefined> {
  return (await selectAccountsById(db, vault, [id]))[0];
}

export async function selectAccountsById(
  db: Queryable,
  vault: Vault,
  ids: readonly string[],
): Promise<AccountRow[]> {
  return openAccounts(vault, await db.query(`${selectAccount} WHERE a.id = ANY($1)`, [ids]));
}

/** A customer's accounts in the order in which they were linked; ended ones last. */
export async function selectAccountsOf(
  db: Queryable,
  vault: Vault,
  customerId: string,
): Promise<AccountRow[]> {
  const rows = await db.query<SealedAccountRow>(
    `${selectAccount} WHERE a.customer_id = $1 ORDER BY a.status <> 'active', a.created_at, a.id LIMIT 500`,
    [customerId],
  );
  return openAccounts(vault, rows);
}

/** Also loads the customers' keys, so that what else is sealed of them opens. */
async function openAccounts(vault: Vault, rows: readonly SealedAccountRow[]): Promise<AccountRow[]> {
  await vault.ready({ subjects: rows.map(({ customer_id }) => customer_id) });
  const data = personalData(vault, accountData);
  return rows.map(({ name_sealed, owner_name_sealed, ...row }) => {
    const place = { id: row.id, subject: row.customer_id };
    return {
      ...row,
      name: data.open("name", place, name_sealed, ""),
      owner_name: data.open("owner_name", place, owner_name_sealed, null),
    };
  });
}

/** A new account, or the one linked before under its new consent. */
export async function upsertAccount(
  tx: Tx,
  vault: Vault,
  row: {
    id: string;
    customerId: string;
    consentId: string;
    bankId: string;
    resourceId: string;
    ibanSealed: string;
    ibanIndex: Buffer;
    maskedNumber: string;
    name: string;
    ownerName: string | null;
    currency: string;
    at: Date;
  },
): Promise<string> {
  const [stored] = await tx.query<{ id: string }>(
    `INSERT INTO banks.linked_account (id, customer_id, consent_id, bank_id, resource_id, iban_sealed, iban_index,
       masked_number, currency, status, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'active', $10)
     ON CONFLICT (customer_id, bank_id, iban_index, currency) DO UPDATE SET consent_id = EXCLUDED.consent_id,
       resource_id = EXCLUDED.resource_id, status = 'active'
     RETURNING id`,
    [
      row.id,
      row.customerId,
      row.consentId,
      row.bankId,
      row.resourceId,
      row.ibanSealed,
      row.ibanIndex,
      row.maskedNumber,
      row.currency,
      row.at,
    ],
  );
  const { id } = stored as { id: string };
  // Only now it is certain which row it is, and what is sealed belongs to one row alone.
  await vault.ready({ subjects: [row.customerId] });
  const data = personalData(vault, accountData);
  const place = { id, subject: row.customerId };
  await tx.query(
    `UPDATE banks.linked_account SET name_sealed = $2, owner_name_sealed = coalesce($3, owner_name_sealed)
      WHERE id = $1`,
    [id, data.seal("name", place, row.name), data.seal("owner_name", place, row.ownerName)],
  );
  return id;
}

/** A customer's valid consents whose accounts have all moved to a newer one. */
export async function supersededConsentIds(
  tx: Tx,
  newer: { id: string; customerId: string },
): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `SELECT c.id FROM banks.consent c WHERE c.customer_id = $1 AND c.status = 'valid' AND c.id <> $2
        AND NOT EXISTS (SELECT 1 FROM banks.linked_account a WHERE a.consent_id = c.id)`,
    [newer.customerId, newer.id],
  );
  return rows.map(({ id }) => id);
}

export async function markAccounts(
  tx: Tx,
  consentId: string,
  status: "expired" | "revoked",
): Promise<{ id: string; customer_id: string }[]> {
  return tx.query<{ id: string; customer_id: string }>(
    "UPDATE banks.linked_account SET status = $2 WHERE consent_id = $1 AND status <> $2 RETURNING id, customer_id",
    [consentId, status],
  );
}

/** Deletes what the bank told about accounts: balances and entries. What our own payments need stays. */
export async function deleteBankData(tx: Tx, accountIds: readonly string[]): Promise<void> {
  await tx.query("DELETE FROM banks.entry WHERE account_id = ANY($1)", [accountIds]);
  await tx.query(
    "UPDATE banks.linked_account SET booked = NULL, available = NULL, balance_as_of = NULL WHERE id = ANY($1)",
    [accountIds],
  );
}

/** Locks an active account; undefined when it is not active any more. */
export async function lockActiveAccount(
  tx: Tx,
  id: string,
): Promise<{ customer_id: string; balance_as_of: Date | null } | undefined> {
  const [row] = await tx.query<{ customer_id: string; balance_as_of: Date | null }>(
    "SELECT customer_id, balance_as_of FROM banks.linked_account WHERE id = $1 AND status = 'active' FOR UPDATE",
    [id],
  );
  return row;
}

export async function storeBalance(
  tx: Tx,
  row: { id: string; booked: bigint; available: bigint | null; at: Date },
): Promise<void> {
  await tx.query(
    `UPDATE banks.linked_account SET booked = $2, available = $3, balance_as_of = $4 WHERE id = $1`,
    [row.id, row.booked, row.available, row.at],
  );
  await tx.query(
    `UPDATE banks.consent SET last_used_at = $2
      WHERE id = (SELECT consent_id FROM banks.linked_account WHERE id = $1)`,
    [row.id, row.at],
  );
}

export async function activeAccountIds(db: Db): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    "SELECT id FROM banks.linked_account WHERE status = 'active' ORDER BY balance_as_of NULLS FIRST LIMIT 20000",
  );
  return rows.map(({ id }) => id);
}

/** Counts one reading without the customer. False when the day's number is used up. One statement: its row lock is the limit. */
export async function countReading(db: Db, accountId: string, day: string, limit: number): Promise<boolean> {
  const rows = await db.query(
    `INSERT INTO banks.reading AS r (account_id, day, used) SELECT $1, $2, 1 WHERE $3 > 0
     ON CONFLICT (account_id, day) DO UPDATE SET used = r.used + 1 WHERE r.used < $3 RETURNING used`,
    [accountId, day, limit],
  );
  return rows.length === 1;
}

/** The bank says that the day's number is used up: no more tries today. */
export async function exhaustReadings(db: Db, accountId: string, day: string, limit: number): Promise<void> {
  await db.query(
    `INSERT INTO banks.reading AS r (account_id, day, used) VALUES ($1, $2, $3)
     ON CONFLICT (account_id, day) DO UPDATE SET used = greatest(r.used, EXCLUDED.used)`,
    [accountId, day, Math.max(limit, 1)],
  );
}

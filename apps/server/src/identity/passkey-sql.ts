import type { Id } from "@jinqiao/money";
import type { Queryable } from "../platform/db.ts";

export type PasskeyOwner = { customerId: Id<"cus"> } | { staffId: Id<"stf"> };

export type PasskeyRow = {
  id: Id<"psk">;
  customer_id: Id<"cus"> | null;
  staff_id: Id<"stf"> | null;
  credential_id: Buffer;
  public_key: Buffer;
  counter: bigint;
  transports: string[];
  backed_up: boolean;
  name_sealed: string;
  created_at: Date;
  last_used_at: Date | null;
};

const columns =
  "id, customer_id, staff_id, credential_id, public_key, counter, transports, backed_up, name_sealed, created_at, last_used_at";

export function ownerColumns(owner: PasskeyOwner): Pick<PasskeyRow, "customer_id" | "staff_id"> {
  return "customerId" in owner
    ? { customer_id: owner.customerId, staff_id: null }
    : { customer_id: null, staff_id: owner.staffId };
}

export function ownerOf(row: PasskeyRow): PasskeyOwner {
  return row.customer_id === null ? { staffId: row.staff_id as Id<"stf"> } : { customerId: row.customer_id };
}

const ownedBy = (owner: PasskeyOwner) => ("customerId" in owner ? "customer_id" : "staff_id");
const idOfOwner = (owner: PasskeyOwner) => ("customerId" in owner ? owner.customerId : owner.staffId);

export async function insertChallenge(
  db: Queryable,
  row: { challenge: Buffer; purpose: string; bindTo: string; expiresAt: Date },
): Promise<void> {
  await db.query(
    `INSERT INTO identity.passkey_challenge (challenge, purpose, bound_to, expires_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (challenge) DO UPDATE SET expires_at = $4
       WHERE passkey_challenge.purpose = $2 AND passkey_challenge.bound_to = $3`,
    [row.challenge, row.purpose, row.bindTo, row.expiresAt],
  );
}

/** Deletes a challenge. True when it was there, for that use, and in time. */
export async function takeChallenge(
  db: Queryable,
  use: { challenge: Buffer; purpose: string; bindTo: string; now: Date },
): Promise<boolean> {
  const rows = await db.query<{ fits: boolean }>(
    `DELETE FROM identity.passkey_challenge WHERE challenge = $1
     RETURNING purpose = $2 AND bound_to = $3 AND expires_at > $4 AS fits`,
    [use.challenge, use.purpose, use.bindTo, use.now],
  );
  return rows[0]?.fits === true;
}

/** The oldest first. */
export function selectPasskeys(db: Queryable, owner: PasskeyOwner): Promise<PasskeyRow[]> {
  return db.query<PasskeyRow>(
    `SELECT ${columns} FROM identity.passkey WHERE ${ownedBy(owner)} = $1 ORDER BY id`,
    [idOfOwner(owner)],
  );
}

export async function selectByCredential(
  db: Queryable,
  credentialId: Buffer,
): Promise<PasskeyRow | undefined> {
  const rows = await db.query<PasskeyRow>(
    `SELECT ${columns} FROM identity.passkey WHERE credential_id = $1`,
    [credentialId],
  );
  return rows[0];
}

/** False when the credential is registered already. */
export async function insertPasskey(
  db: Queryable,
  row: Pick<PasskeyRow, "id" | "customer_id" | "staff_id" | "counter" | "transports" | "name_sealed"> & {
    credentialId: Buffer;
    publicKey: Buffer;
    backedUp: boolean;
    created_at: Date;
  },
): Promise<boolean> {
  const rows = await db.query(
    `INSERT INTO identity.passkey
       (id, customer_id, staff_id, credential_id, public_key, counter, transports, backed_up, name_sealed, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (credential_id) DO NOTHING RETURNING id`,
    [
      row.id,
      row.customer_id,
      row.staff_id,
      row.credentialId,
      row.publicKey,
      row.counter,
      row.transports,
      row.backedUp,
      row.name_sealed,
      row.created_at,
    ],
  );
  return rows.length === 1;
}

/** Notes a use. False when another use changed the counter meanwhile. */
export async function usePasskey(
  db: Queryable,
  id: string,
  use: { counter: { old: bigint; new: bigint }; backedUp: boolean; at: Date },
): Promise<boolean> {
  const rows = await db.query(
    `UPDATE identity.passkey SET counter = $3, backed_up = $4, last_used_at = $5
      WHERE id = $1 AND counter = $2 RETURNING id`,
    [id, use.counter.old, use.counter.new, use.backedUp, use.at],
  );
  return rows.length === 1;
}

export async function renamePasskey(
  db: Queryable,
  owner: PasskeyOwner,
  id: string,
  nameSealed: string,
): Promise<PasskeyRow | undefined> {
  const rows = await db.query<PasskeyRow>(
    `UPDATE identity.passkey SET name_sealed = $3 WHERE id = $1 AND ${ownedBy(owner)} = $2 RETURNING ${columns}`,
    [id, idOfOwner(owner), nameSealed],
  );
  return rows[0];
}

export async function deletePasskey(db: Queryable, owner: PasskeyOwner, id: string): Promise<boolean> {
  const rows = await db.query(
    `DELETE FROM identity.passkey WHERE id = $1 AND ${ownedBy(owner)} = $2 RETURNING id`,
    [id, idOfOwner(owner)],
  );
  return rows.length === 1;
}

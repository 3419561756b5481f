import type { Db, Queryable, Tx } from "../platform/db.ts";

export type BindingRow = {
  phone_masked: string;
  code_expires_at: Date;
  attempts_left: number | null;
};

export async function insertBinding(
  tx: Tx,
  row: { consentId: string; phoneMasked: string; codeExpiresAt: string },
): Promise<void> {
  await tx.query(
    "INSERT INTO banks.binding (consent_id, phone_masked, code_expires_at) VALUES ($1, $2, $3)",
    [row.consentId, row.phoneMasked, row.codeExpiresAt],
  );
}

export async function findBinding(db: Queryable, consentId: string): Promise<BindingRow | undefined> {
  const [row] = await db.query<BindingRow>(
    "SELECT phone_masked, code_expires_at, attempts_left FROM banks.binding WHERE consent_id = $1",
    [consentId],
  );
  return row;
}

/** Takes one of the tries. False when there is none left. */
export async function claimAttempt(db: Db, consentId: string, max: number): Promise<boolean> {
  const rows = await db.query(
    "UPDATE banks.binding SET attempts = attempts + 1 WHERE consent_id = $1 AND attempts < $2 RETURNING consent_id",
    [consentId, max],
  );
  return rows.length === 1;
}

export async function keepAttemptsLeft(db: Db, consentId: string, left: number): Promise<void> {
  await db.query("UPDATE banks.binding SET attempts_left = $2 WHERE consent_id = $1", [consentId, left]);
}

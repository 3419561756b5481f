/** Merchants: companies with a custody account here, and the key under which their messages are believed. */
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
import { type Account, custodyAccountsOf } from "../ledger/accounts.ts";
import type { Algorithm, PublicKey } from "./keys.ts";

export interface Merchant {
  id: string;
  name: string;
  key: PublicKey;
}

export async function findMerchant(db: Queryable, id: string): Promise<Merchant | undefined> {
  const { rows } = await db.query<{
    name: string;
    algorithm: Algorithm;
    key_serial: string;
    public_key: string;
  }>(
    `SELECT t.name, m.algorithm, m.key_serial, m.public_key FROM quick_merchants m
       JOIN tpp_clients t ON t.id = m.client_id WHERE m.client_id = $1`,
    [id],
  );
  const row = rows[0];
  return (
    row && {
      id,
      name: row.name,
      key: { algorithm: row.algorithm, serial: row.key_serial, publicKey: row.public_key },
    }
  );
}

/** Registers a merchant's key, or puts a new one in the old one's place. */
export async function keepMerchantKey(bank: Bank, clientId: string, key: PublicKey): Promise<void> {
  await bank.db.query(
    `INSERT INTO quick_merchants (client_id, algorithm, key_serial, public_key) VALUES ($1, $2, $3, $4)
     ON CONFLICT (client_id) DO UPDATE SET algorithm = EXCLUDED.algorithm, key_serial = EXCLUDED.key_serial,
       public_key = EXCLUDED.public_key`,
    [clientId, key.algorithm, key.serial, key.publicKey],
  );
}

export async function merchantAccount(
  db: Queryable,
  merchant: Merchant,
  currency: string,
): Promise<Account | undefined> {
  return (await custodyAccountsOf(db, merchant.id)).find((account) => account.currency === currency);
}

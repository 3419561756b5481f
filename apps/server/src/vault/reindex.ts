import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import type { DataKey, DataKeys } from "./data-keys.ts";
import { createVault } from "./single-key.ts";
import * as sql from "./sql.ts";
import { type IndexedColumn, type Vault, VaultError } from "./types.ts";

const batch = 500;
/** A key that is made and not in use yet. */
const notYet = new Date("9999-01-01T00:00:00Z");

/** Class of the key that one column's indexes have of their own, once they were computed anew. */
export const indexClassOf = (column: { table: string; column: string }) =>
  `vault.index:${column.table}.${column.column}`;

/** Makes the blind index of a column under a key. */
export const indexBy = (key: Pick<DataKey, "secret">): Vault["blindIndex"] =>
  createVault({ masterKey: key.secret.toString("base64") }).blindIndex;

/**
 * Gives the indexes of one column a new key, computing them from the sealed values. While it runs nobody may look for
 * values by the older indexes, so it refuses while servers are connected. All of it happens in one transaction: cut
 * short, everything is as it was.
 * @param name table and column, e.g. `identity.customer.email`
 * @returns how many indexes were computed
 * @throws VaultError when the column has no indexes that sealed values give, or servers run
 */
export async function reindex(
  deps: { db: Db; clock: Clock; keys: DataKeys; vault: Vault; indexed: readonly IndexedColumn[] },
  name: string,
  onProgress?: (done: number) => void,
): Promise<number> {
  const { db, clock, keys, vault, indexed } = deps;
  const column = indexed.find((one) => `${one.table}.${one.index}` === name);
  if (column === undefined)
    throw new VaultError(
      `"${name}" has no indexes that can be computed anew. Those that can: ${indexed.map((one) => `${one.table}.${one.index}`).join(", ")}.`,
    );
  if (await sql.serversConnected(db))
    throw new VaultError("A server is connected to this database: stop every server first.");
  const dataClass = indexClassOf({ table: column.table, column: column.index });
  await keys.load();
  const waiting = keys.newest(dataClass);
  const key =
    waiting !== undefined && waiting.activeFrom >= notYet ? waiting : await keys.add(dataClass, notYet);
  const indexOf = indexBy(key);
  let done = 0;
  await db.transaction(async (tx) => {
    await tx.query(`LOCK TABLE ${column.table} IN ACCESS EXCLUSIVE MODE`);
    for (let after = ""; ; ) {
      const rows = await sql.selectSealed(tx, column, { after, limit: batch });
      const last = rows.at(-1);
      if (last === undefined) break;
      after = last.id;
      await vault.ready({ subjects: rows.flatMap((row) => row.subject ?? []) });
      const values: { id: string; index: Buffer }[] = [];
      for (const row of rows) {
        const place = {
          table: column.table,
          column: column.column,
          row: row.id,
          ...(row.subject === null ? {} : { subject: row.subject }),
        };
        try {
          const value = vault.open(place, row.sealed);
          values.push({ id: row.id, index: indexOf({ table: column.table, column: column.index }, value) });
        } catch (error) {
          // Nothing finds whoever was erased, and nothing shall.
          if (!(error instanceof VaultError && error.shredded)) throw error;
        }
      }
      await sql.replaceIndexes(tx, column, values);
      done += values.length;
      onProgress?.(done);
    }
    await sql.activateKey(tx, key.id, clock.now());
  });
  await keys.load();
  return done;
}

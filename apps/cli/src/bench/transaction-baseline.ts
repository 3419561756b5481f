import { randomBytes, randomUUID } from "node:crypto";
import { makeId } from "@jinqiao/money";
import { createDb, hashOf } from "@jinqiao/server/engine";
import { opening } from "./ledger-workload.ts";

/** The usual way to book a transfer: a transaction of its own, with its own locks and its own commit. */
export type TransactionBaseline = {
  /** Moves minor units between two of the accounts, by number from 0. Keeps the accounts' floor. */
  transfer(debit: number, credit: number, amount: bigint): Promise<void>;
  close(): Promise<void>;
};

/**
 * Tables of the ledger's shape and indexes, less what only the ledger has: months, triggers that check double entry,
 * and the transparency log. All of that is in the baseline's favour.
 */
const tables = `
  CREATE TABLE account (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text NOT NULL, currency text NOT NULL, floor bigint,
    balance bigint NOT NULL DEFAULT 0, held bigint NOT NULL DEFAULT 0, last_sequence bigint NOT NULL DEFAULT 0,
    UNIQUE (code, currency), CHECK (floor IS NULL OR balance - held >= floor));
  ALTER TABLE account SET (fillfactor = 50);
  CREATE TABLE request (
    key text PRIMARY KEY, hash text NOT NULL, outcome text NOT NULL, code text, result jsonb,
    at timestamptz NOT NULL DEFAULT now());
  CREATE INDEX ON request (at);
  CREATE TABLE transfer (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(),
    id text NOT NULL, kind text NOT NULL, subject text);
  CREATE INDEX ON transfer (id);
  CREATE INDEX ON transfer (subject);
  CREATE TABLE entry (
    account_id bigint NOT NULL, sequence bigint NOT NULL, position bigint NOT NULL, amount bigint NOT NULL,
    balance_after bigint NOT NULL, counterparty_id bigint, leg smallint NOT NULL, PRIMARY KEY (account_id, sequence));
  CREATE INDEX ON entry (position);`;

/**
 * One transaction per transfer over 32 connections, with prepared statements and the accounts locked in one order, so
 * that no two transactions wait for each other in a circle.
 */
export async function openTransactionBaseline(options: {
  databaseUrl: string;
  accounts: number;
}): Promise<TransactionBaseline> {
  const db = createDb({ url: options.databaseUrl, maxConnections: 32, applicationName: "jinqiao-baseline" });
  await db.query(tables);
  const rows = await db.query<{ id: bigint }>(
    `INSERT INTO account (code, currency, floor, balance)
     SELECT 'customer:' || n, 'GBP', 0, $2 FROM generate_series(1, $1::int) AS n RETURNING id`,
    [options.accounts, opening],
  );
  const ids = rows.map(({ id }) => id);

  async function once(debit: number, credit: number, amount: bigint): Promise<void> {
    const [from, to] = [ids[debit] as bigint, ids[credit] as bigint];
    const id = makeId("trf", Date.now(), randomBytes(10));
    const subject = makeId("pay", Date.now(), randomBytes(10));
    const client = await db.pool.connect();
    try {
      await client.query({ name: "begin", text: "BEGIN" });
      const request = await client.query({
        name: "request",
        text: `INSERT INTO request (key, hash, outcome, result) VALUES ($1, $2, 'accepted', $3) ON CONFLICT (key) DO NOTHING`,
        values: [
          `customer:${from}/createTransfer/${randomUUID()}`,
          hashOf({ from, to, amount }),
          JSON.stringify({ id: subject, status: "settled" }),
        ],
      });
      if (request.rowCount !== 1) throw new Error("the baseline met a key twice");
      const locked = await client.query<{ id: bigint; balance: bigint; held: bigint; last_sequence: bigint }>(
        {
          name: "lock",
          text: "SELECT id, balance, held, last_sequence FROM account WHERE id = ANY($1) ORDER BY id FOR UPDATE",
          values: [[from, to]],
        },
      );
      const payer = locked.rows.find((row) => row.id === from);
      const payee = locked.rows.find((row) => row.id === to);
      if (!payer || !payee || payer.balance - payer.held < amount)
        throw new Error("the baseline ran out of funds");
      const transfer = await client.query<{ position: bigint }>({
        name: "transfer",
        text: "INSERT INTO transfer (id, kind, subject) VALUES ($1, 'transfer', $2) RETURNING position",
        values: [id, subject],
      });
      const position = transfer.rows[0]?.position;
      await client.query({
        name: "entries",
        text: `INSERT INTO entry (account_id, sequence, position, amount, balance_after, counterparty_id, leg)
               VALUES ($1, $2, $3, $4, $5, $6, 1), ($6, $7, $3, -$4, $8, $1, 2)`,
        values: [
          from,
          payer.last_sequence + 1n,
          position,
          amount,
          payer.balance - amount,
          to,
          payee.last_sequence + 1n,
          payee.balance + amount,
        ],
      });
      await client.query({
        name: "accounts",
        text: `UPDATE account SET balance = balance + CASE WHEN id = $1 THEN -$3::bigint ELSE $3::bigint END,
                      last_sequence = last_sequence + 1 WHERE id IN ($1, $2)`,
        values: [from, to, amount],
      });
      await client.query({ name: "commit", text: "COMMIT" });
      client.release();
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  return { transfer: once, close: () => db.close() };
}

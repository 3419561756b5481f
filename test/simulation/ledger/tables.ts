import { createHash } from "node:crypto";
import type { Queryable } from "../../../apps/server/src/platform/db.ts";
import { transferLeafHash } from "../../../packages/transparency/src/index.ts";
import { directionOf, type Model } from "../../conformance/ledger/model.ts";

const nameOf = (ref: { code: string; currency: string }): string => `${ref.code} ${ref.currency}`;

/** Says of every row where the tables and the model differ: `what name: table instead of model`. */
function differences(
  what: string,
  table: ReadonlyMap<string, string>,
  model: ReadonlyMap<string, string>,
): string[] {
  return [...new Set([...table.keys(), ...model.keys()])]
    .filter((name) => table.get(name) !== model.get(name))
    .map((name) => `${what} ${name}: ${table.get(name) ?? "none"} instead of ${model.get(name) ?? "none"}`);
}
const fields = (...values: readonly unknown[]): string =>
  values.map((value) => String(value ?? "-")).join(" ");

/** Balances, holds, limits, rows of the other module and the number of everything: cheap enough after each round. */
export async function compareState(
  db: Queryable,
  model: Model,
  rows: ReadonlyMap<string, number>,
): Promise<string[]> {
  const accounts = await db.query<Record<string, unknown> & { code: string; currency: string }>(
    "SELECT code, currency, balance, held, floor, status, last_sequence, last_entry_ms FROM ledger.account",
  );
  const untouched = new Set([...model.accounts.values()].map(nameOf));
  const holds = await db.query<Record<string, unknown> & { id: string }>(
    `SELECT h.id, a.code, a.currency, h.amount, h.captured, h.status, h.subject, h.expires_at
       FROM ledger.hold h JOIN ledger.account a ON a.id = h.account_id`,
  );
  const limits = await db.query<{ name: string; used: bigint }>(
    "SELECT counter || ' ' || currency AS name, used FROM ledger.allowance WHERE used <> 0",
  );
  const others = await db.query<{ id: string; version: number }>("SELECT id, version FROM simulation.row");
  const [numbers] = await db.query<Record<"transfers" | "head" | "first" | "last" | "keys", bigint>>(
    `SELECT count(*) AS transfers, coalesce(min(position), 0) AS first, coalesce(max(position) + 1, 0) AS last,
            (SELECT size FROM ledger.log_head) AS head, (SELECT count(*) FROM platform.request) AS keys
       FROM ledger.transfer`,
  );
  const transfers = BigInt(model.transfers.length);
  return [
    ...differences(
      "account",
      new Map(
        accounts
          // What was refused may have opened an account; it is empty then.
          .filter((row) => untouched.has(nameOf(row)) || row.last_sequence !== 0n || row.held !== 0n)
          .map((row) => [
            nameOf(row),
            fields(row.balance, row.held, row.floor, row.status, row.last_sequence, row.last_entry_ms),
          ]),
      ),
      new Map(
        [...model.accounts.values()].map((account) => [
          nameOf(account),
          fields(
            account.balance,
            account.held,
            account.floor,
            account.status,
            account.entries.length,
            account.entries.at(-1)?.at.getTime() ?? 0,
          ),
        ]),
      ),
    ),
    ...differences(
      "hold",
      new Map(
        holds.map((row) => [
          row.id,
          fields(
            row.code,
            row.amount,
            row.captured,
            row.status,
            row.subject,
            (row.expires_at as Date).getTime(),
          ),
        ]),
      ),
      new Map(
        [...model.holds.values()].map((hold) => [
          hold.id,
          fields(
            hold.account.code,
            hold.amount,
            hold.captured,
            hold.status,
            hold.subject,
            hold.expiresAt.getTime(),
          ),
        ]),
      ),
    ),
    ...differences(
      "limit",
      new Map(limits.map((row) => [row.name, String(row.used)])),
      new Map([...model.used].filter(([, used]) => used !== 0n).map(([name, used]) => [name, String(used)])),
    ),
    ...differences(
      "row",
      new Map(others.map((row) => [row.id, String(row.version)])),
      new Map([...rows].map(([id, version]) => [id, String(version)])),
    ),
    ...differences(
      "number of",
      new Map(Object.entries(numbers ?? {}).map(([name, value]) => [name, String(value)])),
      new Map(
        Object.entries({ transfers, head: transfers, first: 0n, last: transfers, keys: model.keys }).map(
          ([name, value]) => [name, String(value)],
        ),
      ),
    ),
  ];
}

type EntryOfTable = {
  position: bigint;
  id: string;
  kind: string;
  subject: string | null;
  at: Date;
  salt: Buffer;
  leaf: Buffer | null;
  account: string;
  currency: string;
  sequence: bigint;
  amount: bigint;
  after: bigint;
  counterparty: string | null;
};

/** Every transfer and entry against the model, and every leaf of the log against what it must hash to. */
export async function compareHistory(db: Queryable, model: Model): Promise<string[]> {
  const rows = await db.query<EntryOfTable>(
    `SELECT t.position, t.id, t.kind, t.subject, t.at, t.salt, t.leaf, a.code AS account, a.currency, e.sequence,
            e.amount, e.balance_after AS after, c.code AS counterparty
       FROM ledger.transfer t JOIN ledger.entry e ON e.at = t.at AND e.position = t.position
       JOIN ledger.account a ON a.id = e.account_id LEFT JOIN ledger.account c ON c.id = e.counterparty_id
      ORDER BY t.position, e.leg`,
  );
  const [counted] = await db.query<{ entries: bigint }>("SELECT count(*) AS entries FROM ledger.entry");
  const table = new Map<string, string>();
  const predicted = new Map<string, string>();
  for (const row of rows)
    table.set(
      `${row.account} ${row.currency} ${row.sequence}`,
      fields(row.id, row.kind, row.subject, row.at.getTime(), row.amount, row.after, row.counterparty),
    );
  for (const account of model.accounts.values())
    for (const { sequence, transfer, at, amount, balance, counterparty } of account.entries)
      predicted.set(
        `${nameOf(account)} ${sequence}`,
        fields(
          transfer.id,
          transfer.kind,
          transfer.subject,
          at.getTime(),
          directionOf(account.kind) * amount,
          balance,
          counterparty,
        ),
      );
  return [
    ...(BigInt(rows.length) === counted?.entries
      ? []
      : [`${counted?.entries} entries, ${rows.length} with a transfer`]),
    ...differences("entry", table, predicted),
    ...leafProblems(rows),
  ];
}

function leafProblems(rows: readonly EntryOfTable[]): string[] {
  const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("base64");
  return [...Map.groupBy(rows, (row) => row.position).values()].flatMap((sides) => {
    const [{ id, kind, subject, at, salt, leaf }] = sides as [EntryOfTable];
    const expected = transferLeafHash(
      sha256,
      salt.toString("base64"),
      { id, kind, subject, at: at.toISOString() },
      sides.map((side) => ({
        account: side.account,
        currency: side.currency,
        amount: String(side.amount),
        sequence: String(side.sequence),
        balance: String(side.after),
      })),
    );
    return leaf?.toString("base64") === expected ? [] : [`the leaf of ${id} is not the hash of the transfer`];
  });
}

import type { Id } from "@jinqiao/money";
import { transferLeafHash } from "@jinqiao/transparency";
import type { Tx } from "../../platform/db.ts";
import { textHash } from "./tree.ts";

/**
 * Kinds of log entries that move nothing: they bind what another module keeps. They stand among the transfers, with a
 * position and a leaf, and have no sides.
 */
export const recordKinds = ["audit_trail"] as const;
export type RecordKind = (typeof recordKinds)[number];

/** Such an entry as the books hold it. */
export type LogRecord = { position: bigint; at: Date; id: string; subject: string };

/**
 * Puts a statement into the transparency log in the caller's transaction. From there to COMMIT it holds the log's
 * head, as every batch of transfers does: it should be the last thing the transaction does.
 */
export async function appendRecord(
  tx: Tx,
  record: { id: Id<"trf">; kind: RecordKind; subject: string; at: Date; salt: Buffer },
): Promise<void> {
  const { id, kind, subject, at, salt } = record;
  const leaf = transferLeafHash(
    textHash,
    salt.toString("base64"),
    { id, kind, subject, at: at.toISOString() },
    [],
  );
  await tx.query("SELECT ledger.ensure_partition($1)", [at]);
  await tx.query(
    `WITH head AS (UPDATE ledger.log_head SET size = size + 1 RETURNING size - 1 AS position)
     INSERT INTO ledger.transfer (position, at, id, kind, subject, salt, leaf)
     SELECT position, $2, $1, $3, $4, $5, decode($6, 'base64') FROM head`,
    [id, at, kind, subject, salt, leaf],
  );
}

/** The entries of a kind, oldest first; months that were moved away are not among them. */
export function selectRecords(tx: Tx, kind: RecordKind): Promise<LogRecord[]> {
  return tx.query<LogRecord>(
    "SELECT position, at, id, subject FROM ledger.transfer WHERE kind = $1 ORDER BY position",
    [kind],
  );
}

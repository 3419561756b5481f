import type { HashTile, WrittenTile } from "@jinqiao/transparency";
import type { Queryable, Tx } from "../../platform/db.ts";

/** Any number that no other advisory lock uses. */
const integrateLock = 7_265_003n;

/** Whether this transaction is the one that may extend the log. Others need not wait: the tree is grown for all. */
export async function tryLockLog(tx: Tx): Promise<boolean> {
  const [row] = await tx.query<{ locked: boolean }>("SELECT pg_try_advisory_xact_lock($1) AS locked", [
    integrateLock,
  ]);
  return row?.locked === true;
}

/** How many transfers there are, which is the position of the next one. */
export async function selectHeadSize(db: Queryable): Promise<bigint> {
  const [row] = await db.query<{ size: bigint }>("SELECT size FROM ledger.log_head");
  return row?.size ?? 0n;
}

export type CheckpointRow = {
  size: bigint;
  root: Buffer;
  note: string;
  signed_at: Date;
  cosignatures: number;
};

export async function selectNewestCheckpoint(db: Queryable): Promise<CheckpointRow | undefined> {
  return (await db.query<CheckpointRow>("SELECT * FROM ledger.checkpoint ORDER BY size DESC LIMIT 1"))[0];
}

/** The newest checkpoint over more than `position` entries; one with cosignatures goes before a newer one without. */
export async function selectCheckpointOver(
  db: Queryable,
  position: bigint,
): Promise<CheckpointRow | undefined> {
  const [row] = await db.query<CheckpointRow>(
    `(SELECT *, 1 AS rank FROM ledger.checkpoint WHERE size > $1 AND cosignatures > 0 ORDER BY size DESC LIMIT 1)
     UNION ALL (SELECT *, 2 FROM ledger.checkpoint WHERE size > $1 ORDER BY size DESC LIMIT 1)
     ORDER BY rank LIMIT 1`,
    [position],
  );
  return row;
}

/** Checkpoints above a size, smallest first. */
export function selectCheckpointsFrom(db: Queryable, above: bigint, limit: number): Promise<CheckpointRow[]> {
  return db.query<CheckpointRow>("SELECT * FROM ledger.checkpoint WHERE size > $1 ORDER BY size LIMIT $2", [
    above,
    limit,
  ]);
}

export async function insertCheckpoint(
  tx: Tx,
  checkpoint: { size: bigint; root: Uint8Array; note: string; signedAt: Date },
): Promise<void> {
  await tx.query("INSERT INTO ledger.checkpoint (size, root, note, signed_at) VALUES ($1, $2, $3, $4)", [
    checkpoint.size,
    Buffer.from(checkpoint.root),
    checkpoint.note,
    checkpoint.signedAt,
  ]);
}

/** The note of a checkpoint, locked so that two processes do not lose each other's cosignatures. */
export async function lockCheckpoint(tx: Tx, size: bigint): Promise<CheckpointRow | undefined> {
  return (
    await tx.query<CheckpointRow>("SELECT * FROM ledger.checkpoint WHERE size = $1 FOR UPDATE", [size])
  )[0];
}

export async function updateCheckpointNote(
  tx: Tx,
  checkpoint: { size: bigint; note: string; cosignatures: number },
): Promise<void> {
  await tx.query("UPDATE ledger.checkpoint SET note = $2, cosignatures = $3 WHERE size = $1", [
    checkpoint.size,
    checkpoint.note,
    checkpoint.cosignatures,
  ]);
}

/** Leaf hashes of the positions from `from` up to, not including, `to`, joined in their order. */
export async function selectLeaves(
  db: Queryable,
  from: bigint,
  to: bigint,
): Promise<{ found: bigint; distinct: bigint; hashed: bigint; leaves: Buffer | null }> {
  const [row] = await db.query<{ found: bigint; distinct: bigint; hashed: bigint; leaves: Buffer | null }>(
    `SELECT count(*) AS found, count(DISTINCT position) AS distinct, count(*) FILTER (WHERE octet_length(leaf) = 32) AS hashed,
            string_agg(leaf, ''::bytea ORDER BY position) AS leaves
       FROM ledger.transfer WHERE position >= $1 AND position < $2`,
    [from, to],
  );
  return row as { found: bigint; distinct: bigint; hashed: bigint; leaves: Buffer | null };
}

/** The first position in a range that is not held by exactly one transfer with a leaf hash. */
export async function selectFirstUnfit(
  db: Queryable,
  from: bigint,
  to: bigint,
): Promise<{ position: bigint; found: bigint; id: string | null } | undefined> {
  const [row] = await db.query<{ position: bigint; found: bigint; id: string | null }>(
    `SELECT p.position, count(t.position) AS found, min(t.id) AS id
       FROM generate_series($1::bigint, $2::bigint - 1) AS p(position) LEFT JOIN ledger.transfer t USING (position)
      GROUP BY p.position HAVING count(t.position) <> 1 OR count(*) FILTER (WHERE octet_length(t.leaf) = 32) <> 1
      ORDER BY p.position LIMIT 1`,
    [from, to],
  );
  return row;
}

/** Joined hashes of each tile in the order asked; undefined where there is none. */
export async function selectTiles(
  db: Queryable,
  tiles: readonly Pick<HashTile, "level" | "index">[],
): Promise<(Buffer | undefined)[]> {
  if (tiles.length === 0) return [];
  const rows = await db.query<{ n: bigint; hashes: Buffer }>(
    `SELECT w.n, t.hashes FROM unnest($1::smallint[], $2::bigint[]) WITH ORDINALITY AS w(level, index, n)
       JOIN ledger.tile t USING (level, index)`,
    [tiles.map(({ level }) => level), tiles.map(({ index }) => index)],
  );
  const found = new Map(rows.map(({ n, hashes }) => [Number(n) - 1, hashes]));
  return tiles.map((_, place) => found.get(place));
}

export async function upsertTiles(tx: Tx, tiles: readonly WrittenTile[]): Promise<void> {
  await tx.query(
    `INSERT INTO ledger.tile (level, index, hashes) SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[])
     ON CONFLICT (level, index) DO UPDATE SET hashes = excluded.hashes`,
    [
      tiles.map(({ level }) => level),
      tiles.map(({ index }) => index),
      tiles.map(({ hashes }) => Buffer.from(hashes.buffer, hashes.byteOffset, hashes.byteLength)),
    ],
  );
}

/** A transfer as its log entry is made of. `salt` is standard base64. */
export type LoggedTransfer = {
  position: bigint;
  at: Date;
  id: string;
  kind: string;
  subject: string | null;
  salt: string;
  leaf: Buffer | null;
};
export type LoggedSide = {
  position: bigint;
  at: Date;
  leg: number;
  account_id: bigint;
  code: string | null;
  currency: string | null;
  amount: bigint;
  sequence: bigint;
  balance_after: bigint;
};

const transferColumns = "position, at, id, kind, subject, encode(salt, 'base64') AS salt, leaf";
const selectSide = `SELECT e.position, e.at, e.leg, e.account_id, a.code, a.currency, e.amount, e.sequence, e.balance_after
  FROM ledger.entry e LEFT JOIN ledger.account a ON a.id = e.account_id`;

export async function selectTransferById(db: Queryable, id: string): Promise<LoggedTransfer | undefined> {
  return (
    await db.query<LoggedTransfer>(`SELECT ${transferColumns} FROM ledger.transfer WHERE id = $1`, [id])
  )[0];
}

/** Transfers of a subject that touch one of the accounts, oldest first. */
export function selectTransfersOf(
  db: Queryable,
  subject: string,
  codes: readonly string[],
): Promise<LoggedTransfer[]> {
  return db.query<LoggedTransfer>(
    `SELECT ${transferColumns} FROM ledger.transfer t
      WHERE subject = $1 AND EXISTS (
        SELECT FROM ledger.entry e JOIN ledger.account a ON a.id = e.account_id
         WHERE e.position = t.position AND e.at = t.at AND a.code = ANY ($2))
      ORDER BY position`,
    [subject, codes],
  );
}

export function selectSidesOf(
  db: Queryable,
  transfer: { position: bigint; at: Date },
): Promise<LoggedSide[]> {
  return db.query<LoggedSide>(`${selectSide} WHERE e.position = $1 AND e.at = $2 ORDER BY e.leg`, [
    transfer.position,
    transfer.at,
  ]);
}

/** Transfers of the positions from `from` up to, not including, `to`. */
export function selectTransfersBetween(db: Queryable, from: bigint, to: bigint): Promise<LoggedTransfer[]> {
  return db.query<LoggedTransfer>(
    `SELECT ${transferColumns} FROM ledger.transfer WHERE position >= $1 AND position < $2 ORDER BY position, at`,
    [from, to],
  );
}

export function selectSidesBetween(db: Queryable, from: bigint, to: bigint): Promise<LoggedSide[]> {
  return db.query<LoggedSide>(
    `${selectSide} WHERE e.position >= $1 AND e.position < $2 ORDER BY e.position, e.leg`,
    [from, to],
  );
}

export type LogKeyRow = { origin: string; verifier_key: string; sealed: string };

export async function selectLogKey(db: Queryable): Promise<LogKeyRow | undefined> {
  return (await db.query<LogKeyRow>("SELECT origin, verifier_key, sealed FROM ledger.log_key"))[0];
}

/** Stores the key unless there is one already. */
export async function insertLogKey(db: Queryable, key: LogKeyRow, at: Date): Promise<void> {
  await db.query(
    "INSERT INTO ledger.log_key (origin, verifier_key, sealed, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    [key.origin, key.verifier_key, key.sealed, at],
  );
}

export type AnchorRow = { name: string; size: bigint; reference: string; at: Date };

export async function selectLastAnchor(db: Queryable, name: string): Promise<AnchorRow | undefined> {
  return (
    await db.query<AnchorRow>("SELECT * FROM ledger.anchor WHERE name = $1 ORDER BY size DESC LIMIT 1", [
      name,
    ])
  )[0];
}

export async function insertAnchor(db: Queryable, anchor: AnchorRow): Promise<void> {
  await db.query(
    "INSERT INTO ledger.anchor (name, size, reference, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    [anchor.name, anchor.size, anchor.reference, anchor.at],
  );
}

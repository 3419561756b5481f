import {
  appendLeaves,
  edgeTiles,
  emptyEdge,
  emptyRoot,
  formatVerifierKey,
  parseCheckpoint,
  parseVerifierKey,
  rootOfEdge,
  type TreeEdge,
  type VerifierKey,
  verifyNote,
} from "@jinqiao/transparency";
import type { Db, Tx } from "../../platform/db.ts";
import { type AccountKind, normalSign } from "../chart.ts";
import {
  type AuditedAccount,
  type AuditedEntry,
  type AwayMonth,
  checkStanding,
  checkTransfer,
  loadAccounts,
} from "./audit-books.ts";
import {
  type AuditDifference,
  type AuditOptions,
  type AuditProblem,
  type AuditReport,
  Difference,
} from "./audit-report.ts";
import * as sql from "./sql.ts";
import { sha256 } from "./tree.ts";

export {
  type AuditCode,
  type AuditDifference,
  type AuditOptions,
  type AuditProblem,
  type AuditReport,
  auditText,
} from "./audit-report.ts";

/** A multiple of 256, so that a stretch takes whole tiles. */
const usualChunk = 4_096;

/**
 * Walks the books as they stand at one moment, from the first transfer on: each is hashed anew from its rows and held
 * against its stored leaf, the tree, and every signed checkpoint; entries must be balanced and continue their
 * accounts; accounts, holds and sums must stand where the entries leave them. It writes nothing, ends at the first
 * difference, and names it.
 *
 * What the log cannot show: holds, limits and floors that were changed together with everything that depends on them,
 * and transfers that somebody with the server's rights has forged in due form, which the log then holds for ever.
 */
export async function auditLog(db: Db, options: AuditOptions = {}): Promise<AuditReport> {
  return db.transaction(async (tx) => {
    // One snapshot for the whole walk, so that it can be done while payments go on.
    await tx.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    return auditWithin(tx, options);
  });
}

/** The same in a transaction that is already there. */
export async function auditWithin(tx: Tx, options: AuditOptions = {}): Promise<AuditReport> {
  const stored = await sql.selectLogKey(tx);
  const key = options.key ?? (stored ? parseVerifierKey(stored.verifier_key) : undefined);
  const newest = await sql.selectNewestCheckpoint(tx);
  const report: AuditReport = {
    ok: true,
    origin: key?.name ?? null,
    key: key ? formatVerifierKey(key) : null,
    keyFrom: options.key ? "given" : "database",
    transfers: 0n,
    movedAway: 0n,
    entries: 0n,
    accounts: 0n,
    checkpoints: 0n,
    size: newest?.size ?? 0n,
    root: newest ? newest.root.toString("base64") : null,
    difference: null,
  };
  try {
    await walk(tx, report, { ...options, ...(key ? { key } : {}) });
  } catch (error) {
    if (!(error instanceof Difference)) throw error;
    report.ok = false;
    report.difference = error.found;
  }
  return report;
}

/** A tree head that must be found again. */
type Head = { size: bigint; root: Uint8Array };

async function walk(tx: Tx, report: AuditReport, options: AuditOptions): Promise<void> {
  const { key, onProgress, signal } = options;
  const chunk = BigInt(options.chunk ?? usualChunk);
  const given = options.checkpoint === undefined ? undefined : await readHead(options.checkpoint, key);
  const head = await sql.selectHeadSize(tx);
  // What was signed must be there, however short the books are now.
  const total = [head, report.size, given?.size ?? 0n].reduce((a, b) => (a > b ? a : b));
  const away = await awayMonths(tx);
  const accounts = await loadAccounts(tx, (kind) => normalSign(kind as AccountKind));
  report.accounts = BigInt(accounts.size);
  const checkHeads = headChecker(tx, report, key, given);

  let edge: TreeEdge = emptyEdge;
  await checkHeads(edge, 0n, () => undefined);
  for (let from = 0n; from < total; from += chunk) {
    signal?.throwIfAborted();
    const to = from + chunk < total ? from + chunk : total;
    const leaves = await walkStretch(tx, report, { from, to, accounts, away });
    edge = await growTree(tx, report.size, edge, leaves, checkHeads);
    onProgress?.({ done: to, total });
  }
  await checkOutside(tx, total);
  await checkTileCount(tx, report.size);
  await checkStanding(tx, accounts, away);
}

/** The rows of the positions from `from` up to `to`. @returns the leaf of each */
async function walkStretch(
  tx: Tx,
  report: AuditReport,
  stretch: {
    from: bigint;
    to: bigint;
    accounts: ReadonlyMap<bigint, AuditedAccount>;
    away: readonly AwayMonth[];
  },
): Promise<Uint8Array[]> {
  const { from, to, accounts, away } = stretch;
  const transfers = Map.groupBy(await sql.selectTransfersBetween(tx, from, to), ({ position }) => position);
  const entries = Map.groupBy(await selectEntries(tx, from, to), ({ position }) => position);
  const tiles = await sql.selectTiles(
    tx,
    Array.from({ length: Number((to - from + 255n) / 256n) }, (_, place) => ({
      level: 0,
      index: from / 256n + BigInt(place),
    })),
  );
  const logged = (position: bigint): Buffer | undefined => {
    const offset = Number(position % 256n) * 32;
    const hash = tiles[Number(position / 256n - from / 256n)]?.subarray(offset, offset + 32);
    return hash?.length === 32 ? hash : undefined;
  };

  const leaves: Uint8Array[] = [];
  for (let position = from; position < to; position += 1n) {
    const [transfer, ...more] = transfers.get(position) ?? [];
    const rows = entries.get(position) ?? [];
    const inLog = position < report.size ? logged(position) : undefined;
    const differ = (problems: AuditProblem[]): never => {
      throw new Difference({ position, transferId: transfer?.id ?? null, problems });
    };
    if (position < report.size && inLog === undefined)
      differ([{ code: "tile_missing", facts: { tile: `0/${position / 256n}` } }]);
    if (transfer === undefined) {
      const isAway = away.some(({ first, last }) => first <= position && position <= last);
      if (rows.length === 0 && isAway && inLog !== undefined) {
        report.movedAway += 1n;
        leaves.push(inLog);
        continue;
      }
      differ([
        rows.length > 0
          ? { code: "entry_without_transfer", facts: { count: String(rows.length) } }
          : { code: "transfer_missing", facts: {} },
      ]);
      continue;
    }
    if (more.length > 0)
      differ([
        {
          code: "transfer_repeated",
          facts: { count: String(1 + more.length), ids: [transfer, ...more].map(({ id }) => id).join(", ") },
        },
      ]);
    const { leaf, problems } = checkTransfer(transfer, rows, accounts, away);
    if (inLog !== undefined && !inLog.equals(leaf)) problems.push({ code: "log_differs", facts: {} });
    if (problems.length > 0) differ(problems);
    report.transfers += 1n;
    report.entries += BigInt(rows.length);
    leaves.push(leaf);
  }
  return leaves;
}

type CheckHeads = (
  edge: TreeEdge,
  until: bigint,
  grow: (size: bigint) => TreeEdge | undefined,
) => Promise<void>;

/** Takes the leaves in, stopping at each signed size, and compares the tiles that were filled with those stored. */
async function growTree(
  tx: Tx,
  signedSize: bigint,
  before: TreeEdge,
  leaves: readonly Uint8Array[],
  checkHeads: CheckHeads,
): Promise<TreeEdge> {
  const filled: { level: number; index: bigint; hashes: Uint8Array }[] = [];
  let edge = before;
  let atSignedSize: TreeEdge | undefined;
  const growTo = (size: bigint): TreeEdge => {
    const slice = leaves.slice(Number(edge.size - before.size), Number(size - before.size));
    const grown = appendLeaves(edge, slice, sha256);
    // A lower level was compared leaf by leaf; the first `signedSize` entries only are in the stored tree.
    for (const { level, index, width, hashes } of grown.written)
      if (level > 0 && width === 256 && (index + 1n) << BigInt(8 * (level + 1)) <= signedSize)
        filled.push({ level, index, hashes });
    edge = grown.edge;
    if (size === signedSize) atSignedSize = edge;
    return edge;
  };
  const end = before.size + BigInt(leaves.length);
  await checkHeads(before, end, growTo);
  if (edge.size < signedSize && signedSize <= end) growTo(signedSize);
  if (edge.size < end) growTo(end);
  await compareTiles(tx, filled);
  if (atSignedSize !== undefined && signedSize > 0n) await compareEdge(tx, atSignedSize);
  return edge;
}

async function compareTiles(
  tx: Tx,
  tiles: readonly { level: number; index: bigint; hashes: Uint8Array }[],
): Promise<void> {
  const stored = await sql.selectTiles(tx, tiles);
  tiles.forEach(({ level, index, hashes }, place) => {
    const found = stored[place];
    if (found?.equals(hashes)) return;
    throw tileDifference(level, index, found === undefined);
  });
}

/** The tiles that were not full when the newest checkpoint was signed hold what they should and no more. */
async function compareEdge(tx: Tx, edge: TreeEdge): Promise<void> {
  const tiles = edgeTiles(edge.size).map(({ level, index }) => ({
    level,
    index,
    hashes: edge.partial[level] as Uint8Array,
  }));
  await compareTiles(tx, tiles);
}

const tileDifference = (level: number, index: bigint, missing: boolean): Difference =>
  new Difference({
    position: index << BigInt(8 * (level + 1)),
    transferId: null,
    problems: [{ code: missing ? "tile_missing" : "tile_differs", facts: { tile: `${level}/${index}` } }],
  });

/**
 * Gives a function that checks every signed tree head up to a size, smallest first, growing the tree to each. The
 * last head that was right is remembered, so that a wrong one can say between which positions the change lies.
 */
function headChecker(
  tx: Tx,
  report: AuditReport,
  key: VerifierKey | undefined,
  given: Head | undefined,
): CheckHeads {
  let done = -1n;
  let lastRight = 0n;
  let givenDone = given === undefined;

  const check = (edge: TreeEdge, { size, root }: Head): void => {
    const found = size === 0n ? emptyRoot(sha256) : rootOfEdge(edge, sha256);
    if (!Buffer.from(found).equals(root))
      throw new Difference({
        position: lastRight,
        transferId: null,
        problems: [
          {
            code: "checkpoint_differs",
            facts: { size: String(size), from: String(lastRight), to: String(size > 0n ? size - 1n : 0n) },
          },
        ],
      });
    lastRight = size;
    report.checkpoints += 1n;
  };

  return async (before, until, grow) => {
    let edge = before;
    const reach = (size: bigint) => {
      if (size > edge.size) edge = grow(size) ?? edge;
    };
    for (;;) {
      const rows = (await sql.selectCheckpointsFrom(tx, done, 500)).filter(({ size }) => size <= until);
      for (const row of rows) {
        if (given && !givenDone && given.size <= row.size) {
          reach(given.size);
          check(edge, given);
          givenDone = true;
        }
        const head = await readHead(row.note, key, row.size);
        if (head.size !== row.size || !Buffer.from(head.root).equals(row.root)) throw unsigned(row.size, key);
        reach(row.size);
        check(edge, head);
        done = row.size;
      }
      if (rows.length < 500) break;
    }
    if (given && !givenDone && given.size <= until) {
      reach(given.size);
      check(edge, given);
      givenDone = true;
    }
  };
}

/** Reads a checkpoint and checks its signature. @throws Difference */
async function readHead(note: string, key: VerifierKey | undefined, size = 0n): Promise<Head> {
  try {
    const checkpoint = parseCheckpoint(note);
    const signed = key === undefined ? [] : await verifyNote(checkpoint.note, [key]);
    if (signed.length === 0 || checkpoint.origin !== key?.name) throw unsigned(checkpoint.size, key);
    return { size: checkpoint.size, root: checkpoint.root };
  } catch (error) {
    throw error instanceof Difference ? error : unsigned(size, key);
  }
}

const unsigned = (size: bigint, key: VerifierKey | undefined): Difference =>
  new Difference({
    position: size > 0n ? size - 1n : null,
    transferId: null,
    problems: [
      {
        code: "checkpoint_unsigned",
        facts: { size: String(size), key: key ? formatVerifierKey(key) : "—" },
      },
    ],
  });

/** Rows at positions that the books do not have. */
async function checkOutside(tx: Tx, total: bigint): Promise<void> {
  const [row] = await tx.query<{ position: bigint; id: string | null }>(
    `SELECT position, id FROM (
       SELECT position, id FROM ledger.transfer WHERE position < 0 OR position >= $1
       UNION ALL SELECT position, NULL FROM ledger.entry WHERE position < 0 OR position >= $1) AS outside
      ORDER BY position, id NULLS LAST LIMIT 1`,
    [total],
  );
  if (row === undefined) return;
  const found: AuditDifference = {
    position: row.position,
    transferId: row.id,
    problems: [{ code: "position_outside", facts: { size: String(total) } }],
  };
  throw new Difference(found);
}

async function checkTileCount(tx: Tx, size: bigint): Promise<void> {
  let expected = 0n;
  for (let hashes = size; hashes > 0n; hashes >>= 8n) expected += (hashes + 255n) >> 8n;
  const [row] = await tx.query<{ count: bigint }>("SELECT count(*) AS count FROM ledger.tile");
  const count = row?.count ?? 0n;
  if (count === expected) return;
  throw new Difference({
    position: null,
    transferId: null,
    problems: [{ code: "tiles_counted", facts: { count: String(count), expected: String(expected) } }],
  });
}

function selectEntries(tx: Tx, from: bigint, to: bigint): Promise<AuditedEntry[]> {
  return tx.query<AuditedEntry>(
    `SELECT position, at, leg, account_id, amount, sequence, balance_after
       FROM ledger.entry WHERE position >= $1 AND position < $2 ORDER BY position, leg, account_id, sequence`,
    [from, to],
  );
}

async function awayMonths(tx: Tx): Promise<AwayMonth[]> {
  const rows = await tx.query<{
    from_ms: bigint;
    to_ms: bigint;
    first_position: bigint | null;
    last_position: bigint | null;
  }>(
    `SELECT (extract(epoch FROM starts) * 1000)::bigint AS from_ms,
            (extract(epoch FROM starts + interval '1 month') * 1000)::bigint AS to_ms, first_position, last_position
       FROM ledger.month WHERE archived_at IS NOT NULL`,
  );
  return rows.map(({ from_ms, to_ms, first_position, last_position }) => ({
    fromMs: Number(from_ms),
    toMs: Number(to_ms),
    first: first_position ?? 0n,
    last: last_position ?? -1n,
  }));
}

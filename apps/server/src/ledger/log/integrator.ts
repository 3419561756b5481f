import {
  appendLeaves,
  edgeTiles,
  emptyEdge,
  emptyRoot,
  parseCheckpoint,
  restoreEdge,
  rootOfEdge,
  signCheckpoint,
  type TreeEdge,
  verifyNote,
} from "@jinqiao/transparency";
import type { Clock } from "../../platform/clock.ts";
import type { Db, Queryable, Tx } from "../../platform/db.ts";
import { LogHalted } from "./halted.ts";
import type { LogKey } from "./key.ts";
import type { CheckpointRow } from "./sql.ts";
import * as sql from "./sql.ts";
import { readTiles, sha256 } from "./tree.ts";

/** What one step of growing the tree came to. */
export type Step =
  /** Everything that was committed is under a signed checkpoint. */
  | { status: "complete"; size: bigint }
  /** The tree grew and there is more to do. */
  | { status: "grown"; size: bigint }
  /** Another process is growing it. */
  | { status: "busy" };

export type Integrator = { step(): Promise<Step> };

/** Leaves that one transaction takes in: about 1 MB of hashes. */
const usualChunk = 32_768;

/**
 * Grows the tree over the transfers that were committed and signs each new size. Tiles and checkpoint are stored in
 * one transaction, so that what is served always fits together; several processes may try, and one does it.
 *
 * It signs only what continues the last signed checkpoint: the right edge of the stored tree must have that
 * checkpoint's root, and the checkpoint our signature. What is appended to that edge contains it by construction.
 */
export function createIntegrator(deps: {
  db: Db;
  clock: Clock;
  key(): Promise<LogKey>;
  chunk?: number;
}): Integrator {
  const chunk = BigInt(deps.chunk ?? usualChunk);
  // The largest size this process has seen signed: a database that was set back must not make the log fork.
  let seen: { size: bigint; root: Uint8Array } | undefined;

  async function step(): Promise<Step> {
    const key = await deps.key();
    const signed = await deps.db.transaction(async (tx) => {
      if (!(await sql.tryLockLog(tx))) return undefined;
      const head = await sql.selectHeadSize(tx);
      const last = await sql.selectNewestCheckpoint(tx);
      if (last) await checkSignature(last, key);
      checkNotSetBack(last, seen);
      const size = last?.size ?? 0n;
      if (size > head)
        throw new LogHalted(`The log has signed ${size} transfers and the books hold ${head}.`, {
          finding: { subject: `checkpoint ${size}`, expected: String(size), found: String(head) },
        });
      const edge = await lastEdge(tx, last);
      if (last && size === head) return { size, root: new Uint8Array(last.root), complete: true };

      const to = size + chunk < head ? size + chunk : head;
      const { root, written } = appendLeaves(edge, await leavesBetween(tx, size, to), sha256);
      if (written.length > 0) await sql.upsertTiles(tx, written);
      const signedAt = deps.clock.now();
      const note = await signCheckpoint({ origin: key.origin, size: to, root }, [key.signer], signedAt);
      await sql.insertCheckpoint(tx, { size: to, root, note, signedAt });
      return { size: to, root, complete: to === head };
    });
    if (signed === undefined) return { status: "busy" };
    seen = signed;
    return { status: signed.complete ? "complete" : "grown", size: signed.size };
  }

  return { step };
}

async function checkSignature(last: CheckpointRow, key: LogKey): Promise<void> {
  const halt = (cause?: unknown) =>
    new LogHalted(`The newest checkpoint of the log (size ${last.size}) is not as this log has signed it.`, {
      cause,
      finding: {
        subject: `checkpoint ${last.size}`,
        expected: key.verifierKey,
        found: "no signature by this key",
      },
    });
  try {
    const { origin, size, root, note } = parseCheckpoint(last.note);
    const signatures = await verifyNote(note, [key.signer.key]);
    const same = origin === key.origin && size === last.size && Buffer.from(root).equals(last.root);
    if (signatures.length !== 1 || !same) throw halt();
  } catch (error) {
    throw error instanceof LogHalted ? error : halt(error);
  }
}

function checkNotSetBack(
  last: CheckpointRow | undefined,
  seen: { size: bigint; root: Uint8Array } | undefined,
): void {
  if (seen === undefined) return;
  const setBack =
    last === undefined ||
    last.size < seen.size ||
    (last.size === seen.size && !Buffer.from(seen.root).equals(last.root));
  if (setBack)
    throw new LogHalted(
      `The log has signed ${seen.size} transfers, and the database knows that checkpoint no more: it was set back.`,
      {
        finding: {
          subject: `checkpoint ${seen.size}`,
          expected: Buffer.from(seen.root).toString("base64"),
          found: last ? last.root.toString("base64") : "none",
        },
      },
    );
}

/** The right edge of the stored tree, which must be what the last checkpoint was signed over. */
async function lastEdge(tx: Tx, last: CheckpointRow | undefined): Promise<TreeEdge> {
  if (last === undefined || last.size === 0n) {
    if (last && !Buffer.from(emptyRoot(sha256)).equals(last.root))
      throw new LogHalted("The checkpoint of the empty log has another root than the empty tree.");
    return emptyEdge;
  }
  let edge: TreeEdge;
  try {
    edge = restoreEdge(last.size, await readTiles(tx, edgeTiles(last.size)), sha256);
  } catch (error) {
    throw new LogHalted(`The stored tree ends before the last checkpoint (size ${last.size}).`, {
      cause: error,
      finding: { subject: `checkpoint ${last.size}`, expected: last.root.toString("base64"), found: "none" },
    });
  }
  const root = Buffer.from(rootOfEdge(edge, sha256));
  if (!root.equals(last.root))
    throw new LogHalted(
      `The stored tree does not contain the last signed checkpoint (size ${last.size}): its tiles were changed.`,
      {
        finding: {
          subject: `checkpoint ${last.size}`,
          expected: last.root.toString("base64"),
          found: root.toString("base64"),
        },
      },
    );
  return edge;
}

async function leavesBetween(db: Queryable, from: bigint, to: bigint): Promise<Uint8Array[]> {
  const { found, distinct, hashed, leaves } = await sql.selectLeaves(db, from, to);
  const count = to - from;
  const joined = leaves ?? Buffer.alloc(0);
  if (found !== count || distinct !== count || hashed !== count || BigInt(joined.length) !== count * 32n)
    throw await whyUnfit(db, from, to);
  return Array.from({ length: Number(count) }, (_, place) => joined.subarray(32 * place, 32 * (place + 1)));
}

async function whyUnfit(db: Queryable, from: bigint, to: bigint): Promise<LogHalted> {
  const unfit = await sql.selectFirstUnfit(db, from, to);
  if (unfit === undefined) return new LogHalted(`Transfers ${from} to ${to - 1n} cannot be read.`);
  const { position, found, id } = unfit;
  if (found === 0n) return new LogHalted(`The books have no transfer at position ${position}.`);
  if (found > 1n) return new LogHalted(`The books have ${found} transfers at position ${position}.`);
  return new LogHalted(
    `Transfer ${id} at position ${position} has no leaf hash: it was booked while the transparency log was off.`,
  );
}

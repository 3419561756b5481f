import { setTimeout as sleep } from "node:timers/promises";
import {
  encodeEntryBundle,
  formatVerifierKey,
  parseTilePath,
  type Receipt,
  type TileAddress,
} from "@jinqiao/transparency";
import type { Clock } from "../../platform/clock.ts";
import type { Db } from "../../platform/db.ts";
import { Refusal } from "../../platform/errors.ts";
import type { Logger } from "../../platform/logger.ts";
import type { Vault } from "../../vault/index.ts";
import { type Anchor, anchorNewest } from "./anchor.ts";
import { type AuditOptions, type AuditReport, auditLog } from "./audit.ts";
import { type LogFinding, LogHalted } from "./halted.ts";
import { createIntegrator } from "./integrator.ts";
import { type LogKey, openLogKey } from "./key.ts";
import { receiptOf } from "./receipts.ts";
import type { CheckpointRow } from "./sql.ts";
import * as sql from "./sql.ts";
import { entryText, treeReader } from "./tree.ts";
import { createCosigning, type Witness } from "./witness.ts";

/** What the log signs with, and who else keeps an eye on it. */
export type LogSettings = {
  vault: Vault;
  /** Name for a new log, by convention its address without the scheme. */
  origin: string;
  /** True when the operator gave that name: a log of another name in the database is then an error. */
  originFixed?: boolean;
  witnesses?: readonly Witness[];
  anchor?: { anchor: Anchor; everyMs: number };
};

export type LogStatus = {
  origin: string;
  key: string;
  /** Transfers that were committed, and how many of them the newest checkpoint covers. */
  transfers: bigint;
  size: bigint;
  signedAt: Date | null;
  cosignatures: number;
  /** Why nothing is signed, in one sentence; null when all is well. */
  halted: string | null;
};

/** The Merkle tree over all transfers, with signed checkpoints. Anybody may read it; it reveals commitments only. */
export type TransparencyLog = {
  /** Opens the key, making it at the first start. @throws LogHalted in one sentence when it cannot be used */
  open(): Promise<{ origin: string; key: string }>;
  /** Verifier keys of the log and of its witnesses. */
  keys(): Promise<{ origin: string; key: string; witnesses: string[] }>;
  /** Brings everything committed so far under a signed checkpoint; answers its size. @throws LogHalted */
  integrate(): Promise<bigint>;
  /** Begins to do so about once a second, and to ask the witnesses. */
  start(): void;
  /** Who is told when the books are not what was signed. */
  onInconsistent(tell: (finding: LogFinding) => Promise<unknown>): void;
  /** Publishes the newest checkpoint outside, when that is due. */
  anchor(): Promise<void>;
  status(): Promise<LogStatus>;
  /** The newest checkpoint, undefined before the first. */
  checkpoint(): Promise<string | undefined>;
  /** A tile or an entry bundle by its path below the log (`tile/0/x001/067.p/17`); undefined when there is none. */
  tile(path: string): Promise<Uint8Array | undefined>;
  /** Undefined when the position or size is not covered. Without a size, that of the newest checkpoint. */
  inclusionProof(
    position: bigint,
    size?: bigint,
  ): Promise<{ size: bigint; leaf: Uint8Array; proof: Uint8Array[] } | undefined>;
  consistencyProof(from: bigint, to?: bigint): Promise<{ to: bigint; proof: Uint8Array[] } | undefined>;
  /**
   * The receipt of a transfer that opens the sides of these accounts and no others. Takes the log as far as it must.
   * @throws Refusal `request.not_found` without such a transfer, `log.not_signing`
   */
  receipt(transferId: string, accountCodes: readonly string[]): Promise<Receipt>;
  /** Receipts of every transfer of a subject that touches one of the accounts, oldest first. @throws Refusal */
  receiptsOf(subject: string, accountCodes: readonly string[]): Promise<Receipt[]>;
  /** Walks the books against the log and names the first difference. */
  audit(options?: AuditOptions): Promise<AuditReport>;
  /** Stops what `start` began, and waits for it. */
  close(): Promise<void>;
};

const roundMs = 1_000;
/** How long somebody who wants a receipt waits for another process that is growing the tree. */
const patienceMs = 10_000;

/** @param deps.settings absent: the log can be read and audited, and nothing is signed */
export function createTransparencyLog(deps: {
  db: Db;
  clock: Clock;
  logger?: Logger | undefined;
  settings?: LogSettings | undefined;
}): TransparencyLog {
  const { db, clock, logger, settings } = deps;
  const closing = new AbortController();
  const cosigning = createCosigning({ db, clock, logger, witnesses: settings?.witnesses ?? [] });
  const integrator = createIntegrator({ db, clock, key });
  let opened: Promise<LogKey> | undefined;
  let halted: string | null = null;
  let tell: ((finding: LogFinding) => Promise<unknown>) | undefined;
  let running: Promise<unknown> = Promise.resolve();

  function key(): Promise<LogKey> {
    opened ??= openKey();
    // A database that did not answer may answer the next time.
    opened.catch(() => {
      opened = undefined;
    });
    return opened;
  }
  async function openKey(): Promise<LogKey> {
    if (settings === undefined) throw new LogHalted("This process has no key to sign the log with.");
    const { vault, origin, originFixed = false } = settings;
    return openLogKey({ db, clock, vault }, { origin, fixed: originFixed });
  }

  /** Notes why nothing is signed, and says it once. */
  async function alarm(error: unknown): Promise<void> {
    if (!(error instanceof LogHalted) || halted === error.message) return;
    logger?.error({ alarm: "transparency_log", err: error }, "the transparency log does not sign");
    if (error.finding) await tell?.(error.finding);
    // Last: where it could not be told, it is told the next time.
    halted = error.message;
  }
  async function step() {
    try {
      const done = await integrator.step();
      halted = null;
      return done;
    } catch (error) {
      await alarm(error);
      throw error;
    }
  }
  /** Grows the tree until all is in it that was committed before, or until that is enough. */
  async function grow(isEnough: (size: bigint) => boolean): Promise<bigint> {
    const giveUpAt = performance.now() + patienceMs;
    for (;;) {
      const done = await step();
      if (done.status === "complete") return done.size;
      if (done.status === "grown" && isEnough(done.size)) return done.size;
      if (done.status === "busy") {
        if (performance.now() > giveUpAt) throw new Refusal("server.unavailable");
        await sleep(25);
      }
      closing.signal.throwIfAborted();
    }
  }
  const integrate = () => grow(() => false);

  async function covering(position: bigint): Promise<CheckpointRow> {
    const found = await sql.selectCheckpointOver(db, position);
    if (found) return found;
    await grow((size) => size > position);
    const checkpoint = await sql.selectCheckpointOver(db, position);
    if (checkpoint === undefined) throw new Refusal("request.not_found");
    return checkpoint;
  }
  async function receiptsFor(
    transfers: readonly sql.LoggedTransfer[],
    accountCodes: readonly string[],
  ): Promise<Receipt[]> {
    try {
      const { origin } = await key();
      const receipts: Receipt[] = [];
      for (const transfer of transfers) {
        const checkpoint = await covering(transfer.position);
        receipts.push(await receiptOf(db, { origin, transfer, accountCodes, checkpoint }));
      }
      return receipts;
    } catch (error) {
      if (!(error instanceof LogHalted)) throw error;
      await alarm(error);
      throw new Refusal("log.not_signing", { cause: error });
    }
  }

  async function round(covered: bigint | undefined): Promise<bigint | undefined> {
    try {
      return (await sql.selectHeadSize(db)) === covered ? covered : await integrate();
    } catch (error) {
      if (!(error instanceof LogHalted) && !closing.signal.aborted)
        logger?.warn({ err: error }, "the transparency log did not grow; it will be tried again");
      return undefined;
    }
  }
  async function rounds(): Promise<void> {
    let covered: bigint | undefined;
    let asking: Promise<unknown> | undefined;
    while (!closing.signal.aborted) {
      covered = await round(covered);
      // Beside the rounds: a witness that is slow must not hold up the signing.
      asking ??= cosigning
        .cosign(closing.signal)
        .catch((error: unknown) => {
          if (!closing.signal.aborted) logger?.warn({ err: error }, "the witnesses were not asked");
        })
        .finally(() => {
          asking = undefined;
        });
      await sleep(roundMs, undefined, { signal: closing.signal }).catch(() => undefined);
    }
    await asking;
  }

  const newestSize = async () => (await sql.selectNewestCheckpoint(db))?.size ?? 0n;

  return {
    async open() {
      const { origin, verifierKey } = await key();
      return { origin, key: verifierKey };
    },
    async keys() {
      const { origin, verifierKey } = await key();
      const witnesses = (settings?.witnesses ?? []).map((witness) => formatVerifierKey(witness.key));
      return { origin, key: verifierKey, witnesses };
    },
    integrate,
    start() {
      running = rounds();
    },
    onInconsistent(listener) {
      tell = listener;
    },
    async anchor() {
      if (settings?.anchor)
        await anchorNewest({ db, clock }, settings.anchor.anchor, settings.anchor.everyMs);
    },
    async status() {
      const [row, newest, transfers] = await Promise.all([
        sql.selectLogKey(db),
        sql.selectNewestCheckpoint(db),
        sql.selectHeadSize(db),
      ]);
      return {
        origin: row?.origin ?? settings?.origin ?? "",
        key: row?.verifier_key ?? "",
        transfers,
        size: newest?.size ?? 0n,
        signedAt: newest?.signed_at ?? null,
        cosignatures: newest?.cosignatures ?? 0,
        halted,
      };
    },
    checkpoint: async () => (await sql.selectNewestCheckpoint(db))?.note,
    async tile(path) {
      const address = parseTilePath(path);
      return address && (address.kind === "entries" ? entryBundle(db, address) : hashTile(db, address));
    },
    async inclusionProof(position, asked) {
      const newest = await newestSize();
      const size = asked ?? newest;
      if (size > newest || position >= size) return undefined;
      const reader = treeReader(db, size);
      const [proof, leaf] = await Promise.all([reader.inclusionProof(position, size), leafAt(db, position)]);
      return { size, leaf, proof };
    },
    async consistencyProof(from, asked) {
      const newest = await newestSize();
      const to = asked ?? newest;
      if (to > newest || from > to) return undefined;
      return { to, proof: await treeReader(db, to).consistencyProof(from, to) };
    },
    async receipt(transferId, accountCodes) {
      const transfer = await sql.selectTransferById(db, transferId);
      if (transfer === undefined) throw new Refusal("request.not_found");
      return (await receiptsFor([transfer], accountCodes))[0] as Receipt;
    },
    receiptsOf: async (subject, accountCodes) =>
      receiptsFor(await sql.selectTransfersOf(db, subject, accountCodes), accountCodes),
    audit: (options) => auditLog(db, options),
    async close() {
      closing.abort();
      await running;
    },
  };
}

/** Any width that the stored tile has reached: earlier hashes of a tile never change. */
async function hashTile(
  db: Db,
  { level, index, width }: Extract<TileAddress, { kind: "hashes" }>,
): Promise<Uint8Array | undefined> {
  const [hashes] = await sql.selectTiles(db, [{ level, index }]);
  return hashes !== undefined && hashes.length >= width * 32 ? hashes.subarray(0, width * 32) : undefined;
}

/** Entries beside a level-0 tile, computed from the tables. Nothing where a month was moved away. */
async function entryBundle(
  db: Db,
  { index, width }: Extract<TileAddress, { kind: "entries" }>,
): Promise<Uint8Array | undefined> {
  const from = index * 256n;
  const to = from + BigInt(width);
  if (to > ((await sql.selectNewestCheckpoint(db))?.size ?? 0n)) return undefined;
  const [transfers, sides] = await Promise.all([
    sql.selectTransfersBetween(db, from, to),
    sql.selectSidesBetween(db, from, to),
  ]);
  if (transfers.length !== width) return undefined;
  const byPosition = Map.groupBy(sides, ({ position }) => position);
  return encodeEntryBundle(
    transfers.map((transfer) =>
      Buffer.from(entryText(transfer, byPosition.get(transfer.position) ?? []), "utf8"),
    ),
  );
}

async function leafAt(db: Db, position: bigint): Promise<Uint8Array> {
  const [hashes] = await sql.selectTiles(db, [{ level: 0, index: position >> 8n }]);
  const offset = Number(position & 255n) * 32;
  if (hashes === undefined || hashes.length < offset + 32)
    throw new LogHalted(`Tile 0/${position >> 8n} of the transparency log is gone.`);
  return hashes.subarray(offset, offset + 32);
}

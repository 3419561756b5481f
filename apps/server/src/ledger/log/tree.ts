import { hash } from "node:crypto";
import {
  createTreeReader,
  type LeafHeader,
  type LeafSide,
  type Sha256,
  type TextHash,
  type TreeReader,
  tileHashReader,
  transferLeafText,
} from "@jinqiao/transparency";
import type { Queryable } from "../../platform/db.ts";
import { LogHalted } from "./halted.ts";
import type { LoggedSide, LoggedTransfer } from "./sql.ts";
import * as sql from "./sql.ts";

/** SHA-256 in native code. */
export const sha256: Sha256 = (data) => hash("sha256", data, "buffer");
export const textHash: TextHash = (text) => hash("sha256", text, "base64");

/** Roots and proofs from the stored tiles of a tree of `size`. */
export function treeReader(db: Queryable, size: bigint): TreeReader {
  const read = tileHashReader(size, (tiles) => readTiles(db, tiles), sha256);
  return createTreeReader(read, sha256);
}

/** @throws LogHalted naming the first tile that is gone */
export async function readTiles(
  db: Queryable,
  tiles: readonly { level: number; index: bigint }[],
): Promise<Buffer[]> {
  const found = await sql.selectTiles(db, tiles);
  return found.map((hashes, place) => {
    const { level, index } = tiles[place] as { level: number; index: bigint };
    if (hashes === undefined) throw new LogHalted(`Tile ${level}/${index} of the transparency log is gone.`);
    return hashes;
  });
}

/** What the log entry of a transfer is made of, as the tables tell it. */
export function leafParts(
  transfer: Pick<LoggedTransfer, "id" | "kind" | "subject" | "at">,
  sides: readonly LoggedSide[],
): { header: LeafHeader; sides: LeafSide[] } {
  return {
    header: {
      id: transfer.id,
      kind: transfer.kind,
      subject: transfer.subject,
      at: transfer.at.toISOString(),
    },
    sides: sides.map((side) => ({
      account: side.code ?? "",
      currency: side.currency ?? "",
      amount: side.amount.toString(),
      sequence: side.sequence.toString(),
      balance: side.balance_after.toString(),
    })),
  };
}

/** Text of the log entry, computed from the tables. */
export function entryText(transfer: LoggedTransfer, sides: readonly LoggedSide[]): string {
  const parts = leafParts(transfer, sides);
  return transferLeafText(textHash, transfer.salt, parts.header, parts.sides);
}

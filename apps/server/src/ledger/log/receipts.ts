import { makeReceipt, type Receipt, rootFromInclusion, transferLeafHash } from "@jinqiao/transparency";
import type { Queryable } from "../../platform/db.ts";
import { LogHalted } from "./halted.ts";
import type { CheckpointRow, LoggedTransfer } from "./sql.ts";
import * as sql from "./sql.ts";
import { leafParts, sha256, textHash, treeReader } from "./tree.ts";

/**
 * The receipt of a transfer under a checkpoint that covers it. Only the sides of the accounts named are opened.
 * It is verified before it is given away: a receipt that proves nothing must not leave the house.
 * @throws LogHalted when the tables no longer say what was logged
 */
export async function receiptOf(
  db: Queryable,
  input: {
    origin: string;
    transfer: LoggedTransfer;
    accountCodes: readonly string[];
    checkpoint: CheckpointRow;
  },
): Promise<Receipt> {
  const { origin, transfer, accountCodes, checkpoint } = input;
  const { position, salt } = transfer;
  const { size, root } = checkpoint;
  const [rows, proof] = await Promise.all([
    sql.selectSidesOf(db, transfer),
    treeReader(db, size).inclusionProof(position, size),
  ]);
  const { header, sides } = leafParts(transfer, rows);
  const leaf = Buffer.from(transferLeafHash(textHash, salt, header, sides), "base64");
  const found = rootFromInclusion({ index: position, size, leaf, proof }, sha256);
  if (found === undefined || !root.equals(found))
    throw new LogHalted(
      `Transfer ${transfer.id} at position ${position} is not in the books as it was logged.`,
      {
        finding: {
          subject: transfer.id,
          expected: root.toString("base64"),
          found: Buffer.from(found ?? []).toString("base64"),
        },
      },
    );
  return makeReceipt({
    origin,
    position,
    header,
    sides,
    opens: ({ account }) => accountCodes.includes(account),
    transferSalt: salt,
    proof,
    checkpoint: checkpoint.note,
    hash: textHash,
  });
}

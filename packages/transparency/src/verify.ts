/** Verification of receipts, offline: nothing is fetched, and nobody but the holders of the trusted keys is believed. */
import { hashFromBase64, toBase64 } from "./bytes.ts";
import { type Checkpoint, parseCheckpoint } from "./checkpoint.ts";
import type { LeafHeader } from "./leaf.ts";
import { verifyConsistency, verifyInclusion } from "./merkle.ts";
import { type VerifiedSignature, type VerifierKey, verifyNote } from "./note.ts";
import { type Problem, TransparencyError } from "./problem.ts";
import { isOpened, type OpenedSide, type Receipt, receiptLeaf, receiptPosition } from "./receipt.ts";
import { parseReceipt } from "./receipt-parser.ts";

/** Whom the verifier believes. */
export type Trust = {
  /** Keys of the log. Their name must be the log's origin; one good signature of them is enough. */
  log: readonly VerifierKey[];
  /** Keys of witnesses, who have each seen that the log only ever grew. */
  witnesses?: readonly VerifierKey[];
  /** Witnesses that must have cosigned; 0 where absent. */
  witnessesNeeded?: number;
};

/** What a receipt has proved. */
export type ReceiptFacts = {
  origin: string;
  /** Place of the transfer in the log, from 0. */
  position: bigint;
  /** Entries of the log when the checkpoint was signed. */
  size: bigint;
  /** Root hash over all of them, base64. */
  root: string;
  header: LeafHeader;
  /** The sides that are opened to the holder, with their place among all, from 1. */
  sides: (Omit<OpenedSide, "salt"> & { leg: number })[];
  /** Sides of others, of which the receipt reveals nothing. */
  hiddenSides: number;
  /** The log's own time, where it has signed one (a cosignature of the log itself). */
  signedAt: Date | null;
  /** Trusted witnesses that have cosigned. */
  witnesses: { name: string; at: Date | null }[];
};

export type Refusal = { ok: false; problem: Problem; detail: string };
export type ReceiptVerdict = { ok: true; facts: ReceiptFacts; receipt: Receipt } | Refusal;

/** Verifies the text of a receipt. It never throws on bad input: every problem has its name. */
export async function verifyReceipt(text: string, trust: Trust): Promise<ReceiptVerdict> {
  return refusing(async () => {
    const receipt = parseReceipt(text);
    const checkpoint = parseCheckpoint(receipt.checkpoint);
    if (receipt.origin !== checkpoint.origin) throw new TransparencyError("origin_mismatch", "origin");
    const signatures = await verifySignatures(checkpoint, trust);

    const position = receiptPosition(receipt);
    const { origin, size, root } = checkpoint;
    if (position >= size) throw new TransparencyError("position_outside", "position");
    const proof = receipt.proof.map((hash) => hashFromBase64(hash) as Uint8Array);
    if (!verifyInclusion({ index: position, size, leaf: receiptLeaf(receipt), proof, root })) {
      throw new TransparencyError("proof_wrong", "proof");
    }

    const { salt: _, ...header } = receipt.header;
    const sides = receipt.sides.flatMap((side, index) => {
      if (!isOpened(side)) return [];
      const { salt: _salt, ...shown } = side;
      return [{ ...shown, leg: index + 1 }];
    });
    const hiddenSides = receipt.sides.length - sides.length;
    const facts = { origin, position, size, root: toBase64(root), header, sides, hiddenSides, ...signatures };
    return { ok: true as const, facts, receipt };
  });
}

/**
 * Verifies that a newer checkpoint of the same log still holds everything that the receipt's checkpoint held, in the
 * same order: the log was not rewritten since.
 * @param proof hashes of the consistency proof from the receipt's tree size to the newer one, base64
 */
export async function verifyNewer(
  receipt: Receipt,
  newer: { checkpoint: string; proof: readonly string[] },
  trust: Trust,
): Promise<
  | { ok: true; size: bigint; root: string; signedAt: Date | null; witnesses: ReceiptFacts["witnesses"] }
  | Refusal
> {
  return refusing(async () => {
    const older = parseCheckpoint(receipt.checkpoint);
    const { origin, size, root, note } = parseCheckpoint(newer.checkpoint);
    if (origin !== older.origin) throw new TransparencyError("origin_mismatch", "checkpoint");
    await verifySignatures(older, trust);
    const signatures = await verifySignatures({ origin, size, root, note }, trust);
    const proof = newer.proof.map(hashFromBase64);
    const whole = proof.every((hash) => hash !== undefined);
    if (
      !whole ||
      !verifyConsistency({
        oldSize: older.size,
        oldRoot: older.root,
        size,
        root,
        proof: proof as Uint8Array[],
      })
    ) {
      throw new TransparencyError("history_rewritten", "proof");
    }
    return { ok: true as const, size, root: toBase64(root), ...signatures };
  });
}

/** Checks who signed a checkpoint. @throws TransparencyError */
export async function verifySignatures(
  { origin, note }: Checkpoint,
  { log, witnesses = [], witnessesNeeded = 0 }: Trust,
): Promise<{ signedAt: Date | null; witnesses: ReceiptFacts["witnesses"] }> {
  const logKeys = log.filter(({ name }) => name === origin);
  if (logKeys.length === 0) throw new TransparencyError("origin_mismatch", "key");
  const signed = await verifyNote(note, [...logKeys, ...witnesses]);
  const byLog = signed.filter(({ key }) => logKeys.includes(key));
  if (byLog.length === 0) throw new TransparencyError("signature_missing", origin);
  const byWitnesses = signed.filter(({ key }) => !logKeys.includes(key));
  // Two keys of one witness are one witness.
  const names = new Map<string, VerifiedSignature>(byWitnesses.map((entry) => [entry.key.name, entry]));
  if (names.size < witnessesNeeded) {
    throw new TransparencyError("witnesses_missing", `${names.size} of ${witnessesNeeded}`);
  }
  return {
    signedAt: byLog.find(({ at }) => at !== null)?.at ?? null,
    witnesses: [...names.values()].map(({ key, at }) => ({ name: key.name, at })),
  };
}

async function refusing<T>(verify: () => Promise<T>): Promise<T | Refusal> {
  try {
    return await verify();
  } catch (error) {
    if (!(error instanceof TransparencyError)) throw error;
    return { ok: false, problem: error.problem, detail: error.detail };
  }
}

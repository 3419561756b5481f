/** Signed tree heads: C2SP tlog-checkpoint (https://c2sp.org/tlog-checkpoint). */
import { hashFromBase64, hashLength, parseCanonicalInteger, toBase64 } from "./bytes.ts";
import { formatNote, type Note, type NoteSigner, parseNote } from "./note.ts";
import { TransparencyError } from "./problem.ts";

/** What a log states of itself: its name, how many entries it has, and the root hash over them. */
export type TreeHead = { origin: string; size: bigint; root: Uint8Array };
export type Checkpoint = TreeHead & { note: Note };

/** The text that is signed: three lines. We write no extension lines; nobody could audit them. */
export function checkpointText({ origin, size, root }: TreeHead): string {
  if (!isOrigin(origin)) throw new RangeError("the origin of a log is one line that is not empty");
  if (size < 0n || root.length !== hashLength) throw new RangeError("a tree head has a size and a root hash");
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/** Makes a checkpoint, signed by each of the signers. */
export async function signCheckpoint(
  head: TreeHead,
  signers: readonly NoteSigner[],
  at: Date,
): Promise<string> {
  const text = checkpointText(head);
  return formatNote({ text, signatures: await Promise.all(signers.map((signer) => signer.sign(text, at))) });
}

/** Adds a witness's signature line to a checkpoint; an earlier one of the same key gives way to it. */
export function addSignature(checkpoint: string, signature: Note["signatures"][number]): string {
  const { text, signatures } = parseNote(checkpoint);
  const others = signatures.filter(({ name, keyId }) => name !== signature.name || keyId !== signature.keyId);
  return formatNote({ text, signatures: [...others, signature] });
}

/**
 * Reads a checkpoint without checking its signatures (`verifyNote` does that).
 * @throws TransparencyError checkpoint_malformed
 */
export function parseCheckpoint(text: string): Checkpoint {
  const note = parseNote(text);
  const [origin = "", sizeLine = "", rootLine = "", ...extensions] = note.text.slice(0, -1).split("\n");
  const size = parseCanonicalInteger(sizeLine);
  const root = hashFromBase64(rootLine);
  if (!isOrigin(origin)) throw new TransparencyError("checkpoint_malformed", "origin");
  if (size === undefined) throw new TransparencyError("checkpoint_malformed", "size");
  if (root === undefined) throw new TransparencyError("checkpoint_malformed", "root hash");
  if (extensions.includes("")) throw new TransparencyError("checkpoint_malformed", "empty line");
  return { origin, size, root, note };
}

const isOrigin = (origin: string): boolean => origin !== "" && !origin.includes("\n");

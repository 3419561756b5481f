/**
 * The receipt of one transfer: what the customer may see of it, the proof that exactly this stands in the log, and the
 * log's signed checkpoint. It is verified with the log's public key alone, without asking anyone.
 */
import { hashFromBase64, parseCanonicalInteger, sha256, toBase64, utf8 } from "./bytes.ts";
import {
  headerCommitment,
  type LeafHeader,
  type LeafSide,
  leafHash,
  leafText,
  partSalt,
  sideCommitment,
  type TextHash,
} from "./leaf.ts";

export const receiptFormat = "jinqiao.receipt/1";

export type ReceiptHeader = LeafHeader & { salt: string };
export type OpenedSide = LeafSide & { salt: string };
/** A side of somebody else: proved to exist, and nothing more. */
export type HiddenSide = { commitment: string };

/** The file. Hashes and salts are base64, whole numbers decimal text. */
export type Receipt = {
  format: typeof receiptFormat;
  /** Name of the log. */
  origin: string;
  /** Place of the transfer in the log, from 0. */
  position: string;
  header: ReceiptHeader;
  sides: (OpenedSide | HiddenSide)[];
  proof: string[];
  /** The checkpoint as it was signed, with the signatures of witnesses where there are any. */
  checkpoint: string;
};

/** Texts are hashed as UTF-8, hashes are written as base64: what `leaf.ts` asks for, in every runtime. */
export const textHash: TextHash = (text) => toBase64(sha256(utf8(text)));

/** Makes the receipt of a transfer as the log's keeper knows it. Only the sides that `opens` names are revealed. */
export function makeReceipt(input: {
  origin: string;
  position: bigint;
  header: LeafHeader;
  /** Every side, in the order of the transfer. */
  sides: readonly LeafSide[];
  opens: (side: LeafSide) => boolean;
  /** Standard base64 of the transfer's salt, which itself never leaves the server. */
  transferSalt: string;
  proof: readonly Uint8Array[];
  checkpoint: string;
  hash?: TextHash;
}): Receipt {
  const { origin, position, header, sides, opens, transferSalt, proof, checkpoint, hash = textHash } = input;
  return {
    format: receiptFormat,
    origin,
    position: position.toString(),
    header: { ...header, salt: partSalt(hash, transferSalt, 0) },
    sides: sides.map((side, index) => {
      const salt = partSalt(hash, transferSalt, index + 1);
      return opens(side) ? { ...side, salt } : { commitment: sideCommitment(hash, salt, side) };
    }),
    proof: proof.map(toBase64),
    checkpoint,
  };
}

/** Hash of the log entry that the receipt speaks of. */
export function receiptLeaf({ header, sides }: Receipt): Uint8Array {
  const commitments = [
    headerCommitment(textHash, header.salt, header),
    ...sides.map((side) => (isOpened(side) ? sideCommitment(textHash, side.salt, side) : side.commitment)),
  ];
  return hashFromBase64(leafHash(textHash, leafText(commitments))) as Uint8Array;
}

export const isOpened = (side: OpenedSide | HiddenSide): side is OpenedSide => "account" in side;

/** The file's text, indented so that a person can read it. */
export const formatReceipt = (receipt: Receipt): string => `${JSON.stringify(receipt, null, 2)}\n`;

/** Position of the receipt as a number. Parsing has made sure that it is one. */
export const receiptPosition = ({ position }: Receipt): bigint => parseCanonicalInteger(position) ?? -1n;

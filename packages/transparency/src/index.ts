export { fromBase64, hashFromBase64, type Sha256, sha256, toBase64 } from "./bytes.ts";
export {
  addSignature,
  type Checkpoint,
  checkpointText,
  parseCheckpoint,
  signCheckpoint,
  type TreeHead,
} from "./checkpoint.ts";
export {
  headerCommitment,
  type LeafHeader,
  type LeafSide,
  leafHash,
  leafText,
  partSalt,
  sideCommitment,
  type TextHash,
  transferLeafHash,
  transferLeafText,
} from "./leaf.ts";
export {
  createTreeReader,
  emptyRoot,
  hashEntry,
  type ReadHashes,
  rootFromInclusion,
  type TreeNode,
  type TreeReader,
  verifyConsistency,
  verifyInclusion,
} from "./merkle.ts";
export {
  createNoteSigner,
  formatNote,
  formatVerifierKey,
  makeVerifierKey,
  type Note,
  type NoteSignature,
  type NoteSigner,
  parseNote,
  parseVerifierKey,
  type SignatureType,
  signatureTypes,
  type VerifiedSignature,
  type VerifierKey,
  verifyNote,
} from "./note.ts";
export { type Problem, TransparencyError } from "./problem.ts";
export { problemTexts } from "./problem-texts.ts";
export {
  formatReceipt,
  isOpened,
  makeReceipt,
  type OpenedSide,
  type Receipt,
  receiptFormat,
  textHash,
} from "./receipt.ts";
export { maxReceiptLength, parseReceipt } from "./receipt-parser.ts";
export {
  appendLeaves,
  decodeEntryBundle,
  type EntryBundle,
  edgeTiles,
  emptyEdge,
  encodeEntryBundle,
  type HashTile,
  locateNode,
  parseTilePath,
  restoreEdge,
  rootOfEdge,
  type TileAddress,
  type TreeEdge,
  tileHashReader,
  tilePath,
  tileWidth,
  tileWidthAt,
  type WrittenTile,
} from "./tiles.ts";
export {
  type ReceiptFacts,
  type ReceiptVerdict,
  type Refusal,
  type Trust,
  verifyNewer,
  verifyReceipt,
  verifySignatures,
} from "./verify.ts";

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

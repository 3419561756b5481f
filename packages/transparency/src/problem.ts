/** Why something was not accepted. One name per reason; the texts for people are the callers'. */
export type Problem =
  /** The file is no JSON. */
  | "receipt_not_json"
  /** JSON, but of another format or of a later version. */
  | "receipt_format_unknown"
  /** Of our format, but a field is missing, unknown or not written as it must be; `detail` names it. */
  | "receipt_malformed"
  /** The text of a verifier key is not well-formed, or its id does not belong to it. */
  | "key_malformed"
  /** A note or checkpoint is not well-formed. */
  | "checkpoint_malformed"
  /** The checkpoint belongs to another log than the receipt or the key names. */
  | "origin_mismatch"
  /** No signature of a trusted key is on the checkpoint. */
  | "signature_missing"
  /** A signature by a trusted key does not match: the checkpoint was altered. */
  | "signature_wrong"
  /** Fewer witnesses than asked for have cosigned. */
  | "witnesses_missing"
  /** The position lies outside the tree of the checkpoint. */
  | "position_outside"
  /** What the receipt says does not lead to the root hash of the checkpoint. */
  | "proof_wrong"
  /** The newer checkpoint is older than, or does not continue, the receipt's. */
  | "history_rewritten"
  /** This browser or runtime cannot check Ed25519 signatures here. */
  | "crypto_unavailable";

/** Thrown by the parsers and verifiers of this package. Its text is for developers and names no secret. */
export class TransparencyError extends Error {
  readonly problem: Problem;
  /** Where in the input, e.g. `sides[1].amount`. */
  readonly detail: string;

  constructor(problem: Problem, detail: string, options?: ErrorOptions) {
    super(`${problem}: ${detail}`, options);
    this.name = "TransparencyError";
    this.problem = problem;
    this.detail = detail;
  }
}

export { identify } from "./document.ts";
export {
  InvalidMessageError,
  Iso20022Error,
  type Place,
  type ReadProblem,
  type WriteProblem,
} from "./errors.ts";
export { type Characters, toSepaText } from "./payments/characters.ts";
export { isIban } from "./payments/draft.ts";
export { readCancellationRequest, readPaymentReturn, readResolution } from "./payments/read-exceptions.ts";
export { readCreditTransfers, readDirectDebits } from "./payments/read-initiation.ts";
export { readPaymentStatus, statusOf } from "./payments/read-status.ts";
export type * from "./payments/types.ts";
export { writeCancellationRequest } from "./payments/write-cancellation.ts";
export { type CreditTransferVersion, writeCreditTransfers } from "./payments/write-credit-transfers.ts";
export { writeDirectDebits } from "./payments/write-direct-debits.ts";
export { explainReason, isKnownReason, type ReasonList, reasonText } from "./reasons/reason-text.ts";
export { readAllStatements, readStatements } from "./statements/read.ts";
export { counterpartyOf, type Part, splitEntry } from "./statements/split.ts";
export type * from "./statements/types.ts";
export type * from "./types.ts";
export type { ReadOptions } from "./xml/parse.ts";

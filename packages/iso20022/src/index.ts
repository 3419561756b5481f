export { identify } from "./document.ts";
export {
  InvalidMessageError,
  Iso20022Error,
  type Place,
  type ReadProblem,
  type WriteProblem,
} from "./errors.ts";
export type * from "./payments/types.ts";
export { readAllStatements, readStatements } from "./statements/read.ts";
export { counterpartyOf, type Part, splitEntry } from "./statements/split.ts";
export type * from "./statements/types.ts";
export type * from "./types.ts";
export type { ReadOptions } from "./xml/parse.ts";

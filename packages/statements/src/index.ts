export { toJson } from "./json.ts";
export { type ReadOptions, readStatement } from "./read.ts";
export {
  addsUp,
  type Balance,
  type Direction,
  type Statement,
  type StatementFile,
  type StatementFormat,
  type StatementLine,
  signedMinor,
  statementFormats,
  type Tag,
} from "./statement.ts";
export { StatementError, type StatementProblem } from "./statement-error.ts";
export { type DateOrder, decimalText } from "./values.ts";

/** What is wrong with a code, as a stable word beside the sentence. */
export type QrProblem =
  | "not_a_payment_code"
  | "not_readable"
  | "cut_off"
  | "bad_length"
  | "tag_twice"
  | "no_checksum"
  | "checksum_wrong"
  | "field_missing"
  | "field_wrong"
  | "too_long";

/** A code that cannot be read or made. `position` counts characters from the start, where one is to blame. */
export class QrError extends Error {
  readonly problem: QrProblem;
  /** Tag of the field, e.g. `54` or `62.05`. */
  readonly field: string | undefined;
  readonly position: number | undefined;

  constructor(
    problem: QrProblem,
    message: string,
    where: { field?: string | undefined; position?: number | undefined } = {},
  ) {
    super(message);
    this.name = "QrError";
    this.problem = problem;
    this.field = where.field;
    this.position = where.position;
  }
}

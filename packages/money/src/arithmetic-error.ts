/** Why a calculation with money was refused. Each is a mistake of the caller's, never a state of the books. */
export type ArithmeticProblem =
  /** The divisor is zero. */
  | "division_by_zero"
  /** `unnecessary` was asked for and the result is not whole. */
  | "rounding_necessary"
  /** There is nobody to give a share to: no weights, or all of them zero. */
  | "no_weight"
  | "negative_weight"
  /** The rate is not a plain decimal such as `7.8215`, or has more than 38 digits. */
  | "rate_format"
  /** A rate is greater than zero. */
  | "rate_not_positive";

export class ArithmeticError extends Error {
  readonly problem: ArithmeticProblem;
  constructor(problem: ArithmeticProblem) {
    super(`calculation refused: ${problem}`);
    this.name = "ArithmeticError";
    this.problem = problem;
  }
}

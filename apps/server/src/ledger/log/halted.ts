/**
 * The log does not sign, because what it would sign cannot be right. The message is one sentence for the operator; it
 * holds until somebody has looked.
 */
export class LogHalted extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "LogHalted";
  }
}

/** What does not fit with what was signed before: names and hashes, for the one who looks into it. */
export type LogFinding = { subject: string; expected: string; found: string };

/**
 * The log does not sign, because what it would sign cannot be right. The message is one sentence for the operator; it
 * holds until somebody has looked. With a `finding`, the books are not what was signed, and money must not go out.
 */
export class LogHalted extends Error {
  readonly finding: LogFinding | undefined;
  constructor(message: string, options: { cause?: unknown; finding?: LogFinding } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "LogHalted";
    this.finding = options.finding;
  }
}

import pino, { type DestinationStream, type Logger, type LoggerOptions } from "pino";

export type { Logger } from "pino";

export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Names whose values never reach a log, wherever they stand in a logged object up to three levels down. */
const secretNames = [
  "password",
  "email",
  "displayName",
  "cookie",
  "cookies",
  "authorization",
  "token",
  "accessToken",
  "refreshToken",
  "clientSecret",
  "secret",
  "body",
  "headers",
  "ip",
  "iban",
  "phone",
  "cardNumber",
  "idNumber",
  "holderName",
  "ownerName",
  "counterpartyName",
  "remittance",
  "note",
];

/**
 * The house's logger: one JSON line per event. Secrets and personal data are kept out three times over: callers log
 * ids only, known names are removed, and the text of errors is scrubbed of what looks like an address, an account
 * number or a connection string.
 */
export function createLogger(options: { level?: LogLevel; destination?: DestinationStream } = {}): Logger {
  const settings: LoggerOptions = {
    level: options.level ?? "info",
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) },
    redact: { paths: secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), remove: true },
    serializers: { err: serializeError, error: serializeError, req: () => undefined, res: () => undefined },
  };
  return options.destination ? pino(settings, options.destination) : pino(settings);
}

type LoggedError = {
  type: string;
  message: string;
  code?: string;
  constraint?: string;
  stack?: string;
  cause?: unknown;
};

/**
 * What of an error is logged. Own properties are left out on purpose: PostgreSQL's `detail` quotes the values of the
 * row, and an HTTP client's error carries headers and bodies.
 */
function serializeError(error: unknown, depth = 0): LoggedError | string {
  if (!(error instanceof Error)) return scrub(String(error));
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  return {
    type: error.name,
    message: scrub(error.message),
    ...(typeof code === "string" ? { code } : {}),
    ...(typeof constraint === "string" ? { constraint } : {}),
    ...(error.stack ? { stack: scrub(error.stack) } : {}),
    ...(error.cause !== undefined && depth < 3 ? { cause: serializeError(error.cause, depth + 1) } : {}),
  };
}

/**
 * Takes out e-mail addresses, IBANs (ISO 13616), card numbers (ISO/IEC 7812-1, by their check digit), telephone numbers
 * (E.164 with its plus sign), what PostgreSQL quotes of a row, passwords inside URLs, and the queries of URLs.
 */
export function scrub(text: string): string {
  return text
    .replaceAll(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s@/]+@/gi, "$1***@")
    .replaceAll(/[^\s@<>"'()=,;:]+@[^\s@<>"'(),;:]+\.[a-z]{2,}/gi, "***@***")
    .replaceAll(/\b[A-Z]{2}\d{2}[A-Z0-9]{8,30}\b/g, "***")
    .replaceAll(/\b\d{14,19}\b/g, (digits) => (isCardNumber(digits) ? "***" : digits))
    .replaceAll(/\+\d{8,15}\b/g, "***")
    .replaceAll(/\b(Key \([^)]*\)=|Failing row contains )\(.*\)/g, "$1(***)")
    .replaceAll(/(https?:\/\/[^\s?#"']+)[?#][^\s"']*/gi, "$1?***");
}

/** Whether the last digit is what Luhn's formula makes of the others (ISO/IEC 7812-1 annex B). */
function isCardNumber(digits: string): boolean {
  let sum = 0;
  for (const [index, digit] of [...digits].reverse().entries()) {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

/** Which interface a bank of this program offers. One process is one bank and speaks one dialect. */
import type { FastifyInstance } from "fastify";
import type { Bank } from "./context.ts";
import type { returnTransfer } from "./ledger/returns.ts";

export interface SandboxDialect {
  /** Beginnings of the addresses of its interface: where companies need a certificate if the bank asks for one. */
  apiPaths?: readonly string[];
  /** It has words for a certificate that ended; others cut the connection. */
  explainsCertificates?: boolean;
  /** The interface for companies, with its own body parsers and its own checks against the published definition. */
  register(app: FastifyInstance, bank: Bank, options: { validateResponses: boolean }): Promise<void>;
  /** The bank's own pages for consent and payment; form bodies and cookies are parsed in this scope. */
  registerPages?(scope: FastifyInstance, bank: Bank): Promise<void>;
  /** Takes a booked payment back, where the dialect tells of it by itself as well; by default only the books do. */
  returnPayment?: typeof returnTransfer;
  /** One round of what this dialect does by itself: files to fetch, notices to send. Called several times a second. */
  tick?(bank: Bank): Promise<void>;
  /**
   * Does at once what the next rounds would do, where a bank works on what lies there by itself. The script API calls
   * it before it looks at the books and around the close of a day, so that what was handed over counts.
   */
  catchUp?(bank: Bank): Promise<void>;
}

/** Loaded when asked for: a bank pays only for the dialect it speaks. */
export const dialects = {
  "berlin-group": async () => (await import("./xs2a/dialect.ts")).berlinGroup(),
  "uk-open-banking": async () => (await import("./uk/dialect.ts")).ukOpenBanking(),
  "iso20022-files": async () => (await import("./files/dialect.ts")).isoFiles(),
  "quick-payment": async () => (await import("./quick/dialect.ts")).quickPayment(),
} satisfies Record<string, () => Promise<SandboxDialect>>;

export type DialectName = keyof typeof dialects;

export function isDialect(name: string): name is DialectName {
  return Object.hasOwn(dialects, name);
}

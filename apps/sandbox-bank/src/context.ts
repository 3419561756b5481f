/** What every part of the bank is given: one plain record, wired in index.ts. */
import type { Logger } from "pino";
import type { Peer } from "./clearing/clearing.ts";
import type { Database } from "./database.ts";
import type { DialectName } from "./dialects.ts";
import type { Entrance } from "./tls/entrance.ts";

/** Source of time; tests pass their own. */
export interface Clock {
  now(): Date;
}

/** The bank's own clock, which the script API can set wrong. */
export interface BankClock extends Clock {
  setOffset(ms: number): void;
  /** The machine's time with that error: what the authorisation server goes by. */
  machine: Clock;
}

/** Source of randomness; tests may pass a repeatable one. */
export interface Random {
  /** A random UUID (version 4). */
  uuid(): string;
  /** `count` random bytes. */
  bytes(count: number): Buffer;
}

/** Secrets made at first start and kept in the bank's own database. */
export interface Keys {
  /** Signs page cookies and form tokens; hashes one-time codes. */
  pageKey: string;
  /** Signs the authorisation server's cookies. */
  cookieKey: string;
  /** The authorisation server's JSON Web Key Set (private). */
  jwks: { keys: Record<string, unknown>[] };
}

export interface Bank {
  dialect: DialectName;
  /** The bank code in its account numbers. */
  code: string;
  /** The other banks of the sandbox, whose accounts can be paid from here. */
  peers: readonly Peer[];
  /** What the bank calls itself on its pages and in its messages. */
  name: { en: string; zh: string };
  db: Database;
  clock: BankClock;
  random: Random;
  keys: Keys;
  log: Logger;
  /** Public base address without a slash at the end, for example `http://localhost:7310`. */
  baseUrl: string;
  /** Where companies reach the interface: `baseUrl`, or the entrance over TLS where there is one. */
  apiUrl: string;
  /** The entrance over TLS, where the bank has one. */
  entrance: Entrance | undefined;
  /** How companies prove who they are, where the dialect leaves that to the bank. */
  clientAuthentication: "private_key_jwt" | "tls_client_auth";
  /** IANA time zone of the bank's calendar. */
  timeZone: string;
  scriptToken: string;
  /** Does at once what the dialect's next rounds would do. */
  catchUp(): Promise<void>;
  /** Where files are exchanged with companies, for a dialect that does so; `sftpPort` 0 takes any free port. */
  files?: { folder: string; sftpPort?: number };
  settleAfterMs: number;
  accessTokenSeconds: number;
  pageSize: number;
  /** Whether the demo people and their password are shown on the login page. */
  showDemoLogins: boolean;
}

/** The calendar date of an instant in the bank's time zone, `YYYY-MM-DD`. */
export function calendarDate(instant: Date, timeZone: string): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(instant);
}

/** The plain date `days` days after `date`. */
export function addDays(date: string, days: number): string {
  const instant = new Date(`${date}T00:00:00Z`);
  instant.setUTCDate(instant.getUTCDate() + days);
  return instant.toISOString().slice(0, 10);
}

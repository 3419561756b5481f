import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseVerifierKey, type VerifierKey } from "@jinqiao/transparency";
import { z } from "zod";
import { ConfigError } from "./config-error.ts";
import { type KeyConfig, readKeyConfig } from "./key-config.ts";
import { type LogLevel, logLevels } from "./logger.ts";
import { type MessageSettings, readMessageSettings } from "./message-config.ts";

export { ConfigError } from "./config-error.ts";
export type { KeyConfig, KeyProviderConfig } from "./key-config.ts";

export type { MessageSettings } from "./message-config.ts";

export type Role = "all" | "web" | "worker";

/** Everything the environment decides, checked once at start. */
export type Config = KeyConfig & {
  /** What this process does: answer requests, run jobs, or both. */
  role: Role;
  databaseUrl: string;
  host: string;
  /** 0 takes any free port, for tests. */
  port: number;
  /** Address under which people and banks reach us, without a trailing slash; undefined = `http://localhost:<port>`. */
  publicUrl: string | undefined;
  /** Banks as the operator configured them (`JINQIAO_BANKS_FILE`), not yet checked. */
  banks: unknown;
  /** Key for what must be recognised and not read, 32 bytes. */
  sessionSecret: Buffer;
  webDirs: { wallet?: string; console?: string };
  seed: "none" | { demo: true; password: string | undefined };
  /** How staff sign in: with passkeys alone, or in a demo also by password and a code from the mail. */
  staffSignIn: "passkey" | "password";
  logLevel: LogLevel;
  /** Addresses of proxies whose X-Forwarded-For is believed; false = nobody's. */
  trustProxy: false | string;
  /** Multiplies every rate limit; tests and the demo set it high. */
  rateLimitFactor: number;
  sessions: SessionLifetimes;
  /** How long a recovery waits after its second proof, in milliseconds; absent: a day. */
  recoveryWaitMs?: number;
  retention: Retention;
  log: LogConfig;
  /** How messages to people leave; a demo keeps on a page what has no way out. */
  messages: MessageSettings;
  /** Webhooks may go to this very machine, over plain http too: for a demo or for development. */
  webhooksAllowLoopback?: boolean;
};

/** Who watches the transparency log besides us. */
export type LogConfig = {
  /** Name of the log; undefined = host of the public address + `/log`. */
  origin: string | undefined;
  /** Witnesses that are asked to cosign: their keys and the addresses their submission paths begin with. */
  witnesses: { key: VerifierKey; url: string }[];
  /** Where checkpoints are anchored, and how often at most. */
  anchor: (({ file: string } | { url: string }) & { everyMs: number }) | undefined;
};
export const quietLog: LogConfig = { origin: undefined, witnesses: [], anchor: undefined };

/** How long sessions live, in milliseconds. */
export type SessionLifetimes = {
  customer: { idleMs: number; absoluteMs: number };
  staff: { idleMs: number; absoluteMs: number };
};

/** How many days what nobody asks for any longer is kept. */
export type Retention = {
  /** Answers by idempotency key: within this time a repeated request is never a second payment. */
  requestDays: number;
  /** Events, for pages that were away; longer than any session. */
  eventDays: number;
};
export const defaultRetention: Retention = { requestDays: 400, eventDays: 14 };

/**
 * Five minutes without a request for customers: PSD2 RTS (EU) 2018/389, Art. 4(3)(d), for access to a payment account.
 * Staff: OWASP ASVS 5.0, session time-outs by risk.
 */
export const defaultSessionLifetimes: SessionLifetimes = {
  customer: { idleMs: 5 * 60_000, absoluteMs: 12 * 3_600_000 },
  staff: { idleMs: 15 * 60_000, absoluteMs: 8 * 3_600_000 },
};

/** How long a recovery waits after its second proof, so that the owner can stop it; in a demo, two minutes. */
export const defaultRecoveryWaitMs = 24 * 3_600_000;
const demoRecoveryWaitMs = 2 * 60_000;

/**
 * Reads the settings from the environment and the files it names.
 * @throws ConfigError for the first value that cannot be used
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const read = (name: string): string | undefined => env[name] || undefined;
  const port = wholeNumber(read, "JINQIAO_PORT", { usual: 7300, from: 0, to: 65_535 });
  const secrets = readKeyConfig(env);
  return {
    role: oneOf(read, "JINQIAO_ROLE", ["all", "web", "worker"], "all"),
    databaseUrl: databaseUrl(read("DATABASE_URL")),
    host: read("JINQIAO_HOST") ?? "127.0.0.1",
    port,
    publicUrl: publicUrl(read("JINQIAO_URL")),
    banks: readJsonFile(read("JINQIAO_BANKS_FILE"), "JINQIAO_BANKS_FILE", []),
    ...secrets,
    webDirs: {
      ...folder(read("JINQIAO_WEB_DIR_WALLET"), "wallet"),
      ...folder(read("JINQIAO_WEB_DIR_CONSOLE"), "console"),
    },
    seed:
      oneOf(read, "JINQIAO_SEED", ["none", "demo"], "none") === "demo"
        ? { demo: true, password: read("JINQIAO_DEMO_PASSWORD") }
        : "none",
    staffSignIn: staffSignIn(read),
    logLevel: oneOf(read, "JINQIAO_LOG_LEVEL", logLevels, "info"),
    trustProxy: read("JINQIAO_TRUST_PROXY") ?? false,
    rateLimitFactor: wholeNumber(read, "JINQIAO_RATE_LIMIT_FACTOR", { usual: 1, from: 1, to: 1_000_000 }),
    messages: readMessageSettings(read),
    webhooksAllowLoopback: oneOf(read, "JINQIAO_WEBHOOKS_ALLOW_LOOPBACK", ["yes", "no"], "no") === "yes",
    log: {
      origin: logOrigin(read("JINQIAO_LOG_ORIGIN")),
      witnesses: logWitnesses(read("JINQIAO_LOG_WITNESSES")),
      anchor: logAnchor(read),
    },
    recoveryWaitMs:
      60_000 *
      wholeNumber(read, "JINQIAO_RECOVERY_WAIT_MINUTES", {
        usual: (read("JINQIAO_SEED") === "demo" ? demoRecoveryWaitMs : defaultRecoveryWaitMs) / 60_000,
        from: 1,
        to: 30 * 24 * 60,
      }),
    sessions: {
      customer: lifetimes(read, "CUSTOMER", defaultSessionLifetimes.customer),
      staff: lifetimes(read, "STAFF", defaultSessionLifetimes.staff),
    },
    retention: {
      requestDays: wholeNumber(read, "JINQIAO_REQUEST_DAYS", {
        usual: defaultRetention.requestDays,
        from: 30,
        to: 36_500,
      }),
      eventDays: wholeNumber(read, "JINQIAO_EVENT_DAYS", {
        usual: defaultRetention.eventDays,
        from: 8,
        to: 36_500,
      }),
    },
  };
}

type Read = (name: string) => string | undefined;

/** A demo lets staff in by password and a code, unless it is told otherwise; nothing else ever does. */
function staffSignIn(read: Read): "passkey" | "password" {
  const demo = read("JINQIAO_SEED") === "demo";
  const way = oneOf(read, "JINQIAO_STAFF_SIGN_IN", ["passkey", "password"], demo ? "password" : "passkey");
  if (way === "password" && !demo)
    throw new ConfigError(
      'JINQIAO_STAFF_SIGN_IN is "password": staff sign in by password in a demo alone. Set it to passkey.',
    );
  return way;
}

function lifetimes(read: Read, who: string, usual: { idleMs: number; absoluteMs: number }) {
  const minutes = (name: string, usualMs: number) =>
    60_000 * wholeNumber(read, name, { usual: usualMs / 60_000, from: 1, to: 7 * 24 * 60 });
  return {
    idleMs: minutes(`JINQIAO_${who}_IDLE_MINUTES`, usual.idleMs),
    absoluteMs: minutes(`JINQIAO_${who}_SESSION_MINUTES`, usual.absoluteMs),
  };
}

function wholeNumber(read: Read, name: string, limits: { usual: number; from: number; to: number }): number {
  const text = read(name);
  if (text === undefined) return limits.usual;
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= limits.from && value <= limits.to) return value;
  throw new ConfigError(
    `${name} is "${text}": set it to a whole number from ${limits.from} to ${limits.to}, or leave it out for ${limits.usual}.`,
  );
}

function oneOf<const T extends string>(read: Read, name: string, values: readonly T[], usual: T): T {
  const text = read(name) ?? usual;
  const found = values.find((value) => value === text);
  if (found !== undefined) return found;
  throw new ConfigError(`${name} is "${text}": set it to one of ${values.join(", ")}.`);
}

function databaseUrl(text: string | undefined): string {
  if (text === undefined)
    throw new ConfigError(
      "DATABASE_URL is not set: give the address of a PostgreSQL database, or use `npm start`, which brings one.",
    );
  // The value itself is not shown: it may hold a password.
  if (!URL.canParse(text) || !/^postgres(ql)?:$/.test(new URL(text).protocol))
    throw new ConfigError(
      "DATABASE_URL is no PostgreSQL address: write it as postgres://user:password@host:5432/database.",
    );
  return text;
}

function publicUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.pathname !== "/" || url.search || url.hash)
    throw new ConfigError(
      `JINQIAO_URL is "${text}": write the address people open, for example https://wallet.example.com, without a path.`,
    );
  const loopback = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url.protocol === "http:" && !loopback)
    throw new ConfigError(
      `JINQIAO_URL is "${text}": use https for every address but this machine's own, because sessions must not travel in the open.`,
    );
  return url.origin;
}

function logOrigin(text: string | undefined): string | undefined {
  if (text === undefined || /^[^\s+\p{Cc}\p{Z}]{1,255}$/u.test(text)) return text;
  throw new ConfigError(
    `JINQIAO_LOG_ORIGIN is "${text}": write a name without spaces and plus signs, for example wallet.example.com/log.`,
  );
}

const witnessList = z.array(
  z.strictObject({
    key: z.string().transform((text, context) => {
      try {
        return parseVerifierKey(text);
      } catch {
        context.addIssue("no verifier key");
        return z.NEVER;
      }
    }),
    url: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, "")),
  }),
);

function logWitnesses(text: string | undefined): LogConfig["witnesses"] {
  if (text === undefined) return [];
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    list = undefined;
  }
  const parsed = witnessList.safeParse(list);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    'JINQIAO_LOG_WITNESSES cannot be used: write a JSON list such as [{"key": "witness.example+1a2b3c4d+BA…", "url": "https://witness.example"}], each with the verifier key of the witness and the address its paths begin with.',
  );
}

/** An address to post to, or a file to append to. */
function logAnchor(read: Read): LogConfig["anchor"] {
  const text = read("JINQIAO_LOG_ANCHOR");
  if (text === undefined) return undefined;
  const minutes = { usual: 60, from: 1, to: 7 * 24 * 60 };
  const everyMs = 60_000 * wholeNumber(read, "JINQIAO_LOG_ANCHOR_MINUTES", minutes);
  if (!/^[a-z][a-z0-9+.-]+:/i.test(text)) return { file: resolve(text), everyMs };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password)
    return { url: url.href, everyMs };
  // The value itself is not shown: it may hold a token.
  throw new ConfigError(
    "JINQIAO_LOG_ANCHOR cannot be used: give an https address without a user name, or the path of a file.",
  );
}

function folder<N extends "wallet" | "console">(path: string | undefined, name: N) {
  return path === undefined ? {} : ({ [name]: resolve(path) } as Record<N, string>);
}

function readJsonFile(path: string | undefined, variable: string, usual: unknown): unknown {
  if (path === undefined) return usual;
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    const why =
      error instanceof SyntaxError
        ? "is no JSON"
        : `cannot be read (${(error as NodeJS.ErrnoException).code})`;
    // The parser's own message quotes the file, which holds secrets.
    throw new ConfigError(`${variable} names ${path}, which ${why}: name a readable JSON file.`);
  }
}

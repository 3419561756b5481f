/** The sandbox bank as a library: start it in-process for tests, or by main.ts as its own process. */
import { randomBytes, randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair } from "jose";
import { type Logger, pino } from "pino";
import { deliverClearing, type Peer } from "./clearing/clearing.ts";
import type { Bank, Clock, Keys, Random } from "./context.ts";
import { type Database, openDatabase, readSetting } from "./database.ts";
import { type DialectName, dialects, type SandboxDialect } from "./dialects.ts";
import { bankCodeOf } from "./iban.ts";
import { closePastDays, openFirstDay } from "./ledger/end-of-day.ts";
import { returnTransfer } from "./ledger/returns.ts";
import { deliverDueNotices } from "./notices/outbox.ts";
import { settleDuePayments } from "./payments/execution.ts";
import { createScriptClient, type ScriptClient } from "./script/client.ts";
import { seedBank } from "./seeds/seed.ts";
import { openPort, serve } from "./server.ts";
import { type Entrance, openEntrance } from "./tls/entrance.ts";

export type { Clock, Random } from "./context.ts";
export type { DialectName } from "./dialects.ts";
export { createScriptClient, type ScriptClient } from "./script/client.ts";
export { contractConsentId } from "./xs2a/access.ts";
export { createXs2aDefinition, type Xs2aDefinition } from "./xs2a/definition.ts";

export interface SandboxBankOptions {
  /** PostgreSQL connection string of the bank's own database; migrations run at start. */
  databaseUrl: string;
  /** 0 takes any free port. Default 7310. */
  port?: number;
  host?: string;
  /** Public base address. Default `http://localhost:<port>`. */
  baseUrl?: string;
  /** Guards /script and the back office. */
  scriptToken: string;
  /** The interface it offers. Default `berlin-group`. */
  dialect?: DialectName;
  /** Opens the interface over TLS on this port (0 = any free one), for callers with a certificate, and only there. */
  tlsPort?: number;
  /**
   * How companies prove who they are, at banks that speak `uk-open-banking`: by a signed assertion, with tokens bound to
   * a key (DPoP), or by the certificate of the connection, with tokens bound to it; that needs `tlsPort`.
   */
  clientAuthentication?: Bank["clientAuthentication"];
  /** Folder for exchanging files, for the dialect `iso20022-files`; with `sftpPort` also reached by SFTP (0 = any port). */
  files?: { folder: string; sftpPort?: number };
  /** The bank code in its account numbers, four characters. Default: that of the dialect. */
  bankCode?: string;
  /** The other banks of the sandbox, with the same script token: what is paid to their accounts arrives there. */
  peers?: readonly Peer[];
  /** What it calls itself. Default Harbour Bank. */
  name?: { en: string; zh: string };
  /** Who banks here at first start: `demo`, `none`, or `berka:<DIR>` (published Berka data set). Default `none`. */
  seed?: string;
  clock?: Clock;
  random?: Random;
  /** Closes business dates that lie before the clock's today by itself. Default true. */
  autoEndOfDay?: boolean;
  /** From accepted to booked; 0 = at once. Default 2000. */
  settleAfterMs?: number;
  /** IANA time zone of the bank's calendar. Default Europe/Prague. */
  timeZone?: string;
  /** Life of access tokens. Default 600. */
  accessTokenSeconds?: number;
  /** Transactions per page. Default 100. */
  pageSize?: number;
  /** Checks every XS2A answer against the definition. For tests. */
  validateResponses?: boolean;
  logger?: Logger;
}

export interface SandboxBank {
  url: string;
  port: number;
  script: ScriptClient;
  /** Stops taking calls, finishes what runs, closes the database. */
  close(): Promise<void>;
}

const TICK_MS = 200;
const CLEANING_ROUNDS = 1_500;

/** Starts the bank. Throws when the port is in use, the database is unreachable or the seed cannot be read. */
export async function createSandboxBank(options: SandboxBankOptions): Promise<SandboxBank> {
  const log = options.logger ?? pino({ level: "silent" });
  const host = options.host ?? "127.0.0.1";
  const open = await openPort(host, options.port ?? 7310);
  let db: Database | undefined;
  let entrance: Entrance | undefined;
  try {
    db = await openDatabase(options.databaseUrl);
    const baseUrl = (options.baseUrl ?? `http://localhost:${open.port}`).replace(/\/$/, "");
    const random = options.random ?? { uuid: () => randomUUID(), bytes: (count) => randomBytes(count) };
    const seed = options.seed ?? "none";
    const name = options.name ?? { en: "Harbour Bank", zh: "港湾银行" };
    const dialectName = options.dialect ?? "berlin-group";
    const dialect = await dialects[dialectName]();
    if (options.tlsPort !== undefined && dialect.apiPaths !== undefined)
      entrance = await openEntrance(db, {
        name: name.en,
        host,
        port: options.tlsPort,
        explains: dialect.explainsCertificates ?? false,
      });
    const bank: Bank = {
      dialect: dialectName,
      code: options.bankCode ?? bankCodeOf(dialectName),
      peers: options.peers ?? [],
      name,
      db,
      clock: bankClock(options.clock ?? { now: () => new Date() }),
      random,
      keys: await loadKeys(db),
      log,
      baseUrl,
      apiUrl: entrance?.url ?? baseUrl,
      entrance,
      clientAuthentication: options.clientAuthentication ?? "private_key_jwt",
      timeZone: options.timeZone ?? "Europe/Prague",
      scriptToken: options.scriptToken,
      catchUp: async () => undefined,
      ...(options.files ? { files: options.files } : {}),
      settleAfterMs: options.settleAfterMs ?? 2_000,
      accessTokenSeconds: options.accessTokenSeconds ?? 600,
      pageSize: options.pageSize ?? 100,
      showDemoLogins: seed === "demo",
    };
    await openFirstDay(bank);
    await seedBank(bank, seed);
    bank.catchUp = async () => dialect.catchUp?.(bank);
    const app = await serve(bank, dialect, open, { validateResponses: options.validateResponses ?? false });
    const stopTicking = startTicking(bank, dialect, options.autoEndOfDay ?? true);
    return {
      url: baseUrl,
      port: open.port,
      script: createScriptClient(`http://${host}:${open.port}`, options.scriptToken),
      async close() {
        await stopTicking();
        for (const server of [open.server, entrance?.server]) {
          server?.closeAllConnections();
          await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
        }
        await app.close();
        await bank.db.close();
      },
    };
  } catch (error) {
    open.server.close();
    entrance?.server.close();
    await db?.close();
    throw error;
  }
}

function bankClock(clock: Clock): Bank["clock"] {
  let offsetMs = 0;
  return {
    now: () => new Date(clock.now().getTime() + offsetMs),
    setOffset: (ms) => {
      offsetMs = ms;
    },
    machine: { now: () => new Date(Date.now() + offsetMs) },
  };
}

/** Keys are made once, under a lock of the row itself, and kept in the bank's database. */
async function loadKeys(db: Database): Promise<Keys> {
  const kept = await readSetting<Keys>(db, "keys");
  if (kept !== undefined) return kept;
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), alg: "RS256", use: "sig", kid: randomUUID() };
  const keys: Keys = {
    pageKey: randomBytes(32).toString("base64url"),
    cookieKey: randomBytes(32).toString("base64url"),
    jwks: { keys: [jwk] },
  };
  await db.query("INSERT INTO settings (key, value) VALUES ('keys', $1) ON CONFLICT (key) DO NOTHING", [
    JSON.stringify(keys),
  ]);
  return (await readSetting<Keys>(db, "keys")) ?? keys;
}

/** The bank's own clockwork: settlement, notices, end of day. One round at a time; the answer stops it. */
function startTicking(bank: Bank, dialect: SandboxDialect, autoEndOfDay: boolean): () => Promise<void> {
  let stopped = false;
  let rounds = 0;
  let running: Promise<void> = Promise.resolve();
  const round = async () => {
    try {
      if (autoEndOfDay) await closePastDays(bank);
      await settleDuePayments(bank);
      await deliverDueNotices(bank);
      await deliverClearing(bank, dialect.returnPayment ?? returnTransfer);
      await dialect.tick?.(bank);
      if (rounds++ % CLEANING_ROUNDS === 0) {
        await bank.db.query("DELETE FROM oidc_records WHERE expires_at < now() - interval '1 day'");
        await bank.db.query("DELETE FROM page_flows WHERE expires_at < $1", [bank.clock.now()]);
      }
    } catch (error) {
      if (!stopped) bank.log.error({ err: error }, "clockwork round failed");
    }
  };
  let timer: NodeJS.Timeout;
  const schedule = () => {
    timer = setTimeout(() => {
      running = round().finally(() => {
        if (!stopped) schedule();
      });
    }, TICK_MS);
  };
  schedule();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}

import { randomBytes } from "node:crypto";
import { createServer as createNetServer } from "node:net";
import {
  type BankFault,
  type Banks,
  banksFrom,
  createBanks,
  type HttpOptions,
  workersFor,
} from "./banks/index.ts";
import { createConsole } from "./console/index.ts";
import { demoLogins } from "./demo-logins.ts";
import { seedMerchants } from "./demo-merchants.ts";
import { createDevelopers, type Developers } from "./developers/index.ts";
import { createIdentity, type Identity, type StepUpPolicy, staffWithoutPasskey } from "./identity/index.ts";
import {
  createFileAnchor,
  createHttpAnchor,
  createLedger,
  createLedgerUpkeep,
  createMonths,
  createWatch,
  type Ledger,
  type LogSettings,
  logResources,
  logRoutes,
  type TransparencyLog,
  type Watch,
} from "./ledger/index.ts";
import {
  createMerchants,
  createProfileMemory,
  createShops,
  type Merchants,
  type Shops,
} from "./merchants/index.ts";
import { migrations } from "./migrations.ts";
import { createNotifications } from "./notifications/index.ts";
import { createOnboarding } from "./onboarding/index.ts";
import { createPayments } from "./payments/index.ts";
import { personalTables } from "./personal-tables.ts";
import { type Clock, systemClock } from "./platform/clock.ts";
import type { Config } from "./platform/config.ts";
import { createDb, type Db, type StatementFault } from "./platform/db.ts";
import { isDurable, requireDurable } from "./platform/durability.ts";
import { createSubscriptions } from "./platform/events.ts";
import { createHousekeeping } from "./platform/housekeeping.ts";
import { createEventHub } from "./platform/http/event-hub.ts";
import type { RouteHandler } from "./platform/http/handler.ts";
import { createHttpServer, type HttpServer } from "./platform/http/server.ts";
import { createIds, type RandomBytes } from "./platform/ids.ts";
import { type CronJob, createWorker, type JobHandlers, type Worker } from "./platform/jobs.ts";
import { createLogger, type Logger } from "./platform/logger.ts";
import { migrate } from "./platform/migrations.ts";
import { sealedColumns } from "./sealed-columns.ts";
import { createSettlement } from "./settlement/index.ts";
import {
  createKeyProviders,
  openVault,
  resealJob,
  sealedAnswers,
  sealOldRows,
  type Vault,
} from "./vault/index.ts";

/** What tests and simulations put in the place of the real thing. */
export type Overrides = {
  clock?: Clock;
  random?: RandomBytes;
  logger?: Logger;
  /** Breaks statements of requests and jobs; the schema is brought up to date before it begins. */
  fault?: StatementFault;
  /** Breaks calls to banks. */
  bankFault?: BankFault;
  bankHttp?: HttpOptions;
  /** False: jobs wait until `worker.drain()`, whatever the role. */
  runWorker?: boolean;
  /** Treat an undeclared error code or an answer that breaks the contract as a failure. */
  strict?: boolean;
  /** When payments have to be confirmed. */
  stepUp?: StepUpPolicy;
};

export type App = {
  /** Address people open. */
  url: string;
  http: HttpServer["http"];
  worker: Worker;
  db: Db;
  ledger: Ledger & { readonly log: TransparencyLog };
  watch: Watch;
  identity: Identity;
  developers: Developers;
  shops: Shops;
  merchants: Merchants;
  /** Takes no more requests, finishes those under way (at most 10 s), stops the jobs, closes the database. */
  close(): Promise<void>;
};

/** What a module brings to the process. */
type Module = { routes: readonly RouteHandler[]; jobs: JobHandlers; cron: readonly CronJob[] };

/**
 * Wires the whole server by hand and starts it: database, schema, modules from the lowest up, jobs, HTTP. The one
 * wiring for `main.ts`, tests and simulations.
 * @throws ConfigError or an Error in one sentence when it cannot start; nothing is left open then
 */
export async function createApp(config: Config, overrides: Overrides = {}): Promise<App> {
  const logger = overrides.logger ?? createLogger({ level: config.logLevel });
  const clock = overrides.clock ?? systemClock;
  const ids = createIds(clock, overrides.random);
  const subscriptions = createSubscriptions();
  const port = config.port === 0 ? await freePort(config.host) : config.port;
  const url = config.publicUrl ?? `http://localhost:${port}`;

  // What was opened is closed in the opposite order, also when a later step fails.
  const undo: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };

  try {
    await prepareDatabase(config.databaseUrl, logger);
    const db = createDb({ url: config.databaseUrl, ...(overrides.fault ? { fault: overrides.fault } : {}) });
    undo.push(() => db.close());

    const vault = await openVault({
      databaseUrl: config.databaseUrl,
      providers: await createKeyProviders(config),
      columns: sealedColumns,
      clock,
      logger,
      ...(config.vaultKey ? { firstMaster: config.vaultKey } : {}),
      ...(overrides.random ? { random: overrides.random } : {}),
    });
    undo.push(() => vault.close());
    await sealOldRows(db, vault, personalTables, (done) => logger.info(done, "personal data sealed"));
    const answers = sealedAnswers(vault);
    const ledger = createLedger({
      db,
      clock,
      answers,
      subscriptions,
      logger,
      logSettings: logSettings(config.log, { vault, clock, url }),
    });
    undo.push(() => ledger.idle());
    logger.info(await ledger.log.open(), "transparency log");
    undo.push(() => ledger.log.close());
    const watch = createWatch({ db, clock, ids, subscriptions, commit: ledger.commit });
    ledger.log.onInconsistent((finding) =>
      watch.raise([{ invariant: "log_consistent", currency: null, ...finding }]),
    );
    const identity = createIdentity({
      db,
      clock,
      ids,
      subscriptions,
      secret: config.sessionSecret,
      vault,
      lifetimes: config.sessions,
      recoveryWaitMs: config.recoveryWaitMs,
      staffSignIn: config.staffSignIn,
      publicUrl: url,
      stepUp: overrides.stepUp,
      ...(overrides.random ? { random: overrides.random } : {}),
    });
    const hearing = await identity.listen();
    undo.push(() => hearing.close());
    const banks = createBanks({
      db,
      clock,
      ids,
      logger,
      subscriptions,
      vault,
      banks: banksFrom(config.banks),
      publicUrl: url,
      walletUrl: url,
      customerOf: identity.customerOf,
      ...(overrides.bankHttp ? { http: overrides.bankHttp } : {}),
      ...(overrides.bankFault ? { fault: overrides.bankFault } : {}),
    });
    undo.push(() => banks.close());
    await banks.listen();
    identity.freezes.knowCards(async (customerId, bindingId) =>
      (await banks.linkedAccountsOf(customerId)).some(({ consentId }) => consentId === bindingId),
    );
    const payments = createPayments({
      db,
      clock,
      ids,
      vault,
      ledger,
      watch,
      banks,
      subscriptions,
      identity,
      publicUrl: url,
      walletUrl: url,
    });
    const profileMemory = createProfileMemory(db);
    const hearingOfShops = await profileMemory.listen();
    undo.push(() => hearingOfShops.close());
    const shops = createShops({
      changed: profileMemory.clear,
      db,
      clock,
      ids,
      random: overrides.random ?? randomBytes,
      vault,
      ledger,
      banks,
      identity,
      subscriptions,
    });
    const merchants = createMerchants({
      memory: profileMemory,
      db,
      clock,
      ids,
      vault,
      ledger,
      watch,
      logger,
      subscriptions,
      identity,
      banks,
      payments,
      publicUrl: url,
    });
    shops.settlementAccounts.knowTestPayments(merchants.sendTestPayment);
    const settlement = createSettlement({
      db,
      clock,
      ids,
      vault,
      ledger,
      banks,
      payments,
      subscriptions,
      logger,
    });
    const developers = createDevelopers({
      db,
      clock,
      ids,
      vault,
      logger,
      identity,
      ownersOf: shops.ownersOf,
      shopNameOf: async (merchantId) => (await shops.shopOf(merchantId))?.tradingName,
      allowLoopback: config.webhooksAllowLoopback ?? false,
      ...(overrides.random ? { random: overrides.random } : {}),
    });
    undo.push(() => developers.close());
    const notifications = createNotifications({
      db,
      clock,
      ids,
      logger,
      subscriptions,
      vault,
      identity,
      payments,
      settings: config.messages,
      demo: config.seed !== "none",
      url,
    });
    undo.push(() => notifications.close());
    const console = createConsole({
      db,
      clock,
      subscriptions,
      vault,
      ledger,
      banks,
      payments,
      settlement,
      identity,
      keys: () => vault.keys(),
      staffWithoutPasskey: () => staffWithoutPasskey(db, vault),
    });
    const modules: Module[] = [
      logModule(ledger.log),
      createLedgerUpkeep({ db, clock, ledger, watch, months: createMonths({ db, clock }), logger }),
      identity,
      banks,
      payments,
      shops,
      merchants,
      settlement,
      developers,
      notifications,
      { ...console, cron: [] },
      {
        ...createOnboarding({
          db,
          clock,
          ids,
          vault,
          certificateEndsOn: (bankId) => certificateEnd(banks, bankId),
        }),
        jobs: {},
        cron: [],
      },
      { ...resealJob({ vault, logger }), routes: [] },
      { ...createHousekeeping({ db, clock, retention: config.retention }), routes: [] },
    ];
    if (config.seed !== "none") {
      const password = config.seed.password ?? demoLogins.password;
      await identity.seedDemo({ ...demoLogins, password });
      // Under another password it is somebody's trial, who opens shops of their own.
      if (password === demoLogins.password) await seedMerchants({ shops, identity, banks });
    }

    const worker = createWorker({
      databaseUrl: config.databaseUrl,
      logger,
      handlers: Object.assign({}, ...modules.map((module) => module.jobs)),
      cron: modules.flatMap((module) => module.cron),
      concurrency: workersFor(banks.list().length),
    });
    undo.push(() => worker.close());

    // A worker answers nothing but how it is.
    const serves = config.role !== "worker";
    const eventHub = serves ? await createEventHub({ db, logger }) : undefined;
    if (eventHub) undo.push(() => eventHub.close());
    const http = await createHttpServer({
      db,
      logger,
      handlers: serves ? modules.flatMap((module) => module.routes) : [],
      files: serves ? [...logResources(ledger.log), ...notifications.files, ...merchants.files] : [],
      sessions: identity,
      merchants: { ofKey: developers.keys.ofKey, ofMember: shops.ofMember },
      onKeyCall: developers.requestLog.note,
      answers,
      ...(eventHub ? { eventHub } : {}),
      publicUrl: url,
      webDirs: serves ? config.webDirs : {},
      ready: () => isDurable(db),
      trustProxy: config.trustProxy,
      rateLimitFactor: config.rateLimitFactor,
      strict: overrides.strict ?? false,
    });
    undo.push(() => http.close());

    if (config.role !== "web" && overrides.runWorker !== false) {
      await worker.start();
      ledger.log.start();
      const following = await notifications.start();
      undo.push(() => following.close());
      await developers.dispatcher.start();
    }
    await http.listen({ host: config.host, port });
    return { url, http: http.http, worker, db, ledger, watch, identity, developers, shops, merchants, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Refuses a database that may forget, then brings its schema up to date. */
async function prepareDatabase(databaseUrl: string, logger: Logger): Promise<void> {
  const db = createDb({ url: databaseUrl, maxConnections: 3, applicationName: "jinqiao-migrations" });
  try {
    await requireDurable(db);
    await migrate(db, migrations, (file) => logger.info({ file }, "schema brought forward"));
  } finally {
    await db.close();
  }
}

/** The day on which our first certificate at a bank ends, where the bank is configured and asks for one. */
function certificateEnd(banks: Banks, bankId: string): string | null {
  if (banks.config(bankId) === undefined) return null;
  return banks.certificates(bankId)[0]?.validTo.toISOString().slice(0, 10) ?? null;
}

/** What the log is named, signs with, and tells of itself elsewhere. */
function logSettings(
  config: Config["log"],
  { vault, clock, url }: { vault: Vault; clock: Clock; url: string },
): LogSettings {
  const { origin, witnesses, anchor } = config;
  return {
    vault,
    origin: origin ?? `${new URL(url).host}/log`,
    originFixed: origin !== undefined,
    witnesses,
    ...(anchor
      ? {
          anchor: {
            anchor:
              "file" in anchor ? createFileAnchor(anchor.file, clock) : createHttpAnchor(anchor.url, clock),
            everyMs: anchor.everyMs,
          },
        }
      : {}),
  };
}

/** Anchoring is a job, so that of several processes one does it. */
function logModule(log: TransparencyLog): Module {
  const task = "ledger.anchor";
  return {
    routes: logRoutes(log),
    jobs: { [task]: () => log.anchor() },
    cron: [{ task, pattern: "* * * * *" }],
  };
}

async function freePort(host: string): Promise<number> {
  const probe = createNetServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", reject);
    probe.listen(0, host, resolve);
  });
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

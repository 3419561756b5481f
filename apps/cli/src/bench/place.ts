import { randomBytes } from "node:crypto";
import { mkdtemp, rm, statfs } from "node:fs/promises";
import { cpus, loadavg, release, tmpdir, totalmem, type } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SetupError, startEmbeddedPostgres, throwAwayDatabase } from "@jinqiao/server/embedded-postgres";
import { createDb, type Db } from "@jinqiao/server/engine";
import { cpuSecondsOf } from "./processes.ts";
import type { Sample } from "./rounds.ts";

/** What the figures depend on, shown with them. */
export type Machine = {
  cpu: string;
  cores: number;
  memoryGb: number;
  system: string;
  node: string;
  postgres: string;
  /** The bundled PostgreSQL as `npm start` runs it, or one that was given. */
  database: "bundled" | "given";
  settings: Record<string, string>;
};

/** A PostgreSQL to measure on, all of whose databases vanish at the end. */
export type Place = {
  machine: Machine;
  createDatabase(part: string): Promise<string>;
  /** Runs work and says what it cost. `pid` is the process whose CPU time counts as Node's; this one when absent. */
  measure(
    work: () => Promise<{ count: number; seconds: number }>,
    options?: { pid?: number },
  ): Promise<Sample>;
  /** Writes dirty pages out, so that what came before does not weigh on what is measured next. */
  checkpoint(): Promise<void>;
  close(): Promise<void>;
};

/** Settings that decide how fast a commit is and whether it lasts. */
const shownSettings = [
  "fsync",
  "synchronous_commit",
  "full_page_writes",
  "wal_level",
  "wal_sync_method",
  "shared_buffers",
  "max_wal_size",
  "checkpoint_timeout",
];

/** Starts a PostgreSQL of its own in a temporary folder, exactly as `npm start` does, or uses the one that is given. */
export async function openPlace(databaseUrl: string | undefined): Promise<Place> {
  const undo: (() => Promise<void>)[] = [];
  const close = async () => {
    const ends = [];
    for (const step of undo.splice(0).reverse()) ends.push(...(await Promise.allSettled([step()])));
    const failed = ends.find((end) => end.status === "rejected");
    if (failed) throw failed.reason;
  };
  try {
    let postgresPid: number | undefined;
    let url = databaseUrl;
    if (url === undefined) {
      const folder = await mkdtemp(join(await durableTemporaryFolder(), "jinqiao-bench-"));
      undo.push(() => rm(folder, { recursive: true, force: true }));
      const postgres = await startEmbeddedPostgres({ dataDir: folder });
      undo.push(postgres.stop);
      postgresPid = postgres.pid;
      url = postgres.url("postgres");
    }
    // Each name is new, so that a given server may hold databases of other runs.
    const suffix = randomBytes(5).toString("hex");
    const createDatabase = async (part: string): Promise<string> => {
      const database = await throwAwayDatabase(url, `jinqiao_bench_${part}_${suffix}`);
      // The bundled server goes with all it holds.
      if (databaseUrl !== undefined) undo.push(database.drop);
      return database.url;
    };
    const admin = createDb({ url: await createDatabase("watch"), maxConnections: 1 });
    undo.push(() => admin.close());
    return {
      machine: await machineOf(admin, databaseUrl === undefined ? "bundled" : "given"),
      createDatabase,
      measure: (work, options) => measure(work, { admin, postgresPid, nodePid: options?.pid }),
      async checkpoint() {
        // Only an administrator may; without it the server writes when it likes.
        await admin.query("CHECKPOINT").catch(() => undefined);
        await sleep(200);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function measure(
  work: () => Promise<{ count: number; seconds: number }>,
  of: { admin: Db; postgresPid: number | undefined; nodePid: number | undefined },
): Promise<Sample> {
  const postgresCpu = () => (of.postgresPid === undefined ? null : cpuSecondsOf(of.postgresPid));
  const nodeCpu = () => {
    if (of.nodePid !== undefined) return cpuSecondsOf(of.nodePid);
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  const before = { wal: await walPosition(of.admin), postgres: await postgresCpu(), node: await nodeCpu() };
  const { count, seconds } = await work();
  const after = { node: await nodeCpu(), postgres: await postgresCpu(), wal: await walPosition(of.admin) };
  const share = (from: number | null, to: number | null) =>
    from === null || to === null ? null : (to - from) / seconds;
  return {
    rate: count / seconds,
    cpuNode: share(before.node, after.node),
    cpuPostgres: share(before.postgres, after.postgres),
    // Others may write to a server that was given.
    walBytes: of.postgresPid === undefined || count === 0 ? null : Number(after.wal - before.wal) / count,
  };
}

async function walPosition(admin: Db): Promise<bigint> {
  const [row] = await admin.query<{ bytes: string }>(
    "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::text AS bytes",
  );
  return BigInt(row?.bytes ?? "0");
}

/** On a file system in memory a commit costs nothing, and the figures would say nothing. */
async function durableTemporaryFolder(): Promise<string> {
  const inMemory = new Set([0x01021994, 0x858458f6]); // tmpfs and ramfs, statfs(2)
  for (const folder of [tmpdir(), "/var/tmp", process.cwd()]) {
    const system = await statfs(folder).catch(() => undefined);
    if (system !== undefined && !inMemory.has(system.type)) return folder;
  }
  throw new SetupError({
    en: `${tmpdir()} lies in memory, where a benchmark of commits means nothing: set TMPDIR to a folder on a disk.`,
    zh: `${tmpdir()} 位于内存中，在此测量提交性能没有意义：请将 TMPDIR 设为磁盘上的目录。`,
  });
}

async function machineOf(admin: Db, database: Machine["database"]): Promise<Machine> {
  const [version] = await admin.query<{ server_version: string }>("SHOW server_version");
  const settings = await admin.query<{ name: string; value: string }>(
    "SELECT name, current_setting(name) AS value FROM unnest($1::text[]) AS name",
    [shownSettings],
  );
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    postgres: version?.server_version ?? "unknown",
    database,
    settings: Object.fromEntries(settings.map(({ name, value }) => [name, value])),
  };
}

/** Load averages over 1, 5 and 15 minutes: what else the machine did. */
export const loadNow = (): number[] => loadavg().map((value) => Math.round(value * 100) / 100);

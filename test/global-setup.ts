import { mkdtemp, rm, statfs } from "node:fs/promises";
import { freemem, tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "../apps/server/src/platform/postgres/embedded.ts";
import { dropDatabasesOfDeadRuns, dropDatabasesOfRun, testRunId } from "./support/database.ts";

/**
 * Gives the whole run one real PostgreSQL: the server named by `JINQIAO_TEST_DATABASE_URL`, or an embedded one
 * in a folder of its own that is removed at the end. Workers find it in their environment.
 */
export default async function setup(): Promise<() => Promise<void>> {
  process.env.JINQIAO_TEST_RUN ??= testRunId();
  // Workers and the processes that tests start compile each module once per run, not each anew.
  const compiled = await mkdtemp(join(tmpdir(), "jinqiao-compiled-"));
  process.env.NODE_COMPILE_CACHE ??= compiled;
  const stopDatabase = await provideDatabase();
  return async () => {
    await stopDatabase();
    // A worker on its way out may still write there; what it leaves in the temporary folder fails no run.
    await rm(compiled, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }).catch(
      () => undefined,
    );
  };
}

async function provideDatabase(): Promise<() => Promise<void>> {
  if (process.env.JINQIAO_TEST_DATABASE_URL) {
    await dropDatabasesOfDeadRuns();
    return dropDatabasesOfRun;
  }
  const folder = await mkdtemp(join(await roomForTests(), "jinqiao-test-"));
  const postgres = await startEmbeddedPostgres({ dataDir: folder });
  process.env.JINQIAO_TEST_DATABASE_URL = postgres.url("postgres");
  return async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
}

/** What the run's databases and their write-ahead log need at most, with as much again to spare. */
const roomNeeded = 8 * 1024 ** 3;

/**
 * The machine's memory where there is plenty of it, else its disk. Hundreds of databases are made and dropped, and
 * each drop waits until everything that was written meanwhile is on the disk. PostgreSQL runs with the same settings
 * in both places; that it keeps what it confirmed is shown where it matters, by tests with a cluster of their own.
 */
async function roomForTests(): Promise<string> {
  const memory = "/dev/shm";
  const room = await statfs(memory).catch(() => undefined);
  if (room === undefined || freemem() < roomNeeded) return tmpdir();
  return room.bavail * room.bsize < roomNeeded ? tmpdir() : memory;
}

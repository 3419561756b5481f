import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "../apps/server/src/platform/postgres/embedded.ts";
import { dropDatabasesOfDeadRuns, dropDatabasesOfRun, testRunId } from "./support/database.ts";

/**
 * Gives the whole run one real PostgreSQL: the server named by `JINQIAO_TEST_DATABASE_URL`, or an embedded one
 * in a folder of its own that is removed at the end. Workers find it in their environment.
 */
export default async function setup(): Promise<() => Promise<void>> {
  process.env.JINQIAO_TEST_RUN ??= testRunId();
  if (process.env.JINQIAO_TEST_DATABASE_URL) {
    await dropDatabasesOfDeadRuns();
    return dropDatabasesOfRun;
  }

  const folder = await mkdtemp(join(tmpdir(), "jinqiao-test-"));
  const postgres = await startEmbeddedPostgres({ dataDir: folder });
  process.env.JINQIAO_TEST_DATABASE_URL = postgres.url("postgres");
  return async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
}

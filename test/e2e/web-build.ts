import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { buildWebApp, needsBuild, type WebApp, webFolder } from "../../apps/cli/src/instance/web-build.ts";

/** Any number will do, as long as every test file takes the same. */
const lockKey = 20_261_122;

/**
 * The pages as people get them, built when their source has changed; test files that run together build once.
 * @param apps those that the test looks at; without any, all
 */
export async function builtPages<App extends WebApp = WebApp>(...apps: App[]): Promise<Record<App, string>> {
  const wanted = apps.length > 0 ? apps : (["wallet", "console"] as App[]);
  // The test database is what all files of a run share, so its lock is the one they can wait for.
  const lock = new pg.Client({ connectionString: process.env.JINQIAO_TEST_DATABASE_URL });
  await lock.connect();
  try {
    await lock.query("SELECT pg_advisory_lock($1)", [lockKey]);
    for (const app of wanted) if (await needsBuild(app)) await build(app);
  } finally {
    await lock.end();
  }
  return Object.fromEntries(wanted.map((app) => [app, webFolder(app)])) as Record<App, string>;
}

async function build(app: WebApp): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "jinqiao-build-"));
  try {
    await buildWebApp(app, join(folder, "build.log"), AbortSignal.timeout(180_000));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
